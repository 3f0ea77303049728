// A key is rotated: the files of the organisation, its node, and those who verify.

#include "node/key_rotation.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include <catch2/catch.hpp>

#include "core/canonical_json.h"
#include "core/data_integrity.h"
#include "core/testing/fake_clock.h"
#include "core/testing/seeded_random.h"
#include "core/testing/temp_dir.h"
#include "node/recovery/recovery.h"
#include "node/recovery/sqlite_agreement_store.h"
#include "node/testing/verifier.h"
#include "node/transaction.h"
#include "registry/testing/key_history.h"

namespace avow::node::key_rotation_test {
namespace {

using registry::testing::kNow;
using testing::must;
using testing::Rooms;
using namespace std::chrono_literals;

struct World {
  World() {
    consortium.draft.grants.push_back({acme.scid, {"AgentCapabilityCredential"}, 0});
    charter = consortium.charter();
    must(globex.join(*charter));
  }
  Organisation rotated(const registry::testing::KeyVersion& to) const {
    return {"Acme", "acme.example", to.entry, {acme.entry}};
  }
  /// What globex, who has heard all, says of a credential at a time.
  std::string judged(Rooms& by, const core::Json& credential, core::Instant at) {
    globex.clock.set(at);
    hear(globex, by);
    testing::Verifier verifier(globex);
    return verifier.verdict(credential);
  }
  static core::Json signed_by(const core::Json& credential, const core::Ed25519SigningKey& key,
                              const std::string& method, core::Instant created) {
    core::ProofOptions options;
    options.verification_method = method;
    options.proof_purpose = "assertionMethod";
    options.created = core::format_seconds(created);
    auto unsigned_credential = credential;
    unsigned_credential.erase("proof");
    return core::with_proof(unsigned_credential,
                            core::create_proof(unsigned_credential, options, key));
  }

  registry::testing::Consortium consortium;
  const registry::testing::Organisation& acme = consortium.organisations[0];
  registry::testing::KeyHistory keys{acme, 1};
  std::optional<registry::Charter> charter;
  /// `avow key recover` over the database in a folder whose log has the version to be opened.
  static Recovery recover(const std::filesystem::path& where, const Organisation& organisation,
                          std::vector<std::string> names) {
    auto database = core::Database::open(where / "avow.db", all_migrations());
    REQUIRE(database);
    const auto strikes = registry::Strikes::parse(std::move(names));
    REQUIRE(strikes);
    // The guard file of these tests lies beside the database.
    auto plan = must(plan_recovery(**database, DataDirectory{where}, organisation, *strikes));
    must(transact(**database, "", [&](core::Transaction& transaction) -> Result<void, Error> {
      SqliteAgreementStore::put(transaction, plan.agreement(*strikes));
      return {};
    }));
    return plan;
  }

  core::testing::TempDir folder;
  core::testing::TempDir elsewhere;
  Rooms globex{consortium.organisations[1], elsewhere.path(), 2};
};

/// The files alone.
struct Directory {
  Directory() {
    auto made = initialise({data.root, "Acme Ltd", "acme.example", kWeakestKdfCost},
                           passphrase("correct horse"), clock, random);
    REQUIRE(made);
    first = std::move(*made);
  }
  static core::SecretBytes passphrase(const char* words) {
    return std::move(*core::SecretBytes::copy_of(core::as_bytes(words)));
  }
  Result<Organisation, Error> rotate(const char* words = "correct horse") {
    clock.advance(1h);
    return rotate_keys(data, passphrase(words), clock, random);
  }
  std::set<std::string> keys() const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(data.keys())) {
      auto name = entry.path().filename().string();
      if (name.starts_with("node")) continue;  // the keys of the node go their own way
      if (name.ends_with(".key.json")) names.insert(std::move(name));
    }
    return names;
  }
  std::filesystem::path key_file(const std::string& name) const {
    return data.keys() / (name + ".key.json");
  }
  std::string log() const { return *read_text_file(data.log(), 1 << 20); }
  void remove_used(std::int64_t counted_version) {
    REQUIRE(remove_used_update_keys(data, counted_version));
  }

  core::testing::TempDir folder;
  DataDirectory data{folder / "data"};
  core::testing::FakeClock clock{kNow};
  core::testing::SeededRandom random{5};
  std::optional<Organisation> first;
};

using Names = std::set<std::string>;

}  // namespace

TEST_CASE("a rotation gives the organisation its pre-rotated keys, again and again",
          "[node][rotation]") {
  Directory directory;
  CHECK(directory.rotate("wrong").error().code == ErrorCode::wrong_passphrase);
  REQUIRE(directory.rotate());
  const auto rotated = directory.rotate();
  REQUIRE(rotated);
  const auto& third = *rotated;
  const auto& document = *third.entry.document;
  CHECK(document.verification_methods().size() == 1);
  CHECK(third.assertion_method() == directory.first->did().text() + "#key-3");
  CHECK(document.find(third.assertion_method(), did::VerificationRelationship::authentication) !=
        nullptr);

  const auto read = read_organisation(directory.data, directory.clock.now());
  REQUIRE(read);
  CHECK(read->entry.version_id == third.entry.version_id);
  CHECK(read->earlier.size() == 2);
  CHECK(read->earlier[0].version_id == directory.first->entry.version_id);
  CHECK(read->log_text() == directory.log());
  CHECK(read->log().newest_counted() == 3);
  const auto whole = directory.log();
  REQUIRE(write_text_file(directory.data.log(), whole.substr(whole.find('\n') + 1), 0644));
  CHECK(read_organisation(directory.data, directory.clock.now()).error().code ==
        ErrorCode::invalid_input);
}

TEST_CASE("an update key is gone once the version that it signed counts, the next one is not",
          "[node][rotation]") {
  Directory directory;
  CHECK(directory.keys() == Names{"key-1.key.json", "update-2.key.json"});
  REQUIRE(directory.rotate());
  REQUIRE(directory.rotate());
  CHECK(directory.keys() == Names{"key-1.key.json", "key-2.key.json", "key-3.key.json",
                                  "update-2.key.json", "update-3.key.json", "update-4.key.json"});
  directory.remove_used(1);
  CHECK(directory.keys().size() == 6);
  directory.remove_used(2);
  CHECK(directory.keys() == Names{"key-1.key.json", "key-2.key.json", "key-3.key.json",
                                  "update-3.key.json", "update-4.key.json"});
  directory.remove_used(3);
  CHECK(directory.keys() ==
        Names{"key-1.key.json", "key-2.key.json", "key-3.key.json", "update-4.key.json"});
  std::filesystem::remove(directory.key_file("update-4"));
  const auto refused = directory.rotate();
  CHECK(refused.error().code == ErrorCode::configuration);
  CHECK(directory.keys().size() == 3);
}

TEST_CASE("a rotation whose entry is gone is made again with the keys that it left",
          "[node][rotation][STORE-02]") {
  Directory directory;
  const auto before = directory.log();
  const auto cut_short = directory.rotate();
  REQUIRE(cut_short);
  const auto method = cut_short->assertion_method();
  const auto key_2 = cut_short->entry.document->find(method)->public_key_multibase;
  REQUIRE(write_text_file(directory.data.log(), before, 0644));
  const auto again = directory.rotate();
  REQUIRE(again);
  CHECK(again->entry.version == 2);
  CHECK(again->entry.document->find(again->assertion_method())->public_key_multibase == key_2);
  directory.remove_used(2);
  CHECK(directory.keys() == Names{"key-1.key.json", "key-2.key.json", "update-3.key.json"});
  REQUIRE(directory.rotate());
}

TEST_CASE(
    "what was signed in the second of a rotation is of the version before, what follows is not",
    "[node][rotation]") {
  const auto within_the_second = GENERATE(0ms, 999ms);
  Directory directory;
  directory.clock.advance(within_the_second);
  const auto rotated = directory.rotate();
  REQUIRE(rotated);
  CHECK(rotated->entry.version_time == kNow + 1h + 1s);

  World world;
  const auto second = world.keys.after(world.acme.entry, kNow + 1s);
  Rooms after(world.rotated(second), second.key, world.folder.path());
  after.clock.set(kNow + within_the_second);
  must(after.join(*world.charter));
  const auto agent = must(after.enrolment->add(after.request("Support"), "uid 1"));
  const auto issued = must(after.issuer->issue(after.draft(agent), "uid 1"));
  CHECK(*issued.find("proof")->find_string("created") == core::format_seconds(kNow + 1s));
}

TEST_CASE(
    "after a rotation the feed goes on, old credentials stay good, and the old key signs none",
    "[node][rotation]") {
  World world;
  core::Json old_credential;
  Agent agent;
  {
    Rooms before(world.acme, world.folder.path());
    must(before.join(*world.charter));
    agent = must(before.enrolment->add(before.request("Support"), "uid 1"));
    old_credential = must(before.issuer->issue(before.draft(agent), "uid 1"));
    must(before.membership->sign_head());
    CHECK(world.judged(before, old_credential, kNow) == "accepted");
  }
  const auto second = world.keys.after(world.acme.entry, kNow + 5min);
  Rooms after(world.rotated(second), second.key, world.folder.path());
  after.clock.set(kNow + 10min);
  must(after.join(*world.charter));
  REQUIRE(after.membership->may_sign());
  const auto said = after.said();
  CHECK(said.back().epoch == 2);
  CHECK(said.back().key == second.key_id);
  const auto new_credential = must(after.issuer->issue(after.draft(agent), "uid 1"));
  must(after.membership->sign_head());

  const auto now = kNow + 11min;
  CHECK(world.judged(after, old_credential, now) == "accepted");
  CHECK(world.judged(after, new_credential, now) == "accepted");
  CHECK(world.globex.replica.view()->feed(world.acme.scid)->position()->epoch == 2);
  CHECK(world.globex.replica.view()->feed(world.acme.scid)->position()->hash ==
        after.replica.view()->feed(world.acme.scid)->position()->hash);

  // By the signer's own word made after the rotation, or before it.
  const auto forged = [&](core::Instant created) {
    return World::signed_by(new_credential, world.acme.key, world.acme.key_id, created);
  };
  CHECK(world.judged(after, forged(kNow + 5min), now) == "key_not_valid_then");
  CHECK(world.judged(after, forged(kNow + 5min - 1s), now) == "accepted");
  CHECK(world.judged(
            after,
            World::signed_by(new_credential, world.acme.key, world.acme.did + "#key-9", kNow),
            now) == "key_not_found");

  // Revoked in the new epoch, whichever key signed it.
  must(after.issuer->change(*old_credential.find_string("id"), CredentialIssuer::Change::revoke, "",
                            "uid 1"));
  must(after.membership->sign_head());
  CHECK(world.judged(after, old_credential, now) == "revoked");
}

TEST_CASE("after a rotation what a thief added with the old key is abandoned, and ours restated",
          "[node][rotation]") {
  World world;
  core::Json credential;
  core::Json revoked;
  {
    Rooms before(world.acme, world.folder.path());
    must(before.join(*world.charter));
    const auto agent = must(before.enrolment->add(before.request("Support"), "uid 1"));
    credential = must(before.issuer->issue(before.draft(agent), "uid 1"));
    revoked = must(before.issuer->issue(before.draft(agent), "uid 1"));
    const auto last = before.said().back();
    // The thief's statement takes the place that our next one would have.
    registry::StatementDraft draft;
    draft.network = last.network;
    draft.feed = last.feed;
    draft.sequence = last.sequence + 1;
    draft.previous = last.hash;
    draft.key = last.key;
    draft.time = last.time;
    draft.kind = "advisory";
    draft.body = core::Json::object({{"text", "a thief was here"}});
    const auto thiefs = registry::sign_statement(draft, world.acme.key);
    must(before.issuer->change(*revoked.find_string("id"), CredentialIssuer::Change::revoke, "",
                               "uid 1"));
    must(before.membership->sign_head());
    hear(world.globex, before);
    const registry::Objects heard{.statements = {thiefs->text}};
    for (auto* rooms : {&before, &world.globex}) {
      rooms->write(
          [&](core::Transaction& tx) { REQUIRE(rooms->replica.receive(tx, heard, "", kNow)); });
    }
    CHECK(world.judged(before, credential, kNow) == "issuer_forked");
  }
  const auto second = world.keys.after(world.acme.entry, kNow + 5min);
  {
    Rooms unasked(world.rotated(second), second.key, world.folder.path());
    must(unasked.join(*world.charter));
    CHECK(unasked.membership->check_may_sign().error().code == ErrorCode::restored_backup);
  }
  const auto plan = World::recover(world.folder.path(), world.rotated(second), {});
  CHECK_FALSE(plan.rotates);
  CHECK(plan.made.size() == 1);
  Rooms after(world.rotated(second), second.key, world.folder.path());
  after.clock.set(kNow + 10min);
  must(after.join(*world.charter));
  must(after.membership->sign_head());
  CHECK(world.judged(after, credential, kNow + 10min) == "accepted");
  CHECK(world.judged(after, revoked, kNow + 10min) == "revoked");
}

TEST_CASE(
    "what a restored backup has forgotten is taken back when a person has seen it, and its stops "
    "are said again [GOSSIP-18]",
    "[node][rotation][recovery][GOSSIP-18]") {
  World world;
  const core::testing::TempDir snapshots;
  const auto snapshot = snapshots / "all";
  core::Json revoked;
  core::Json suspended;
  core::Json kept;
  core::Json forgotten_and_revoked;
  Agent agent;
  Agent ended;
  Agent stopped;
  registry::Objects forgotten;
  std::size_t remembered = 0;
  const auto& other = world.consortium.organisations[1].did;
  const auto accredit = [&](Rooms& rooms, int depth) {
    rooms.write([&](core::Transaction& tx) {
      must(rooms.membership->say(tx, registry::StatementKind::accredit,
                                 registry::testing::accredit_body(other, "Pass", depth), kNow));
    });
  };
  {
    Rooms before(world.acme, world.folder.path());
    must(before.join(*world.charter));
    agent = must(before.enrolment->add(before.request("Support"), "uid 1"));
    ended = must(before.enrolment->add(before.request("Ended"), "uid 1"));
    stopped = must(before.enrolment->add(before.request("Stopped"), "uid 1"));
    revoked = must(before.issuer->issue(before.draft(agent), "uid 1"));
    suspended = must(before.issuer->issue(before.draft(agent), "uid 1"));
    kept = must(before.issuer->issue(before.draft(agent), "uid 1"));
    accredit(before, 1);
    remembered = before.said().size();
  }
  std::filesystem::copy(world.folder.path(), snapshot, std::filesystem::copy_options::recursive);
  const auto id_of = [](const core::Json& credential) { return *credential.find_string("id"); };
  {
    using Change = CredentialIssuer::Change;
    Rooms before(world.acme, world.folder.path(), 2);
    must(before.join(*world.charter));
    forgotten_and_revoked = must(before.issuer->issue(before.draft(agent), "uid 1"));
    must(before.issuer->change(id_of(forgotten_and_revoked), Change::revoke, "", "uid 1"));
    must(before.issuer->change(id_of(revoked), Change::revoke, "", "uid 1"));
    must(before.issuer->change(id_of(suspended), Change::suspend, "", "uid 1"));
    must(before.own_documents->deactivate(ended.did, "", "uid 1"));
    must(before.standing->change("Stopped", AgentStanding::Change::suspend, {}, "", "uid 1"));
    must(before.standing->change("Stopped", AgentStanding::Change::disown, kNow + 1h, "", "uid 1"));
    must(before.key_compromise->say(stopped.did + "#key-1", registry::SaidAt{1, 1}, "", "uid 1"));
    accredit(before, 0);  // narrower
    must(before.membership->sign_head());
    hear(world.globex, before);
    for (const auto& one : before.said()) forgotten.statements.push_back(one.text);
    forgotten.statements.erase(forgotten.statements.begin(),
                               forgotten.statements.begin() + static_cast<long>(remembered));
  }
  REQUIRE(forgotten.statements.size() == 8);
  const auto second = world.keys.after(world.acme.entry, kNow + 5min);
  const auto restart = [&] {
    auto rooms = std::make_unique<Rooms>(world.rotated(second), second.key, snapshot, 3,
                                         std::vector<std::string>{testing::kPeer});
    rooms->clock.set(kNow + 10min);
    must(rooms->join(*world.charter));
    rooms->write([&](core::Transaction& tx) {
      REQUIRE(rooms->replica.receive(tx, forgotten, "", rooms->clock.now()));
    });
    must(rooms->membership->heard_from_peer(testing::kPeer));
    return rooms;
  };
  {
    const auto rooms = restart();
    CHECK(rooms->membership->check_may_sign().error().code == ErrorCode::restored_backup);
    CHECK(rooms->said().back().epoch == 1);
    CHECK(world.judged(*rooms, revoked, kNow + 10min) == "revoked");
  }
  const auto plan = World::recover(snapshot, world.rotated(second), {});
  CHECK(plan.made.size() == 8);
  CHECK(plan.restatement.again.size() == 8);
  CHECK(plan.restatement.lapses.size() == 1);  // the narrower accreditation; the wider one ends

  const auto rooms = restart();
  CHECK(rooms->membership->may_sign());
  const auto said = rooms->said();
  CHECK(said.back().epoch == 2);
  const auto opening = std::find_if(said.begin(), said.end(), [](const auto& one) {
    return one.epoch == 2 && one.sequence == 0;
  });
  REQUIRE(opening != said.end());
  CHECK(opening->previous == said[remembered - 1].hash);
  const auto at = kNow + 10min;
  CHECK(world.judged(*rooms, kept, at) == "accepted");
  CHECK(world.judged(*rooms, revoked, at) == "revoked");
  CHECK(world.judged(*rooms, suspended, at) == "suspended");
  CHECK(world.judged(*rooms, forgotten_and_revoked, at) == "revoked");
  CHECK(world.globex.replica.view()->feed(world.acme.scid)->document(ended.did)->status ==
        registry::DocumentStatus::deactivated);
  const auto* feed = world.globex.replica.view()->feed(world.acme.scid);
  const auto* stop = feed->stopped_agents().find(registry::agent_hash(stopped.did));
  REQUIRE(stop != nullptr);
  CHECK(stop->suspended_by.epoch == 2);
  CHECK(stop->disowned_from == kNow + 1h);
  const auto* key = feed->compromised_keys().find(stopped.did + "#key-1");
  REQUIRE(key != nullptr);
  CHECK(key->up_to == registry::SaidAt{1, 1});
  CHECK(key->said.epoch == 2);
  CHECK(feed->accreditation(other, "Pass", at) == nullptr);
  CHECK(rooms->standing->change("Stopped", AgentStanding::Change::resume, {}, "", "uid 1")
            .error()
            .code == ErrorCode::conflict);
  for (const auto& record : rooms->credentials()) {
    CHECK(record.state == (record.id == id_of(revoked)     ? revocation::CredentialState::revoked
                           : record.id == id_of(suspended) ? revocation::CredentialState::suspended
                                                           : revocation::CredentialState::active));
  }
  const auto audited = rooms->audited();
  CHECK(std::count(audited.begin(), audited.end(), "feed.restate") == 1);

  // What a stranger was given in the time that was forgotten is nobody else's.
  const auto fresh = must(rooms->issuer->issue(rooms->draft(agent), "uid 1"));
  for (const auto& entry : *fresh.find("credentialStatus")->as_array()) {
    CHECK(entry.find_string("statusListCredential")->ends_with("2"));
  }
  CHECK(world.judged(*rooms, fresh, at) == "accepted");
}

TEST_CASE(
    "what a forgotten branch had published as issued counts after its recovery, unless struck out",
    "[node][rotation][recovery]") {
  World world;
  const core::testing::TempDir snapshots;
  const auto snapshot = snapshots / "all";
  Agent agent;
  std::size_t remembered = 0;
  {
    Rooms before(world.acme, world.folder.path());
    must(before.join(*world.charter));
    agent = must(before.enrolment->add(before.request("Support"), "uid 1"));
    must(before.issuer->issue(before.draft(agent), "uid 1"));  // so that there are lists
    remembered = before.said().size();
  }
  std::filesystem::copy(world.folder.path(), snapshot, std::filesystem::copy_options::recursive);
  core::Json credential;
  core::Json published;
  registry::Objects forgotten;
  {
    Rooms before(world.acme, world.folder.path(), 2);
    must(before.join(*world.charter));
    credential = must(before.issuer->issue(before.draft(agent), "uid 1"));
    before.write([&](core::Transaction& tx) { must(before.membership->publish_issued(tx, kNow)); });
    const auto leaf = registry::leaf_hash(core::as_bytes(core::to_canonical(credential)));
    published = registry::to_json(*before.issued->find(leaf));
    must(before.membership->sign_head());
    hear(world.globex, before);
    const auto said = before.said();
    for (auto at = remembered; at < said.size(); ++at)
      forgotten.statements.push_back(said[at].text);
  }
  REQUIRE(forgotten.statements.size() == 1);
  const bool is_struck = GENERATE(false, true);
  const auto second = world.keys.after(world.acme.entry, kNow + 5min);
  const auto position = "1/" + std::to_string(remembered);
  {
    Rooms rooms(world.rotated(second), second.key, snapshot, 3,
                std::vector<std::string>{testing::kPeer});
    rooms.clock.set(kNow + 10min);
    must(rooms.join(*world.charter));
    rooms.write([&](core::Transaction& tx) {
      REQUIRE(rooms.replica.receive(tx, forgotten, "", rooms.clock.now()));
    });
  }
  World::recover(snapshot, world.rotated(second),
                 is_struck ? std::vector<std::string>{position} : std::vector<std::string>());
  Rooms rooms(world.rotated(second), second.key, snapshot, 4,
              std::vector<std::string>{testing::kPeer});
  for (auto* one : {&rooms, &world.globex}) one->clock.set(kNow + 10min);
  must(rooms.join(*world.charter));
  must(rooms.membership->heard_from_peer(testing::kPeer));
  must(rooms.key_compromise->say(world.acme.key_id, {}, "", "uid 1"));
  must(rooms.membership->sign_head());
  hear(world.globex, rooms);
  testing::Verifier abroad(world.globex);
  CHECK(abroad.verdict(credential) == "key_compromised");
  CHECK(abroad.verdict(credential, {published}) == (is_struck ? "key_compromised" : "accepted"));
}

TEST_CASE("what is struck out as a thief's is not said again", "[node][rotation][recovery]") {
  World world;
  core::Json credential;
  {
    Rooms before(world.acme, world.folder.path());
    must(before.join(*world.charter));
    const auto agent = must(before.enrolment->add(before.request("Support"), "uid 1"));
    credential = must(before.issuer->issue(before.draft(agent), "uid 1"));
    must(before.membership->sign_head());
    const auto last = before.said().back();
    // The thief revokes what we have issued.
    std::int64_t index = 0;
    for (const auto& entry : *credential.find("credentialStatus")->as_array()) {
      if (*entry.find_string("statusPurpose") == "revocation")
        index = std::stoll(*entry.find_string("statusListIndex"));
    }
    registry::StatementDraft draft;
    draft.network = last.network;
    draft.feed = last.feed;
    draft.sequence = last.sequence + 1;
    draft.previous = last.hash;
    draft.key = last.key;
    draft.time = last.time;
    draft.kind = "status.delta";
    draft.body = registry::testing::delta_body("r1", {static_cast<int>(index)});
    const auto thiefs = registry::sign_statement(draft, world.acme.key);
    hear(world.globex, before);
    const registry::Objects heard{.statements = {thiefs->text}};
    for (auto* rooms : {&before, &world.globex}) {
      rooms->write(
          [&](core::Transaction& tx) { REQUIRE(rooms->replica.receive(tx, heard, "", kNow)); });
    }
    CHECK(world.judged(before, credential, kNow) == "revoked");
  }
  const auto second = world.keys.after(world.acme.entry, kNow + 5min);
  const bool strikes = GENERATE(true, false);
  const auto unstruck = World::recover(world.folder.path(), world.rotated(second), {});
  REQUIRE(unstruck.restatement.again.size() == 1);
  const auto& name = unstruck.restatement.again.front().name;
  if (strikes) World::recover(world.folder.path(), world.rotated(second), {name});
  Rooms after(world.rotated(second), second.key, world.folder.path());
  after.clock.set(kNow + 10min);
  must(after.join(*world.charter));
  must(after.membership->sign_head());
  CHECK(world.judged(after, credential, kNow + 10min) == (strikes ? "accepted" : "revoked"));
}

TEST_CASE("a node whose log is older than what members know signs nothing", "[node][rotation]") {
  World world;
  const auto second = world.keys.after(world.acme.entry, kNow - 5min);
  {
    Rooms newer(world.rotated(second), second.key, world.folder.path());
    must(newer.join(*world.charter));
    CHECK(newer.membership->may_sign());
  }
  Rooms restored(world.acme, world.folder.path());
  must(restored.join(*world.charter));
  CHECK(restored.membership->check_may_sign().error().code == ErrorCode::restored_backup);
}

}  // namespace avow::node::key_rotation_test
