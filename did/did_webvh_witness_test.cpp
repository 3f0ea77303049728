// Who must have seen an entry, and what shows that they have.

#include "did/did_webvh_witness.h"

#include <set>
#include <string>

#include <catch2/catch.hpp>

#include "core/testing/vectors.h"
#include "did/testing/webvh_entries.h"

namespace did_webvh_witness_test {

using namespace avow::did;
using namespace avow::did::testing;
namespace core = avow::core;
using core::Json;

namespace {

/// A log of key 1, given the parameters of each entry.
struct Log {
  explicit Log(const Json& first_witness) { add_first(with_parameter("witness", first_witness)); }
  Log() { add_first(preliminary()); }

  void add_first(const Json& preliminary) {
    texts.push_back(finished(preliminary));
    entries.push_back(std::make_shared<const WebvhEntry>(verified(texts.back())));
  }
  void add(Json parameters = Json::object()) {
    texts.push_back(next_with(texts.back(), std::move(parameters), 1));
    entries.push_back(
        std::make_shared<const WebvhEntry>(verified_after(*entries.back(), texts.back())));
  }
  WebvhWitnessProof proof(std::uint8_t witness, std::size_t version) const {
    const Json document = Json::object({{"versionId", entries[version - 1]->version_id}});
    return *read_webvh_witness_proof(entries[version - 1]->version_id, proof_by(document, witness));
  }
  std::size_t approved(const std::vector<WebvhWitnessProof>& proofs) const {
    return find_webvh_approval(entries, proofs).approved;
  }

  std::vector<Json> texts;
  WebvhEntries entries;
};

Json with_witnesses(const Json& rule) {
  return Json::object({{"witness", rule}});
}

std::vector<core::Ed25519PublicKey> public_keys(const std::vector<std::uint8_t>& numbers) {
  std::vector<core::Ed25519PublicKey> keys;
  for (const std::uint8_t number : numbers) keys.push_back(key(number).public_key());
  return keys;
}

}  // namespace

TEST_CASE("a witness rule is a threshold of distinct did:keys", "[did][webvh]") {
  const Json one = Json::object({{"id", "did:key:" + multikey(5)}});
  const auto rule = [](Json threshold, Json witnesses) {
    return finished(with_parameter(
        "witness", Json::object({{"threshold", threshold}, {"witnesses", witnesses}})));
  };
  check_accepted(rule(1, Json::array({one})));
  check_accepted(finished(with_parameter("witness", witness_rule(2, {5, 6}))));
  check_refused(finished(with_parameter("witness", witness_rule(3, {5, 6}))), "threshold");
  check_refused(finished(with_parameter("witness", witness_rule(0, {5, 6}))), "threshold");
  check_refused(finished(with_parameter("witness", witness_rule(-1, {5, 6}))), "threshold");
  check_refused(finished(with_parameter("witness", witness_rule(2, {5, 5}))), "named twice");
  check_refused(finished(with_parameter("witness", witness_rule(1, {5, 5}))), "named twice");
  check_refused(rule("1", Json::array({one})), "threshold");
  check_refused(rule(Json::number(1.5), Json::array({one})), "threshold");
  check_refused(rule(1, Json::array()), "threshold");
  check_refused(rule(0, Json::array()), "threshold");
  check_refused(rule(1, one), "witnesses");
  check_refused(rule(1, Json::array({"did:key:" + multikey(5)})), "witnesses");
  check_refused(rule(1, Json::array({Json::object({{"id", "did:web:w.example"}})})),
                "not a did:key");
  check_refused(rule(1, Json::array({Json::object({{"id", "did:key:z6MkNoKey"}})})),
                "not an Ed25519 Multikey");
  check_refused(rule(1, Json::array({with_member(one, "weight", 2)})), "witnesses");
  check_refused(finished(with_parameter("witness", Json::object({{"threshold", 1}}))), "witness");
  check_refused(
      finished(with_parameter("witness", Json::object({{"witnesses", Json::array({one})}}))),
      "threshold");
  check_refused(
      finished(with_parameter("witness", with_member(witness_rule(1, {5}), "selfWeight", 1))),
      "selfWeight");
}

TEST_CASE("a witness named by its bare Multikey is a tolerance to be asked for", "[did][webvh]") {
  const Json bare = Json::object(
      {{"threshold", 1}, {"witnesses", Json::array({Json::object({{"id", multikey(5)}})})}});
  const Json entry = finished(with_parameter("witness", bare));
  check_refused(entry, "not a did:key");
  const auto tolerated = verify_first_webvh_entry(entry, kNow, {.bare_witness_keys = true});
  REQUIRE(tolerated);
  CHECK(tolerated->witnesses.keys == public_keys({5}));
}

TEST_CASE("witnesses that are asked for the first time approve that very entry", "[did][webvh]") {
  CHECK(Log().entries[0]->witnesses.empty());
  CHECK(Log(witness_rule(1, {5})).entries[0]->witnesses.keys == public_keys({5}));
  Log log;
  log.add(with_witnesses(witness_rule(1, {5})));
  log.add();
  CHECK(log.entries[1]->witnesses.keys == public_keys({5}));
  CHECK(log.entries[2]->witnesses.keys == public_keys({5}));
  CHECK(log.approved({}) == 1);
  CHECK(log.approved({log.proof(5, 2)}) == 2);
  CHECK(log.approved({log.proof(5, 3)}) == 3);
}

TEST_CASE("an entry that replaces the witnesses needs those before it [DID-41]", "[did][webvh]") {
  Log log(witness_rule(2, {5, 6}));
  log.add(with_witnesses(witness_rule(1, {7})));
  log.add();
  CHECK(log.entries[1]->witnesses == log.entries[0]->witnesses);
  CHECK(log.entries[2]->witnesses.keys == public_keys({7}));
  const auto five = log.proof(5, 2);
  const auto six = log.proof(6, 2);
  CHECK(log.approved({five, six, log.proof(7, 3)}) == 3);
  CHECK(log.approved({five, six}) == 2);
  CHECK(log.approved({five, log.proof(7, 3)}) == 0);
  CHECK(log.approved({log.proof(5, 1), log.proof(6, 1), log.proof(7, 2), log.proof(7, 3)}) == 1);
}

TEST_CASE(
    "an entry that lowers the threshold or sends all witnesses away needs the old threshold "
    "[DID-41]",
    "[did][webvh]") {
  const auto rule = GENERATE(Json::object(), witness_rule(1, {5, 6}));
  Log log(witness_rule(2, {5, 6}));
  log.add(with_witnesses(rule));
  CHECK(log.approved({log.proof(5, 1), log.proof(6, 1), log.proof(5, 2)}) == 1);
  CHECK(log.approved({log.proof(5, 2), log.proof(6, 2)}) == 2);
  log.add();
  CHECK(log.entries[2]->witnesses.keys ==
        (rule == Json::object() ? public_keys({}) : public_keys({5, 6})));
}

TEST_CASE("a proof covers its entry and all before it, and none after it", "[did][webvh]") {
  Log log(witness_rule(1, {5, 6}));
  log.add();
  log.add();
  CHECK(log.approved({log.proof(5, 3)}) == 3);
  CHECK(log.approved({log.proof(5, 2)}) == 2);
  CHECK(log.approved({log.proof(5, 1)}) == 1);
  CHECK(log.approved({log.proof(5, 1), log.proof(6, 3)}) == 3);
}

TEST_CASE("a threshold counts witnesses, not proofs", "[did][webvh]") {
  Log log(witness_rule(2, {5, 6, 7}));
  CHECK(log.approved({log.proof(5, 1), log.proof(6, 1)}) == 1);
  CHECK(log.approved({log.proof(7, 1), log.proof(6, 1), log.proof(5, 1)}) == 1);
  CHECK(log.approved({log.proof(5, 1), log.proof(5, 1)}) == 0);
  CHECK(log.approved({log.proof(5, 1), log.proof(8, 1)}) == 0);
  const auto approval = find_webvh_approval(log.entries, std::vector{log.proof(5, 1)});
  CHECK(approval.missing == "entry 1 has the proofs of 1 of its witnesses and needs 2");
}

TEST_CASE("a proof of a witness that has left still covers the entries of its time",
          "[did][webvh]") {
  Log log(witness_rule(1, {5}));
  log.add(with_witnesses(witness_rule(1, {6})));
  log.add();
  CHECK(log.approved({log.proof(5, 3), log.proof(6, 3)}) == 3);
  CHECK(log.approved({log.proof(6, 3)}) == 0);
}

TEST_CASE("proofs of entries that are not in the log say nothing", "[did][webvh]") {
  Log log(witness_rule(1, {5}));
  Log branch = log;
  log.add();
  branch.add(Json::object({{"ttl", 1}}));
  CHECK(log.approved({branch.proof(5, 2)}) == 0);
  CHECK(branch.approved({branch.proof(5, 2)}) == 2);
  const Json document = Json::object({{"versionId", std::string("9-") + kOtherHash}});
  const auto stray =
      read_webvh_witness_proof("9-" + std::string(kOtherHash), proof_by(document, 5));
  REQUIRE(stray);
  CHECK(log.approved({*stray}) == 0);
}

TEST_CASE("a bad proof is passed over, and a good one beside it counts", "[did][webvh]") {
  Log log(witness_rule(1, {5}));
  log.add();
  auto moved = log.proof(5, 1);
  moved.version_id = log.entries[1]->version_id;
  CHECK(log.approved({moved}) == 0);
  CHECK(log.approved({moved, log.proof(5, 1)}) == 1);
  CHECK(log.approved({moved, log.proof(5, 2)}) == 2);
  auto forged = log.proof(6, 2);
  forged.witness = multikey(5);
  CHECK(log.approved({forged}) == 0);
}

TEST_CASE("no more than 64 bad proofs are looked at", "[did][webvh]") {
  Log log(witness_rule(1, {5}));
  auto bad = log.proof(6, 1);
  bad.witness = multikey(5);
  std::vector<WebvhWitnessProof> proofs(63, bad);
  proofs.push_back(log.proof(5, 1));
  CHECK(log.approved(proofs) == 1);
  proofs.insert(proofs.begin(), bad);
  CHECK(log.approved(proofs) == 0);
  CHECK(find_webvh_approval(log.entries, proofs).verifications == 64);
}

TEST_CASE("no more signatures are looked at than the threshold needs", "[did][webvh]") {
  Log log(witness_rule(2, {5, 6, 7}));
  for (int i = 0; i < 5; ++i) log.add();
  std::vector<WebvhWitnessProof> proofs;
  for (std::size_t version = 1; version <= 6; ++version) {
    for (const std::uint8_t witness : std::vector<std::uint8_t>{5, 6, 7, 8})
      proofs.push_back(log.proof(witness, version));
  }
  const auto approval = find_webvh_approval(log.entries, proofs);
  CHECK(approval.approved == 6);
  CHECK(approval.verifications == 2);
}

TEST_CASE("a witness proof is made as it is read", "[did][webvh]") {
  const std::string version_id = std::string("2-") + kOtherHash;
  const Json proof = create_webvh_witness_proof(version_id, key(5), kNow);
  CHECK(*proof.find_string("cryptosuite") == "eddsa-jcs-2022");
  CHECK(*proof.find_string("created") == "2026-05-28T20:26:40Z");
  const auto read = read_webvh_witness_proof(version_id, proof);
  REQUIRE(read);
  CHECK(read->witness == multikey(5));
  CHECK(verify_webvh_witness_proof(*read, key(5).public_key()));
  CHECK_FALSE(verify_webvh_witness_proof(*read, key(6).public_key()));
  const auto other = read_webvh_witness_proof("3-" + std::string(kOtherHash), proof);
  CHECK_FALSE(verify_webvh_witness_proof(*other, key(5).public_key()));
}

TEST_CASE("a witness proof has the form of a log's proofs", "[did][webvh]") {
  const Json proof = create_webvh_witness_proof("1-x", key(5), kNow);
  for (const auto& [name, value] : {std::pair{"proofPurpose", "authentication"},
                                    {"cryptosuite", "eddsa-rdfc-2022"},
                                    {"type", "Ed25519Signature2020"},
                                    {"verificationMethod", "did:web:w.example#k"},
                                    {"expires", "9999-01-01T00:00:00Z"}}) {
    INFO(name);
    CHECK_FALSE(read_webvh_witness_proof("1-x", with_member(proof, name, value)));
  }
}

TEST_CASE("did-witness.json is an array of version ids with proofs", "[did][webvh]") {
  Log log(witness_rule(1, {5}));
  const auto file = [](const Json& json) {
    return parse_webvh_witness_file(core::to_canonical(json));
  };
  const Json proof = log.proof(5, 1).proof;
  const auto item = [&](Json proofs) {
    return Json::object({{"versionId", log.entries[0]->version_id}, {"proof", std::move(proofs)}});
  };
  CHECK(log.approved(*file(Json::array({item(Json::array({proof}))}))) == 1);
  CHECK(log.approved(*file(Json::array({item(proof)}))) == 1);
  CHECK(file(Json::array())->empty());
  CHECK(log.approved(*file(Json::array({item(Json::array({Json(7), Json::object(), proof}))}))) ==
        1);
  CHECK_FALSE(file(item(proof)));
  CHECK_FALSE(file(Json::array({Json::object({{"proof", proof}})})));
  CHECK_FALSE(file(Json::array({Json::object({{"versionId", "1-x"}})})));
  CHECK_FALSE(file(Json::array({Json(1)})));
  CHECK_FALSE(parse_webvh_witness_file("[{"));
  CHECK_FALSE(parse_webvh_witness_file(std::string(std::size_t{5} * 1024 * 1024, ' ') + "[]"));
}

TEST_CASE("a witness file has of each witness the newest proof of what the log has, and no other",
          "[did][webvh]") {
  Log log(witness_rule(2, {5, 6, 7}));
  log.add();
  log.add();
  const std::vector<WebvhWitnessProof> all{log.proof(5, 1), log.proof(6, 1), log.proof(5, 2),
                                           log.proof(7, 2), log.proof(5, 3), log.proof(6, 3)};
  const auto in_file = [&](std::int64_t versions) {
    std::set<std::string> found;
    const auto read = parse_webvh_witness_file(webvh_witness_file(all, versions));
    REQUIRE(read);
    for (const auto& proof : *read) {
      const char* who = proof.witness == multikey(5)   ? "5"
                        : proof.witness == multikey(6) ? "6"
                                                       : "7";
      CHECK(found.insert(who + ("@" + proof.version_id.substr(0, 1))).second);
    }
    return found;
  };
  CHECK(in_file(0).empty());
  CHECK(in_file(1) == std::set<std::string>{"5@1", "6@1"});
  CHECK(in_file(2) == std::set<std::string>{"5@2", "6@1", "7@2"});
  CHECK(in_file(3) == std::set<std::string>{"5@3", "6@3", "7@2"});
  CHECK(log.approved(*parse_webvh_witness_file(webvh_witness_file(all, 3))) == 3);
  CHECK(log.approved(*parse_webvh_witness_file(webvh_witness_file(all, 2))) == 2);
}

TEST_CASE("the witness files of five implementations approve their logs", "[did][webvh]") {
  const auto folder = core::testing::vectors_folder();
  if (!folder) {
    WARN("AVOW_VECTORS is not set: the did:webvh vectors were not read");
    return;
  }
  for (const char* implementation : {"java", "java-eecc", "python", "rust", "ts"}) {
    INFO(implementation);
    const auto log = *folder / "did-webvh" / "witness-threshold" / implementation;
    const auto json = core::parse_json(core::testing::read_file(log / "did.jsonl"));
    REQUIRE(json);
    // It names its witnesses by bare Multikeys.
    const bool is_bare = implementation == std::string("rust");
    CHECK(verify_first_webvh_entry(*json, kNow).has_value() != is_bare);
    auto entry = verify_first_webvh_entry(*json, kNow, {.bare_witness_keys = is_bare});
    REQUIRE(entry);
    const WebvhEntries entries{std::make_shared<const WebvhEntry>(std::move(*entry))};
    const auto proofs =
        parse_webvh_witness_file(core::testing::read_file(log / "did-witness.json"));
    REQUIRE(proofs);
    CHECK(find_webvh_approval(entries, *proofs).approved == 1);
    CHECK(find_webvh_approval(entries, {}).approved == 0);
  }
}

}  // namespace did_webvh_witness_test
