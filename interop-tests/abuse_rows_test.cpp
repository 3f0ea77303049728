#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "core/testing/tree.h"
#include "interop-tests/harness/process.h"

namespace abuse_rows_test {

namespace {

namespace fs = std::filesystem;

const fs::path kTree = avow::core::testing::source_tree();

/// The abuse cases that this project answers for, by group: how many each has.
const std::map<std::string, int> kGroups = {
    {"DID", 45}, {"HTTP", 44},   {"JSON", 28},   {"KEY", 21},   {"VC", 36},
    {"VP", 21},  {"STATUS", 26}, {"GOSSIP", 21}, {"STORE", 20}, {"SECRET", 13},
};

std::vector<std::string> all_rows() {
  std::vector<std::string> rows;
  for (const auto& [group, count] : kGroups) {
    for (int i = 1; i <= count; ++i)
      rows.push_back(group + (i < 10 ? "-0" : "-") + std::to_string(i));
  }
  return rows;
}

/// The test files of all rooms: hidden folders and folders of built things lie outside.
std::vector<fs::path> test_files() {
  std::vector<fs::path> files;
  for (auto entry = fs::recursive_directory_iterator(kTree);
       entry != fs::recursive_directory_iterator(); ++entry) {
    const std::string name = entry->path().filename().string();
    if (entry->is_directory() && (name.front() == '.' || name == "build"))
      entry.disable_recursion_pending();
    if (entry->is_regular_file() && name.ends_with("_test.cpp")) files.push_back(entry->path());
  }
  return files;
}

/// The names and tags of a file's tests, one after the other: nothing of their bodies and of comments.
std::string names_and_tags(const std::string& text) {
  std::string heads;
  std::size_t at = 0;
  while ((at = text.find("\nTEST_CASE(", at)) != std::string::npos) {
    const std::size_t end = std::min(text.find(") {\n", at), text.size());
    heads += text.substr(at, end - at);
    at = end;
  }
  return heads;
}

/// The rows that stand in brackets in a test's name or tags.
std::set<std::string> tested_rows() {
  std::set<std::string> tested;
  const std::vector<std::string> rows = all_rows();
  for (const fs::path& file : test_files()) {
    const std::string heads = names_and_tags(avow::interop::read_file(file));
    for (const std::string& row : rows) {
      if (heads.find("[" + row + "]") != std::string::npos) tested.insert(row);
    }
  }
  return tested;
}

/// The table of the README's section "Abuse rows": row → why it has no test.
std::map<std::string, std::string> excused_rows() {
  const std::string text = avow::interop::read_file(kTree / "interop-tests" / "README.md");
  std::map<std::string, std::string> excused;
  std::size_t at = text.find("## Abuse rows");
  REQUIRE(at != std::string::npos);
  const std::size_t end = std::min(text.find("\n## ", at), text.size());
  while ((at = text.find("\n| ", at)) != std::string::npos && at < end) {
    at += 3;
    const std::size_t bar = text.find(" | ", at);
    const std::size_t line_end = std::min(text.find('\n', at), text.size());
    if (bar == std::string::npos || bar > line_end) continue;
    excused.emplace(text.substr(at, bar - at), text.substr(bar + 3, line_end - bar - 5));
    at = line_end - 1;
  }
  return excused;
}

TEST_CASE("every abuse row has a test or a reason why not, and never both", "[abuse]") {
  const auto tested = tested_rows();
  const auto excused = excused_rows();
  CHECK(tested.size() > 100);
  for (const std::string& row : all_rows()) {
    INFO(row << " must stand in the name of a test or in the table of interop-tests/README.md, "
             << "not in both");
    CHECK(tested.contains(row) != excused.contains(row));
  }
}

TEST_CASE("a row in a comment or in the body of a test has no test", "[abuse]") {
  const std::string heads = names_and_tags(
      "#include \"x.h\"\n// [VC-01] is for another day\n// TEST_CASE(\"[VC-02]\", \"[x]\") {\n"
      "TEST_CASE(\"named [VC-03]\",\n          \"[x][VC-04]\") {\n  check();  // [VC-05]\n"
      "  CAPTURE(\"[VC-06]\");\n}\n\nTEST_CASE(\"x\", \"[VC-07]\") {\n}\n");
  for (const char* tested : {"[VC-03]", "[VC-04]", "[VC-07]"})
    CHECK(heads.find(tested) != std::string::npos);
  for (const char* untested : {"[VC-01]", "[VC-02]", "[VC-05]", "[VC-06]"})
    CHECK(heads.find(untested) == std::string::npos);
}

TEST_CASE("every reason is about a row and says something", "[abuse]") {
  const auto rows = all_rows();
  const std::set<std::string> known(rows.begin(), rows.end());
  for (const auto& [row, reason] : excused_rows()) {
    if (row == "row" || row.starts_with("--")) continue;  // the table's heading
    CAPTURE(row, reason);
    CHECK(known.contains(row));
    CHECK(reason.size() > 20);
  }
}

}  // namespace

}  // namespace abuse_rows_test
