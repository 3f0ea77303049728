#include <nlohmann/json.hpp>

#include "core/internal/json_builder.h"
#include "core/internal/json_text.h"
#include "core/internal/utf8.h"

namespace avow::core::internal {
namespace {

bool is_integer_literal(std::string_view literal) {
  return literal.find_first_of(".eE") == std::string_view::npos;
}

/// Passes the library's events on.
class Events final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit Events(JsonBuilder& builder) : builder_(builder) {}

  bool null() override { return builder_.null(); }
  bool boolean(bool value) override { return builder_.boolean(value); }
  bool number_integer(number_integer_t value) override { return builder_.integer(value); }
  bool number_unsigned(number_unsigned_t value) override {
    return builder_.unsigned_integer(value);
  }
  /// The library turns an integer that does not fit 64 bits into a double; its literal gives
  /// it away.
  bool number_float(number_float_t value, const string_t& literal) override {
    return is_integer_literal(literal) ? builder_.refuse_integer() : builder_.number(value);
  }
  bool string(string_t& value) override { return builder_.text(value); }
  bool key(string_t& name) override { return builder_.name(name); }
  bool binary(binary_t& /*value*/) override { return false; }  // JSON text has none
  bool start_object(std::size_t /*size*/) override { return builder_.open_object(); }
  bool start_array(std::size_t /*size*/) override { return builder_.open_array(); }
  bool end_object() override { return builder_.close_object(); }
  bool end_array() override { return builder_.close_array(); }

  bool parse_error(std::size_t position, const std::string& last_token,
                   const nlohmann::detail::exception& fault) override;

 private:
  JsonBuilder& builder_;
};

bool Events::parse_error(std::size_t position, const std::string& last_token,
                         const nlohmann::detail::exception& fault) {
  constexpr int kNumberOverflow = 406;
  // The library has one number for all faults of syntax; only its text names surrogates. The text
  // itself quotes the input and is not passed on.
  const std::string_view text = fault.what();
  const std::string where = " at byte " + std::to_string(position);
  if (fault.id == kNumberOverflow) {
    return is_integer_literal(last_token)
               ? builder_.refuse_integer()
               : builder_.refuse(ErrorCode::number_range, "a number too large for a double");
  }
  if (text.find("surrogate") != std::string_view::npos) {
    return builder_.refuse(ErrorCode::invalid_unicode, "a lone surrogate" + where);
  }
  return builder_.refuse(ErrorCode::malformed_json, "not JSON" + where);
}

}  // namespace

Result<Json, Error> explain_json(std::string_view text, const JsonLimits& limits) {
  if (const std::size_t valid = valid_utf8_prefix(text); valid != text.size()) {
    return fail(Error{ErrorCode::invalid_utf8, "not UTF-8 at byte " + std::to_string(valid + 1)});
  }
  // The library skips a byte order mark and takes a NUL for the end of the text.
  if (text.starts_with("\xEF\xBB\xBF")) {
    return fail(Error{ErrorCode::malformed_json, "starts with a byte order mark"});
  }
  if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
    return fail(Error{ErrorCode::malformed_json, "a NUL at byte " + std::to_string(nul + 1)});
  }
  JsonBuilder builder(limits);
  Events events(builder);
  nlohmann::json::sax_parse(text.begin(), text.end(), &events);
  return std::move(builder).finish();
}

}  // namespace avow::core::internal
