#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "core/timestamp.h"
#include "vc/error.h"

namespace avow::vc::internal {

/// The most entries in any list of a credential.
inline constexpr std::size_t kMaxItems = 32;

/// A URL of any scheme: a scheme, a colon and more, without spaces and control characters, at most 2,048 bytes.
bool is_url(std::string_view text);

/// The member `id` if there is one.
/// fails id_malformed
Result<std::optional<std::string>, Error> read_id(const core::Json& object);

/// The member `type`: one or more terms or URLs, `required` among them.
/// fails type_missing, type_malformed, too_many_items
Result<std::vector<std::string>, Error> read_types(const core::Json& object,
                                                   std::string_view required);

/// Is `wanted` the type, or one of the types, that an unchecked object names?
bool names_type(const core::Json& object, std::string_view wanted);

/// `issuer` or `holder`: a URL, or an object with a URL as `id`.
/// fails with `code`
Result<std::string, Error> read_party(const core::Json& party, ErrorCode code,
                                      const std::string& pointer);

/// Calls `each` with every object of a member that holds one object or a non-empty array of objects.
/// fails with `code` if it holds anything else; too_many_items; with what `each` fails with
using EachObject =
    std::function<Result<void, Error>(const core::Json& object, const std::string& pointer)>;
Result<void, Error> for_each_object(const core::Json& one_or_many, ErrorCode code,
                                    const std::string& pointer, const EachObject& each);

/// Checks that each `id` anywhere below is a URL; `@context` and `proof` are left out.
/// fails id_malformed
Result<void, Error> check_nested_ids(const core::Json& json);

/// `name` and `description`, if there: a text, a language object, or an array of those.
/// fails name_malformed
Result<void, Error> check_names(const core::Json& object, const std::string& pointer);

}  // namespace avow::vc::internal
