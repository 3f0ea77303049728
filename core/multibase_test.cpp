#include "core/multibase.h"

#include <sstream>

#include <catch2/catch.hpp>

#include "core/testing/vectors.h"

namespace avow::core::multibase_test {
namespace {

// The files write a zero byte as \x00 and nothing else escaped.
std::string unescape(std::string text) {
  const std::string zero = "\\x00";
  for (auto at = text.find(zero); at != std::string::npos; at = text.find(zero, at)) {
    text.replace(at, zero.size(), 1, '\0');
  }
  return text;
}

// The text between the quotation marks of a line `name, "text"`.
std::string quoted_text(const std::string& line) {
  const auto open = line.find('"');
  return line.substr(open + 1, line.rfind('"') - open - 1);
}

void check_vectors(const std::filesystem::path& file) {
  CAPTURE(file.filename().string());
  std::istringstream lines(testing::read_file(file));
  std::string line;
  std::getline(lines, line);
  const std::string expected = unescape(quoted_text(line));
  int checked = 0;
  while (std::getline(lines, line)) {
    const std::string name = line.substr(0, line.find(','));
    if (name != "base58btc" && name != "base64url") continue;
    const auto base = name == "base58btc" ? Multibase::base58btc : Multibase::base64url;
    CAPTURE(line);
    CHECK(to_multibase(base, as_bytes(expected)) == quoted_text(line));
    const auto decoded = from_multibase(base, quoted_text(line));
    REQUIRE(decoded);
    CHECK(as_text(*decoded) == expected);
    ++checked;
  }
  CHECK(checked == 2);
}

TEST_CASE("multibase agrees with the official vectors of our two bases", "[core][multibase]") {
  const auto folder = testing::vectors_folder();
  if (!folder) {
    WARN("skipped: AVOW_VECTORS does not name the folder of the official vectors");
    return;
  }
  for (const char* name : {"basic.csv", "leading_zero.csv", "two_leading_zeros.csv"}) {
    check_vectors(*folder / "multibase" / name);
  }
}

TEST_CASE("multibase refuses a text of another base", "[core][multibase]") {
  const auto text = GENERATE(as<std::string>{}, "", "f796573", "F796573", "ueWVz", "m", " z7paNL",
                             "Z7paNL", "7paNL19xttacUY");
  CAPTURE(text);
  const auto decoded = from_multibase(Multibase::base58btc, text);
  REQUIRE_FALSE(decoded);
  CHECK(decoded.error().code == ErrorCode::bad_multibase);
}

TEST_CASE("multibase names its own fault when the base64url inside is bad", "[core][multibase]") {
  for (const char* text : {"uZg==", "uZh", "U", "z7paNL19xttacUY"}) {
    const auto decoded = from_multibase(Multibase::base64url, text);
    REQUIRE_FALSE(decoded);
    CHECK(decoded.error().code == ErrorCode::bad_multibase);
  }
}

}  // namespace
}  // namespace avow::core::multibase_test
