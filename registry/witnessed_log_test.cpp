// Entries that wait for what their witnesses say, in a replica: any order, any batches, and after a restart.

#include <algorithm>

#include <catch2/catch.hpp>

#include "core/data_integrity.h"
#include "registry/testing/governors.h"
#include "registry/testing/key_history.h"
#include "registry/testing/node.h"
#include "registry/witness_proof.h"

namespace witnessed_log_test {

using namespace avow;
using namespace avow::registry;
using namespace avow::registry::testing;
using core::Json;

namespace {

/// Acme in a consortium whose charter names four witnesses, of whom three are asked for.
struct World {
  Consortium consortium{3, 4};
  Charter charter = consortium.charter();
  std::vector<core::Ed25519SigningKey> witnesses = witness_keys(4);
  const Organisation& acme = consortium.organisations[0];
  KeyHistory keys{acme, 1};
  KeyVersion second = keys.after(acme.entry, kNow);

  did::WebvhWitnessProof proof(const did::WebvhEntry& of, const core::Ed25519SigningKey& by) const {
    return *did::read_webvh_witness_proof(of.version_id,
                                          did::create_webvh_witness_proof(of.version_id, by, kNow));
  }
  std::string text(const did::WebvhEntry& of, std::size_t by) const {
    return witness_proof_text(acme.scid, proof(of, witnesses.at(by)));
  }
  Objects objects(const std::vector<std::string>& entries, const did::WebvhEntry& of,
                  const std::vector<std::size_t>& by) const {
    Objects made{.log_entries = entries};
    for (const auto i : by) made.witness_proofs.push_back(text(of, i));
    return made;
  }
  /// A text that claims to be an entry of Acme's log.
  std::string rubbish(const std::string& version_id, std::size_t bytes = 10) const {
    return core::to_canonical(
        Json::object({{"pad", std::string(bytes, 'x')},
                      {"state", Json::object({{"id", "did:webvh:" + acme.scid + ":x"}})},
                      {"versionId", version_id}}));
  }
  std::int64_t newest(const Node& node) const {
    return node.replica->view()->log(acme.scid)->newest_counted();
  }
};

std::string only_code(const Receipt& receipt) {
  REQUIRE(receipt.rejected.size() == 1);
  return std::string(code_name(receipt.rejected.front().error.code));
}

}  // namespace

TEST_CASE("a member's entry waits for its threshold of proofs, and is not refused meanwhile",
          "[registry][witness]") {
  const World w;
  Node node(w.charter);
  const auto before = node.root();
  auto receipt = node.receive(w.objects({w.second.text()}, w.second.entry, {0, 1}));
  CHECK(receipt.held.size() == 3);
  CHECK(receipt.rejected.empty());
  CHECK(receipt.need == std::set<MissingRange>{{w.acme.scid, kLogEpoch, 2}});
  CHECK(w.newest(node) == 1);
  CHECK(node.root() == before);
  CHECK(node.outgoing("two").empty());

  receipt = node.receive(w.objects({}, w.second.entry, {2}));
  CHECK(receipt.accepted.size() == 4);
  CHECK(receipt.held.empty());
  CHECK(receipt.need.empty());
  CHECK(w.newest(node) == 2);
  CHECK(node.root() != before);
  CHECK(node.outgoing("two").size() == 4);
  CHECK(node.receive(w.objects({w.second.text()}, w.second.entry, {2})).duplicate.size() == 2);
  // One more than is needed is kept and handed on: another may have heard of others.
  CHECK(node.receive(w.objects({}, w.second.entry, {3})).accepted.size() == 1);

  const auto root = node.root();
  node.restart();
  CHECK(node.root() == root);
  CHECK(w.newest(node) == 2);
}

TEST_CASE("entries and proofs come in any order, in any batches, and give the same view",
          "[registry][witness]") {
  const World w;
  const auto third = w.keys.after(w.second.entry, kNow);
  std::vector<Objects> parts;
  for (const auto* one : {&w.second, &third}) {
    parts.push_back({.log_entries = {one->text()}});
    for (const std::size_t by : {0U, 1U, 3U}) parts.push_back(w.objects({}, one->entry, {by}));
  }
  Node at_once(w.charter);
  Objects all;
  for (const auto& part : parts) {
    all.log_entries.insert(all.log_entries.end(), part.log_entries.begin(), part.log_entries.end());
    all.witness_proofs.insert(all.witness_proofs.end(), part.witness_proofs.begin(),
                              part.witness_proofs.end());
  }
  at_once.receive(all);
  REQUIRE(w.newest(at_once) == 3);
  std::vector<std::size_t> order(parts.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  for (std::size_t turn = 0; turn < order.size(); ++turn) {
    Node node(w.charter);
    for (const auto i : order) node.receive(parts[i]);
    CHECK(node.root() == at_once.root());
    std::rotate(order.begin(), order.begin() + 3, order.end());
  }
  std::reverse(order.begin(), order.end());
  Node backwards(w.charter);
  for (const auto i : order) backwards.receive(parts[i]);
  CHECK(backwards.root() == at_once.root());
}

TEST_CASE("whoever asks for a member's log gets what its witnesses say with it",
          "[registry][witness]") {
  const World w;
  Node node(w.charter);
  node.receive(w.objects({w.second.text()}, w.second.entry, {0, 1, 2}));
  Node peer(w.charter);
  node.read([&](core::Connection& c) {
    const std::vector<StatementRange> range{{w.acme.scid, kLogEpoch, 2, 9}};
    peer.receive(node.replica->fetch(c, range, {}, kMaxAnswerBytes));
  });
  CHECK(peer.root() == node.root());
  Node by_change_log(w.charter);
  node.read([&](core::Connection& c) {
    const auto changes = node.replica->since(c, 0, 100);
    CHECK(changes.ids.size() == 4);
    CHECK(node.replica->missing(c, changes.ids).empty());
    std::vector<std::string> hashes;
    for (const auto& id : changes.ids) {
      CHECK(id.key() == w.acme.scid + "/2");
      hashes.push_back(id.hash);
    }
    by_change_log.receive(node.replica->fetch(c, {}, hashes, kMaxAnswerBytes));
  });
  CHECK(by_change_log.root() == node.root());
}

TEST_CASE("what no witness of a charter signed is refused, and helps no entry",
          "[registry][witness]") {
  const World w;
  Node node(w.charter);
  node.receive(w.objects({w.second.text()}, w.second.entry, {0, 1}));
  const auto receive = [&](std::string text) {
    return node.receive(Objects{.witness_proofs = {std::move(text)}});
  };
  const auto& entry = w.second.entry;
  CHECK(only_code(receive(witness_proof_text(
            w.acme.scid, w.proof(entry, Organisation::make_key(99))))) == "not_a_witness");
  CHECK(only_code(receive(witness_proof_text(w.acme.scid, w.proof(entry, w.acme.key)))) ==
        "not_a_witness");
  auto off = w.proof(entry, w.witnesses[2]);
  auto value = *off.proof.find_string("proofValue");
  value.back() = value.back() == '2' ? '3' : '2';
  off.proof.set("proofValue", value);
  CHECK(only_code(receive(witness_proof_text(w.acme.scid, off))) == "bad_signature");
  CHECK(only_code(receive(witness_proof_text("QmNobody", w.proof(entry, w.witnesses[2])))) ==
        "unknown_feed");
  CHECK(w.newest(node) == 1);
  CHECK(receive(w.text(entry, 2)).accepted.size() == 4);
  CHECK(w.newest(node) == 2);
}

TEST_CASE("whose log a proof is of is a label that nobody signs, and that changes nothing",
          "[registry][witness]") {
  const World w;
  const auto& entry = w.second.entry;
  const auto relabelled = [&](std::size_t by, std::size_t whose) {
    return Objects{.witness_proofs = {witness_proof_text(w.consortium.organisations[whose].scid,
                                                         w.proof(entry, w.witnesses[by]))}};
  };
  Node node(w.charter);
  CHECK(node.receive(relabelled(0, 1)).held.size() == 1);
  CHECK(node.receive(relabelled(0, 2)).held.size() == 1);
  CHECK(node.receive(w.objects({w.second.text()}, entry, {1})).held.size() == 2);
  CHECK(w.newest(node) == 1);
  CHECK(node.receive(relabelled(2, 1)).accepted.size() == 4);
  CHECK(w.newest(node) == 2);
  // What is known, or is of another log that is known, takes no room.
  CHECK(node.receive(relabelled(0, 1)).duplicate.size() == 1);
  CHECK(only_code(node.receive(relabelled(3, 1))) == "bad_log_entry");
  CHECK(only_code(node.receive(Objects{
            .witness_proofs = {witness_proof_text(w.consortium.organisations[1].scid,
                                                  w.proof(w.acme.entry, w.witnesses[3]))}})) ==
        "bad_log_entry");
  // Others get each with the label of its log.
  Node peer(w.charter);
  node.read([&](core::Connection& c) {
    const std::vector<StatementRange> range{{w.acme.scid, kLogEpoch, 2, 2}};
    const auto objects = node.replica->fetch(c, range, {}, kMaxAnswerBytes);
    REQUIRE(objects.witness_proofs.size() == 3);
    for (const auto& text : objects.witness_proofs)
      CHECK(must(parse_witness_proof(text)).feed == w.acme.scid);
    peer.receive(objects);
  });
  CHECK(peer.root() == node.root());
}

TEST_CASE("what witnesses sign elsewhere, whoever repeats it, takes no room from a log [GOSSIP-07]",
          "[registry][witness][GOSSIP-07]") {
  const World w;
  Node node(w.charter);
  for (const auto& witness : w.witnesses) {
    Objects flood;
    for (std::size_t i = 0; i < HeldWitnessProofs::kMaxPerWitness + 1; ++i) {
      const auto id = "9-QmInvented" + std::to_string(i);
      flood.witness_proofs.push_back(witness_proof_text(
          w.acme.scid,
          *did::read_webvh_witness_proof(id, did::create_webvh_witness_proof(id, witness, kNow))));
    }
    CHECK(node.receive(flood).held.size() == flood.witness_proofs.size());
  }
  node.receive(w.objects({}, w.second.entry, {1, 2, 3}));
  CHECK(node.receive(Objects{.log_entries = {w.second.text()}}).accepted.size() == 4);
  CHECK(w.newest(node) == 2);
}

TEST_CASE("rubbish that waits is not looked at again, and keeps out no entry [GOSSIP-07]",
          "[registry][witness][GOSSIP-07]") {
  const World w;
  Node node(w.charter);
  const auto before = node.replica->held_entries().bytes();
  for (int i = 0; i < 64; ++i) node.receive_entries({w.rubbish("4000-a" + std::to_string(i))});
  // What lies so far ahead is asked for in order when it is missing.
  CHECK(node.replica->held_entries().bytes() == before);
  for (int i = 0; i < 64; ++i) node.receive_entries({w.rubbish("3-a" + std::to_string(i), 1'000)});
  CHECK(node.replica->held_entries().bytes() < 10'000);
  CHECK(node.replica->held_entries().bytes() > before);
  node.write([&](core::Transaction& tx) {
    const auto looked = must(node.replica->retry_held(tx, kNow + std::chrono::hours(24)));
    CHECK(looked.held.empty());
    CHECK(looked.need.empty());
  });
  // In one batch, whatever was sent before.
  CHECK(node.receive(w.objects({w.second.text()}, w.second.entry, {0, 1, 2})).accepted.size() == 4);
  CHECK(w.newest(node) == 2);
}

TEST_CASE("rubbish with the version id of an entry does not get that refused [GOSSIP-07]",
          "[registry][witness][GOSSIP-07]") {
  const World w;
  const auto third = w.keys.after(w.second.entry, kNow);
  Node node(w.charter);
  node.receive(w.objects({w.rubbish(third.entry.version_id)}, third.entry, {0, 1, 2}));
  CHECK(node.receive_entries({third.text()}).held.size() == 1);
  const auto receipt = node.receive(w.objects({w.second.text()}, w.second.entry, {0, 1, 2}));
  CHECK(w.newest(node) == 3);
  CHECK(receipt.rejected.empty());
}

TEST_CASE("an entry whose time lies ahead is looked at when it has come, and not before",
          "[registry][witness]") {
  const World w;
  const auto ahead = w.keys.after(w.acme.entry, kNow + std::chrono::hours(1));
  Node node(w.charter);
  CHECK(node.receive(w.objects({ahead.text()}, ahead.entry, {0, 1, 2})).held.size() == 4);
  const auto looked_at = [&](core::Instant now) {
    Receipt receipt;
    node.write([&](core::Transaction& tx) { receipt = must(node.replica->retry_held(tx, now)); });
    return receipt.accepted.size();
  };
  const auto from = kNow + std::chrono::minutes(55);
  CHECK(looked_at(from - core::Milliseconds(1)) == 0);
  CHECK(w.newest(node) == 1);
  CHECK(looked_at(from) == 4);
  CHECK(w.newest(node) == 2);
}

TEST_CASE("a second entry of a version counts as a fork only with its own threshold",
          "[registry][witness]") {
  const World w;
  const auto other = w.keys.after(w.acme.entry, kNow, 1);
  Node node(w.charter);
  node.receive(w.objects({w.second.text()}, w.second.entry, {0, 1, 2}));
  // A stolen update key, or a restored backup that rotates again.
  node.receive(w.objects({other.text()}, other.entry, {2, 3}));
  CHECK(w.newest(node) == 2);
  CHECK_FALSE(node.replica->view()->log(w.acme.scid)->fork());
  const auto root = node.root();
  node.restart();
  CHECK(node.root() == root);

  const auto receipt = node.receive(w.objects({other.text()}, other.entry, {1, 2, 3}));
  CHECK(receipt.frozen == std::vector<std::string>{w.acme.scid});
  CHECK(node.replica->view()->log(w.acme.scid)->fork() == 2);
  CHECK(w.newest(node) == 1);
  const auto forked = node.root();
  node.restart();
  CHECK(node.root() == forked);
  Node peer(w.charter);
  peer.receive(w.objects({other.text()}, other.entry, {1, 2, 3}));
  peer.receive(w.objects({w.second.text()}, w.second.entry, {0, 1, 2}));
  CHECK(peer.root() == forked);
}

TEST_CASE("an entry that names witnesses of a slot still to come waits for it",
          "[registry][witness][governance]") {
  const Consortium consortium(3);
  const auto charter = consortium.charter();
  const auto& acme = consortium.organisations[0];
  const auto keys = witness_keys(5);
  did::WebvhChange change;
  const KeyHistory history(acme, 1);
  const auto update = history.update_key(2);
  change.witnesses = witnesses_of(keys);
  change.update_keys = {{update.public_key()}};
  const auto entry = *did::append_webvh_entry(acme.entry, change, update, kNow);
  Objects objects{.log_entries = {core::to_canonical(entry.json)}};
  for (std::size_t i = 0; i < 4; ++i) {
    const auto made = did::create_webvh_witness_proof(entry.version_id, keys[i], kNow);
    objects.witness_proofs.push_back(
        witness_proof_text(acme.scid, *did::read_webvh_witness_proof(entry.version_id, made)));
  }
  auto action = (*charter.json.find("actions")->as_array()).front();
  action.set("witnesses", to_json(witnesses_of(keys)));
  std::vector<const Organisation*> governors;
  for (const auto& one : consortium.organisations) governors.push_back(&one);
  const auto decision = ballots_for(governors, charter, {action}).decision;

  Node node(charter);
  node.receive(objects);
  CHECK(node.replica->view()->log(acme.scid)->newest_counted() == 1);
  CHECK(node.receive(Objects{.slots = {decision}}).decided == std::vector<std::int64_t>{2});
  node.receive(Objects{.witness_proofs = objects.witness_proofs});
  CHECK(node.replica->view()->log(acme.scid)->newest_counted() == 2);

  Node other(charter);
  other.receive(Objects{.slots = {decision}});
  other.receive(objects);
  CHECK(other.root() == node.root());
  node.restart();
  CHECK(other.root() == node.root());
}

TEST_CASE("what a witness says travels in one text, and in no other", "[registry][witness]") {
  const World w;
  const auto text = w.text(w.second.entry, 0);
  const auto read = must(parse_witness_proof(text));
  CHECK(read.feed == w.acme.scid);
  CHECK(read.version == 2);
  CHECK(read.entry_hash == w.second.entry.entry_hash);
  CHECK(read.proof.witness == w.witnesses[0].public_key().to_multikey());
  CHECK(parse_witness_proof(text + " ").error().code == ErrorCode::not_canonical);
  CHECK(parse_witness_proof(std::string(kMaxWitnessProofBytes + 1, ' ')).error().code ==
        ErrorCode::too_large);
  const auto changed = [&](const char* name, const Json& value) {
    auto json = *core::parse_json(text);
    json.set(name, value);
    const auto other = parse_witness_proof(core::to_canonical(json));
    return other ? std::string() : std::string(code_name(other.error().code));
  };
  CHECK(changed("feed", w.acme.scid).empty());
  CHECK(changed("extra", 1) == "malformed");
  for (const auto* id : {"", "2", "2-", "-Qm", "02-Qm", "0-Qm", "+2-Qm"}) {
    CAPTURE(id);
    CHECK(changed("versionId", id) == "malformed");
  }
  CHECK(changed("proof", Json::array()) == "malformed");
  CHECK(changed("proof", Json::object()) == "malformed");
}

}  // namespace witnessed_log_test
