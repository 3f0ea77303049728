#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace avow::vc::internal {

/// The text with every character that could steer a terminal or hide text (C0, DEL, C1, line separators, directional
/// controls, BOM) written as \u{1b}. What people read comes from strangers.
std::string printable(std::string_view text);

/// In quotes, printable, and cut after `max_size` bytes at a character.
std::string in_quotes(std::string_view text, std::size_t max_size = 120);

}  // namespace avow::vc::internal
