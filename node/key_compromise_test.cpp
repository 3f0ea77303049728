// A key was stolen: who has it can sign with any date, so only what was published before goes on counting.

#include "node/key_compromise.h"

#include <algorithm>

#include <catch2/catch.hpp>

#include "core/canonical_json.h"
#include "core/data_integrity.h"
#include "core/testing/temp_dir.h"
#include "node/testing/verifier.h"
#include "registry/testing/governors.h"
#include "registry/testing/key_history.h"

namespace avow::node::key_compromise_test {
namespace {

using registry::SaidAt;
using registry::testing::kNow;
using testing::must;
using testing::Rooms;
using namespace std::chrono_literals;

core::Sha256 leaf_of(const core::Json& credential) {
  return registry::leaf_hash(core::as_bytes(core::to_canonical(credential)));
}

struct World {
  World() {
    consortium.draft.grants.push_back({organisation.scid, {"AgentCapabilityCredential"}, 0});
    charter = consortium.charter();
    must(acme.join(*charter));
    must(globex.join(*charter));
    agent = must(acme.enrolment->add(acme.request("Support"), "uid 1"));
    must(acme.membership->sign_head());
  }
  core::Json issue() { return must(acme.issuer->issue(acme.draft(agent), "uid 1")); }
  /// Publishes what was issued; the statement that does.
  SaidAt publish() {
    acme.write([&](core::Transaction& tx) { must(acme.membership->publish_issued(tx, kNow)); });
    must(acme.membership->release());
    const auto last = acme.said().back();
    CHECK(last.kind == registry::StatementKind::issued);
    return {last.epoch, last.sequence};
  }
  Result<KeyGivenUp, Error> give_up(std::optional<SaidAt> up_to = {}) {
    auto done = acme.key_compromise->say("#key-1", up_to, "stolen", "uid 1");
    must(acme.membership->sign_head());
    return done;
  }
  /// What the thief makes of a credential: another one, of the same date.
  core::Json forged(const core::Json& credential) const {
    core::Json forged = credential;
    forged.erase("proof");
    forged.set("id", "urn:uuid:00000000-0000-4000-8000-000000000000");
    core::ProofOptions options;
    options.verification_method = organisation.key_id;
    options.proof_purpose = "assertionMethod";
    options.created = core::format_seconds(kNow);
    return core::with_proof(forged, core::create_proof(forged, options, organisation.key));
  }
  core::Json shown(const core::Json& credential) const {
    const auto proof = acme.issued->find(leaf_of(credential));
    REQUIRE(proof);
    return registry::to_json(*proof);
  }
  std::string abroad(const core::Json& credential, std::vector<core::Json> stapled = {}) {
    hear(globex, acme);
    return testing::Verifier(globex).verdict(credential, std::move(stapled));
  }
  std::string at_home(const core::Json& credential) {
    return testing::Verifier(acme).verdict(credential);
  }

  registry::testing::Consortium consortium;
  const registry::testing::Organisation& organisation = consortium.organisations[0];
  std::optional<registry::Charter> charter;
  core::testing::TempDir here;
  core::testing::TempDir there;
  Rooms acme{organisation, here.path(), 1};
  Rooms globex{consortium.organisations[1], there.path(), 2};
  Agent agent;
};

}  // namespace

TEST_CASE("of a stolen key only what was issued before goes on counting", "[node][compromise]") {
  World world;
  const auto credential = world.issue();
  const auto forged = world.forged(credential);
  CHECK(world.abroad(credential) == "accepted");
  CHECK(world.abroad(forged) == "accepted");  // which is why the key must be given up

  const auto given_up = world.give_up();
  REQUIRE(given_up);
  CHECK(given_up->key == world.organisation.key_id);
  const auto kinds = world.acme.kinds_said();
  CHECK(std::vector<std::string>(kinds.end() - 2, kinds.end()) ==
        std::vector<std::string>{"issued", "key.compromised"});
  CHECK(world.abroad(forged) == "key_compromised");
  CHECK(world.abroad(forged, {world.shown(credential)}) == "key_compromised");
  CHECK(world.abroad(credential) == "key_compromised");
  CHECK(world.abroad(credential, {core::Json::object(), world.shown(credential)}) == "accepted");
  CHECK(world.at_home(credential) == "accepted");
  CHECK(world.at_home(forged) == "key_compromised");
  const auto audited = world.acme.audited();
  CHECK(std::count(audited.begin(), audited.end(), "key.compromised") == 1);

  // What the node would sign with it from here on nobody would believe.
  CHECK(world.acme.issuer->issue(world.acme.draft(world.agent), "uid 1").error().code ==
        ErrorCode::key_compromised);
  CHECK(world.give_up().error().code == ErrorCode::conflict);  // said already
}

TEST_CASE("what a key was given up for is the evidence", "[node][compromise]") {
  World world;
  const auto credential = world.issue();
  const auto given_up = must(world.give_up());
  hear(world.globex, world.acme);
  testing::Verifier verifier(world.globex);
  const auto compromise = [&](std::vector<core::Json> stapled) {
    const auto verdict = verifier.judge(credential, std::move(stapled));
    const auto check = std::find_if(verdict.checks.begin(), verdict.checks.end(),
                                    [](const vc::Check& one) { return one.name == "compromise"; });
    REQUIRE(check != verdict.checks.end());
    return check->evidence;
  };
  auto expected = core::Json::object(
      {{"feed", world.organisation.scid},
       {"key", world.organisation.key_id},
       {"epoch", 1},
       {"sequence", given_up.said.sequence},
       {"upTo", core::Json::object({{"epoch", 1}, {"sequence", given_up.said.sequence - 1}})}});
  CHECK(compromise({}) == expected);
  expected.set("issued",
               core::Json::object({{"epoch", 1}, {"sequence", given_up.said.sequence - 1}}));
  CHECK(compromise({world.shown(credential)}) == expected);
}

TEST_CASE("a key that was given up stays so when a thief forks the feed before that",
          "[node][compromise]") {
  World world;
  const auto credential = world.issue();
  core::Json without_status = credential;
  without_status.erase("credentialStatus");
  const auto forged = world.forged(without_status);
  testing::Verifier verifier(world.globex);
  const auto verdict = [&](const core::Json& document, vc::Profile profile) {
    const auto judged = verifier.judge(document, {world.shown(credential)}, profile);
    return judged.outcome() == vc::Outcome::accepted ? "accepted" : judged.code();
  };
  REQUIRE(world.give_up());
  hear(world.globex, world.acme);
  REQUIRE(verdict(forged, vc::Profile::w3c) == "key_compromised");
  REQUIRE(verdict(credential, vc::Profile::w3c) == "accepted");

  const auto before = world.acme.said().front();
  registry::testing::Author thief(world.organisation, world.charter->network);
  registry::Objects objects;
  objects.statements = {thief.open(kNow + 1s).text};
  world.globex.write([&](core::Transaction& transaction) {
    REQUIRE(world.globex.replica.receive(transaction, objects, "", kNow + 1s));
  });
  REQUIRE(world.globex.replica.view()->frozen(world.organisation.scid));

  for (const auto profile : {vc::Profile::w3c, vc::Profile::consortium}) {
    CHECK(verdict(forged, profile) == "issuer_forked");
    CHECK(verdict(credential, profile) == "issuer_forked");
  }
  const auto judged = verifier.judge(forged, {}, vc::Profile::w3c);
  const auto check = std::find_if(judged.checks.begin(), judged.checks.end(),
                                  [](const vc::Check& one) { return one.name == "compromise"; });
  REQUIRE(check != judged.checks.end());
  CHECK(check->evidence ==
        core::Json::object(
            {{"feed", world.organisation.scid},
             {"key", world.organisation.key_id},
             {"frozenAt", core::Json::object({{"epoch", 1}, {"sequence", before.sequence}})}}));
}

TEST_CASE("no key of an evicted member counts, nor that of an agent of its own",
          "[node][compromise]") {
  World world;
  const auto credential = world.issue();
  hear(world.globex, world.acme);
  testing::Verifier verifier(world.globex);
  const auto code = [&] { return verifier.judge(credential, {}, vc::Profile::w3c).code(); };
  REQUIRE(code().empty());
  std::vector<const registry::testing::Organisation*> governors;
  for (const auto& one : world.consortium.organisations) governors.push_back(&one);
  registry::Objects objects;
  objects.slots = {
      registry::testing::ballots_for(
          governors, *world.charter,
          {registry::testing::evict_action(world.acme.said().back()),
           registry::testing::charter_action({governors[1]->scid, governors[2]->scid})})
          .decision};
  world.globex.write([&](core::Transaction& transaction) {
    REQUIRE(world.globex.replica.receive(transaction, objects, "", kNow));
  });
  REQUIRE(world.globex.replica.view()->charter().is_evicted(world.organisation.scid));
  CHECK(code() == "issuer_evicted");

  const std::vector<core::Json> nothing;
  for (const std::string& key :
       {world.organisation.key_id, std::string("did:web:acme.example#key-1"),
        world.agent.did + "#key-1"}) {
    const auto check = verifier.trust.check_key({key, [] { return std::string(); }, nothing});
    REQUIRE(check);
    CHECK(check->outcome == vc::CheckOutcome::failed);
    CHECK(check->code == "issuer_evicted");
    CHECK(check->evidence ==
          core::Json::object(
              {{"feed", world.organisation.scid}, {"key", key}, {"slot", std::int64_t{2}}}));
  }
  const std::string other = governors[1]->key_id;
  CHECK_FALSE(verifier.trust.check_key({other, [] { return std::string(); }, nothing}));
}

TEST_CASE("what was published one statement after the position does not count",
          "[node][compromise]") {
  World world;
  const auto first = world.issue();
  const auto position = world.publish();
  const auto second = world.issue();
  const auto next = world.publish();
  REQUIRE(next == SaidAt{1, position.sequence + 1});
  REQUIRE(world.give_up(position));
  CHECK(world.abroad(first, {world.shown(first)}) == "accepted");
  CHECK(world.abroad(second, {world.shown(second)}) == "key_compromised");
  CHECK(world.at_home(second) == "key_compromised");
  REQUIRE(world.give_up(SaidAt{1, position.sequence - 1}));
  CHECK(world.abroad(first, {world.shown(first)}) == "key_compromised");
}

TEST_CASE("a key that was rotated out can be given up, and the new one goes on",
          "[node][compromise]") {
  registry::testing::Consortium consortium;
  const auto& acme = consortium.organisations[0];
  consortium.draft.grants.push_back({acme.scid, {"AgentCapabilityCredential"}, 0});
  const auto charter = consortium.charter();
  registry::testing::KeyHistory keys{acme, 1};
  const core::testing::TempDir here;
  const core::testing::TempDir there;
  Rooms globex(consortium.organisations[1], there.path(), 2);
  must(globex.join(charter));
  core::Json old_credential;
  Agent agent;
  {
    Rooms before(acme, here.path());
    must(before.join(charter));
    agent = must(before.enrolment->add(before.request("Support"), "uid 1"));
    old_credential = must(before.issuer->issue(before.draft(agent), "uid 1"));
  }
  const auto second = keys.after(acme.entry, kNow + 5min);
  Rooms after({"Acme", "acme.example", second.entry, {acme.entry}}, second.key, here.path());
  for (auto* rooms : {&after, &globex}) rooms->clock.set(kNow + 10min);
  must(after.join(charter));
  const auto given_up = must(after.key_compromise->say(acme.key_id, {}, "", "uid 1"));
  CHECK(given_up.up_to.epoch == 2);
  const auto new_credential = must(after.issuer->issue(after.draft(agent), "uid 1"));
  must(after.membership->sign_head());
  hear(globex, after);
  testing::Verifier abroad(globex);
  CHECK(abroad.verdict(new_credential) == "accepted");
  CHECK(abroad.verdict(old_credential) == "key_compromised");
  const auto proof = after.issued->find(leaf_of(old_credential));
  REQUIRE(proof);
  CHECK(abroad.verdict(old_credential, {registry::to_json(*proof)}) == "accepted");
}

TEST_CASE("a person is told what giving a key up does, and a stranger's key is none",
          "[node][compromise]") {
  World world;
  world.issue();
  const auto position = world.publish();
  world.issue();
  const auto says = [&](const std::optional<SaidAt>& up_to) {
    std::string all;
    for (const auto& line : must(world.acme.key_compromise->draft("#key-1", up_to)).words)
      all += line + "\n";
    return all;
  };
  const auto statements = world.acme.said().size();
  CHECK(says({}).find("(2 credentials)") != std::string::npos);
  CHECK(says({}).find("signs with this very key") != std::string::npos);
  CHECK(says(position).find("1 credential of this node; 1 more") != std::string::npos);
  CHECK(world.acme.said().size() == statements);
  for (const std::string& other : {world.consortium.organisations[1].key_id, std::string("key-1"),
                                   std::string("#"), world.organisation.did, std::string()}) {
    CHECK(world.acme.key_compromise->draft(other, {}).error().code == ErrorCode::invalid_input);
    CHECK(world.acme.key_compromise->say(other, {}, "", "uid 1").error().code ==
          ErrorCode::invalid_input);
  }
  // What could not be said is not asked for either.
  const SaidAt ahead{1, position.sequence + 1};
  CHECK(world.acme.key_compromise->draft("#key-1", ahead).error().code == ErrorCode::conflict);
  CHECK(world.acme.key_compromise->draft("#key-1", SaidAt{2, 0}).error().code ==
        ErrorCode::conflict);
  CHECK(world.give_up(ahead).error().code == ErrorCode::conflict);
  CHECK(must(world.acme.key_compromise->draft("#key-1", {})).public_key ==
        world.organisation.key.public_key().to_multikey());
  must(world.give_up(position));
  CHECK(world.acme.key_compromise->draft("#key-1", position).error().code == ErrorCode::conflict);
  CHECK(world.acme.key_compromise->draft("#key-1", SaidAt{1, position.sequence - 1}));

  const core::testing::TempDir alone;
  Rooms standalone(world.organisation, alone.path(), 3);
  CHECK(standalone.key_compromise->say("#key-1", {}, "", "uid 1").error().code ==
        ErrorCode::conflict);
}

TEST_CASE("a key that never was cannot be given up, and the known ones are named",
          "[node][compromise]") {
  World world;
  const auto give_up = [&](const std::string& key) {
    return world.acme.key_compromise->say(key, {}, "", "uid 1");
  };
  const auto statements = world.acme.said().size();
  const std::string agent = world.agent.did;
  const auto versions = must(world.acme.own_documents->history(agent));
  const std::string agent_key = versions.front().document->verification_methods().front().id;
  for (const auto& [typo, known] :
       {std::pair(std::string("#key-11"), world.organisation.key_id),
        std::pair(std::string("did:web:acme.example#key-11"), world.organisation.key_id),
        std::pair(std::string("#key-2"), world.organisation.key_id),
        std::pair(agent + "#key-11", agent_key)}) {
    CAPTURE(typo);
    const auto refused = give_up(typo);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::invalid_input);
    CHECK(refused.error().why == "known are " + known);
    CHECK(world.acme.key_compromise->draft(typo, {}).error().code == ErrorCode::invalid_input);
  }
  CHECK(give_up("did:web:acme.example:agents:nobody#key-1").error().code ==
        ErrorCode::invalid_input);
  CHECK(world.acme.said().size() == statements);
  // Of an earlier version of a document, of one that is deactivated, or by the other name.
  must(world.acme.own_documents->deactivate(agent, "gone", "uid 1"));
  CHECK(must(give_up(agent_key)).key == agent_key);
  CHECK(must(give_up("did:web:acme.example#key-1")).key == world.organisation.key_id);
}

TEST_CASE("what was issued is published within five minutes, much of it within ten seconds",
          "[node][compromise]") {
  World world;
  const auto published = [&] {
    must(world.acme.membership->publish_issued_if_due());
    const auto kinds = world.acme.kinds_said();
    return std::count(kinds.begin(), kinds.end(), "issued");
  };
  world.acme.clock.set(kNow + 1h);
  CHECK(published() == 0);  // nothing was issued
  world.acme.clock.set(kNow);
  const auto credential = world.issue();
  world.acme.clock.set(kNow + 5min - 1ms);
  CHECK(published() == 0);
  CHECK_FALSE(world.acme.issued->find(leaf_of(credential)));
  world.acme.clock.set(kNow + 5min);
  CHECK(published() == 1);
  CHECK(world.acme.issued->find(leaf_of(credential))->index == 0);
  CHECK(published() == 1);

  const auto add = [&](int from, int to) {
    world.acme.write([&](core::Transaction& tx) {
      for (int i = from; i < to; ++i)
        IssuedBatches::add(tx, registry::leaf_hash(core::as_bytes(std::to_string(i))),
                           world.acme.clock.now());
    });
  };
  add(0, 1023);
  world.acme.clock.set(kNow + 5min + 10s);
  CHECK(published() == 1);
  add(1023, 1024);
  world.acme.clock.set(kNow + 5min + 10s - 1ms);
  CHECK(published() == 1);
  world.acme.clock.set(kNow + 5min + 10s);
  CHECK(published() == 2);
  const registry::CompromisedKey everything{{1, 1'000}, {}};
  add(1024, 1024 + 4'097);
  world.acme.clock.set(kNow + 10min);
  CHECK(published() == 4);  // no batch of ours holds more than 4,096
  for (const int i : {1024, 1024 + 4'095, 1024 + 4'096}) {
    const auto proof =
        world.acme.issued->find(registry::leaf_hash(core::as_bytes(std::to_string(i))));
    REQUIRE(proof);
    CHECK(proof->index == (i - 1024) % 4'096);
  }
  for (const int i : {0, 512, 1023}) {
    const auto leaf = registry::leaf_hash(core::as_bytes(std::to_string(i)));
    const auto proof = world.acme.issued->find(leaf);
    REQUIRE(proof);
    CHECK(proof->index == i);
    const auto view = world.acme.replica.view();
    CHECK(view->feed(world.organisation.scid)->was_issued(leaf, *proof, everything));
  }
}

TEST_CASE("what could not be published waits until the feed may be written", "[node][compromise]") {
  registry::testing::Consortium consortium;
  const auto charter = consortium.charter();
  const core::testing::TempDir folder;
  core::Json credential;
  {
    Rooms before(consortium.organisations[0], folder.path());
    must(before.join(charter));
    const auto agent = must(before.enrolment->add(before.request("Support"), "uid 1"));
    credential = must(before.issuer->issue(before.draft(agent), "uid 1"));
  }
  // After a start nothing is signed before a peer is heard.
  Rooms rooms(consortium.organisations[0], folder.path(), 2, {testing::kPeer});
  must(rooms.join(charter));
  rooms.clock.set(kNow + 5min);
  must(rooms.membership->publish_issued_if_due());
  CHECK_FALSE(rooms.issued->find(leaf_of(credential)));
  must(rooms.membership->heard_from_peer(testing::kPeer));
  must(rooms.membership->publish_issued_if_due());
  CHECK(rooms.issued->find(leaf_of(credential)));
}

TEST_CASE("a position is an epoch and a sequence", "[node][compromise]") {
  CHECK(parse_position("1/41") == SaidAt{1, 41});
  CHECK(parse_position("2/0") == SaidAt{2, 0});
  for (const char* text : {"", "1", "1/", "/1", "0/1", "1/-1", "1/2/3", "1/2 ", " 1/2", "a/b",
                           "99999999999999999999/1"})
    CHECK_FALSE(parse_position(text));
}

}  // namespace avow::node::key_compromise_test
