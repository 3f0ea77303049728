#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "core/base58btc.h"
#include "core/canonical_json.h"
#include "core/data_integrity.h"
#include "did/did_webvh_log.h"
#include "did/did_webvh_write.h"
#include "did/testing/benches.h"

namespace avow::did::testing {
namespace {

using core::testing::must_hold;

constexpr std::size_t kEntries = 120;
constexpr std::uint8_t kWitnesses = 3;
const core::Instant kStart{core::Milliseconds{1'780'000'000'000}};
const core::Instant kNow = kStart + std::chrono::days(365);

core::Ed25519SigningKey key(std::uint8_t kind, std::size_t number) {
  core::Bytes seed(32);
  seed[0] = kind;
  seed[1] = static_cast<std::uint8_t>(number);
  return core::Ed25519SigningKey::from_seed(seed).value();
}

/// What one signature is over, whose, and itself.
struct Check {
  core::Bytes data;
  core::Bytes signature;
  core::Ed25519PublicKey signer;
  std::string multikey;  // the same, yet to be read
};

/// A log that rotates its key with each entry, each key promised, under three witnesses of whom two are needed, and
/// their file with each one's latest proof alone.
struct Published {
  std::string jsonl;
  std::string witness_file;
  std::string first_lines;  // without the last entry
  std::vector<Check> checks;
};

void add_check(Published& out, const core::Json& document, const core::Json& proof,
               const core::Ed25519PublicKey& signer) {
  const auto signature = core::from_base58btc(proof.find_string("proofValue")->substr(1));
  out.checks.push_back(
      {core::proof_hash_data(document, proof, signer), *signature, signer, signer.to_multikey()});
}

Published publish() {
  Published out;
  const auto promise = [](std::size_t number) {
    return std::vector{webvh_key_hash(key(1, number).public_key().to_multikey())};
  };
  WebvhCreation creation{
      "acme.example",
      {core::Json::object(
          {{"id", "#key-1"}, {"publicKeyMultibase", key(2, 0).public_key().to_multikey()}})},
      promise(1)};
  creation.witnesses.threshold = 2;
  for (std::uint8_t i = 0; i < kWitnesses; ++i)
    creation.witnesses.keys.push_back(key(3, i).public_key());
  auto entry = create_webvh_entry(creation, key(1, 0), kStart).value();
  for (std::size_t i = 0;; ++i) {
    add_check(out, entry.json, entry.json.find("proof")->as_array()->front(),
              key(1, i).public_key());
    out.jsonl += core::to_canonical(entry.json) + '\n';
    if (i + 1 == kEntries) break;
    out.first_lines = out.jsonl;
    const WebvhChange change{.update_keys = std::vector{key(1, i + 1).public_key()},
                             .next_key_hashes = promise(i + 2)};
    entry =
        append_webvh_entry(entry, change, key(1, i + 1), entry.version_time + std::chrono::days(1))
            .value();
  }
  const core::Json document = core::Json::object({{"versionId", entry.version_id}});
  core::Json proofs = core::Json::array();
  for (std::uint8_t i = 0; i < kWitnesses; ++i) {
    proofs.push_back(create_webvh_witness_proof(entry.version_id, key(3, i), kNow));
    add_check(out, document, proofs.as_array()->back(), key(3, i).public_key());
  }
  out.witness_file = core::to_canonical(core::Json::array(
      {core::Json::object({{"versionId", entry.version_id}, {"proof", std::move(proofs)}})}));
  return out;
}

WebvhLog verify(const Published& published, const WebvhLog* known) {
  auto log = verify_webvh_log(published.jsonl, kNow, {}, known);
  const auto proofs = parse_webvh_witness_file(published.witness_file);
  must_hold(proofs.has_value(), "witness file");
  log = approved(std::move(log), *proofs, known);
  must_hold(!log.fault && log.entries.size() == kEntries, "log");
  return log;
}

}  // namespace

core::testing::Benches did_webvh_benches() {
  const auto published = std::make_shared<const Published>(publish());
  const auto known =
      std::make_shared<const WebvhLog>(verify_webvh_log(published->first_lines, kNow));
  // Each key is read, too: it is new, and that it is a point of the group costs most of a verification.
  const auto check_all = [published](std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      for (const Check& check : published->checks) {
        const auto key = core::Ed25519PublicKey::from_multikey(check.multikey);
        must_hold(key && key->verify(check.data, check.signature), "signature");
      }
    }
  };
  const auto check_all_by_known_keys = [published](std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      for (const Check& check : published->checks)
        must_hold(check.signer.verify(check.data, check.signature), "signature");
    }
  };
  const auto verify_all = [published](std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) verify(*published, nullptr);
  };
  return {
      {.name = "verify_webvh_log_x_checks",
       .what = "verify a did:webvh log of 120 entries, each with another key, and its witnesses' "
               "file; beside its 123 signature checks alone, by keys never seen",
       .run = verify_all,
       .goal = {.must = "1.4"},
       .figure = core::testing::Figure::times_yardstick,
       .yardstick = check_all},
      {.name = "verify_webvh_log_x_bare_checks",
       .what = "the same beside those 123 checks by keys that were read and validated before",
       .run = verify_all,
       .figure = core::testing::Figure::times_yardstick,
       .yardstick = check_all_by_known_keys},
      {.name = "resume_webvh_log_ns",
       .what = "the same when 119 of its entries were verified before",
       .run =
           [published, known](std::size_t count) {
             for (std::size_t i = 0; i < count; ++i)
               must_hold(verify(*published, known.get()).verifications <= 4, "resumption");
           },
       .figure = core::testing::Figure::nanoseconds}};
}

}  // namespace avow::did::testing
