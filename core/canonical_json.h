#pragma once

#include <string>
#include <string_view>

#include "core/json.h"

namespace avow::core {

/// The RFC 8785 text of a value: ECMAScript numbers, UTF-16 key order, no white space.
std::string to_canonical(const Json& value);

/// The RFC 8785 text of an object as if it had no member of that name (proofs are hashed over the
/// document without them). Any other value is written whole.
std::string to_canonical_without(const Json& object, std::string_view omitted_member);

/// ECMAScript Number::toString of a finite double, as RFC 8785 "Serialization of Numbers" asks.
std::string to_ecmascript(double finite);

}  // namespace avow::core
