#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include <catch2/catch.hpp>

#include "core/base58btc.h"
#include "core/canonical_json.h"
#include "core/data_integrity.h"
#include "core/sha256.h"
#include "did/did_webvh.h"

/// First entries of a did:webvh log, made by the text of the specification and apart from the code under test, so that a
/// test can break one rule and keep all the others.
namespace avow::did::testing {

using core::Json;

inline const core::Instant kNow{core::Milliseconds{1'780'000'000'000}};  // 2026-05-28T20:26:40Z
inline constexpr std::string_view kPlaceholder = "{SCID}";
// A SHA-256 multihash that is the hash of nothing here.
inline constexpr const char* kOtherHash = "Qmdxt11AjZewCNXX69bpEDobgjySeZ7eFwjf4tgpF6p2Dg";

inline core::Ed25519SigningKey key(std::uint8_t number) {
  core::Bytes seed(32);
  seed.back() = number;
  return std::move(*core::Ed25519SigningKey::from_seed(seed));
}

inline std::string multikey(std::uint8_t number) {
  return key(number).public_key().to_multikey();
}

inline std::string hash_of(const Json& json) {
  core::Bytes multihash = {0x12, 0x20};
  const auto digest = core::sha256(core::to_canonical(json));
  multihash.insert(multihash.end(), digest.begin(), digest.end());
  return core::to_base58btc(multihash);
}

inline Json replaced(const Json& json, std::string_view from, std::string_view to) {
  std::string text = core::to_canonical(json);
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return *core::parse_json(text);
}

inline Json proof_by(const Json& entry, std::uint8_t number,
                     const std::string& purpose = "assertionMethod") {
  const std::string id = multikey(number);
  core::ProofOptions options{.verification_method = "did:key:" + id + '#' + id,
                             .proof_purpose = purpose};
  return core::create_proof(entry, options, key(number));
}

inline Json with_member(Json object, std::string_view name, Json value) {
  object.set(name, std::move(value));
  return object;
}

inline Json without_member(Json object, std::string_view name) {
  object.erase(name);
  return object;
}

/// Signs `entry` as it stands with key 1.
inline Json signed_entry(Json entry) {
  entry.erase("proof");
  return with_member(entry, "proof", Json::array({proof_by(entry, 1)}));
}

/// Gives an entry whose SCID stands already its version id and proof.
inline Json numbered(Json entry, const std::string& scid) {
  entry.erase("proof");
  entry.set("versionId", scid);
  entry.set("versionId", "1-" + hash_of(entry));
  return signed_entry(std::move(entry));
}

inline Json finished(const Json& preliminary) {
  const std::string scid = hash_of(preliminary);
  return numbered(replaced(preliminary, kPlaceholder, scid), scid);
}

inline Json preliminary(const std::string& domain = "acme.example") {
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

inline Json with_parameter(const std::string& name, Json value) {
  const Json whole = preliminary();
  return with_member(whole, "parameters",
                     with_member(*whole.find("parameters"), name, std::move(value)));
}

inline Json without_parameter(const std::string& name) {
  const Json whole = preliminary();
  return with_member(whole, "parameters", without_member(*whole.find("parameters"), name));
}

inline Json at_time(const std::string& time) {
  return with_member(preliminary(), "versionTime", time);
}

inline void check_accepted(const Json& entry) {
  const auto verified = verify_first_webvh_entry(entry, kNow, /*allow_localhost=*/false);
  if (!verified) UNSCOPED_INFO(verified.error().detail);
  CHECK(verified);
}

inline void check_refused(const Json& entry, const std::string& reason) {
  const auto verified = verify_first_webvh_entry(entry, kNow, /*allow_localhost=*/false);
  REQUIRE_FALSE(verified);
  CHECK(verified.error().code == ErrorCode::invalid_log);
  CHECK_THAT(verified.error().detail, Catch::Contains(reason));
}

/// The entry with its one proof changed, and signed again after the change.
inline Json with_signed_proof(const std::function<void(Json&)>& change) {
  Json entry = finished(preliminary());
  Json proof = entry.find("proof")->as_array()->front();
  proof.erase("proofValue");
  change(proof);
  const auto signature = key(1).sign(core::proof_hash_data(entry, proof, key(1).public_key()));
  proof.set("proofValue", 'z' + core::to_base58btc(signature));
  entry.set("proof", Json::array({proof}));
  return entry;
}

/// Of an organisation with key 2, whose next update key is 3.
inline WebvhParameters parameters(const std::string& domain) {
  return WebvhParameters{domain,
                         {Json::object({{"id", "#key-1"}, {"publicKeyMultibase", multikey(2)}})},
                         {webvh_key_hash(multikey(3))}};
}

}  // namespace avow::did::testing
