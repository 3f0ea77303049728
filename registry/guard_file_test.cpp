#include "registry/guard_file.h"

#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>

#include "core/testing/temp_dir.h"
#include "core/testing/vectors.h"
#include "registry/testing/consortium.h"

namespace avow::registry::guard_file_test {
namespace {

using testing::must;

TEST_CASE("that nothing was signed a guard file says of its owner alone", "[registry][guard]") {
  const core::testing::TempDir folder;
  const auto path = folder / "guard.json";
  DiskGuardFile file(path, "QmAcme");
  CHECK(must(file.presence()) == GuardPresence::missing);
  must(file.write({}));
  CHECK(core::testing::read_file(path) == R"({"by":"QmAcme","signed":"nothing"})");
  CHECK(must(file.presence()) == GuardPresence::own);
  CHECK_FALSE(must(file.read()));
  for (const char* text : {R"({"by":"QmGlobex","signed":"nothing"})", R"({"signed":"nothing"})"}) {
    CAPTURE(text);
    std::ofstream(path) << text;
    CHECK(must(file.presence()) == GuardPresence::of_another);
    CHECK_FALSE(must(file.read()));
  }
  const GuardMark mark{1, 41, "u" + std::string(43, 'A')};
  must(file.write(mark));
  CHECK(must(file.presence()) == GuardPresence::own);
  CHECK(must(file.read()) == mark);
}

TEST_CASE("of a guard file that cannot be read it is not said that there is none",
          "[registry][guard]") {
  const core::testing::TempDir folder;
  const auto path = folder / "guard.json";
  SECTION("damaged") {
    std::ofstream(path) << R"({"signed":"something"})";
  }
  SECTION("behind a loop of links") {
    std::filesystem::create_symlink(path, path);
  }
  const DiskGuardFile file(path, "QmAcme");
  const auto presence = file.presence();
  REQUIRE_FALSE(presence);
  CHECK(presence.error().code == ErrorCode::guard_file);
  CHECK(file.read().error().code == ErrorCode::guard_file);
}

}  // namespace
}  // namespace avow::registry::guard_file_test
