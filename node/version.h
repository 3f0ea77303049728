#pragma once

#include <string_view>

namespace avow::node {

inline constexpr std::string_view kVersion = AVOW_VERSION;  // from CMakeLists.txt

}  // namespace avow::node
