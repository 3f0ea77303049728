// What a witness remembers of what its key has signed, and that it signs nothing where that may be forgotten.

#include <filesystem>

#include "node/testing/witness_world.h"

namespace avow::node::log_witness_memory_test {
namespace {

using registry::testing::kNow;
using testing::must;
using World = testing::WitnessWorld;
using namespace std::chrono_literals;

TEST_CASE("a witness whose database was put back signs nothing [GOSSIP-18]",
          "[node][witness][GOSSIP-18]") {
  World world;
  const core::testing::TempDir snapshots;
  world.witness.reset();
  world.rooms.reset();
  std::filesystem::copy(world.folder.path(), snapshots / "all",
                        std::filesystem::copy_options::recursive);
  world.restart();
  REQUIRE(world.asked(world.second.text()) == "signed");
  world.witness.reset();
  world.rooms.reset();
  std::filesystem::copy(
      snapshots / "all", world.folder.path(),
      std::filesystem::copy_options::recursive | std::filesystem::copy_options::overwrite_existing);
  for (const auto* name : {"avow.db-wal", "avow.db-shm"})
    if (!std::filesystem::exists(snapshots / "all" / name))
      std::filesystem::remove(world.folder.path() / name);
  world.restart();
  CHECK(world.asked(world.second.text()) == "restored_backup");
  CHECK(world.asked(world.history.after(world.acme.entry, kNow, 1).text()) == "restored_backup");
}

TEST_CASE("a witness whose guard file is lost signs nothing, whatever its peers hold [GOSSIP-18]",
          "[node][witness][GOSSIP-18]") {
  World world;
  // The proof went to who asked, and to nobody else.
  REQUIRE(world.asked(world.second.text()) == "signed");
  // The same key beside a database of before, without the file.
  World restored;
  const auto file = restored.beside / "witness.guard";
  std::filesystem::remove(file);
  restored.restart_with_peer();
  must(restored.rooms->membership->heard_from_peer(testing::kPeer));
  CHECK(restored.rooms->membership->may_sign());  // all else goes on
  const auto other = restored.history.after(restored.acme.entry, kNow, 1);
  CHECK(restored.asked(other.text()) == "restored_backup");
  const auto told = restored.witness->check();
  REQUIRE_FALSE(told);
  CHECK(told.error().code == ErrorCode::restored_backup);
  CHECK(told.error().fix.find("avow witness create") != std::string::npos);
  const auto word = restored.asked_what_it_holds();
  CHECK(word.status == 503);
  CHECK(word.code() == "restored_backup");
  CHECK_FALSE(std::filesystem::exists(file));
  // A new key comes with one.
  REQUIRE(restored.guard.write({}));
  restored.restart();
  CHECK(restored.asked(other.text()) == "signed");
}

TEST_CASE(
    "that it has signed nothing a witness's guard file says of that key, up to its first entry",
    "[node][witness][GOSSIP-18]") {
  World world;
  REQUIRE(world.asked(core::to_canonical(world.acme.entry.json)) == "signed");
  // As if it had ended before the file was written.
  REQUIRE(world.guard.write({}));
  world.restart();
  CHECK(world.asked(world.second.text()) == "signed");
  // Of two the first was in the file before the second was signed.
  REQUIRE(world.guard.write({}));
  world.restart();
  CHECK(world.asked(world.second.text()) == "restored_backup");

  World other;
  REQUIRE(registry::DiskGuardFile(other.beside / "witness.guard", "z6MkAnother").write({}));
  other.restart();
  CHECK(other.asked(other.second.text()) == "restored_backup");
}

TEST_CASE("another key of a node that has witnessed before signs as a new one does",
          "[node][witness][GOSSIP-18]") {
  World world;
  REQUIRE(world.asked(core::to_canonical(world.acme.entry.json)) == "signed");
  REQUIRE(world.asked(world.second.text()) == "signed");
  // The charter's second witness is this node's as well, now that the file of the first is lost.
  registry::DiskGuardFile guard(world.beside / "other.guard",
                                world.keys[1].public_key().to_multikey());
  REQUIRE(guard.write({}));
  LogWitness other({*world.rooms->database, world.rooms->replica, *world.rooms->membership,
                    world.rooms->audit, world.keys[1], guard, world.rooms->clock});
  CHECK(other.check());
  world.approve(world.second);
  const auto third = world.history.after(world.second.entry, kNow);
  const auto answer = must(other.witness(third.text()));
  CHECK(answer);
  // Its own second is in its file before it signs: without the file it signs no more.
  const auto fourth = world.history.after(third.entry, kNow);
  world.approve(third);
  REQUIRE(must(other.witness(fourth.text())));
  REQUIRE(guard.write({}));
  LogWitness again({*world.rooms->database, world.rooms->replica, *world.rooms->membership,
                    world.rooms->audit, world.keys[1], guard, world.rooms->clock});
  CHECK_FALSE(again.check());
}

TEST_CASE("a witness that waits itself without its guard files does not say what it holds",
          "[node][witness][GOSSIP-18]") {
  World world;
  world.restart_with_peer();
  // With them it waits for one: what it had before a restore may not be here yet.
  CHECK(world.asked_what_it_holds().code() == "awaiting_peers");
  must(world.rooms->membership->heard_from_peer(testing::kPeer));
  CHECK(world.asked_what_it_holds().status == 200);
  world.witness.reset();
  world.rooms.reset();
  std::filesystem::remove(world.folder / "guard.json");
  world.restart_with_peer();
  const auto waiting = world.asked_what_it_holds();
  CHECK(waiting.status == 503);
  CHECK(waiting.code() == "awaiting_peers");
  for (std::size_t i = 1; i < 4; ++i) {
    CHECK(world.asked_what_it_holds().status == 503);
    must(world.rooms->membership->heard_from_peer(testing::kPeer,
                                                  world.keys[i].public_key().to_multikey()));
  }
  CHECK(world.asked_what_it_holds().status == 200);
}

TEST_CASE(
    "a witness whose guard file was put back too learns from members what was published since "
    "[GOSSIP-18]",
    "[node][witness][GOSSIP-18]") {
  World world;
  const auto answer = must(world.witness->witness(world.second.text()));
  CHECK(answer);
  // Another directory with the same key: neither its database nor its guard file knows of that.
  World restored;
  CHECK(restored.witness->check());
  CHECK(restored.asked(core::to_canonical(restored.acme.entry.json)) == "signed");
  restored.approve(restored.second);
  CHECK(restored.witness->check());
  CHECK(restored.receive(registry::Objects{.witness_proofs = {*answer}}).accepted.size() == 1);
  CHECK(restored.witness->check().error().code == ErrorCode::restored_backup);
  const auto third = restored.history.after(restored.second.entry, kNow);
  CHECK(restored.asked(third.text()) == "restored_backup");
  // The one that remembers goes on.
  world.approve(world.second);
  world.receive(registry::Objects{.witness_proofs = {*answer}});
  CHECK(world.asked(world.history.after(world.second.entry, kNow).text()) == "signed");
}

TEST_CASE("a witness with peers signs nothing until one of them was heard [GOSSIP-18]",
          "[node][witness][GOSSIP-18]") {
  World world;
  world.restart_with_peer();
  const auto waiting = world.witness->witness(world.second.text());
  REQUIRE_FALSE(waiting);
  CHECK(waiting.error().code == ErrorCode::awaiting_peers);
  must(world.rooms->membership->heard_from_peer(testing::kPeer));
  CHECK(world.asked(world.second.text()) == "signed");
}

}  // namespace
}  // namespace avow::node::log_witness_memory_test
