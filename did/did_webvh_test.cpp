#include "did/did_webvh.h"

#include <functional>

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include "core/base58btc.h"
#include "core/canonical_json.h"
#include "core/data_integrity.h"
#include "core/sha256.h"
#include "core/testing/vectors.h"

using namespace avow::did;
namespace core = avow::core;
using core::Json;

namespace {

const core::Instant kNow{core::Milliseconds{1'780'000'000'000}};  // 2026-05-28T20:26:40Z
constexpr std::string_view kPlaceholder = "{SCID}";
// A SHA-256 multihash that is the hash of nothing here.
constexpr const char* kOtherHash = "Qmdxt11AjZewCNXX69bpEDobgjySeZ7eFwjf4tgpF6p2Dg";

core::Ed25519SigningKey key(std::uint8_t number) {
  core::Bytes seed(32);
  seed.back() = number;
  return std::move(*core::Ed25519SigningKey::from_seed(seed));
}

std::string multikey(std::uint8_t number) {
  return key(number).public_key().to_multikey();
}

// What follows makes first entries by the text of the specification, apart from the code under test, so
// that a test can break one rule and keep all the others.

std::string hash_of(const Json& json) {
  core::Bytes multihash = {0x12, 0x20};
  const auto digest = core::sha256(core::to_canonical(json));
  multihash.insert(multihash.end(), digest.begin(), digest.end());
  return core::to_base58btc(multihash);
}

Json replaced(const Json& json, std::string_view from, std::string_view to) {
  std::string text = core::to_canonical(json);
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return *core::parse_json(text);
}

Json proof_by(const Json& entry, std::uint8_t number,
              const std::string& purpose = "assertionMethod") {
  const std::string id = multikey(number);
  core::ProofOptions options{.verification_method = "did:key:" + id + '#' + id,
                             .proof_purpose = purpose};
  return core::create_proof(entry, options, key(number));
}

Json with_member(Json object, std::string_view name, Json value) {
  object.set(name, std::move(value));
  return object;
}

Json without_member(Json object, std::string_view name) {
  object.erase(name);
  return object;
}

/// Signs `entry` as it stands with key 1.
Json signed_entry(Json entry) {
  entry.erase("proof");
  return with_member(entry, "proof", Json::array({proof_by(entry, 1)}));
}

/// Gives an entry whose SCID stands already its version id and proof.
Json numbered(Json entry, const std::string& scid) {
  entry.erase("proof");
  entry.set("versionId", scid);
  entry.set("versionId", "1-" + hash_of(entry));
  return signed_entry(std::move(entry));
}

Json finished(const Json& preliminary) {
  const std::string scid = hash_of(preliminary);
  return numbered(replaced(preliminary, kPlaceholder, scid), scid);
}

Json preliminary(const std::string& domain = "acme.example") {
  const std::string did = "did:webvh:{SCID}:" + domain;
  return Json::object({
      {"versionId", kPlaceholder},
      {"versionTime", "2026-05-28T20:26:40Z"},
      {"parameters", Json::object({{"method", "did:webvh:1.0"},
                                   {"scid", kPlaceholder},
                                   {"updateKeys", Json::array({multikey(1)})}})},
      {"state", Json::object({{"@context", "https://www.w3.org/ns/did/v1"}, {"id", did}})},
  });
}

Json with_parameter(const std::string& name, Json value) {
  const Json whole = preliminary();
  return with_member(whole, "parameters",
                     with_member(*whole.find("parameters"), name, std::move(value)));
}

Json without_parameter(const std::string& name) {
  const Json whole = preliminary();
  return with_member(whole, "parameters", without_member(*whole.find("parameters"), name));
}

Json at_time(const std::string& time) {
  return with_member(preliminary(), "versionTime", time);
}

void check_accepted(const Json& entry) {
  const auto verified = verify_first_webvh_entry(entry, kNow, /*allow_localhost=*/false);
  if (!verified) UNSCOPED_INFO(verified.error().detail);
  CHECK(verified);
}

void check_refused(const Json& entry, const std::string& reason) {
  const auto verified = verify_first_webvh_entry(entry, kNow, /*allow_localhost=*/false);
  REQUIRE_FALSE(verified);
  CHECK(verified.error().code == ErrorCode::invalid_log);
  CHECK_THAT(verified.error().detail, Catch::Contains(reason));
}

/// The entry with its one proof changed, and signed again after the change.
Json with_signed_proof(const std::function<void(Json&)>& change) {
  Json entry = finished(preliminary());
  Json proof = entry.find("proof")->as_array()->front();
  proof.erase("proofValue");
  change(proof);
  const auto signature = key(1).sign(core::proof_hash_data(entry, proof, key(1).public_key()));
  proof.set("proofValue", 'z' + core::to_base58btc(signature));
  entry.set("proof", Json::array({proof}));
  return entry;
}

std::vector<std::string> lines_of(const std::filesystem::path& file) {
  const std::string text = core::testing::read_file(file);
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    if (end > at) lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

WebvhParameters parameters(const std::string& domain) {
  return WebvhParameters{domain,
                         {Json::object({{"id", "#key-1"}, {"publicKeyMultibase", multikey(2)}})},
                         {webvh_key_hash(multikey(3))}};
}

}  // namespace

TEST_CASE("the first entries of five implementations verify", "[did][webvh]") {
  const auto folder = core::testing::vectors_folder();
  if (!folder) {
    WARN("AVOW_VECTORS is not set: the did:webvh vectors were not read");
    return;
  }
  const auto scenario = GENERATE(as<std::string>{}, "basic-create", "basic-update", "deactivate",
                                 "key-rotation", "pre-rotation");
  for (const char* implementation : {"java", "java-eecc", "python", "rust", "ts"}) {
    INFO(scenario << '/' << implementation);
    const auto log = *folder / "did-webvh" / scenario / implementation;
    const auto lines = lines_of(log / "did.jsonl");
    REQUIRE_FALSE(lines.empty());
    const auto entry = core::parse_json(lines.front());
    REQUIRE(entry);
    const auto verified = verify_first_webvh_entry(*entry, kNow, false);
    if (!verified) UNSCOPED_INFO(verified.error().detail);
    REQUIRE(verified);
    CHECK(verified->version == 1);
    CHECK(verified->json == *entry);
    if (lines.size() > 1) {
      check_refused(*core::parse_json(lines[1]), "later entries are not supported");
      continue;
    }
    const auto result = core::parse_json(core::testing::read_file(log / "resolutionResult.json"));
    REQUIRE(result);
    const Json& expected = *result->find("didDocument");
    CHECK(verified->did.text() == *expected.find_string("id"));
    CHECK(verified->version_id == *result->find("didDocumentMetadata")->find_string("versionId"));
    CHECK(*verified->document->json().find("verificationMethod") ==
          *expected.find("verificationMethod"));
  }
}

TEST_CASE("first entries that ask for witnesses are refused, since nobody looks for their proofs",
          "[did][webvh]") {
  const auto folder = core::testing::vectors_folder();
  if (!folder) {
    WARN("AVOW_VECTORS is not set: the did:webvh vectors were not read");
    return;
  }
  for (const char* log : {"witness-threshold/java", "witness-threshold/rust",
                          "witness-threshold/ts", "negative-duplicate-witness-ids/ts"}) {
    INFO(log);
    const auto lines = lines_of(*folder / "did-webvh" / log / "did.jsonl");
    check_refused(*core::parse_json(lines.front()), "asks for witnesses");
  }
}

TEST_CASE("the official first entries with a fault are refused", "[did][webvh]") {
  const auto folder = core::testing::vectors_folder();
  if (!folder) {
    WARN("AVOW_VECTORS is not set: the did:webvh vectors were not read");
    return;
  }
  const auto first_of = [&](const std::string& scenario) {
    return *core::parse_json(
        lines_of(*folder / "did-webvh" / scenario / "ts" / "did.jsonl").front());
  };
  // Its SCID hash is broken too, which is seen first; DID-38 below isolates the fault.
  check_refused(first_of("negative-scid-mismatch-genesis"), "scid is not the hash");
  check_refused(first_of("negative-wrong-cryptosuite"), "proof");
}

TEST_CASE("a key's hash is that of its Multikey text", "[did][webvh]") {
  // From the pre-rotation vectors: updateKeys[0] of key 2, as all five implementations hash it.
  CHECK(webvh_key_hash(multikey(2)) == "Qmf2V5jB2UwPcFL5bvmKed7VvY3CSQ1RXyDdtip7ufpQ3R");
}

TEST_CASE("an entry made by hand after the specification verifies", "[did][webvh]") {
  check_accepted(finished(preliminary()));
  const auto entry = finished(preliminary());
  check_accepted(with_member(entry, "proof", entry.find("proof")->as_array()->front()));
}

TEST_CASE("a log entry has the five members and no other", "[did][webvh]") {
  check_refused(finished(with_member(preliminary(), "extra", 1)), "/extra");
  check_refused(Json::array({finished(preliminary())}), "an object");
  for (const char* name : {"versionTime", "parameters", "state", "versionId"}) {
    check_refused(without_member(finished(preliminary()), name), name);
    check_refused(with_member(finished(preliminary()), name, 7), name);
  }
  check_refused(without_member(finished(preliminary()), "proof"), "no proof");
}

TEST_CASE("an entry larger than 256 KiB is refused", "[did][webvh]") {
  check_refused(with_member(finished(preliminary()), "versionTime", std::string(262'144, 'x')),
                "larger than 256 KiB");
}

TEST_CASE("the SCID is recomputed, not compared with itself [DID-37]", "[did][webvh]") {
  const auto honest = finished(preliminary());
  const auto scid = *honest.find("parameters")->find_string("scid");
  check_refused(numbered(replaced(honest, scid, kOtherHash), kOtherHash), "scid is not the hash");
  const auto state = with_member(*honest.find("state"), "added", 1);
  check_refused(numbered(with_member(honest, "state", state), scid), "scid is not the hash");
}

TEST_CASE("the SCID is a SHA-256 multihash", "[did][webvh]") {
  const auto honest = finished(preliminary());
  const auto scid = *honest.find("parameters")->find_string("scid");
  for (const std::string& wrong : {std::string("Qm"), std::string(46, 'z'), scid + '1'}) {
    check_refused(numbered(replaced(honest, scid, wrong), wrong), "not a SHA-256 multihash");
  }
}

TEST_CASE("the hash in the version id is recomputed [DID-37]", "[did][webvh]") {
  const auto entry = finished(preliminary());
  check_refused(signed_entry(with_member(entry, "versionId", std::string("1-") + kOtherHash)),
                "versionId is not the hash");
}

TEST_CASE("a version id is a number without leading zeros, one dash and a hash", "[did][webvh]") {
  const auto entry = finished(preliminary());
  const auto hash = entry.find_string("versionId")->substr(2);
  for (const std::string& wrong :
       {hash, '-' + hash, "01-" + hash, "+1-" + hash, "1--" + hash, "1-" + hash + "-", "0-" + hash,
        "1_" + hash, " 1-" + hash, std::string("1-"), "99999999999999999999-" + hash}) {
    INFO(wrong);
    check_refused(signed_entry(with_member(entry, "versionId", wrong)), "versionId");
  }
  check_refused(signed_entry(with_member(entry, "versionId", "2-" + hash)),
                "later entries are not supported");
}

TEST_CASE("an entry may be five minutes ahead and no second more", "[did][webvh]") {
  check_accepted(finished(at_time("2026-05-28T20:31:40Z")));
  check_refused(finished(at_time("2026-05-28T20:31:41Z")), "in the future");
  check_refused(finished(at_time("9999-01-01T00:00:00Z")), "in the future");
  check_accepted(finished(at_time("2000-01-01T00:00:00Z")));
}

TEST_CASE("the time of an entry is in UTC, with seconds", "[did][webvh]") {
  check_accepted(finished(at_time("2026-05-28T20:00:00.5Z")));
  check_accepted(finished(at_time("2026-05-28T20:00:00+00:00")));
  check_refused(finished(at_time("2026-05-28T20:00:00+02:00")), "not in UTC");
  check_refused(finished(at_time("2026-05-28T20:00:00")), "not in UTC");
  check_refused(finished(at_time("2026-05-28T20:00Z")), "versionTime");
  check_refused(finished(at_time("2026-05-28Z")), "versionTime");
}

TEST_CASE("every parameter is taken in its right type", "[did][webvh]") {
  check_accepted(finished(with_parameter("portable", true)));
  check_accepted(finished(with_parameter("deactivated", false)));
  check_accepted(finished(with_parameter("nextKeyHashes", Json::array({kOtherHash}))));
  check_accepted(finished(with_parameter("nextKeyHashes", Json::array())));
  check_accepted(finished(with_parameter("watchers", Json::array({"https://w.example/"}))));
  check_accepted(finished(with_parameter("witness", Json::object())));
  check_accepted(finished(with_parameter("ttl", 0)));
  check_accepted(finished(with_parameter("ttl", std::int64_t{2147483648})));
}

TEST_CASE("a null parameter is read as its default, and a required one as missing",
          "[did][webvh]") {
  for (const char* name :
       {"portable", "deactivated", "nextKeyHashes", "watchers", "witness", "ttl"}) {
    check_accepted(finished(with_parameter(name, nullptr)));
  }
  check_refused(finished(with_parameter("method", nullptr)), "/parameters/method");
  check_refused(finished(with_parameter("updateKeys", nullptr)), "/parameters/updateKeys");
}

TEST_CASE("an unknown parameter is refused", "[did][webvh]") {
  check_refused(finished(with_parameter("prerotation", true)), "/parameters/prerotation");
}

TEST_CASE("a parameter of the wrong type is refused", "[did][webvh]") {
  struct Row {
    std::string name;
    Json value;
  };
  const auto row = GENERATE(values<Row>({
      {"method", "did:webvh:0.5"},
      {"method", "did:webvh:99.0"},
      {"method", 1},
      {"updateKeys", "z6Mk"},
      {"updateKeys", Json::array({1})},
      {"updateKeys", Json::array({""})},
      {"updateKeys", Json::array({"z6MkNoKey"})},
      {"nextKeyHashes", "Qm"},
      {"nextKeyHashes", Json::array({nullptr})},
      {"watchers", Json::array({"ftp://w.example/"})},
      {"watchers", Json::object()},
      {"witness", Json::array()},
      {"portable", "true"},
      {"deactivated", 0},
      {"ttl", "60"},
      {"ttl", -1},
      {"ttl", Json::number(0.5)},
      {"ttl", std::int64_t{2147483649}},
  }));
  INFO(row.name);
  check_refused(finished(with_parameter(row.name, row.value)), "/parameters/" + row.name);
}

TEST_CASE("a first entry has its method, SCID and update keys", "[did][webvh]") {
  for (const char* name : {"method", "updateKeys", "scid"}) {
    check_refused(finished(without_parameter(name)), std::string("/parameters/") + name);
  }
}

TEST_CASE("a list of parameters is bounded", "[did][webvh]") {
  Json::Array hashes(64, Json(kOtherHash));
  check_accepted(finished(with_parameter("nextKeyHashes", Json::array(hashes))));
  hashes.push_back(kOtherHash);
  check_refused(finished(with_parameter("nextKeyHashes", Json::array(hashes))), "nextKeyHashes");
}

TEST_CASE("a first entry that deactivates its DID is refused [DID-45]", "[did][webvh]") {
  check_refused(finished(with_parameter("deactivated", true)), "deactivates");
}

TEST_CASE("the SCID of state.id is that of the parameters [DID-38]", "[did][webvh]") {
  auto whole = preliminary();
  const Json state =
      Json::object({{"id", "did:webvh:" + std::string(kOtherHash) + ":acme.example"}});
  check_refused(finished(with_member(whole, "state", state)), "another SCID");
}

TEST_CASE("state.id is a did:webvh with a good domain and path [DID-39]", "[did][webvh]") {
  check_accepted(finished(preliminary("acme.example%3A8443:members:a")));
  for (const char* domain : {"acme", "ACME.example", "10.0.0.1", "acme.example:..:admin",
                             "acme.example:%2E%2E", "%31%32%37.0.0.1", "acme.example%3A0"}) {
    INFO(domain);
    check_refused(finished(preliminary(domain)), "state.id");
  }
  for (const Json& id : {Json("did:web:acme.example"), Json("did:webvh:{SCID}"), Json(7), Json()}) {
    check_refused(finished(with_member(preliminary(), "state", Json::object({{"id", id}}))),
                  "state");
  }
}

TEST_CASE("localhost is for development only", "[did][webvh]") {
  for (const char* domain : {"localhost", "localhost%3A8443", "acme.localhost"}) {
    INFO(domain);
    const auto entry = finished(preliminary(domain));
    check_refused(entry, "development only");
    CHECK(verify_first_webvh_entry(entry, kNow, /*allow_localhost=*/true));
    auto wanted = parameters(domain);
    CHECK(create_webvh_entry(wanted, key(1), kNow).error().code == ErrorCode::invalid_did);
    wanted.allow_localhost = true;
    CHECK(create_webvh_entry(wanted, key(1), kNow));
  }
}

TEST_CASE("the state is a DID document", "[did][webvh]") {
  const auto whole = preliminary();
  const auto state = with_member(*whole.find("state"), "alsoKnownAs", "did:web:acme.example");
  check_refused(finished(with_member(whole, "state", state)), "state: alsoKnownAs");
}

TEST_CASE("a placeholder left in an entry is refused, since two entries would share one SCID",
          "[did][webvh]") {
  const auto twin = [](const char* text) {
    const auto whole = preliminary();
    return with_member(whole, "state", with_member(*whole.find("state"), "note", text));
  };
  const auto scid = hash_of(twin("{SCID}"));
  const auto honest = numbered(replaced(twin("{SCID}"), kPlaceholder, scid), scid);
  check_accepted(honest);
  const auto forged =
      with_member(honest, "state", with_member(*honest.find("state"), "note", kPlaceholder));
  check_refused(numbered(forged, scid), "placeholder");
}

TEST_CASE("a proof is by one of the entry's own update keys", "[did][webvh]") {
  const auto entry = finished(preliminary());
  check_refused(with_member(entry, "proof", Json::array({proof_by(entry, 2)})),
                "not one of the updateKeys");
  check_accepted(finished(with_parameter("updateKeys", Json::array({multikey(2), multikey(1)}))));
  check_refused(finished(with_parameter("updateKeys", Json::array())), "not one of the updateKeys");
}

TEST_CASE("every proof must hold, not just one", "[did][webvh]") {
  const auto two_keys =
      finished(with_parameter("updateKeys", Json::array({multikey(1), multikey(2)})));
  const auto first = proof_by(two_keys, 1);
  const auto second = proof_by(two_keys, 2);
  check_accepted(with_member(two_keys, "proof", Json::array({first, second})));
  const auto bad = with_member(second, "proofValue", *first.find("proofValue"));
  check_refused(with_member(two_keys, "proof", Json::array({first, bad})), "proof");
  check_refused(with_member(two_keys, "proof", Json::array({bad, first})), "proof");
  check_refused(with_member(two_keys, "proof", Json::array({first, proof_by(two_keys, 3)})),
                "not one of the updateKeys");
}

TEST_CASE("an entry has one to eight proofs", "[did][webvh]") {
  const auto entry = finished(preliminary());
  Json::Array proofs(8, proof_by(entry, 1));
  check_accepted(with_member(entry, "proof", Json::array(proofs)));
  proofs.push_back(proof_by(entry, 1));
  check_refused(with_member(entry, "proof", Json::array(proofs)), "more than 8");
  check_refused(with_member(entry, "proof", Json::array()), "no proof");
  check_refused(with_member(entry, "proof", "z"), "no proof");
  check_refused(with_member(entry, "proof", Json::array({Json()})), "proof");
}

TEST_CASE("the two halves of a proof's did:key are equal", "[did][webvh]") {
  const auto method = [](const std::string& text) {
    return with_signed_proof([&](Json& proof) { proof.set("verificationMethod", text); });
  };
  check_accepted(method("did:key:" + multikey(1) + '#' + multikey(1)));
  check_refused(method("did:key:" + multikey(1) + '#' + multikey(2)), "another key");
  check_refused(method("did:key:" + multikey(2) + '#' + multikey(1)), "another key");
  check_refused(method("did:key:" + multikey(1) + "#key-1"), "another key");
  check_refused(method("did:key:" + multikey(1)), "not a did:key");
  check_refused(method("did:web:acme.example#" + multikey(1)), "not a did:key");
}

TEST_CASE("a proof has the purpose, type and suite of the log", "[did][webvh]") {
  const auto changed = [](const char* name, Json value) {
    return with_signed_proof([&](Json& proof) { proof.set(name, value); });
  };
  check_refused(changed("proofPurpose", "authentication"), "assertionMethod");
  check_refused(changed("cryptosuite", "eddsa-rdfc-2022"), "proof");
  check_refused(changed("cryptosuite", "ecdsa-jcs-2019"), "proof");
  check_refused(changed("type", "Ed25519Signature2020"), "proof");
  check_refused(changed("created", "yesterday"), "proof");
  check_accepted(changed("created", "2030-01-01T00:00:00Z"));
}

TEST_CASE("a proof that says it has expired is refused", "[did][webvh]") {
  const auto until = [](const char* time) {
    return with_signed_proof([&](Json& proof) { proof.set("expires", time); });
  };
  check_accepted(until("2026-05-28T20:26:41Z"));
  check_refused(until("2026-05-28T20:26:40Z"), "expired");
}

TEST_CASE("an entry changed after it was signed is refused", "[did][webvh]") {
  auto entry = finished(preliminary());
  const auto scid = *entry.find("parameters")->find_string("scid");
  const auto changed = numbered(with_member(entry, "versionTime", "2026-05-28T20:26:39Z"), scid);
  check_refused(changed, "scid is not the hash");
  // The same text but for another proof: only the signature is at fault.
  const auto other = finished(at_time("2026-05-28T20:26:39Z"));
  check_refused(with_member(entry, "proof", *other.find("proof")), "proof");
}

TEST_CASE("a created entry has the document and parameters of a member", "[did][webvh]") {
  const auto entry = create_webvh_entry(parameters("acme.example"), key(1), kNow);
  REQUIRE(entry);
  const std::string did = "did:webvh:" + entry->scid + ":acme.example";
  CHECK(entry->did.text() == did);
  CHECK(entry->version == 1);
  CHECK(entry->version_id == "1-" + entry->entry_hash);
  CHECK(entry->version_time == kNow);
  const Json& in = *entry->json.find("parameters");
  CHECK(in == Json::object({{"method", "did:webvh:1.0"},
                            {"scid", entry->scid},
                            {"updateKeys", Json::array({multikey(1)})},
                            {"nextKeyHashes", Json::array({webvh_key_hash(multikey(3))})},
                            {"portable", true}}));
  const std::string method = did + "#key-1";
  CHECK(entry->document->json() ==
        Json::object({{"@context", Json::array({"https://www.w3.org/ns/did/v1",
                                                "https://w3id.org/security/multikey/v1"})},
                      {"id", did},
                      {"alsoKnownAs", Json::array({"did:web:acme.example"})},
                      {"verificationMethod",
                       Json::array({Json::object({{"id", method},
                                                  {"type", "Multikey"},
                                                  {"controller", did},
                                                  {"publicKeyMultibase", multikey(2)}})})},
                      {"authentication", Json::array({method})},
                      {"assertionMethod", Json::array({method})}}));
  CHECK(entry->document->find(method, VerificationRelationship::assertion_method) != nullptr);
}

TEST_CASE("an entry is not created for a bad domain or bad methods", "[did][webvh]") {
  for (const char* domain : {"", "acme", "Acme.example", "acme.example:a", "acme.example:8443",
                             "10.0.0.1", "acme.example/x", "{SCID}.example"}) {
    INFO(domain);
    const auto entry = create_webvh_entry(parameters(domain), key(1), kNow);
    REQUIRE_FALSE(entry);
    CHECK(entry.error().code == ErrorCode::invalid_did);
  }
  for (const Json& method :
       {Json::object({{"id", "key-1"}, {"publicKeyMultibase", "z"}}), Json::object({{"id", "#k"}}),
        Json::object({{"publicKeyMultibase", "z"}}), Json("#key-1")}) {
    auto wanted = parameters("acme.example");
    wanted.verification_methods = {method};
    const auto entry = create_webvh_entry(wanted, key(1), kNow);
    REQUIRE_FALSE(entry);
    CHECK(entry.error().code == ErrorCode::invalid_log);
  }
}

TEST_CASE("what was created verifies, and with one byte changed it does not", "[did][webvh]") {
  CHECK(rc::check("verify of create", [] {
    WebvhParameters wanted =
        parameters("m" + std::to_string(*rc::gen::inRange(0, 99)) + ".example%3A" +
                   std::to_string(*rc::gen::inRange(1, 65536)));
    wanted.verification_methods.clear();
    const int methods = *rc::gen::inRange(0, 4);
    for (int i = 1; i <= methods; ++i) {
      wanted.verification_methods.push_back(
          Json::object({{"id", "#key-" + std::to_string(i)},
                        {"publicKeyMultibase", multikey(static_cast<std::uint8_t>(i))}}));
    }
    const core::Instant now = kNow + std::chrono::seconds(*rc::gen::inRange(0, 1'000'000));
    const auto created = create_webvh_entry(wanted, key(*rc::gen::arbitrary<std::uint8_t>()), now);
    RC_ASSERT(static_cast<bool>(created));
    const std::string text = core::to_canonical(created->json);
    const auto verified = verify_first_webvh_entry(*core::parse_json(text), now, false);
    RC_ASSERT(static_cast<bool>(verified));
    RC_ASSERT(verified->did == created->did);
    RC_ASSERT(verified->version_id == created->version_id);
    RC_ASSERT(verified->document->verification_methods().size() ==
              static_cast<std::size_t>(methods));

    std::string changed = text;
    const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
    changed[at] = *rc::gen::distinctFrom(rc::gen::inRange<char>(' ', '~'), text[at]);
    const auto json = core::parse_json(changed);
    if (json && *json != created->json) {
      RC_ASSERT_FALSE(verify_first_webvh_entry(*json, now, false).has_value());
    }
  }));
}

TEST_CASE("the parallel did:web document names both DIDs and the implicit services",
          "[did][webvh]") {
  const auto entry = create_webvh_entry(parameters("acme.example%3A8443"), key(1), kNow);
  REQUIRE(entry);
  const std::string did = "did:web:acme.example%3A8443";
  const Json parallel = parallel_did_web(*entry);
  CHECK(*parallel.find_string("id") == did);
  CHECK(*parallel.find("alsoKnownAs") == Json::array({entry->did.text()}));
  CHECK(
      *parallel.find("service") ==
      Json::array({Json::object({{"id", did + "#files"},
                                 {"type", "relativeRef"},
                                 {"serviceEndpoint", "https://acme.example:8443/"}}),
                   Json::object({{"@context", "https://identity.foundation/linked-vp/contexts/v1"},
                                 {"id", did + "#whois"},
                                 {"type", "LinkedVerifiablePresentation"},
                                 {"serviceEndpoint", "https://acme.example:8443/whois.vp"}})}));
  const auto document = Document::from_json(parallel, *Did::parse(did));
  REQUIRE(document);
  CHECK(document->find(did + "#key-1", VerificationRelationship::assertion_method) != nullptr);
}

TEST_CASE("the parallel document keeps a service of the same name and other names once",
          "[did][webvh]") {
  const auto whole = preliminary("acme.example:members");
  auto state = *whole.find("state");
  const Json own = Json::object(
      {{"id", "#files"}, {"type", "relativeRef"}, {"serviceEndpoint", "https://f.example/"}});
  state.set("service", Json::array({own}));
  state.set("alsoKnownAs", Json::array({"https://acme.example/", "did:web:acme.example:members",
                                        "https://acme.example/"}));
  const auto entry =
      verify_first_webvh_entry(finished(with_member(whole, "state", state)), kNow, false);
  REQUIRE(entry);
  const Json parallel = parallel_did_web(*entry);
  CHECK(*parallel.find("alsoKnownAs") == Json::array({"https://acme.example/", entry->did.text()}));
  REQUIRE(parallel.find("service")->as_array()->size() == 2);
  CHECK(parallel.find("service")->as_array()->front() == own);
  CHECK(*parallel.find("service")->as_array()->back().find_string("serviceEndpoint") ==
        "https://acme.example/members/whois.vp");
}
