#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "node/http/message.h"

namespace avow::node::http {

inline constexpr std::string_view kLineEnd = "\r\n";

/// A token of RFC 9110: a method, the name of a header field.
bool is_token(std::string_view text);

/// True also for a CR or LF that is not part of a line end.
bool has_control_byte(std::string_view text);

std::string lower_case(std::string_view text);

enum class FieldFault { too_many, malformed };

/// Reads the field lines of a head or of trailers, each with its line end, up to an empty line that is the end of
/// `lines`; names in lower case, values trimmed. A folded line and a name that is no token are malformed.
/// source RFC 9112 "Field Syntax"
std::optional<FieldFault> read_fields(std::string_view lines, int max_fields, NamedValues& fields);

}  // namespace avow::node::http
