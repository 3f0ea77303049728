// What a witness remembers of what its key has signed, and that it signs nothing where that may be forgotten.

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "node/testing/witness_world.h"

namespace avow::node::log_witness_memory_test {
namespace {

using registry::testing::kNow;
using testing::must;
using World = testing::WitnessWorld;
using namespace std::chrono_literals;

/// A database of before its rows said which key had signed.
void forget_who_signed(World& world) {
  world.rooms->write(
      [](core::Transaction& tx) { tx.query("UPDATE witnessed SET witness = ''").run(); });
}

std::vector<std::string> who_signed(World& world) {
  std::vector<std::string> witnesses;
  world.rooms->read([&](core::Connection& connection) {
    auto query = connection.query("SELECT witness FROM witnessed ORDER BY n");
    while (query.step()) witnesses.push_back(query.text(0));
  });
  return witnesses;
}

/// This node with another key, which has a guard file of its own, as `avow witness create` makes both.
struct OtherKey {
  /// `number`: its place among the keys of witnesses, counted from 0.
  OtherKey(World& world, std::size_t number)
      : keys(registry::testing::witness_keys(number + 1)),
        guard(world.beside / "other.guard", key.public_key().to_multikey()),
        made(guard.write({})),
        witness({*world.rooms->database, world.rooms->replica, *world.rooms->membership,
                 world.rooms->audit, key, guard, world.rooms->clock}) {
    REQUIRE(made);
  }
  std::string asked(const std::string& text) {
    const auto answer = must(witness.witness(text));
    return answer ? "signed" : std::string(code_name(answer.error().code));
  }
  std::string check() {
    const auto good = witness.check();
    return good ? "" : good.error().why;
  }
  const std::vector<core::Ed25519SigningKey> keys;
  const core::Ed25519SigningKey& key = keys.back();
  registry::DiskGuardFile guard;
  registry::Result<void, registry::Error> made;
  LogWitness witness;
};

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
  CHECK(told.error().why.find("the guard file beside its key is missing") != std::string::npos);
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

TEST_CASE("a witness that cannot read its guard file does not say to others where that lies",
          "[node][api][witness]") {
  World world;
  std::ofstream(world.beside / "witness.guard") << "{";
  world.restart();
  const auto word = world.asked_what_it_holds();
  CHECK(word.status == 503);
  CHECK(word.code() == "guard_file");
  CHECK(word.text.find("witness.guard") == std::string::npos);
  CHECK(world.asked(world.second.text()) == "guard_file");
  const auto told = world.witness->check().error();
  CHECK(told.why.find((world.beside / "witness.guard").string() + " is damaged") !=
        std::string::npos);
  CHECK(told.fix.find("damaged") != std::string::npos);
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
  CHECK(world.witness->check().error().why.find("says that nothing was signed, but the database") !=
        std::string::npos);

  World other;
  REQUIRE(registry::DiskGuardFile(other.beside / "witness.guard", "z6MkAnother").write({}));
  other.restart();
  CHECK(other.asked(other.second.text()) == "restored_backup");
  CHECK(other.witness->check().error().why.find("says that another has signed nothing") !=
        std::string::npos);
}

TEST_CASE("another key of a node that has witnessed before signs as a new one does",
          "[node][witness][GOSSIP-18]") {
  World world;
  REQUIRE(world.asked(core::to_canonical(world.acme.entry.json)) == "signed");
  REQUIRE(world.asked(world.second.text()) == "signed");
  // The charter's second witness is this node's as well, now that the file of the first is lost.
  OtherKey other(world, 1);
  CHECK(other.check().empty());
  CHECK(other.asked(world.second.text()) == "signed");
  world.approve(world.second);
  // Its own second is in its file before it signs: without the file it signs no more.
  REQUIRE(other.asked(world.history.after(world.second.entry, kNow).text()) == "signed");
  REQUIRE(other.guard.write({}));
  LogWitness again({*world.rooms->database, world.rooms->replica, *world.rooms->membership,
                    world.rooms->audit, other.key, other.guard, world.rooms->clock});
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

TEST_CASE("what was signed before rows said by whom is nobody's to forget [GOSSIP-18]",
          "[node][witness][GOSSIP-18]") {
  World world;
  const auto first = core::to_canonical(world.acme.entry.json);
  REQUIRE(world.asked(first) == "signed");
  if (GENERATE(false, true)) REQUIRE(world.asked(world.second.text()) == "signed");
  forget_who_signed(world);
  const auto rival = world.history.after(world.acme.entry, kNow, 1);
  SECTION("beside a guard file that says that nothing was signed") {
    REQUIRE(world.guard.write({}));
    world.restart();
    CHECK(world.asked(rival.text()) == "restored_backup");
    const auto told = world.witness->check().error();
    CHECK(told.why.find("does not say who signed version 1 of " + world.acme.scid) !=
          std::string::npos);
    CHECK(told.fix.find("avow witness create") != std::string::npos);
    CHECK(who_signed(world).front().empty());
  }
  SECTION("beside a guard file that knows another entry") {
    auto mark = *world.guard.read().value();
    mark.hash = "u" + std::string(43, 'A');
    std::string why;
    SECTION("in the same place") {
      why = "its guard file knows of another signature than the database";
    }
    SECTION("that comes later") {
      mark.sequence = 3;
      why = "its guard file knows of more than the database";
    }
    REQUIRE(world.guard.write(mark));
    world.restart();
    CHECK(world.asked(rival.text()) == "restored_backup");
    CHECK(world.witness->check().error().why.find(why) != std::string::npos);
    CHECK(who_signed(world).front().empty());
  }
  SECTION("but that key's whose guard file knows the last of it") {
    const auto signed_before = who_signed(world).size();
    world.restart();
    CHECK(world.witness->check());
    CHECK(who_signed(world) ==
          std::vector(signed_before, world.keys[0].public_key().to_multikey()));
    CHECK(world.asked(first) == "signed");
    CHECK(world.asked(rival.text()) == (signed_before == 2 ? "already_signed" : "signed"));
    // From here on the rows tell.
    REQUIRE(world.asked(core::to_canonical(world.consortium.organisations[2].entry.json)) ==
            "signed");
    REQUIRE(world.guard.write({}));
    world.restart();
    CHECK_FALSE(world.witness->check());
  }
}

TEST_CASE("a new key is not kept from witnessing by what another signed without saying so",
          "[node][witness][GOSSIP-18]") {
  World world;
  REQUIRE(world.asked(core::to_canonical(world.acme.entry.json)) == "signed");
  REQUIRE(world.asked(world.second.text()) == "signed");
  forget_who_signed(world);
  // These entries name the first four keys as their witnesses, and not the new one.
  OtherKey named(world, 1);
  OtherKey fresh(world, 4);
  CHECK_FALSE(named.check().empty());
  // What does not count here may be anybody's.
  CHECK(fresh.check().find("version 2 of") != std::string::npos);
  world.approve(world.second);
  CHECK(fresh.check().empty());
  CHECK_FALSE(named.check().empty());
  CHECK(who_signed(world) == std::vector<std::string>(2));
  // The first one still finds its own.
  world.restart();
  CHECK(world.asked(world.second.text()) == "signed");
}

TEST_CASE("each key of a node signs one entry of a version, and each remembers its own [GOSSIP-18]",
          "[node][witness][GOSSIP-18]") {
  World world;
  OtherKey other(world, 1);
  const auto rival = world.history.after(world.acme.entry, kNow, 1);
  REQUIRE(world.asked(world.second.text()) == "signed");
  SECTION("the same entry") {
    CHECK(other.asked(world.second.text()) == "signed");
    CHECK(other.asked(rival.text()) == "already_signed");
    CHECK(other.guard.read().value());
    CHECK(who_signed(world) == std::vector{world.keys[0].public_key().to_multikey(),
                                           other.key.public_key().to_multikey()});
    // A database of before that, and the guard file as it is.
    world.rooms->write(
        [](core::Transaction& tx) { tx.query("DELETE FROM witnessed WHERE n = 2").run(); });
    LogWitness again({*world.rooms->database, world.rooms->replica, *world.rooms->membership,
                      world.rooms->audit, other.key, other.guard, world.rooms->clock});
    CHECK(again.check().error().code == ErrorCode::restored_backup);
  }
  SECTION("another one") {
    CHECK(other.asked(rival.text()) == "signed");
    CHECK(other.asked(world.second.text()) == "already_signed");
  }
  CHECK(world.asked(world.second.text()) == "signed");
  CHECK(world.asked(rival.text()) == "already_signed");
}

TEST_CASE("a database of before two keys were told apart keeps what was signed, and each number",
          "[node][witness]") {
  const core::testing::TempDir folder;
  const auto file = folder / "avow.db";
  const auto rows = [](core::Database& database) {
    std::string text;
    REQUIRE(database.read([&](core::Connection& connection) {
      auto query = connection.query(
          "SELECT n, feed, version, entry_hash, time, counted, witness FROM witnessed ORDER BY n");
      while (query.step()) {
        for (int column = 0; column < 7; ++column) text += query.text(column) + " ";
      }
    }));
    return text;
  };
  {
    auto before = core::Database::open(file, LogWitness::migrations().first(3)).value();
    REQUIRE(before->write([](core::Transaction& tx) -> core::Result<void, core::Error> {
      tx.query(
            "INSERT INTO witnessed VALUES(3, 'QmA', 1, 'QmOne', 7, 1, ''), (8, 'QmA', 2, 'QmTwo', "
            "9, 0, 'z6MkA')")
          .run();
      return {};
    }));
  }
  const auto after = core::Database::open(file, LogWitness::migrations()).value();
  CHECK(rows(*after) == "3 QmA 1 QmOne 7 1  8 QmA 2 QmTwo 9 0 z6MkA ");
}

/// What comes while a witness waits for its turn to say what it holds.
struct WhileWaiting final : registry::GuardFile {
  registry::Result<registry::GuardPresence, registry::Error> presence() const override {
    return registry::GuardPresence::own;
  }
  registry::Result<std::optional<registry::GuardMark>, registry::Error> read() const override {
    meanwhile();
    return std::nullopt;
  }
  registry::Result<void, registry::Error> write(
      const std::optional<registry::GuardMark>&) override {
    return {};
  }
  std::function<void()> meanwhile;
};

TEST_CASE("what a witness holds is told as it stands when it is its turn [GOSSIP-18]",
          "[node][witness][hearing][GOSSIP-18]") {
  World world;
  const core::testing::TempDir folder;
  testing::Rooms acme(world.acme, folder.path());
  must(acme.join(world.charter));
  const auto said = acme.said();
  REQUIRE_FALSE(said.empty());
  WhileWaiting guard;
  guard.meanwhile = [&] {
    registry::Objects objects;
    for (const auto& one : said) objects.statements.push_back(one.text);
    REQUIRE(world.receive(objects).accepted.size() == said.size());
  };
  LogWitness witness({*world.rooms->database, world.rooms->replica, *world.rooms->membership,
                      world.rooms->audit, world.keys[0], guard, world.rooms->clock});
  const auto word = must(witness.holding(world.acme.scid, "asked"));
  REQUIRE(word);
  CHECK(*word->find_string("last") == said.back().hash);
}

}  // namespace
}  // namespace avow::node::log_witness_memory_test
