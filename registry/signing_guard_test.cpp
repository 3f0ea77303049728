#include "registry/signing_guard.h"

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include "core/testing/notes_database.h"

namespace avow::registry::signing_guard_test {
namespace {

using Marks = std::vector<std::int64_t>;  // their sequences

constexpr std::int64_t kNothing =
    -1;  // as the sequence of a file that says that nothing was signed

/// A guard with its file, in which nothing stands yet, and a database.
struct World {
  struct File final : GuardFile {
    Result<GuardPresence, Error> presence() const override { return there; }
    Result<std::optional<GuardMark>, Error> read() const override { return std::nullopt; }
    Result<void, Error> write(const std::optional<GuardMark>& mark) override {
      if (fails) return fail(Error{ErrorCode::guard_file, "the disk is full"});
      written.push_back(mark ? mark->sequence : kNothing);
      return {};
    }
    GuardPresence there = GuardPresence::own;
    bool fails = false;
    Marks written;
  };

  bool commit(std::int64_t sequence, bool succeeds = true, const std::string& hash = "u") {
    return database
        ->write([&](core::Transaction& transaction) -> core::Result<void, core::Error> {
          guard.sign(transaction, {1, sequence, hash});
          if (succeeds) return {};
          return core::fail(core::Error{core::ErrorCode::storage, "it is undone"});
        })
        .has_value();
  }

  core::testing::TempDir folder;
  std::unique_ptr<core::Database> database = core::testing::open_notes(folder);
  File file;
  Marks left;
  bool left_before_file = false;
  SigningGuard guard{file, [this](const GuardMark& mark) {
                       left_before_file = left_before_file || file.written.empty() ||
                                          file.written.back() < mark.sequence;
                       left.push_back(mark.sequence);
                     }};
};

GuardPresence any_presence() {
  return GENERATE(GuardPresence::own, GuardPresence::missing, GuardPresence::of_another);
}

TEST_CASE("a guard file is lost as it stands there, or by what the database knows",
          "[registry][guard]") {
  using Loss = std::optional<GuardLoss>;
  World world;
  const GuardMark mark{1, 3, "u"};
  const struct {
    GuardPresence there;
    Loss of_nothing;
    Loss of_something;
  } rows[] = {
      {GuardPresence::own, std::nullopt, GuardLoss::says_nothing},
      {GuardPresence::missing, GuardLoss::missing, GuardLoss::missing},
      {GuardPresence::of_another, GuardLoss::of_another, GuardLoss::of_another},
  };
  std::set<std::string_view> words;
  for (const auto& row : rows) {
    world.file.there = row.there;
    CHECK(world.guard.loss({}, {}).value() == row.of_nothing);
    CHECK(world.guard.loss({}, mark).value() == row.of_something);
    CHECK(world.guard.loss(mark, mark).value() == Loss());
    words.insert(words_of(*row.of_something));
  }
  CHECK(words.size() == 3);
}

TEST_CASE("what is committed leaves when the guard file has it", "[registry][guard]") {
  World world;
  world.guard.agree(std::nullopt, std::nullopt);
  REQUIRE(world.guard.may_sign());
  REQUIRE(world.guard.release());
  CHECK(world.file.written.empty());
  REQUIRE(world.commit(0));
  CHECK(world.left.empty());
  world.file.fails = true;
  REQUIRE_FALSE(world.guard.release());
  CHECK(world.left.empty());
  CHECK_FALSE(world.guard.released());
  world.file.fails = false;
  REQUIRE(world.guard.release());
  REQUIRE(world.guard.release());
  CHECK(world.file.written == Marks{0});
  CHECK(world.left == Marks{0});
  CHECK_FALSE(world.left_before_file);
  CHECK(world.guard.released() == GuardMark{1, 0, "u"});
  REQUIRE_FALSE(world.commit(1, /*succeeds=*/false));
  REQUIRE(world.guard.release());
  CHECK(world.left == Marks{0});
}

TEST_CASE("nothing is signed or leaves before file and database were compared, or if they disagree",
          "[registry][guard]") {
  World world;
  REQUIRE_FALSE(world.guard.may_sign());
  CHECK(world.guard.may_sign().error().code == ErrorCode::restored_backup);
  REQUIRE(world.commit(0));
  REQUIRE_FALSE(world.guard.release());
  world.guard.refuse({ErrorCode::foreign_statement, "another copy runs"});
  CHECK(world.guard.may_sign().error().code == ErrorCode::foreign_statement);
  CHECK(world.guard.release().error().code == ErrorCode::foreign_statement);
  CHECK(world.left.empty());
  world.guard.agree(std::nullopt, std::nullopt);
  CHECK(world.guard.may_sign());
  REQUIRE(world.guard.release());
  CHECK(world.left == Marks{0});
}

TEST_CASE("a comparison with what was read before a commit takes nothing back",
          "[registry][guard]") {
  World world;
  world.guard.agree(std::nullopt, std::nullopt);
  REQUIRE(world.commit(7));
  REQUIRE(world.guard.release());
  REQUIRE(world.commit(8));
  world.guard.agree(GuardMark{1, 6, "u"}, GuardMark{1, 7, "u"});
  CHECK(world.guard.released()->sequence == 7);
  REQUIRE(world.guard.release());
  CHECK(world.file.written == Marks{7, 8});
  // An epoch's positions are counted anew.
  world.guard.agree(std::nullopt, GuardMark{2, 0, "u"});
  REQUIRE(world.guard.release());
  CHECK(world.file.written == Marks{7, 8, 0});
}

TEST_CASE("the guard file goes only forward, also where it knows of more than the database",
          "[registry][guard]") {
  World world;
  world.guard.agree(GuardMark{2, 3, "u"}, GuardMark{1, 9, "u"});
  REQUIRE(world.guard.release());
  CHECK(world.file.written.empty());
  CHECK(world.guard.released() == GuardMark{2, 3, "u"});
  CHECK(world.left == Marks{3});
  // The same, and one more.
  world.guard.agree(std::nullopt, GuardMark{2, 3, "u"});
  REQUIRE(world.guard.release());
  CHECK(world.file.written.empty());
  world.guard.agree(std::nullopt, GuardMark{2, 4, "u"});
  REQUIRE(world.guard.release());
  CHECK(world.file.written == Marks{4});
}

TEST_CASE("where the file is lost, what stands in the database leaves, and no file is made of it",
          "[registry][guard]") {
  World world;
  world.file.there = any_presence();  // it says that nothing was signed
  world.guard.agree(std::nullopt, GuardMark{1, 7, "u"});
  REQUIRE(world.guard.bring_forward());
  CHECK(world.left == Marks{7});
  CHECK(world.file.written.empty());
  // What is signed from here on waits for the file again.
  REQUIRE(world.commit(8));
  world.left_before_file = false;
  world.guard.agree(std::nullopt, GuardMark{1, 8, "u"});
  CHECK(world.left == Marks{7});
  REQUIRE((GENERATE(true, false) ? world.guard.release() : world.guard.renew()));
  CHECK(world.left.back() == 8);
  CHECK_FALSE(world.left_before_file);
}

TEST_CASE("a file that was lost is made once they were compared and agree", "[registry][guard]") {
  World world;
  world.file.there = any_presence();
  CHECK_FALSE(world.guard.renew());  // never compared
  world.guard.refuse({ErrorCode::foreign_statement, "another copy runs"});
  CHECK_FALSE(world.guard.renew());
  world.guard.agree(std::nullopt, std::nullopt);
  REQUIRE(world.guard.bring_forward());
  CHECK(world.file.written.empty());
  const bool is_there = world.file.there == GuardPresence::own;
  world.file.fails = !is_there;
  CHECK(world.guard.renew().has_value() == is_there);
  world.file.fails = false;
  REQUIRE(world.guard.renew());
  REQUIRE(world.guard.renew());
  CHECK(world.file.written == (is_there ? Marks{} : Marks{kNothing}));
}

TEST_CASE("a file that knows of what was signed before is brought up to the database",
          "[registry][guard]") {
  World world;
  world.guard.agree(GuardMark{1, 6, "u"}, GuardMark{1, 7, "u"});
  REQUIRE(world.guard.bring_forward());
  CHECK(world.left == Marks{6, 7});
  CHECK(world.file.written == Marks{7});
}

TEST_CASE("what was signed at or below a place that the guard file has does not leave",
          "[registry][guard]") {
  World world;
  world.guard.agree(GuardMark{1, 7, "u"}, GuardMark{1, 7, "u"});
  REQUIRE(world.commit(6));
  CHECK(world.guard.release().error().code == ErrorCode::restored_backup);
  REQUIRE(world.commit(7, /*succeeds=*/true, "another"));
  CHECK(world.guard.release().error().code == ErrorCode::restored_backup);
  REQUIRE(world.commit(7));
  CHECK(world.guard.release());
  REQUIRE(world.commit(8));
  CHECK(world.guard.release());
  CHECK(world.left == Marks{7, 8});
}

}  // namespace
}  // namespace avow::registry::signing_guard_test
