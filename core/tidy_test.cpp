#include "core/testing/tidy.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#include <catch2/catch.hpp>

#include "core/testing/tree.h"

namespace tidy_test {

using namespace avow::core::testing;

namespace {

struct Example {
  std::string path;
  std::string text;
  std::string message;  // empty: allowed
};

void check(const std::vector<Example>& examples) {
  for (const Example& example : examples) {
    INFO(example.path << ": " << example.text);
    const auto found = tidy_violations(example.path, example.text + "\n");
    if (example.message.empty()) {
      CHECK(found.empty());
    } else {
      REQUIRE(found.size() == 1);
      CHECK_THAT(found[0].message, Catch::Contains(example.message));
    }
  }
}

std::string content(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("every source of the tree keeps the rules of the house", "[tidy]") {
  const std::filesystem::path root = source_tree();
  std::set<std::string> seen;
  for (const tidy::Room& room : tidy::kRooms) {
    if (!std::filesystem::exists(root / room.name)) continue;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / room.name)) {
      const std::string extension = entry.path().extension().string();
      if (!entry.is_regular_file() || (extension != ".h" && extension != ".cpp")) continue;
      const std::string path = std::filesystem::relative(entry.path(), root).generic_string();
      seen.insert(path);
      const std::string text = content(entry.path());
      for (const Violation& violation : tidy_violations(path, text)) {
        FAIL_CHECK(violation.path << ":" << violation.line << ": " << violation.message);
      }
      if (!has_namespace_of_its_own(path, text)) {
        FAIL_CHECK(path << ": put it all into a namespace named as the file");
      }
    }
  }
  CHECK(seen.count("core/database.cpp") == 1);
  CHECK(seen.count("core/testing/tidy.h") == 1);
}

TEST_CASE("every test stands in its room's list of tests", "[tidy]") {
  const std::filesystem::path root = source_tree();
  for (const tidy::Room& room : tidy::kRooms) {
    if (!std::filesystem::exists(root / room.name)) continue;
    std::istringstream words(content(root / room.name / "CMakeLists.txt"));
    const std::set<std::string> built(std::istream_iterator<std::string>(words), {});
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / room.name)) {
      const std::string path =
          std::filesystem::relative(entry.path(), root / room.name).generic_string();
      INFO(room.name << "/" << path << " is not in " << room.name << "/CMakeLists.txt");
      if (path.ends_with("_test.cpp")) CHECK(built.contains(path));
    }
  }
}

TEST_CASE("a room includes only what stands to its left", "[tidy]") {
  check({
      {"did/did.h", "#include \"core/bytes.h\"", ""},
      {"core/bytes.h", "#include \"did/did.h\"", "core may not include did"},
      {"did/did.cpp", "#include \"vc/verdict.h\"", "did may not include vc"},
      {"vc/verify.cpp", "#include \"did/resolver.h\"", ""},
      {"vc/verify.cpp", "#include \"revocation/status_bits.h\"", "vc may not include revocation"},
      {"vc/verify_test.cpp", "#include \"registry/view.h\"", "vc may not include registry"},
      {"revocation/status_bits.h", "#include \"vc/status_checker.h\"", ""},
      {"revocation/status_bits.h", "#include \"registry/view.h\"", "may not include registry"},
      {"registry/view.cpp", "#include \"revocation/status_bits.h\"", ""},
      {"registry/view.cpp", "#include \"vc/verdict.h\"", "registry may not include vc"},
      {"registry/view.cpp", "#include \"node/error.h\"", "registry may not include node"},
      {"node/node.h", "#include \"registry/view.h\"", ""},
      {"node/node.h", "#include \"interop-tests/peer.h\"", "node may not include interop-tests"},
      {"interop-tests/peer_test.cpp", "#include \"node/error.h\"", ""},
      {"core/bytes.h", "#include \"bytes.h\"", "from the root"},
      {"tools/x.cpp", "", "in no room"},
  });
}

TEST_CASE("internal headers are for their own folder, testing headers for tests", "[tidy]") {
  check({
      {"core/json.cpp", "#include \"core/internal/utf8.h\"", ""},
      {"did/did.cpp", "#include \"core/internal/utf8.h\"", "internal"},
      {"node/http/x.cpp", "#include \"node/http/internal/stream.h\"", ""},
      {"node/cli/x.cpp", "#include \"node/http/internal/stream.h\"", "internal"},
      {"did/did_test.cpp", "#include \"core/testing/temp_dir.h\"", ""},
      {"did/testing/fake.h", "#include \"core/testing/temp_dir.h\"", ""},
      {"did/did.cpp", "#include \"core/testing/temp_dir.h\"", "only tests"},
  });
}

TEST_CASE("a library is included only in its homes", "[tidy]") {
  check({
      {"core/internal/nlohmann_reader.cpp", "#include <nlohmann/json.hpp>", ""},
      {"core/json.cpp", "#include <nlohmann/json.hpp>", "nlohmann"},
      {"core/json_test.cpp", "#include <nlohmann/json.hpp>", "nlohmann"},
      {"core/internal/simdjson_reader.cpp", "#include <simdjson.h>", ""},
      {"core/json.cpp", "#include <simdjson.h>", "simdjson"},
      {"core/database.cpp", "#include <SQLiteCpp/SQLiteCpp.h>", ""},
      {"node/audit/sqlite_audit_log.cpp", "#include <SQLiteCpp/SQLiteCpp.h>", "SQLiteCpp"},
      {"core/database.cpp", "#include <sqlite3.h>", ""},
      {"core/internal/page_checksums.cpp", "#include <sqlite3.h>", ""},
      {"core/database_test.cpp", "#include <sqlite3.h>", "sqlite3"},
      {"node/http/listener.cpp", "#include <httplib.h>", ""},
      {"node/node.cpp", "#include <httplib.h>", "httplib"},
      {"node/cli/main.cpp", "#include <CLI/CLI.hpp>", ""},
      {"node/node.cpp", "#include <CLI/CLI.hpp>", "CLI"},
      {"core/ed25519.cpp", "#include <sodium.h>", ""},
      {"node/keystore/keystore.cpp", "#include <sodium.h>", ""},
      {"did/did_key.cpp", "#include <sodium.h>", "sodium"},
      {"core/sha256.cpp", "#include <openssl/evp.h>", ""},
      {"node/http/tls.cpp", "#include <openssl/ssl.h>", ""},
      {"vc/proof.cpp", "#include <openssl/evp.h>", "openssl"},
      {"revocation/status_list.cpp", "#include <zlib.h>", ""},
      {"core/bytes.cpp", "#include <zlib.h>", "zlib"},
      {"core/result.h", "#include <tl/expected.hpp>", ""},
      {"did/error.h", "#include <tl/expected.hpp>", "tl/expected"},
      {"did/did_test.cpp", "#include <catch2/catch.hpp>", ""},
      {"did/did.cpp", "#include <catch2/catch.hpp>", "catch2"},
      {"did/did_test.cpp", "#include <rapidcheck.h>", ""},
      {"did/did.cpp", "#include <rapidcheck.h>", "rapidcheck"},
      {"did/did.cpp", "#include <boost/asio.hpp>", "boost"},
      {"did/did.cpp", "#include <regex>", "regex"},
      {"did/did.cpp", "#include <vector>", ""},
      {"core/database.cpp", "#include <sys/file.h>", ""},
      {"interop-tests/peer.cpp", "#include <httplib.h>", ""},
  });
}

TEST_CASE("a call with one home is refused everywhere else, with what to take instead", "[tidy]") {
  check({
      {"core/clock.cpp", "auto a = std::chrono::system_clock::now();", ""},
      {"core/timestamp.cpp", "auto a = std::chrono::system_clock::now();", "core::Clock"},
      {"node/node_test.cpp", "auto a = system_clock::now();", "core::Clock"},
      {"core/random.cpp", "randombytes_buf(p, n);", ""},
      {"core/secret_bytes.cpp", "randombytes_buf(p, n);", ""},
      {"node/keystore/keystore.cpp", "randombytes_buf(p, n);", "core::Random"},
      {"core/random.cpp", "std::random_device d;", "core::Random"},
      {"node/node.cpp", "std::this_thread::sleep_for(1s);", "condition variable"},
      {"node/node_test.cpp", "std::this_thread::sleep_for(1s);", ""},
      {"node/node.cpp", "auto* log = replica.view()->log(scid);", "hold the view"},
      {"node/node_test.cpp", "CHECK(replica.view()->log(scid));", ""},
      {"interop-tests/peer.h", "std::this_thread::sleep_for(1s);", ""},
      {"core/internal/nlohmann_reader.cpp", "nlohmann::json::parse(text);", "core::parse_json"},
      {"did/did.cpp", "std::regex pattern;", "parser"},
      {"did/did.cpp", "my_sleep_for(1);", ""},
  });
}

TEST_CASE("SQL stands in the store files", "[tidy]") {
  for (const std::string sql : {"SELECT a FROM b", "INSERT INTO b", "UPDATE b", "DELETE FROM b"}) {
    const std::string source = "in.run(\"" + sql + "\");";
    check({
        {"registry/sqlite_feed_reader.cpp", source, ""},
        {"node/audit/sqlite_audit_log.cpp", source, ""},
        {"core/database.cpp", source, ""},
        {"node/node_test.cpp", source, ""},
        {"node/node.cpp", source, "sqlite_*.cpp"},
        {"node/node.cpp", "in.run(R\"q(" + sql + ")q\");", "sqlite_*.cpp"},
        {"node/node.cpp", "// " + sql, ""},
    });
  }
}

TEST_CASE("nothing is left for later", "[tidy]") {
  for (const std::string word : {"TO"
                                 "DO",
                                 "FIX"
                                 "ME",
                                 "SKIP"
                                 "(\"x\")"}) {
    check({{"core/bytes.cpp", "// " + word, ":"}, {"core/bytes_test.cpp", word, ":"}});
  }
}

TEST_CASE("comments and texts are not code", "[tidy]") {
  check({
      {"did/did.cpp", "// std::regex", ""},
      {"did/did.cpp", "/* std::regex\n */ int a;", ""},
      {"did/did.cpp", "auto a = \"\\\"std::regex\";", ""},
      {"did/did.cpp", "auto a = R\"(\"std::regex)\";", ""},
      {"did/did.cpp", "auto a = '\"'; std::regex b; auto c = '\"';", "parser"},
      {"did/did.cpp", "int a = 10'000; std::regex b; int c = 1'0;", "parser"},
      {"did/did.cpp", "auto a = \"//\"; std::regex b;", "parser"},
      {"did/did.cpp", "// it's\nstd::regex b;", "parser"},
      {"did/did.cpp", "// #include <zlib.h>", ""},
  });
}

TEST_CASE("a test has a namespace named as its file", "[tidy]") {
  CHECK(has_namespace_of_its_own("did/did_test.cpp", "\nnamespace did_test {\n"));
  CHECK(has_namespace_of_its_own("did/did_test.cpp", "\nnamespace avow::did::did_test {\n"));
  CHECK_FALSE(has_namespace_of_its_own("did/did_test.cpp", "\nnamespace web_did_test {\n"));
  CHECK_FALSE(has_namespace_of_its_own("did/did_test.cpp", "\nnamespace avow::did {\n"));
  CHECK_FALSE(has_namespace_of_its_own("did/did_test.cpp", "\n// namespace did_test {\n"));
  CHECK(has_namespace_of_its_own("did/did.cpp", "\nnamespace avow::did {\n"));
}

TEST_CASE("a violation names its line", "[tidy]") {
  const auto found = tidy_violations("did/did.cpp", "int a;\n\n#include <zlib.h>\nstd::regex b;\n");
  REQUIRE(found.size() == 2);
  CHECK(found[0].line == 3);
  CHECK(found[1].line == 4);
  CHECK(found[1].path == "did/did.cpp");
}

}  // namespace tidy_test
