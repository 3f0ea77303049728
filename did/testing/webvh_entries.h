#pragma once

#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "core/base58btc.h"
#include "core/canonical_json.h"
#include "core/data_integrity.h"
#include "core/sha256.h"
#include "did/did_webvh_write.h"

/// Entries of a did:webvh log, made by the text of the specification and apart from the code under test, so that a
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

inline std::string hash_of_text(const std::string& text) {
  core::Bytes multihash = {0x12, 0x20};
  const auto digest = core::sha256(text);
  multihash.insert(multihash.end(), digest.begin(), digest.end());
  return core::to_base58btc(multihash);
}

inline std::string hash_of(const Json& json) {
  return hash_of_text(core::to_canonical(json));
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
  const auto verified = verify_first_webvh_entry(entry, kNow);
  if (!verified) UNSCOPED_INFO(verified.error().detail);
  CHECK(verified);
}

inline void check_refused(const Json& entry, const std::string& reason) {
  const auto verified = verify_first_webvh_entry(entry, kNow);
  REQUIRE_FALSE(verified);
  CHECK(verified.error().code == ErrorCode::invalid_log);
  CHECK_THAT(verified.error().detail, Catch::Contains(reason));
}

// When later entries are read, ten days after the first one.
inline const core::Instant kLater = kNow + std::chrono::days(10);

/// Gives `entry` the version id that it has after `previous`, and the proof of key `signer`.
inline Json following(const Json& previous, Json entry, std::uint8_t signer) {
  const std::string& before = *previous.find_string("versionId");
  const int number = std::stoi(before) + 1;
  entry.erase("proof");
  entry.set("versionId", before);
  entry.set("versionId", std::to_string(number) + '-' + hash_of(entry));
  return with_member(entry, "proof", Json::array({proof_by(entry, signer)}));
}

/// The next entry with these parameters: a day later, the same state.
inline Json next_with(const Json& previous, Json parameters, std::uint8_t signer) {
  const auto time = *core::parse_rfc3339(*previous.find_string("versionTime"));
  const Json entry =
      Json::object({{"versionTime", core::format_seconds(time + std::chrono::days(1))},
                    {"parameters", std::move(parameters)},
                    {"state", *previous.find("state")}});
  return following(previous, entry, signer);
}

inline WebvhEntry verified(const Json& first) {
  auto entry = verify_first_webvh_entry(first, kLater);
  if (!entry) throw std::runtime_error(entry.error().detail);
  return std::move(*entry);
}

inline WebvhEntry verified_after(const WebvhEntry& previous, const Json& next) {
  auto entry = verify_next_webvh_entry(previous, next, kLater);
  if (!entry) throw std::runtime_error(entry.error().detail);
  return std::move(*entry);
}

inline void check_follows(const WebvhEntry& previous, const Json& next) {
  const auto entry = verify_next_webvh_entry(previous, next, kLater);
  if (!entry) UNSCOPED_INFO(entry.error().detail);
  CHECK(entry);
}

inline void check_refused_after(const WebvhEntry& previous, const Json& next,
                                const std::string& reason) {
  const auto entry = verify_next_webvh_entry(previous, next, kLater);
  REQUIRE_FALSE(entry);
  CHECK(entry.error().code == ErrorCode::invalid_log);
  CHECK_THAT(entry.error().detail, Catch::Contains(reason));
}

inline std::string key_hash(std::uint8_t number) {
  return hash_of_text(multikey(number));
}

/// {"threshold": …, "witnesses": […]} of these keys.
inline Json witness_rule(int threshold, const std::vector<std::uint8_t>& witnesses) {
  Json listed = Json::array();
  for (const std::uint8_t number : witnesses) {
    listed.push_back(Json::object({{"id", "did:key:" + multikey(number)}}));
  }
  return Json::object({{"threshold", threshold}, {"witnesses", listed}});
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
inline WebvhCreation parameters(const std::string& domain) {
  return WebvhCreation{domain,
                       {Json::object({{"id", "#key-1"}, {"publicKeyMultibase", multikey(2)}})},
                       {webvh_key_hash(multikey(3))}};
}

}  // namespace avow::did::testing
