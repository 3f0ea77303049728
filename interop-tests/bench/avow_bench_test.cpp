#include <cmath>

#include <catch2/catch.hpp>

#include "core/json.h"
#include "core/testing/sanitizer.h"
#include "core/testing/tree.h"
#include "interop-tests/harness/process.h"

namespace avow::interop::avow_bench_test {
namespace {

Finished bench(std::vector<std::string> words) {
  words.insert(words.begin(), (core::testing::build_tree() / "avow-bench").string());
  return run(words);
}

TEST_CASE("avow-bench --json is one object of finite positive numbers with the agreed names",
          "[interop][bench]") {
  const std::vector<std::string> agreed = {
      "verify_vc_warm", "verify_vc_cold",       "verify_vp_warm",     "verify_vp_cached",
      "issue_vc",       "resolve_did_key_warm", "signature_cache_hit"};
  std::vector<std::string> words = {"--json", "--rounds", "1"};
  if (core::testing::kSanitized) {  // the others take a minute then
    for (const std::string& name : agreed) words.insert(words.end(), {"--only", name});
  }
  const Finished finished = bench(words);
  REQUIRE(finished.exit_code == 0);
  const auto json = core::parse_json(finished.out);
  REQUIRE(json);
  REQUIRE(json->is_object());
  for (const std::string& name : agreed) {
    CAPTURE(name);
    CHECK(json->find(name) != nullptr);
  }
  for (const auto& [name, figure] : *json->as_object()) {
    CAPTURE(name);
    REQUIRE(figure.as_number());
    CHECK(std::isfinite(*figure.as_number()));
    CHECK(*figure.as_number() > 0);
  }
}

TEST_CASE("avow-bench measures what was asked for, and RAW", "[interop][bench]") {
  const Finished finished = bench({"--json", "--rounds", "1", "--only", "status_lookup_ns"});
  REQUIRE(finished.exit_code == 0);
  const auto json = core::parse_json(finished.out);
  REQUIRE(json);
  REQUIRE(json->is_object());
  CHECK(json->as_object()->size() == 2);
  CHECK(json->find("raw") != nullptr);
  CHECK(json->find("status_lookup_ns") != nullptr);
}

TEST_CASE("avow-bench says how it is used when it is not understood", "[interop][bench]") {
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"--fast"}, {"--rounds"}, {"--rounds", "0"}, {"--rounds", "2x"}, {"--only"}}) {
    CHECK(bench(words).exit_code == 2);
  }
  CHECK(bench({"--only", "no_such_name"}).exit_code == 2);
}

}  // namespace
}  // namespace avow::interop::avow_bench_test
