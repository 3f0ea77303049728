#include "did/resolver.h"

#include <catch2/catch.hpp>

namespace resolver_test {

using namespace avow::did;
using avow::core::Instant;
using avow::core::Milliseconds;

namespace {

Instant at(const char* text) {
  return *avow::core::parse_rfc3339(text);
}

Resolution second_version() {
  Resolution out;
  out.version = "2";
  out.created = at("2026-01-01T00:00:00Z");
  out.updated = at("2026-02-01T08:00:00.400Z");
  return out;
}

}  // namespace

TEST_CASE("a source of one version answers for it and for no other", "[did][resolver]") {
  CHECK(if_wanted(second_version(), {}, EarlierVersions::none)->version == "2");
  CHECK(if_wanted(second_version(), {.version_id = "2"}, EarlierVersions::none));
  for (const char* other : {"1", "3", "", "02"}) {
    INFO(other);
    const auto answer = if_wanted(second_version(), {.version_id = other}, EarlierVersions::none);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == ErrorCode::version_not_found);
    CHECK(if_wanted(second_version(), {.version_id = other}, EarlierVersions::kept_elsewhere)
              .error()
              .code == ErrorCode::feature_not_supported);
  }
}

TEST_CASE("a version counts from the second in which it was written", "[did][resolver]") {
  const auto asked = [](const char* time) {
    return if_wanted(second_version(), {.version_time = at(time)}, EarlierVersions::none);
  };
  CHECK(asked("2026-02-01T08:00:00Z"));
  CHECK(asked("2099-01-01T00:00:00Z"));
  REQUIRE_FALSE(asked("2026-02-01T07:59:59.999Z"));
  CHECK(asked("2026-02-01T07:59:59.999Z").error().code == ErrorCode::version_not_found);
  CHECK(if_wanted(second_version(), {.version_time = at("2026-02-01T07:59:59Z")},
                  EarlierVersions::kept_elsewhere)
            .error()
            .code == ErrorCode::feature_not_supported);
}

TEST_CASE("a first version counts from its creation", "[did][resolver]") {
  Resolution first = second_version();
  first.updated.reset();
  CHECK(if_wanted(first, {.version_time = at("2026-01-01T00:00:00Z")}, EarlierVersions::none));
  CHECK_FALSE(
      if_wanted(first, {.version_time = at("2025-12-31T23:59:59Z")}, EarlierVersions::none));
}

TEST_CASE("a document without times is the same at any time", "[did][resolver]") {
  Resolution timeless;
  timeless.version = "1";
  CHECK(if_wanted(timeless, {.version_time = at("1970-01-01T00:00:00Z")}, EarlierVersions::none));
}

TEST_CASE("a version id and a time exclude each other", "[did][resolver]") {
  const auto answer =
      if_wanted(second_version(), {.version_id = "2", .version_time = at("2026-03-01T00:00:00Z")},
                EarlierVersions::none);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == ErrorCode::invalid_options);
}

}  // namespace resolver_test
