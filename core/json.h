#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/error.h"
#include "core/result.h"

namespace avow::core {

/// A JSON value that is I-JSON (RFC 7493) by construction: keys are unique, strings are valid
/// UTF-8, integers are within ±(2^53−1), doubles are finite. An object keeps its members in the
/// order of RFC 8785 (UTF-16 code units), so writing it canonically is one walk.
class Json {
 public:
  using Array = std::vector<Json>;
  using Member = std::pair<std::string, Json>;

  Json() = default;  // null
  // What copies and destroys stands in json.cpp: in every file that does either it is much to compile.
  Json(const Json& other);
  Json(Json&& other) noexcept = default;
  Json& operator=(const Json& other);
  Json& operator=(Json&& other) noexcept = default;
  ~Json();
  Json(std::nullptr_t) {}                           // NOLINT(google-explicit-constructor)
  template <std::same_as<bool> Boolean>             // not a pointer, which would convert to bool
  Json(Boolean value) : value_(value) {}            // NOLINT(google-explicit-constructor)
  Json(int value) : value_(std::int64_t{value}) {}  // NOLINT(google-explicit-constructor)
  Json(std::int64_t value);      // NOLINT(google-explicit-constructor) asserts the safe range
  Json(std::string value);       // NOLINT(google-explicit-constructor) invalid UTF-8 becomes U+FFFD
  Json(std::string_view value);  // NOLINT(google-explicit-constructor)
  Json(const char* value);       // NOLINT(google-explicit-constructor)
  static Json number(double finite);  // asserts that it is finite
  static Json array(Array items = {});
  struct NewMember;
  static Json object(std::initializer_list<NewMember> members);  // {{"name", value}, …}
  static Json object();

  bool is_null() const;
  bool is_object() const;
  bool is_array() const;
  const bool* as_boolean() const;           // each is null if the value is of another type
  const std::int64_t* as_integer() const;   // only a literal without fraction and exponent
  std::optional<double> as_number() const;  // integers too
  const std::string* as_string() const;
  const Array* as_array() const;
  const std::vector<Member>* as_object() const;  // members in RFC 8785 order

  /// The member of that name, or null if there is none or this is not an object.
  const Json* find(std::string_view name) const;
  /// The text of that member, or null if it is missing or not a string.
  const std::string* find_string(std::string_view name) const;
  /// Adds or replaces a member; asserts that this is an object (or null, which becomes one).
  Json& set(std::string_view name, Json value);
  /// Removes a member if it is there.
  void erase(std::string_view name);
  /// Removes a member and gives its value; null if there is none.
  Json take(std::string_view name);
  /// The items of an array; none if this is not one.
  Array take_items() &&;
  /// Appends to an array; asserts that this is one (or null, which becomes one).
  void push_back(Json value);

  /// Equal as JSON values: numbers by value, objects by members.
  friend bool operator==(const Json& a, const Json& b);

 private:
  friend class JsonBuilder;
  struct Object {
    std::vector<Member> members;
  };
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> value_;
};

/// For Json::object() alone, which moves the value out: an initializer list is constant, and to copy a tree costs.
struct Json::NewMember {
  std::string_view name;
  mutable Json value;
};

/// What a caller is ready to read.
struct JsonLimits {
  std::size_t max_bytes = std::size_t{256} * 1024;
  int max_depth = 64;
  std::size_t max_nodes = 100'000;
};

/// The one door for JSON text.
///
/// refuses a duplicate key (also after unescaping), integers outside ±(2^53−1), numbers that are not
///         finite, a BOM, trailing bytes, invalid UTF-8, lone surrogates, anything over the limits
/// fails   malformed_json, duplicate_key, unsafe_integer, number_range, too_deep, too_many_nodes,
///         too_large, invalid_utf8, invalid_unicode
/// pure    thread-safe
/// note    the literal -0 is the integer 0; depth counts open containers, nodes count values
/// source  RFC 8259, RFC 7493 "I-JSON"
Result<Json, Error> parse_json(std::string_view text, const JsonLimits& limits = {});

/// Order of two keys by UTF-16 code units, given as valid UTF-8.
/// source RFC 8785 "Sorting of Object Properties"
bool utf16_less(std::string_view a, std::string_view b);

}  // namespace avow::core
