#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/json.h"
#include "core/timestamp.h"

namespace avow::core {

/// Reads the members of one object into typed values and keeps the first fault, with its JSON Pointer.
/// After a fault every read returns an empty value, so a caller reads everything and asks once:
///
///   JsonReader in(json, "/body");
///   auto list = in.string("list");
///   auto until = in.optional_instant("until");
///   if (auto fault = in.finish(JsonReader::Members::closed)) return fail(*fault);
class JsonReader {
 public:
  /// closed: a member that nobody read is a fault (unknown_member).
  enum class Members { open, closed };

  /// `value` must outlive the reader. `path` is the JSON Pointer of the object.
  explicit JsonReader(const Json& value, std::string path = "");
  explicit JsonReader(Json&& value, std::string path = "") = delete;

  /// An identifier: non-empty, at most `max_size` bytes, no control characters (control_char).
  std::string string(std::string_view name, std::size_t max_size = 2048);
  std::optional<std::string> optional_string(std::string_view name, std::size_t max_size = 2048);
  /// A text for people: may be empty and hold any character.
  std::string text(std::string_view name, std::size_t max_size = 4096);
  std::int64_t integer(std::string_view name, std::int64_t min, std::int64_t max);
  std::optional<std::int64_t> optional_integer(std::string_view name, std::int64_t min,
                                               std::int64_t max);
  bool boolean(std::string_view name);
  Instant instant(std::string_view name);
  std::optional<Instant> optional_instant(std::string_view name);
  /// An object, an array, or any value; null pointer if missing (a fault for the first two) or of
  /// another type.
  const Json* object(std::string_view name);
  const Json::Array* array(std::string_view name, std::size_t max_items);
  const Json* any(std::string_view name);

  /// Records a fault of the caller's own finding, unless there is one already.
  void fault(ErrorCode code, std::string_view name, std::string detail);
  bool ok() const { return !fault_; }
  std::optional<Error> finish(Members members) const;
  const std::string& path() const { return path_; }

 private:
  const Json* required(std::string_view name);
  const std::string* sized_text(const Json* member, std::string_view name, std::size_t max_size);
  std::optional<std::string> identifier(const Json* member, std::string_view name,
                                        std::size_t max_size);
  std::optional<std::int64_t> bounded(const Json* member, std::string_view name, std::int64_t min,
                                      std::int64_t max);
  std::optional<Instant> moment(const Json* member, std::string_view name);
  /// The pointer of a member, or of the object if the name is too long to be repeated.
  std::string pointer_to(std::string_view name) const;

  const Json& value_;
  std::string path_;
  std::vector<const Json*> read_;  // the members that were asked for
  std::optional<Error> fault_;
};

}  // namespace avow::core
