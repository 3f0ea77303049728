// Whose proofs members' log entries need: what a charter says of it, and which entries count by it.

#include "registry/charter_witnesses.h"

#include <algorithm>

#include <catch2/catch.hpp>

#include "core/data_integrity.h"
#include "registry/slot.h"
#include "registry/testing/key_history.h"
#include "registry/testing/node.h"

namespace charter_witnesses_test {

using namespace avow;
using namespace avow::registry;
using namespace avow::registry::testing;
using core::Json;

namespace {

std::string code_of(const Result<Charter, Error>& read) {
  return read ? "" : std::string(code_name(read.error().code));
}

/// What a charter with this list of witnesses is refused for, its founders naming the ones of the draft.
std::string with_witnesses(const Consortium& consortium, Json listed) {
  auto slot = draft_charter(consortium.draft);
  auto actions = *slot.find("actions")->as_array();
  actions.front().set("witnesses", std::move(listed));
  slot.set("actions", Json::array(std::move(actions)));
  return code_of(read_charter(core::to_canonical(slot), kNow, false));
}

Json id(const std::string& text) {
  return Json::object({{"id", text}});
}
std::string did_key(const core::Ed25519SigningKey& key) {
  return "did:key:" + key.public_key().to_multikey();
}

/// Acme in a consortium whose charter names four witnesses, of whom three are asked for.
struct World {
  Consortium consortium{3, 4};
  Charter charter = consortium.charter();
  std::vector<core::Ed25519SigningKey> witnesses = witness_keys(4);
  const Organisation& acme = consortium.organisations[0];
  KeyHistory keys{acme, 1};
  MemberLog log{acme.entry};
  KeyVersion second = keys.after(acme.entry, kNow);

  static did::WebvhWitnessProof proof(const std::string& version_id,
                                      const core::Ed25519SigningKey& by, core::Instant at = kNow) {
    return *did::read_webvh_witness_proof(version_id,
                                          did::create_webvh_witness_proof(version_id, by, at));
  }
  /// Of the second entry, by those witnesses.
  std::vector<did::WebvhWitnessProof> proofs(const std::vector<std::size_t>& by) const {
    std::vector<did::WebvhWitnessProof> made;
    for (const auto i : by) made.push_back(proof(second.entry.version_id, witnesses.at(i)));
    return made;
  }
  std::string judged(const std::string& text, const std::vector<did::WebvhWitnessProof>& proofs,
                     core::Instant now = kNow) const {
    const auto judgement =
        judge_log_entry(must(parse_log_entry(text)), log, proofs, {charter.witness_lists}, now);
    if (std::holds_alternative<EntryAccepted>(judgement)) return "accepted";
    if (std::holds_alternative<EntryUnwitnessed>(judgement)) return "unwitnessed";
    if (std::holds_alternative<EntryNamesOthers>(judgement)) return "names others";
    if (std::holds_alternative<EntryAhead>(judgement)) return "ahead";
    const auto* fault = std::get_if<Error>(&judgement);
    return fault == nullptr ? "?" : std::string(code_name(fault->code));
  }
  std::string judged(const std::vector<did::WebvhWitnessProof>& proofs) const {
    return judged(second.text(), proofs);
  }
  /// A second entry that names these witnesses for those after it.
  did::WebvhEntry naming(const did::WebvhWitnesses& others) const {
    did::WebvhChange change;
    change.witnesses = others;
    const auto update = keys.update_key(2);
    change.update_keys = {{update.public_key()}};
    change.next_key_hashes = {{did::webvh_key_hash("z6MkNext")}};
    auto entry = did::append_webvh_entry(acme.entry, change, update, kNow);
    if (!entry) throw std::runtime_error(entry.error().detail);
    return std::move(*entry);
  }
};

}  // namespace

TEST_CASE("a charter names witnesses by their did:key, each once", "[registry][witness]") {
  const Consortium consortium(3, 4);
  const auto charter = consortium.charter();
  CHECK(charter.witnesses().keys.size() == 4);
  CHECK(charter.witnesses().threshold == 3);  // floor(8/3) + 1

  const auto keys = witness_keys(5);
  const auto listed = [&](std::size_t count) {
    auto all = Json::array();
    for (std::size_t i = 0; i < count; ++i) all.push_back(id(did_key(keys[i])));
    return all;
  };
  CHECK(with_witnesses(consortium, listed(4)).empty());
  CHECK(with_witnesses(consortium, listed(3)) == "bad_charter");
  CHECK(with_witnesses(consortium, listed(5)) == "bad_charter");
  CHECK(with_witnesses(consortium, Json::array()) == "bad_charter");
  auto twice = listed(3);
  twice.push_back(id(did_key(keys[0])));
  CHECK(with_witnesses(consortium, twice) == "bad_charter");

  const Consortium none(3);
  CHECK(with_witnesses(none, Json::array()).empty());
  CHECK(with_witnesses(none, listed(1)) == "bad_charter");
  for (const auto& text :
       {keys[0].public_key().to_multikey(), did_key(keys[0]) + "#key", std::string("did:key:z6Mk"),
        std::string("did:web:a.example"), std::string()}) {
    CAPTURE(text);
    CHECK(with_witnesses(none, Json::array({id(text)})) == "bad_charter");
  }
  CHECK(with_witnesses(none, Json::array({did_key(keys[0])})) == "bad_charter");
}

TEST_CASE("a charter without witnesses has the text that it always had", "[registry][witness]") {
  const Consortium consortium;
  const auto text = core::to_canonical(draft_charter(consortium.draft));
  CHECK(text.find(R"("witnesses":[]})") != std::string::npos);
  CHECK(consortium.charter().witnesses().empty());
}

TEST_CASE("whoever is admitted names the charter's witnesses, with its threshold",
          "[registry][witness]") {
  const auto keys = witness_keys(4);
  const auto with_founder = [&](const did::WebvhWitnesses& named) {
    Consortium consortium(3, 4);
    consortium.draft.founders.push_back(Organisation(9, "late.example", named).entry);
    return code_of(read_charter(core::to_canonical(draft_charter(consortium.draft)), kNow, false));
  };
  const auto right = witnesses_of(keys);
  CHECK(with_founder(right).empty());
  auto other_order = right;
  std::reverse(other_order.keys.begin(), other_order.keys.end());
  CHECK(with_founder(other_order).empty());
  CHECK(with_founder({}) == "bad_charter");
  Consortium consortium(3, 4);
  const Organisation late(9, "late.example", {});
  consortium.draft.founders.push_back(late.entry);
  const auto told =
      read_charter(core::to_canonical(draft_charter(consortium.draft)), kNow, false).error().detail;
  CHECK(told.find(late.did) != std::string::npos);
  CHECK(told.find("3 of these") != std::string::npos);
  for (const auto& key : keys)
    CHECK(told.find("did:key:" + key.public_key().to_multikey()) != std::string::npos);
  CHECK(with_founder({2, right.keys}) == "bad_charter");
  CHECK(with_founder({4, right.keys}) == "bad_charter");
  CHECK(with_founder({3, {right.keys.begin(), right.keys.end() - 1}}) == "bad_charter");
  auto one_other = right;
  one_other.keys.back() = Organisation::make_key(99).public_key();
  CHECK(with_founder(one_other) == "bad_charter");
}

TEST_CASE(
    "whoever founds has pre-rotation on: asked before it signs, and never again without witnesses",
    "[registry][witness]") {
  for (const std::size_t witnesses : {0U, 4U}) {
    for (const bool promises : {true, false}) {
      CAPTURE(witnesses, promises);
      Consortium consortium(3, witnesses);
      const auto key = Organisation::make_key(8);
      did::WebvhCreation creation;
      creation.domain = "static.example";
      creation.witnesses = consortium.draft.witnesses;
      creation.verification_methods.push_back(
          Json::object({{"id", "#key-1"}, {"publicKeyMultibase", key.public_key().to_multikey()}}));
      if (promises) creation.next_key_hashes = {did::webvh_key_hash("z6MkNext")};
      const auto entry =
          did::create_webvh_entry(creation, Organisation::make_key(88), at("2026-01-01T00:00:00Z"));
      consortium.draft.founders.push_back(*entry);
      auto slot = draft_charter(consortium.draft);
      for (const auto& one : consortium.organisations)
        slot = sign_charter(std::move(slot), one.key_id, one.key);
      slot = sign_charter(std::move(slot), entry->did.text() + "#key-1", key);
      const auto charter = verify_charter(core::to_canonical(slot), kNow, false);
      if (witnesses > 0) {
        CHECK(code_of(charter) == (promises ? "" : "bad_charter"));
        continue;
      }
      // Signed before it was asked, it is the charter of its network for good.
      const auto good = must(charter);
      const auto asked = check_founders(good);
      CHECK((asked ? "" : code_name(asked.error().code)) == (promises ? "" : "bad_charter"));
      Node node(good);
      node.restart();
      REQUIRE(node.replica->view() != nullptr);
      CHECK(node.replica->view()->charter().network == good.network);
      node.read([&](core::Connection& connection) {
        FeedReader store(connection);
        CHECK(must(node.replica->history(store)).empty());
      });
    }
  }
}

TEST_CASE("an entry counts with proofs of its threshold of the charter's witnesses, not one fewer",
          "[registry][witness]") {
  const World w;
  CHECK(w.judged({}) == "unwitnessed");
  CHECK(w.judged(w.proofs({0, 1})) == "unwitnessed");
  CHECK(w.judged(w.proofs({0, 1, 2})) == "accepted");
  CHECK(w.judged(w.proofs({3, 1, 2})) == "accepted");
  CHECK(w.judged(w.proofs({0, 1, 1})) == "unwitnessed");

  const auto replaced = [&](const did::WebvhWitnessProof& third) {
    auto proofs = w.proofs({0, 1});
    proofs.push_back(third);
    return w.judged(proofs);
  };
  const auto& version_id = w.second.entry.version_id;
  CHECK(replaced(World::proof(version_id, w.witnesses[2])) == "accepted");
  SECTION("an unlisted witness") {
    CHECK(replaced(World::proof(version_id, Organisation::make_key(99))) == "unwitnessed");
  }
  SECTION("a key of the organisation itself, of this epoch or another") {
    CHECK(replaced(World::proof(version_id, w.acme.key)) == "unwitnessed");
    CHECK(replaced(World::proof(version_id, w.second.key)) == "unwitnessed");
    CHECK(replaced(World::proof(version_id, w.keys.update_key(2))) == "unwitnessed");
  }
  SECTION("a proof of another entry, of the one before, or of one after it") {
    const auto other = w.keys.after(w.acme.entry, kNow, 1);
    const auto third = w.keys.after(w.second.entry, kNow);
    for (const auto& id : {other.entry.version_id, w.acme.entry.version_id, third.entry.version_id,
                           "3" + version_id.substr(1)}) {
      CHECK(replaced(World::proof(id, w.witnesses[2])) == "unwitnessed");
    }
  }
  SECTION("one bit off in the signature") {
    auto off = World::proof(version_id, w.witnesses[2]);
    auto value = *off.proof.find_string("proofValue");
    value.back() = value.back() == '2' ? '3' : '2';
    off.proof.set("proofValue", value);
    CHECK(replaced(off) == "unwitnessed");
  }
  SECTION("what a witness says of when it signed is not asked, nor the clock of the proofs") {
    CHECK(replaced(World::proof(version_id, w.witnesses[2], kNow + std::chrono::hours(1))) ==
          "accepted");
  }
}

TEST_CASE("an entry keeps the charter's witnesses, or takes those of a later slot",
          "[registry][witness]") {
  World w;
  const auto signed_by_three = [&](const did::WebvhEntry& entry) {
    std::vector<did::WebvhWitnessProof> proofs;
    for (std::size_t i = 0; i < 3; ++i)
      proofs.push_back(World::proof(entry.version_id, w.witnesses[i]));
    return w.judged(core::to_canonical(entry.json), proofs);
  };
  const auto none = w.naming({});
  const auto fewer = w.naming({2, w.charter.witnesses().keys});
  const auto five = w.naming(witnesses_of(witness_keys(5)));
  CHECK(signed_by_three(none) == "names others");
  CHECK(signed_by_three(fewer) == "names others");
  CHECK(signed_by_three(five) == "names others");

  w.charter.witness_lists.push_back(witnesses_of(witness_keys(5)));  // as a slot would
  CHECK(signed_by_three(five) == "accepted");  // by the threshold before it: did:webvh v1.0
  CHECK(signed_by_three(none) == "names others");
  CHECK(w.judged(w.proofs({0, 1, 2})) == "accepted");  // who has not gone along yet
}

TEST_CASE("nobody returns to witnesses that the charter has left", "[registry][witness]") {
  const auto four = witnesses_of(witness_keys(4));
  const auto five = witnesses_of(witness_keys(5));
  const did::WebvhWitnesses none;
  const WitnessLists lists{none, four, five};
  CHECK(may_follow(lists, none, four));
  CHECK(may_follow(lists, none, five));
  CHECK(may_follow(lists, four, four));
  CHECK_FALSE(may_follow(lists, five, four));
  CHECK_FALSE(may_follow(lists, four, none));
  CHECK_FALSE(may_follow(lists, witnesses_of(witness_keys(3)), five));
  CHECK(may_follow({none, four, none}, four, none));
}

TEST_CASE("a slot's charter adds witnesses, and admits by them", "[registry][witness]") {
  const Consortium consortium(3);
  const auto before = consortium.charter();
  const auto five = witnesses_of(witness_keys(5));
  auto action = (*before.json.find("actions")->as_array()).front();
  const auto unchanged = must(draft_slot(before, {action}, false));
  CHECK(must(apply_slot(before, unchanged, false)).witness_lists.size() == 1);

  action.set("witnesses", to_json(five));
  const auto admit = [](const Organisation& who) {
    return Json::object({{"action", "admit"}, {"scid", who.scid}, {"entry", who.entry.json}});
  };
  const Organisation late(9, "late.example", five);
  const auto slot = must(draft_slot(before, {action, admit(late)}, false));
  const auto after = must(apply_slot(before, slot, false));
  CHECK(after.witness_lists.size() == 2);
  CHECK(are_same(after.witnesses(), five));
  CHECK(after.witnesses().threshold == 4);
  CHECK(draft_slot(before, {admit(late)}, false).error().code == ErrorCode::bad_slot);
  CHECK(draft_slot(before, {action, admit(Organisation(9, "late.example"))}, false).error().code ==
        ErrorCode::bad_slot);
}

}  // namespace charter_witnesses_test
