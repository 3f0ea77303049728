// A log as a whole: how far it holds, and what it says at any version.

#include "did/did_webvh_log.h"

#include <catch2/catch.hpp>

#include "core/testing/vectors.h"
#include "did/testing/webvh_entries.h"

namespace did_webvh_log_test {

using namespace avow::did;
using namespace avow::did::testing;
namespace core = avow::core;
using core::Json;

namespace {

std::string lines(const std::vector<Json>& entries) {
  std::string text;
  for (const Json& entry : entries) text += core::to_canonical(entry) + '\n';
  return text;
}

/// Three entries of key 1: 28, 29 and 30 May 2026, 20:26:40Z.
std::vector<Json> three(const Json& first = finished(preliminary())) {
  std::vector<Json> entries{first};
  entries.push_back(next_with(entries.back(), Json::object({{"ttl", 60}}), 1));
  entries.push_back(next_with(entries.back(), Json::object(), 1));
  return entries;
}

WebvhLog log_of(const std::vector<Json>& entries) {
  return verify_webvh_log(lines(entries), kLater);
}

Did did_of(const Json& entry) {
  return *Did::parse(*entry.find("state")->find_string("id"));
}

core::Instant at(const char* text) {
  return *core::parse_rfc3339(text);
}

/// The proof file that a witness with key 5 leaves for one entry.
std::vector<WebvhWitnessProof> proof_of(const Json& entry) {
  const std::string& id = *entry.find_string("versionId");
  return {*read_webvh_witness_proof(id, create_webvh_witness_proof(id, key(5), kLater))};
}

void check_code(const Result<Resolution, Error>& answer, ErrorCode code) {
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == code);
}

}  // namespace

TEST_CASE("a log is its entries, one on a line", "[did][webvh]") {
  const std::string text = lines(three());
  const auto log = verify_webvh_log(text, kLater);
  CHECK(log.entries.size() == 3);
  CHECK_FALSE(log.fault);
  CHECK(log.verifications == 3);
  const auto unended = verify_webvh_log(text.substr(0, text.size() - 1), kLater);
  CHECK(unended.entries.size() == 3);
  CHECK_FALSE(unended.fault);
  CHECK(verify_webvh_log("", kLater).fault);
  CHECK(verify_webvh_log("\n", kLater).fault);
  CHECK(verify_webvh_log(text + "\n", kLater).fault);
  CHECK(verify_webvh_log(core::to_canonical(Json::array(Json::Array(three()))), kLater).fault);
}

TEST_CASE("what follows a bad entry does not count", "[did][webvh]") {
  auto entries = three();
  entries[1].set("versionTime", "2026-05-29T20:26:41Z");
  const auto log = log_of(entries);
  CHECK(log.entries.size() == 1);
  REQUIRE(log.fault);
  CHECK(log.fault->detail == "entry 2: versionId is not the hash of the entry");
  entries.erase(entries.begin() + 1);
  CHECK(log_of(entries).fault->detail == "entry 2: entry 3 does not follow entry 1");
  CHECK(verify_webvh_log(lines(three()) + "{", kLater).entries.size() == 3);
  CHECK(verify_webvh_log(lines(three()) + "{", kLater).fault);
}

TEST_CASE("a log has at most 5 MiB", "[did][webvh]") {
  const std::string text = lines(three());
  constexpr std::size_t kMost = std::size_t{5} * 1024 * 1024;
  const std::string full = text + std::string(kMost - text.size(), ' ');
  CHECK(verify_webvh_log(full, kLater).entries.size() == 3);
  const auto larger = verify_webvh_log(full + ' ', kLater);
  CHECK(larger.entries.empty());
  CHECK(larger.fault->detail == "the log is larger than 5 MiB");
}

TEST_CASE("a log and its witnesses cost so many signatures at most", "[did][webvh]") {
  const auto entries = three(finished(with_parameter("witness", witness_rule(2, {5, 6}))));
  const std::string text = lines(entries);
  const std::string& id = *entries[2].find_string("versionId");
  std::vector<WebvhWitnessProof> proofs;
  for (const auto witness : {std::uint8_t{5}, std::uint8_t{6}})
    proofs.push_back(
        *read_webvh_witness_proof(id, create_webvh_witness_proof(id, key(witness), kLater)));
  const auto read = [&](std::size_t max) {
    return approved(verify_webvh_log(text, kLater, {}, nullptr, max), proofs, nullptr, max);
  };
  const auto whole = read(5);
  CHECK(whole.entries.size() == 3);
  CHECK_FALSE(whole.fault);
  CHECK(whole.verifications == 5);
  const auto unapproved = read(4);
  CHECK(unapproved.entries.empty());
  CHECK(unapproved.verifications == 4);
  REQUIRE(unapproved.fault);
  CHECK(unapproved.fault->detail.find("no more signatures are checked") != std::string::npos);
  const auto cut = verify_webvh_log(text, kLater, {}, nullptr, 2);
  CHECK(cut.entries.size() == 2);
  CHECK(cut.verifications == 2);
  REQUIRE(cut.fault);
  CHECK(cut.fault->code == ErrorCode::invalid_log);
  // What was read before costs nothing again.
  CHECK(verify_webvh_log(text, kLater, {}, &cut, 1).entries.size() == 3);
}

namespace {

/// A key like no other of `key`, by its number.
std::string fresh_multikey(std::size_t number) {
  core::Bytes seed(32, 0xff);
  seed[0] = static_cast<std::uint8_t>(number);
  seed[1] = static_cast<std::uint8_t>(number >> 8U);
  return core::Ed25519SigningKey::from_seed(seed)->public_key().to_multikey();
}

/// Key 1, which goes on signing, and others up to that number of keys.
Json update_keys(std::size_t count, std::size_t first) {
  Json keys = Json::array({multikey(1)});
  for (std::size_t i = 1; i < count; ++i) keys.push_back(fresh_multikey(first + i));
  return Json::object({{"updateKeys", std::move(keys)}});
}

}  // namespace

TEST_CASE("a log may name 8,192 keys that are not in force already, and no more", "[did][webvh]") {
  // 1 of the first entry, 63 of each of 130, 1 that is still missing, and 1 too many.
  std::vector<Json> entries{finished(preliminary())};
  const auto add = [&](Json parameters) {
    entries.push_back(next_with(entries.back(), std::move(parameters), 1));
  };
  for (std::size_t i = 0; i < 130; ++i) add(update_keys(64, 64 * i));
  add(update_keys(2, 9000));
  add(update_keys(2, 9001));
  const auto cut = verify_webvh_log(lines(entries), kLater + std::chrono::days(200));
  CHECK(cut.entries.size() == 132);
  REQUIRE(cut.fault);
  CHECK(cut.fault->code == ErrorCode::invalid_log);
  CHECK(cut.fault->detail == "entry 133: the log names too many keys");
}

TEST_CASE("of the keys that a log names, those count that have to be validated", "[did][webvh]") {
  std::vector<Json> entries{finished(with_parameter("witness", witness_rule(1, {5, 6})))};
  const auto least = [&] {
    std::size_t keys = 0;
    while (verify_webvh_log(lines(entries), kLater, {}, nullptr, 100, keys).fault) ++keys;
    return keys;
  };
  CHECK(least() == 3);
  const auto add = [&](Json parameters) {
    entries.push_back(next_with(entries.back(), std::move(parameters), 1));
    return least();
  };
  CHECK(add(Json::object()) == 3);
  // One that is in force, one that is not, and that twice.
  const std::string fresh = fresh_multikey(1);
  CHECK(add(Json::object({{"updateKeys", Json::array({multikey(1), fresh, fresh})}})) == 4);
  CHECK(add(Json::object({{"witness", witness_rule(1, {6, 7})}})) == 5);
  CHECK(add(Json::object({{"updateKeys", Json::array({multikey(1)})}})) == 5);
  // One that was in force once is validated again.
  CHECK(add(update_keys(2, 0)) == 6);

  // Bare Multikeys, where they are accepted, are counted as the same.
  const WebvhOptions tolerant{.bare_witness_keys = true};
  const Json bare = Json::object(
      {{"threshold", 1}, {"witnesses", Json::array({Json::object({{"id", multikey(5)}})})}});
  const std::string text = lines({finished(with_parameter("witness", bare))});
  CHECK(verify_webvh_log(text, kLater, tolerant, nullptr, 1, 1).fault);
  CHECK_FALSE(verify_webvh_log(text, kLater, tolerant, nullptr, 1, 2).fault);

  // What was read before costs nothing again.
  const auto known = log_of(entries);
  add(update_keys(3, 0));
  CHECK_FALSE(verify_webvh_log(lines(entries), kLater, {}, &known, 1, 1).fault);
  CHECK(verify_webvh_log(lines(entries), kLater, {}, &known, 1, 0).fault);
}

TEST_CASE("a log that goes on from a known one is verified from there", "[did][webvh]") {
  const auto entries = three();
  const auto known = log_of({entries[0], entries[1]});
  const auto log = verify_webvh_log(lines(entries), kLater, {}, &known);
  CHECK(log.entries.size() == 3);
  CHECK(log.verifications == 1);
  CHECK(log.text + '\n' == lines(entries));
  CHECK(continues(log, known));
  const auto again = verify_webvh_log(lines(entries), kLater, {}, &log);
  CHECK(again.verifications == 0);
  CHECK(again.entries.size() == 3);

  // One entry is another, and that a line begins like a known one is not enough.
  auto other = entries;
  other[1] = next_with(entries[0], Json::object({{"ttl", 61}}), 1);
  other.resize(2);
  const auto rewritten = verify_webvh_log(lines(other), kLater, {}, &known);
  CHECK(rewritten.verifications == 2);
  CHECK_FALSE(continues(rewritten, known));
  const auto longer = verify_webvh_log(known.text + " x", kLater, {}, &known);
  CHECK(longer.entries.size() == 1);
  CHECK(longer.fault);
  const Json bad_proof = with_member(entries[1], "proof", *entries[0].find("proof"));
  CHECK(verify_webvh_log(lines({entries[0], bad_proof}), kLater, {}, &known).entries.size() == 1);
}

TEST_CASE("a log that was cut back or rewritten does not continue [DID-42]", "[did][webvh]") {
  const auto entries = three();
  const auto known = log_of(entries);
  CHECK(continues(log_of(entries), known));
  CHECK_FALSE(continues(log_of({entries[0], entries[1]}), known));
  auto branch = entries;
  branch[2] = next_with(entries[1], Json::object({{"ttl", 61}}), 1);
  CHECK_FALSE(continues(log_of(branch), known));
  CHECK(continues(known, log_of({entries[0]})));
  CHECK(continues(known, {}));
}

TEST_CASE("entries without the approval of their witnesses do not count", "[did][webvh]") {
  const auto entries = three(finished(with_parameter("witness", witness_rule(1, {5}))));
  const auto log = log_of(entries);
  CHECK(needs_witnesses(log));
  CHECK_FALSE(needs_witnesses(log_of(three())));
  const auto first_two = approved(log, proof_of(entries[1]));
  CHECK(first_two.entries.size() == 2);
  CHECK(first_two.text + '\n' == lines({entries[0], entries[1]}));
  CHECK_THAT(first_two.fault->detail, Catch::Contains("entry 3 has the proofs of 0"));
  const auto all = approved(log, proof_of(entries[2]));
  CHECK(all.entries.size() == 3);
  CHECK_FALSE(all.fault);
  const auto none = approved(log, {});
  CHECK(none.entries.empty());
  CHECK(none.text.empty());
  CHECK(approved(log, proof_of(entries[0])).text + '\n' == lines({entries[0]}));
}

TEST_CASE("what was approved before needs no proof again", "[did][webvh]") {
  const auto entries = three(finished(with_parameter("witness", witness_rule(1, {5}))));
  const auto known = approved(log_of({entries[0], entries[1]}), proof_of(entries[1]));
  const auto log = verify_webvh_log(lines(entries), kLater, {}, &known);
  CHECK(needs_witnesses(log, &known));
  const auto more = approved(log, proof_of(entries[2]), &known);
  CHECK(more.entries.size() == 3);
  CHECK(more.verifications == 2);
  CHECK(approved(log, {}, &known).entries.size() == 2);
  CHECK(approved(log, proof_of(entries[0]), &known).entries.size() == 2);
  CHECK_FALSE(needs_witnesses(more, &more));
}

TEST_CASE("the newest entry answers, or the one that is asked for", "[did][webvh]") {
  const auto entries = three();
  const auto log = log_of(entries);
  const Did did = did_of(entries[0]);
  const auto version = [&](const ResolutionOptions& options) {
    const auto found = resolve_webvh(log, did, options);
    return found ? found->version : found.error().detail;
  };
  const auto id = [&](std::size_t entry) { return *entries[entry].find_string("versionId"); };
  CHECK(version({}) == id(2));
  CHECK(version({.version_id = id(0)}) == id(0));
  CHECK(version({.version_number = 2}) == id(1));
  CHECK(version({.version_time = at("2026-05-29T20:26:40Z")}) == id(1));
  CHECK(version({.version_time = at("2026-05-29T20:26:39Z")}) == id(0));
  CHECK(version({.version_time = at("2026-05-30T20:26:40Z")}) == id(2));
  CHECK(version({.version_time = at("2099-01-01T00:00:00Z")}) == id(2));
  for (const ResolutionOptions& none : {ResolutionOptions{.version_id = "1"},
                                        {.version_id = id(0) + "x"},
                                        {.version_number = 0},
                                        {.version_number = 4},
                                        {.version_time = at("2026-05-28T20:26:39Z")}}) {
    check_code(resolve_webvh(log, did, none), ErrorCode::version_not_found);
  }
  check_code(resolve_webvh(log, did, {.version_id = id(0), .version_number = 1}),
             ErrorCode::invalid_options);
}

TEST_CASE("the metadata is of the selected entry, and updated of the newest", "[did][webvh]") {
  const auto entries =
      three(finished(with_parameter("watchers", Json::array({"https://w.example/"}))));
  const auto found = resolve_webvh(log_of(entries), did_of(entries[0]), {.version_number = 2});
  REQUIRE(found);
  CHECK(*found->method_metadata ==
        Json::object({{"versionId", *entries[1].find_string("versionId")},
                      {"versionNumber", 2},
                      {"versionTime", "2026-05-29T20:26:40Z"},
                      {"created", "2026-05-28T20:26:40Z"},
                      {"updated", "2026-05-30T20:26:40Z"},
                      {"scid", *entries[0].find("parameters")->find_string("scid")},
                      {"portable", false},
                      {"deactivated", false},
                      {"ttl", "60"},
                      {"watchers", Json::array({"https://w.example/"})}}));
  CHECK(found->valid_from() == at("2026-05-29T20:26:40Z"));
  CHECK(found->next_version == *entries[2].find_string("versionId"));
  CHECK(found->next_update == at("2026-05-30T20:26:40Z"));
  const auto witnessed = three(finished(with_parameter("witness", witness_rule(1, {5}))));
  const auto of_witnessed =
      resolve_webvh(approved(log_of(witnessed), proof_of(witnessed[2])), did_of(witnessed[0]));
  REQUIRE(of_witnessed);
  CHECK(*of_witnessed->method_metadata->find("witness") ==
        with_member(witness_rule(1, {5}), "threshold", "1"));
  CHECK_FALSE(of_witnessed->next_version);
}

TEST_CASE("the resolved document has the implicit services, and the entry has not",
          "[did][webvh]") {
  const auto entries = three();
  const auto found = resolve_webvh(log_of(entries), did_of(entries[0]));
  REQUIRE(found);
  const Json& services = *found->document->json().find("service");
  REQUIRE(services.as_array()->size() == 2);
  CHECK(*services.as_array()->front().find_string("serviceEndpoint") == "https://acme.example/");
  CHECK(*services.as_array()->back().find_string("serviceEndpoint") ==
        "https://acme.example/whois.vp");
  CHECK(log_of(entries).entries.back()->document->json().find("service") == nullptr);
}

TEST_CASE("a log of another DID does not answer [DID-38, DID-39]", "[did][webvh]") {
  const auto entries = three();
  const auto log = log_of(entries);
  const std::string scid = log.entries[0]->scid;
  for (const std::string& other :
       {"did:webvh:" + scid + ":other.example", "did:webvh:" + scid + ":acme.example:a",
        std::string("did:webvh:") + kOtherHash + ":acme.example"}) {
    INFO(other);
    check_code(resolve_webvh(log, *Did::parse(other)), ErrorCode::invalid_log);
  }
}

TEST_CASE("a DID that moved is answered under its old name and its new one", "[did][webvh]") {
  const Json first = finished(with_parameter("portable", true));
  const std::string old = did_of(first).text();
  const std::string moved = replaced(Json(old), "acme.example", "new.example").as_string()->c_str();
  const Json state = Json::object({{"id", moved}, {"alsoKnownAs", Json::array({old})}});
  const Json second =
      following(first, with_member(next_with(first, Json::object(), 1), "state", state), 1);
  const auto log = log_of({first, second});
  for (const std::string& did : {old, moved}) {
    const auto found = resolve_webvh(log, *Did::parse(did));
    REQUIRE(found);
    CHECK(found->document->id().text() == moved);
  }
  CHECK(resolve_webvh(log, *Did::parse(moved), {.version_number = 1})->document->id().text() ==
        old);
}

TEST_CASE("a log with a bad end answers for its earlier versions alone", "[did][webvh]") {
  auto entries = three();
  const Did did = did_of(entries[0]);
  entries[2].set("versionTime", "2026-05-30T20:26:41Z");
  const auto log = log_of(entries);
  check_code(resolve_webvh(log, did), ErrorCode::invalid_log);
  CHECK(resolve_webvh(log, did, {.version_number = 2})->version ==
        *entries[1].find_string("versionId"));
  CHECK(resolve_webvh(log, did, {.version_number = 1}));
  check_code(resolve_webvh(log, did, {.version_number = 3}), ErrorCode::version_not_found);
  check_code(resolve_webvh({}, did, {.version_number = 1}), ErrorCode::invalid_log);
}

TEST_CASE("of a log with a bad end, nobody knows what is in force from its last good entry on",
          "[did][webvh]") {
  auto entries = three();  // 28, 29 and 30 May, 20:26:40Z
  const Did did = did_of(entries[0]);
  const std::string first = *entries[0].find_string("versionId");
  const std::string second = *entries[1].find_string("versionId");
  entries[2].set("versionTime", "2026-05-30T20:26:41Z");
  const auto bad_proof = log_of(entries);
  // No line's own word of its time counts that does not hold.
  const auto no_entry = verify_webvh_log(lines({entries[0], entries[1]}) + "x", kLater);
  const auto witnessed = three(finished(with_parameter("witness", witness_rule(1, {5}))));
  const auto unapproved = approved(log_of(witnessed), proof_of(witnessed[1]));
  for (const WebvhLog& log : {bad_proof, no_entry}) {
    REQUIRE(log.entries.size() == 2);
    for (const char* time :
         {"2026-05-29T20:26:40Z", "2026-05-30T20:26:42Z", "2099-01-01T00:00:00Z"}) {
      INFO(time);
      check_code(resolve_webvh(log, did, {.version_time = at(time)}), ErrorCode::invalid_log);
    }
    const auto before = resolve_webvh(log, did, {.version_time = at("2026-05-29T20:26:39Z")});
    REQUIRE(before);
    CHECK(before->version == first);
    check_code(resolve_webvh(log, did, {.version_time = at("2026-05-28T20:26:39Z")}),
               ErrorCode::version_not_found);
    // By its name the last good entry is a valid one.
    for (const ResolutionOptions& named :
         {ResolutionOptions{.version_id = second}, {.version_number = 2}}) {
      const auto found = resolve_webvh(log, did, named);
      REQUIRE(found);
      CHECK(found->version == second);
    }
  }
  REQUIRE(unapproved.entries.size() == 2);
  check_code(
      resolve_webvh(unapproved, did_of(witnessed[0]), {.version_time = at("2026-05-29T20:26:40Z")}),
      ErrorCode::invalid_log);
  CHECK(resolve_webvh(unapproved, did_of(witnessed[0]),
                      {.version_time = at("2026-05-29T20:26:39Z")}));
}

TEST_CASE("a deactivated DID says so at every version, and was not at the earlier ones [DID-45]",
          "[did][webvh]") {
  auto entries = three();
  entries.push_back(next_with(
      entries.back(), Json::object({{"deactivated", true}, {"updateKeys", Json::array()}}), 1));
  const auto log = log_of(entries);
  const auto last = resolve_webvh(log, did_of(entries[0]));
  REQUIRE(last);
  CHECK(last->deactivated);
  CHECK(*last->method_metadata->find("deactivated") == Json(true));
  const auto earlier = resolve_webvh(log, did_of(entries[0]), {.version_number = 3});
  REQUIRE(earlier);
  CHECK_FALSE(earlier->deactivated);
  CHECK(*earlier->method_metadata->find("deactivated") == Json(true));
}

namespace {

WebvhLog log_in(const std::filesystem::path& folder, const WebvhOptions& options) {
  // The negatives of the suite hold a year 9999; the positives were made in 2000 and in May 2026.
  auto log = verify_webvh_log(core::testing::read_file(folder / "did.jsonl"), kLater, options);
  if (!needs_witnesses(log)) return log;
  const auto file = folder / "did-witness.json";
  if (!std::filesystem::exists(file)) return approved(log, {});
  const auto proofs = parse_webvh_witness_file(core::testing::read_file(file));
  return proofs ? approved(log, *proofs) : WebvhLog{{}, proofs.error(), {}, 0};
}

}  // namespace

TEST_CASE("the logs of five implementations resolve to what their makers say", "[did][webvh]") {
  const auto folder = core::testing::vectors_folder();
  if (!folder) {
    WARN("AVOW_VECTORS is not set: the did:webvh vectors were not read");
    return;
  }
  const auto scenario = GENERATE(as<std::string>{}, "basic-create", "basic-update", "deactivate",
                                 "key-rotation", "pre-rotation", "witness-threshold");
  for (const char* implementation : {"java", "java-eecc", "python", "rust", "ts"}) {
    INFO(scenario << '/' << implementation);
    const auto files = *folder / "did-webvh" / scenario / implementation;
    const WebvhOptions options{.bare_witness_keys = scenario == "witness-threshold" &&
                                                    implementation == std::string("rust")};
    const auto log = log_in(files, options);
    if (log.fault) UNSCOPED_INFO(log.fault->detail);
    REQUIRE_FALSE(log.fault);
    const auto result = core::parse_json(core::testing::read_file(files / "resolutionResult.json"));
    REQUIRE(result);
    const Json& document = *result->find("didDocument");
    const Json& metadata = *result->find("didDocumentMetadata");
    const auto found = resolve_webvh(log, *Did::parse(*document.find_string("id")));
    REQUIRE(found);
    const Json& ours = found->document->json();
    CHECK(*ours.find_string("id") == *document.find_string("id"));
    const Json* methods = document.find("verificationMethod");
    CHECK((methods == nullptr ? ours.find("verificationMethod") == nullptr
                              : *ours.find("verificationMethod") == *methods));
    CHECK(found->version == *metadata.find_string("versionId"));
    CHECK(core::format_seconds(*found->created) == *metadata.find_string("created"));
    const Json* deactivated = metadata.find("deactivated");
    CHECK(found->deactivated == (deactivated != nullptr && deactivated->as_boolean() != nullptr &&
                                 *deactivated->as_boolean()));
    CHECK(found->deactivated == (scenario == "deactivate"));
  }
}

TEST_CASE("the official logs with a fault do not resolve", "[did][webvh]") {
  const auto folder = core::testing::vectors_folder();
  if (!folder) {
    WARN("AVOW_VECTORS is not set: the did:webvh vectors were not read");
    return;
  }
  for (const char* scenario : {"negative-duplicate-witness-ids", "negative-scid-mismatch-genesis",
                               "negative-versiontime-future", "negative-wrong-cryptosuite"}) {
    INFO(scenario);
    CHECK(log_in(*folder / "did-webvh" / scenario / "ts", {}).fault);
  }
}

}  // namespace did_webvh_log_test
