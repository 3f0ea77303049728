#pragma once

#include <cstddef>

namespace avow::interop {

/// How often a test does what it does: the number in the environment variable `name`, or `usual`; under a sanitizer,
/// where each time costs several times as much, `sanitized`. Says it on standard output when it is not the usual one.
std::size_t loops(const char* name, std::size_t usual, std::size_t sanitized);

}  // namespace avow::interop
