#pragma once

#include <cstddef>
#include <string_view>

namespace avow::core {

/// The length of the longest prefix that is valid UTF-8 (Unicode table 3-7: no overlong form, no
/// surrogate, nothing above U+10FFFF). Equal to the size if and only if the whole text is valid.
std::size_t valid_utf8_prefix(std::string_view text);

/// The length of the valid character at the front, 1 to 4; 0 if there is none.
std::size_t character_length(std::string_view text);

}  // namespace avow::core
