#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace avow::core {

/// Text that may be shown to a person: controls (C0, DEL, C1), what changes the direction or the line of what follows, what
/// cannot be seen and bytes that are no UTF-8 are written as \u001b. What people read comes from strangers, and must
/// neither move the cursor nor hide. JSON without white space between its tokens stays the same JSON.
std::string printable(std::string_view text);

/// Printable, and cut after `max_size` bytes of the text at a character.
std::string shortened(std::string_view text, std::size_t max_size);

/// The same in quotes.
std::string in_quotes(std::string_view text, std::size_t max_size = 120);

}  // namespace avow::core
