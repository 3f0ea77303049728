#pragma once

#include <tl/expected.hpp>

namespace avow::core {

/// The one alias for "a value or an error". Each module has one error type; see core/error.h for ours.
template <class T, class E>
using Result = tl::expected<T, E>;

/// Makes the failing side of a Result: `return fail(Error{ErrorCode::type, "…"});`
template <class E>
[[nodiscard]] tl::unexpected<E> fail(E error) {
  return tl::unexpected<E>(std::move(error));
}

}  // namespace avow::core
