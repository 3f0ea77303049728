#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"

namespace avow::core {

inline constexpr std::int64_t kMaxSafeInteger = 9'007'199'254'740'991;  // 2^53 − 1, RFC 7493

/// Fills a Json from the events of whoever reads the text, and holds every rule that is ours: the limits on depth and
/// values, safe integers, unique names. The values are built where they stay, so the containers that are open are
/// pointers into the tree.
///
/// Each event is false if the value is refused: the first reason is kept, and nothing may follow.
class JsonBuilder {
 public:
  explicit JsonBuilder(const JsonLimits& limits) : limits_(limits) {}

  bool null() { return add() != nullptr; }
  bool boolean(bool value);
  bool integer(std::int64_t value);
  bool unsigned_integer(std::uint64_t value);
  bool number(double finite);
  bool text(std::string_view valid_utf8);
  /// `expected` is the number of members or items if it is known: room is made for as many.
  bool open_object(std::size_t expected = 0);
  bool name(std::string_view valid_utf8);
  bool close_object();
  bool open_array(std::size_t expected = 0);
  bool close_array();

  bool refuse(ErrorCode code, std::string detail);
  bool refuse_integer();

  /// The value, after its last event was true; else why it was refused.
  Result<Json, Error> finish() &&;

 private:
  Json* add();
  Json* open();
  std::size_t room_for(std::size_t expected) const;
  std::string pointer() const;

  const JsonLimits limits_;
  std::size_t nodes_ = 0;
  Json root_;
  std::vector<Json*> open_;  // none of their owners grows before they are closed
  std::optional<Error> error_;
};

}  // namespace avow::core
