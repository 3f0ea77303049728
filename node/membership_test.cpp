#include "node/membership.h"

#include <map>

#include <catch2/catch.hpp>

#include "core/canonical_json.h"
#include "core/testing/temp_dir.h"
#include "core/testing/vectors.h"
#include "node/governance.h"
#include "node/testing/rooms.h"
#include "registry/testing/governors.h"

namespace avow::node::membership_test {
namespace {

using registry::testing::Consortium;
using testing::must;
using testing::Rooms;

TEST_CASE("without a charter nothing is said and nothing fails", "[node][membership]") {
  const Consortium consortium;
  const core::testing::TempDir folder;
  Rooms rooms(consortium.organisations[0], folder.path());
  must(rooms.membership->join({}, "https://acme.example", false));

  CHECK_FALSE(rooms.membership->joined());
  CHECK(rooms.membership->may_sign());
  CHECK_FALSE(rooms.membership->head_interval());
  rooms.write([&](core::Transaction& tx) {
    const auto said = rooms.membership->say(tx, registry::StatementKind::advisory,
                                            core::Json::object(), rooms.clock.now());
    REQUIRE(said);
    CHECK_FALSE(said->has_value());
  });
  must(rooms.membership->release());
  must(rooms.membership->sign_head());
  CHECK(rooms.said().empty());
}

TEST_CASE("joining opens the feed with the node, the lists and the documents as they stand",
          "[node][membership]") {
  const Consortium consortium;
  const core::testing::TempDir folder;
  Rooms rooms(consortium.organisations[0], folder.path());
  const Agent agent = must(rooms.enrolment->add(rooms.request("Support"), "uid 1"));
  const auto credential = must(rooms.issuer->issue(rooms.draft(agent), "uid 1"));
  must(rooms.issuer->change(*credential.find_string("id"), CredentialIssuer::Change::revoke, "",
                            "uid 1"));
  REQUIRE(rooms.said().empty());

  must(rooms.join(consortium.charter()));

  CHECK(rooms.membership->joined());
  CHECK(rooms.membership->may_sign());
  const auto said = rooms.said();
  std::map<std::string, int> kinds;
  for (const auto& statement : said) ++kinds[statement.kind_name];
  CHECK(kinds == std::map<std::string, int>{{"epoch.open", 1},
                                            {"node.set", 1},
                                            {"status.list", 2},
                                            {"status.delta", 1},
                                            {"did.document", 2}});
  CHECK(said.at(0).kind_name == "epoch.open");
  CHECK(said.at(1).body.find("urls")->as_array()->front() == core::Json("https://acme.example"));
  for (const auto& statement : said) {
    if (statement.kind_name == "status.delta")
      CHECK(statement.body.find("set")->as_array()->size() == 1);  // the revocation made before
  }
  CHECK(rooms.replica.view()->counted_head(rooms.organisation.entry.scid) != nullptr);
}

TEST_CASE("a document that no statement can carry stops neither the node nor the others",
          "[node][membership]") {
  const Consortium consortium;
  const core::testing::TempDir folder;
  Rooms rooms(consortium.organisations[0], folder.path());
  const Agent first = must(rooms.enrolment->add(rooms.request("A"), "uid 1"));
  const Agent last = must(rooms.enrolment->add(rooms.request("Z"), "uid 1"));
  const auto did = *did::Did::parse(first.did);
  core::Json deep = rooms.documents->current(did)->document->json();
  core::Json nested = 1;
  for (int depth = 0; depth < 12; ++depth) nested = core::Json::object({{"in", nested}});
  deep.set("nested", nested);  // a statement has eight levels
  must(rooms.own_documents->update(first.did, deep, "uid 1"));

  must(rooms.join(consortium.charter()));

  CHECK(rooms.membership->joined());
  CHECK(rooms.membership->is_behind());
  const auto view = rooms.replica.view();
  CHECK(view->counted_head(rooms.organisation.entry.scid) != nullptr);
  const auto* feed = view->feed(rooms.organisation.entry.scid);
  CHECK(feed->document(first.did) == nullptr);
  CHECK(feed->document(last.did) != nullptr);
  // And what is said while that document waits leaves at once.
  bool woken = false;
  rooms.membership->on_said = [&woken] { woken = true; };
  CHECK_FALSE(rooms.membership->catch_up());
  CHECK(woken);
}

TEST_CASE("a member that joins again goes on where it was", "[node][membership]") {
  const Consortium consortium;
  const core::testing::TempDir folder;
  std::vector<std::string> before;
  {
    Rooms rooms(consortium.organisations[0], folder.path());
    must(rooms.join(consortium.charter()));
    must(rooms.enrolment->add(rooms.request("Support"), "uid 1"));
    before = rooms.kinds_said();
  }
  Rooms again(consortium.organisations[0], folder.path(), 2);
  SECTION("with the same charter") {
    must(again.join(consortium.charter()));
  }
  SECTION("with the one that it stored") {
    must(again.membership->join({}, "https://acme.example", false));
  }
  CHECK(again.membership->joined());
  CHECK(again.membership->may_sign());
  CHECK(again.kinds_said() == before);
  must(again.enrolment->add(again.request("Second"), "uid 1"));
}

TEST_CASE("another charter than the one that was taken is a conflict", "[node][membership]") {
  const Consortium three(3);
  const Consortium two(2);
  const core::testing::TempDir folder;
  Rooms rooms(three.organisations[0], folder.path());
  must(rooms.join(three.charter()));
  const auto refused = rooms.join(two.charter());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::conflict);
}

TEST_CASE("a charter that does not admit this organisation is refused", "[node][membership]") {
  const Consortium others(2);
  const registry::testing::Organisation stranger(9, "hooli.example");
  const core::testing::TempDir folder;
  Rooms rooms(stranger, folder.path());
  const auto refused = rooms.join(others.charter());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::configuration);
  CHECK_FALSE(rooms.membership->joined());  // nor is it kept: it would be the charter for good
  CHECK(rooms.said().empty());
}

/// The slot after the charter that admits an organisation.
registry::Objects admitting(const Consortium& consortium,
                            const registry::testing::Organisation& newcomer) {
  std::vector<const registry::testing::Organisation*> governors;
  for (const auto& one : consortium.organisations) governors.push_back(&one);
  registry::Objects objects;
  objects.slots = {registry::testing::ballots_for(governors, consortium.charter(),
                                                  {registry::testing::admit_action(newcomer)})
                       .decision};
  return objects;
}

void receive(Rooms& rooms, const registry::Objects& objects) {
  rooms.write([&](core::Transaction& transaction) {
    REQUIRE(rooms.replica.receive(transaction, objects, "", rooms.clock.now()));
  });
}

TEST_CASE("who did not found the network says nothing before a slot admits it, then all",
          "[node][membership]") {
  const Consortium others(2);
  const registry::testing::Organisation newcomer(9, "hooli.example");
  const core::testing::TempDir folder;
  {
    Rooms rooms(newcomer, folder.path(), 1, {testing::kPeer});
    must(rooms.join(others.charter()));
    CHECK(rooms.logged.str().find("\"event\":\"not_admitted\"") != std::string::npos);
    must(rooms.membership->heard_from_peer(testing::kPeer));
    CHECK(rooms.membership->check_may_sign().error().code == ErrorCode::not_admitted);
    CHECK(rooms.enrolment->add(rooms.request("Support"), "uid 1").error().code ==
          ErrorCode::not_admitted);
    CHECK(rooms.said().empty());
    CHECK(rooms.membership->awaits_peers());  // whoever is heard is asked again

    receive(rooms, admitting(others, newcomer));
    CHECK(rooms.membership->check_may_sign().error().code == ErrorCode::awaiting_peers);
    must(rooms.membership->heard_from_peer(testing::kPeer));
    CHECK(rooms.membership->may_sign());
    CHECK(rooms.kinds_said() == std::vector<std::string>{"epoch.open", "node.set"});
    must(rooms.enrolment->add(rooms.request("Support"), "uid 1"));
  }
  // Its database knows the slot: it needs nobody any more.
  Rooms again(newcomer, folder.path(), 2);
  must(again.join(others.charter()));
  CHECK(again.membership->may_sign());
}

TEST_CASE("who was admitted before its first start begins with the first peer that is heard",
          "[node][membership]") {
  const Consortium others(2);
  const registry::testing::Organisation newcomer(9, "hooli.example");
  const core::testing::TempDir folder;
  Rooms rooms(newcomer, folder.path(), 1, {testing::kPeer});
  must(rooms.join(others.charter()));
  receive(rooms, admitting(others, newcomer));
  must(rooms.membership->heard_from_peer(testing::kPeer));
  CHECK(rooms.kinds_said() == std::vector<std::string>{"epoch.open", "node.set"});
}

TEST_CASE("a charter of another network gives way until something of its network was taken",
          "[node][membership]") {
  const Consortium mine(3);
  Consortium others(3);
  others.organisations.erase(others.organisations.begin());
  others.draft.founders.erase(others.draft.founders.begin());
  others.draft.grants.clear();
  const auto& acme = mine.organisations[0];
  const core::testing::TempDir folder;
  {
    Rooms mistaken(acme, folder.path(), 1, {testing::kPeer});
    must(mistaken.join(others.charter()));
    CHECK(mistaken.membership->check_may_sign().error().code == ErrorCode::not_admitted);
    SECTION("nothing was") {}
    SECTION("a slot was") {
      receive(mistaken, admitting(others, registry::testing::Organisation(8, "umbrella.example")));
    }
  }
  Rooms rooms(acme, folder.path(), 2, {testing::kPeer});
  must(rooms.membership->join({}, "https://acme.example", false));
  const bool was_taken = rooms.replica.view()->charter().slot() == 2;
  const auto joined = rooms.join(mine.charter());
  CHECK(joined.has_value() == !was_taken);
  CHECK(rooms.membership->admitted() == !was_taken);
  if (was_taken) CHECK(joined.error().code == ErrorCode::conflict);
}

TEST_CASE("a charter that a founder has not signed is refused", "[node][membership]") {
  const Consortium consortium(2);
  const core::testing::TempDir folder;
  Rooms rooms(consortium.organisations[0], folder.path());
  const auto& first = consortium.organisations[0];
  const auto slot =
      registry::sign_charter(registry::draft_charter(consortium.draft), first.key_id, first.key);
  const auto refused = rooms.join(core::to_canonical(slot));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::charter_invalid);
  CHECK_FALSE(rooms.membership->joined());
}

TEST_CASE("a restored backup runs, says so, and signs nothing [GOSSIP-18]",
          "[node][membership][GOSSIP-18]") {
  const Consortium consortium;
  const core::testing::TempDir folder;
  const auto database = folder / "avow.db";
  const auto backup = folder / "backup.db";
  {
    Rooms rooms(consortium.organisations[0], folder.path());
    must(rooms.join(consortium.charter()));
  }
  std::filesystem::copy_file(database, backup);
  {
    Rooms rooms(consortium.organisations[0], folder.path(), 2);
    must(rooms.join(consortium.charter()));
    must(rooms.enrolment->add(rooms.request("Support"), "uid 1"));
  }
  for (const char* rest : {"avow.db-wal", "avow.db-shm"}) std::filesystem::remove(folder / rest);
  std::filesystem::copy_file(backup, database, std::filesystem::copy_options::overwrite_existing);

  Rooms restored(consortium.organisations[0], folder.path(), 3);
  must(restored.join(consortium.charter()));

  CHECK(restored.membership->joined());
  CHECK_FALSE(restored.membership->may_sign());
  CHECK(restored.logged.str().find("\"event\":\"refuses_to_sign\"") != std::string::npos);
  const auto before = restored.said().size();
  const auto refused = restored.enrolment->add(restored.request("Other"), "uid 1");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::restored_backup);
  CHECK(restored.said().size() == before);
  CHECK(must(restored.enrolment->list()).empty());  // not half-done either
  must(restored.membership->sign_head());           // nothing, and no failure of the housekeeping
}

TEST_CASE("what could not be said stops here at once and is said at the next start",
          "[node][membership]") {
  const Consortium consortium;
  const core::testing::TempDir folder;
  const auto guard = folder / "guard.json";
  std::string id;
  {
    Rooms rooms(consortium.organisations[0], folder.path());
    must(rooms.join(consortium.charter()));
    const Agent agent = must(rooms.enrolment->add(rooms.request("Support"), "uid 1"));
    id = *must(rooms.issuer->issue(rooms.draft(agent), "uid 1")).find_string("id");
  }
  const std::string good_guard = core::testing::read_file(guard);
  must(write_text_file(
      guard, R"({"epoch":1,"hash":"uAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","sequence":4000})",
      0600));
  {
    Rooms rooms(consortium.organisations[0], folder.path(), 2);
    must(rooms.join(consortium.charter()));
    REQUIRE_FALSE(rooms.membership->may_sign());
    const auto before = rooms.said().size();

    const StateChange stopped =
        must(rooms.issuer->change(id, CredentialIssuer::Change::suspend, "", "uid 1"));
    CHECK(stopped.unsaid.has_value());
    CHECK_FALSE(stopped.said.has_value());
    // Asked once more it is as before.
    const auto again =
        must(rooms.issuer->change(id, CredentialIssuer::Change::suspend, "", "uid 1"));
    CHECK(again.change.before == again.change.after);
    CHECK(again.unsaid.has_value());
    // Taking a stop back needs the feed: peers would not hear that it ever was one.
    CHECK_FALSE(rooms.issuer->change(id, CredentialIssuer::Change::resume, "", "uid 1"));
    must(rooms.issuer->change(id, CredentialIssuer::Change::revoke, "", "uid 1"));
    CHECK(must(rooms.issuer->change(id, CredentialIssuer::Change::revoke, "", "uid 1")).unsaid);

    CHECK(rooms.lists->find_list("r1")->bits->count() == 1);
    CHECK(rooms.lists->find_list("s1")->bits->count() == 1);
    CHECK(rooms.said().size() == before);
  }
  must(write_text_file(guard, good_guard, 0600));
  Rooms rooms(consortium.organisations[0], folder.path(), 3);
  must(rooms.join(consortium.charter()));

  const auto said = rooms.said();
  REQUIRE(said.size() >= 2);
  for (std::size_t i = said.size() - 2; i < said.size(); ++i) {
    CHECK(said[i].kind_name == "status.delta");
    CHECK(said[i].body.find("set")->as_array()->size() == 1);
  }
  const std::size_t caught_up = said.size();
  must(rooms.membership->join(std::nullopt, "https://acme.example", false));
  CHECK(rooms.said().size() == caught_up);  // nothing is said twice
  CHECK_FALSE(must(rooms.issuer->change(id, CredentialIssuer::Change::revoke, "", "uid 1")).unsaid);
  CHECK(rooms.said().size() == caught_up);
}

/// A statement of the own feed that this node did not make: another copy of it, or a thief.
std::string made_elsewhere(Rooms& rooms, std::size_t after) {
  const auto said = rooms.said();
  registry::StatementDraft draft;
  draft.network = said[after].network;
  draft.feed = said[after].feed;
  draft.sequence = said[after].sequence + 1;
  draft.previous = said[after].hash;
  draft.key = said[after].key;
  draft.time = said[after].time;
  draft.kind = "advisory";
  return registry::sign_statement(draft, rooms.key)->text;
}

void receive(Rooms& rooms, const std::string& text) {
  rooms.write([&](core::Transaction& transaction) {
    const registry::Objects heard{.statements = {text}};
    REQUIRE(rooms.replica.receive(transaction, heard, "", rooms.clock.now()));
  });
}

TEST_CASE("a node signs nothing more once its feed goes on with what it did not make [GOSSIP-18]",
          "[node][membership][GOSSIP-18]") {
  const Consortium consortium;
  const core::testing::TempDir folder;
  Rooms rooms(consortium.organisations[0], folder.path());
  must(rooms.join(consortium.charter()));
  rooms.membership->look_at({});
  CHECK(rooms.membership->may_sign());

  receive(rooms, made_elsewhere(rooms, rooms.said().size() - 1));
  rooms.membership->look_at({});

  CHECK_FALSE(rooms.membership->may_sign());
  CHECK(rooms.membership->check_may_sign().error().code == ErrorCode::restored_backup);
  CHECK_FALSE(rooms.enrolment->add(rooms.request("Support"), "uid 1"));
}

TEST_CASE("with peers, a node signs nothing until one has shown what it holds of its feed",
          "[node][membership]") {
  const Consortium consortium;
  const core::testing::TempDir folder;
  std::string id;
  {
    Rooms rooms(consortium.organisations[0], folder.path());
    must(rooms.join(consortium.charter()));
    const Agent agent = must(rooms.enrolment->add(rooms.request("Support"), "uid 1"));
    id = *must(rooms.issuer->issue(rooms.draft(agent), "uid 1")).find_string("id");
  }
  Rooms rooms(consortium.organisations[0], folder.path(), 2, {testing::kPeer});
  must(rooms.join(consortium.charter()));
  const std::size_t before = rooms.said().size();

  CHECK_FALSE(rooms.membership->may_sign());
  const auto refused = rooms.enrolment->add(rooms.request("Other"), "uid 1");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::awaiting_peers);
  must(rooms.membership->sign_head());
  must(rooms.membership->catch_up());
  // What stops something never waits: here at once, said when that may be.
  const StateChange stopped =
      must(rooms.issuer->change(id, CredentialIssuer::Change::revoke, "", "uid 1"));
  REQUIRE(stopped.unsaid.has_value());
  CHECK(stopped.unsaid->code == ErrorCode::awaiting_peers);
  CHECK(rooms.said().size() == before);

  must(rooms.membership->heard_from_peer(testing::kPeer));
  CHECK(rooms.membership->may_sign());
  CHECK(rooms.said().size() == before + 1);
  CHECK(rooms.kinds_said().back() == "status.delta");
  must(rooms.membership->heard_from_peer(testing::kPeer));
  CHECK(rooms.said().size() == before + 1);
}

TEST_CASE("with peers, a first start opens the feed only when one has answered",
          "[node][membership]") {
  const Consortium consortium;
  const core::testing::TempDir folder;
  Rooms rooms(consortium.organisations[0], folder.path(), 1, {testing::kPeer});
  must(rooms.join(consortium.charter()));
  CHECK(rooms.said().empty());
  must(rooms.membership->heard_from_peer(testing::kPeer));
  CHECK(rooms.kinds_said() == std::vector<std::string>{"epoch.open", "node.set"});
}

TEST_CASE(
    "a node restored with its guard file learns from a peer that it has said more, and signs "
    "nothing [GOSSIP-18]",
    "[node][membership][GOSSIP-18]") {
  const Consortium consortium;
  const core::testing::TempDir folder;
  const core::testing::TempDir snapshot;
  std::string forgotten;
  {
    Rooms rooms(consortium.organisations[0], folder.path());
    must(rooms.join(consortium.charter()));
  }
  std::filesystem::copy(folder.path(), snapshot / "all", std::filesystem::copy_options::recursive);
  {
    Rooms rooms(consortium.organisations[0], folder.path(), 2);
    must(rooms.join(consortium.charter()));
    must(rooms.enrolment->add(rooms.request("Support"), "uid 1"));
    forgotten = rooms.said()[2].text;
  }
  Rooms restored(consortium.organisations[0], snapshot / "all", 3, {testing::kPeer});
  must(restored.join(consortium.charter()));
  REQUIRE(restored.said().size() == 2);
  REQUIRE(restored.membership->check_may_sign().error().code == ErrorCode::awaiting_peers);

  // As of a snapshot its clock may be too slow for it: then the statement is held, and tells as much.
  std::size_t came_back = 1;
  SECTION("taken at once") {}
  SECTION("held: the clock went back with the disk") {
    restored.clock.set(restored.clock.now() - std::chrono::minutes(10));
    came_back = 0;
  }
  registry::Objects objects;
  objects.statements = {forgotten};
  receive(restored, forgotten);
  restored.membership->look_at(objects);
  must(restored.membership->heard_from_peer(testing::kPeer));

  CHECK(restored.membership->check_may_sign().error().code == ErrorCode::restored_backup);
  CHECK(restored.said().size() == 2 + came_back);  // nothing else
}

TEST_CASE(
    "a guard file that says that nothing was signed is lost where this node has signed something",
    "[node][membership][GOSSIP-18]") {
  const Consortium consortium(4);
  const core::testing::TempDir folder;
  const std::string other = "http://10.0.0.3:8444";
  {
    Rooms rooms(consortium.organisations[0], folder.path());
    must(rooms.join(consortium.charter()));
    rooms.read([&](core::Connection& connection) { REQUIRE(rooms.votes.check(connection)); });
    const auto slot =
        *registry::draft_slot(rooms.replica.view()->charter(),
                              {registry::testing::suspend_action(consortium.organisations[1].scid,
                                                                 "2026-11-23T08:00:00.000Z")},
                              false);
    rooms.write(
        [&](core::Transaction& tx) { REQUIRE(rooms.votes.propose(tx, slot, rooms.clock.now())); });
    REQUIRE(rooms.votes.release());
  }
  Rooms rooms(consortium.organisations[0], folder.path(), 2, {testing::kPeer, other});
  std::string lost;
  SECTION("of statements") {
    REQUIRE(rooms.guard.write({}));
    lost =
        "the guard file of its feed says that nothing was signed, but the database has something";
  }
  SECTION("of votes") {
    REQUIRE(rooms.vote_guard.write({}));
    lost =
        "the guard file of its votes says that nothing was signed, but the database has something";
  }
  SECTION("of another organisation") {
    REQUIRE(registry::DiskGuardFile(folder / "vote-guard.json", "QmAnother").write({}));
    lost = "the guard file of its votes says that another has signed nothing";
  }
  SECTION("both, each in its way") {
    std::filesystem::remove(folder / "guard.json");
    std::ofstream(folder / "vote-guard.json") << "{";
    lost =
        "the guard file of its feed is missing, as after a restore, and the guard file of its "
        "votes cannot be read: " +
        (folder / "vote-guard.json").string() + " is damaged";
  }
  SECTION("neither") {}
  must(rooms.join(consortium.charter()));
  const auto told = rooms.membership->check_may_sign();
  REQUIRE_FALSE(told);
  CHECK(told.error().why.starts_with(lost.empty() ? "no peer has shown" : lost));
  CHECK((rooms.logged.str().find("\"guard_file_lost\"") != std::string::npos) == !lost.empty());
  must(rooms.membership->heard_from_peer(testing::kPeer));
  CHECK(rooms.membership->may_sign() == lost.empty());
  must(rooms.membership->heard_from_peer(other));
  CHECK(rooms.membership->may_sign());
  CHECK(rooms.guard.read().value());
}

TEST_CASE("a guard file that was lost is made after its own comparison alone [GOSSIP-18]",
          "[node][membership][GOSSIP-18]") {
  const Consortium consortium(4);
  const auto& all = consortium.organisations;
  const core::testing::TempDir folder;
  Rooms rooms(all[0], folder.path(), 1, {testing::kPeer});
  const auto guard = folder / "guard.json";
  const auto vote_guard = folder / "vote-guard.json";
  for (const auto& file : {guard, vote_guard}) REQUIRE(std::filesystem::remove(file));
  must(rooms.join(consortium.charter()));
  Governance governance({*rooms.database, rooms.replica, rooms.votes, *rooms.membership,
                         rooms.audit, rooms.organisation, rooms.clock, rooms.log});
  rooms.membership->on_heard = [&] { governance.begin(); };
  governance.begin();
  for (const auto& file : {guard, vote_guard}) CHECK_FALSE(std::filesystem::exists(file));
  // A vote of ours came back that the database has forgotten.
  const auto ballots = registry::testing::ballots_for(
      {&all[1], &all[2], &all[3]}, consortium.charter(),
      {registry::testing::suspend_action(all[1].scid, "2026-11-23T08:00:00.000Z")});
  const auto ours = registry::testing::cast(all[0], consortium.charter(),
                                            registry::VotePhase::prepare, 1, ballots.slot.hash);
  const bool has_voted = GENERATE(true, false);
  if (has_voted) receive(rooms, registry::Objects{.votes = {ours.text}});
  must(rooms.membership->heard_from_peer(testing::kPeer));
  CHECK(rooms.membership->may_sign());
  CHECK(std::filesystem::exists(guard));
  CHECK(std::filesystem::exists(vote_guard) == !has_voted);
  CHECK(governance.check_may_vote().has_value() == !has_voted);
  // Of a slot that is decided nothing can be signed twice.
  receive(rooms, registry::Objects{.slots = {ballots.decision}});
  must(governance.check_may_vote());
  CHECK(std::filesystem::exists(vote_guard));
}

TEST_CASE("a node that is started without a peer believes its database, and makes its guard files",
          "[node][membership]") {
  const Consortium consortium;
  const core::testing::TempDir folder;
  Rooms rooms(consortium.organisations[0], folder.path());
  for (const char* file : {"guard.json", "vote-guard.json"})
    REQUIRE(std::filesystem::remove(folder / file));
  must(rooms.join(consortium.charter()));
  Governance governance({*rooms.database, rooms.replica, rooms.votes, *rooms.membership,
                         rooms.audit, rooms.organisation, rooms.clock, rooms.log});
  governance.begin();
  for (const char* file : {"guard.json", "vote-guard.json"})
    CHECK(std::filesystem::exists(folder / file));
}

TEST_CASE("a node whose feed is forked starts again, and stops its credentials",
          "[node][membership]") {
  const Consortium consortium;
  const core::testing::TempDir folder;
  std::string id;
  {
    Rooms rooms(consortium.organisations[0], folder.path());
    must(rooms.join(consortium.charter()));
    const Agent agent = must(rooms.enrolment->add(rooms.request("Support"), "uid 1"));
    id = *must(rooms.issuer->issue(rooms.draft(agent), "uid 1")).find_string("id");
    receive(rooms, made_elsewhere(rooms, 1));
    REQUIRE(rooms.replica.view()->frozen(rooms.membership->feed()));
  }
  Rooms rooms(consortium.organisations[0], folder.path(), 2);
  must(rooms.join(consortium.charter()));

  const StateChange stopped =
      must(rooms.issuer->change(id, CredentialIssuer::Change::revoke, "", "uid 1"));
  CHECK(stopped.unsaid.has_value());
  CHECK(rooms.membership->is_behind());
  CHECK(rooms.lists->find_list("r1")->bits->count() == 1);
}

TEST_CASE("heads are due at a quarter of the charter's limit", "[node][membership]") {
  const Consortium consortium;
  const core::testing::TempDir folder;
  Rooms rooms(consortium.organisations[0], folder.path());
  must(rooms.join(consortium.charter()));
  CHECK(*rooms.membership->head_interval() == std::chrono::seconds(225));  // of 15 minutes
}

TEST_CASE("whoever said something wakes the sender", "[node][membership]") {
  const Consortium consortium;
  const core::testing::TempDir folder;
  Rooms rooms(consortium.organisations[0], folder.path());
  int woken = 0;
  rooms.membership->on_said = [&] { ++woken; };
  must(rooms.join(consortium.charter()));
  const int at_join = woken;
  CHECK(at_join > 0);
  must(rooms.enrolment->add(rooms.request("Support"), "uid 1"));
  CHECK(woken == at_join + 1);
}

}  // namespace
}  // namespace avow::node::membership_test
