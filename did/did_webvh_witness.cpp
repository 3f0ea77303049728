#include "did/did_webvh_witness.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <utility>

#include "core/canonical_json.h"
#include "core/data_integrity.h"
#include "did/internal/webvh_log.h"

namespace avow::did {
namespace {

using namespace internal;

constexpr core::JsonLimits kFileLimits{
    .max_bytes = std::size_t{5} * 1024 * 1024, .max_depth = 16, .max_nodes = 250'000};
// Each costs a verification, and whoever writes the file can make as many as it holds.
constexpr std::size_t kMaxBadProofs = 64;

core::Json witnessed(std::string_view version_id) {
  return core::Json::object({{"versionId", version_id}});
}

/// 0 if it has none.
std::int64_t version_of(std::string_view version_id) {
  std::int64_t version = 0;
  const auto number = version_id.substr(0, version_id.find('-'));
  std::from_chars(number.data(), number.data() + number.size(), version);
  return version;
}

/// One log's proofs, and which of them hold, looked at when it is asked.
class ProofBook {
 public:
  ProofBook(std::span<const std::shared_ptr<const WebvhEntry>> entries,
            std::span<const WebvhWitnessProof> proofs, std::size_t max_verifications)
      : max_verifications_(max_verifications) {
    std::map<std::string_view, std::int64_t> versions;
    for (const auto& entry : entries) versions.emplace(entry->version_id, entry->version);
    for (const WebvhWitnessProof& proof : proofs) {
      const auto of = versions.find(proof.version_id);
      if (of != versions.end()) claims_[proof.witness].push_back({of->second, &proof});
    }
    for (auto& [witness, claims] : claims_) {
      std::stable_sort(claims.begin(), claims.end(),
                       [](const Claim& a, const Claim& b) { return a.version > b.version; });
    }
  }

  /// Does a proof of this witness hold that is of `version` or a later one?
  bool covers(const core::Ed25519PublicKey& witness, std::int64_t version) {
    const std::string multikey = witness.to_multikey();
    if (const auto known = newest_.find(multikey); known != newest_.end()) {
      return known->second >= version;
    }
    const auto held = claims_.find(multikey);
    if (held == claims_.end()) return false;
    for (std::vector<Claim>& claims = held->second; !claims.empty(); claims.erase(claims.begin())) {
      const Claim claim = claims.front();
      if (claim.version < version) return false;
      if (bad_ == kMaxBadProofs || is_spent()) return false;
      ++verifications_;
      if (verify_webvh_witness_proof(*claim.proof, witness)) {
        newest_.emplace(multikey, claim.version);
        return true;
      }
      ++bad_;
    }
    return false;
  }

  std::size_t verifications() const { return verifications_; }
  bool is_spent() const { return verifications_ >= max_verifications_; }

 private:
  struct Claim {
    std::int64_t version;
    const WebvhWitnessProof* proof;
  };
  std::map<std::string, std::vector<Claim>, std::less<>> claims_;  // newest first
  std::map<std::string, std::int64_t> newest_;                     // of those that hold
  std::size_t bad_ = 0;
  std::size_t max_verifications_;
  std::size_t verifications_ = 0;
};

std::int64_t count_covering(ProofBook& book, const WebvhEntry& entry) {
  std::int64_t covering = 0;
  for (const core::Ed25519PublicKey& witness : entry.witnesses.keys) {
    if (covering == entry.witnesses.threshold) break;
    if (book.covers(witness, entry.version)) ++covering;
  }
  return covering;
}

void add_proofs(std::vector<WebvhWitnessProof>& proofs, const std::string& version_id,
                const core::Json& json) {
  const core::Json::Array one{json};
  const core::Json::Array& listed = json.as_array() == nullptr ? one : *json.as_array();
  for (const core::Json& proof : listed) {
    if (auto read = read_webvh_witness_proof(version_id, proof)) proofs.push_back(std::move(*read));
  }
}

}  // namespace

core::Json create_webvh_witness_proof(std::string_view version_id,
                                      const core::Ed25519SigningKey& witness, core::Instant now) {
  return create_log_proof(witnessed(version_id), witness, now);
}

Result<WebvhWitnessProof, Error> read_webvh_witness_proof(std::string_view version_id,
                                                          const core::Json& proof) {
  auto read = read_log_proof(proof);
  if (!read) return fail(std::move(read.error()));
  return WebvhWitnessProof{std::string(version_id), std::move(read->multikey), proof};
}

Result<void, Error> verify_webvh_witness_proof(const WebvhWitnessProof& proof,
                                               const core::Ed25519PublicKey& witness) {
  if (proof.witness != witness.to_multikey()) {
    return fail(invalid_log("a witness proof is by another key"));
  }
  const auto verified = core::verify_proof(witnessed(proof.version_id), proof.proof, witness);
  if (!verified) return fail(invalid_log("witness proof: " + verified.error().detail));
  return {};
}

Result<std::vector<WebvhWitnessProof>, Error> parse_webvh_witness_file(std::string_view text) {
  const auto json = core::parse_json(text, kFileLimits);
  if (!json) return fail(invalid_log("did-witness.json: " + json.error().detail));
  if (json->as_array() == nullptr) return fail(invalid_log("did-witness.json is not an array"));
  std::vector<WebvhWitnessProof> proofs;
  for (const core::Json& item : *json->as_array()) {
    const std::string* version_id = item.find_string("versionId");
    const core::Json* proof = item.find("proof");
    if (version_id == nullptr || proof == nullptr) {
      return fail(invalid_log("did-witness.json: an item has no versionId or no proof"));
    }
    add_proofs(proofs, *version_id, *proof);
  }
  return proofs;
}

std::string webvh_witness_file(std::span<const WebvhWitnessProof> proofs, std::int64_t versions) {
  std::map<std::string_view, std::pair<std::int64_t, const WebvhWitnessProof*>> newest;
  for (const WebvhWitnessProof& proof : proofs) {
    const auto version = version_of(proof.version_id);
    auto& known = newest[proof.witness];
    if (version <= versions && version > known.first) known = {version, &proof};
  }
  std::map<std::pair<std::int64_t, std::string_view>, core::Json> by_version;
  for (const auto& [witness, one] : newest) {
    const auto& [version, proof] = one;
    if (proof == nullptr) continue;
    auto& listed =
        by_version.try_emplace({version, proof->version_id}, core::Json::array()).first->second;
    listed.push_back(proof->proof);
  }
  core::Json file = core::Json::array();
  for (auto& [of, listed] : by_version) {
    file.push_back(core::Json::object({{"versionId", of.second}, {"proof", std::move(listed)}}));
  }
  return core::to_canonical(file);
}

WebvhApproval find_webvh_approval(std::span<const std::shared_ptr<const WebvhEntry>> entries,
                                  std::span<const WebvhWitnessProof> proofs,
                                  std::size_t max_verifications) {
  WebvhApproval approval;
  if (entries.empty()) return approval;
  ProofBook book(entries, proofs, max_verifications);
  // From the newest down: its proofs are those that cover most.
  approval.approved = entries.size();
  for (std::size_t i = entries.size(); i-- > 0;) {
    const WebvhEntry& entry = *entries[i];
    const std::int64_t covering = count_covering(book, entry);
    if (covering == entry.witnesses.threshold) continue;
    approval.approved = i;
    approval.missing = "entry " + std::to_string(entry.version) + " has the proofs of " +
                       std::to_string(covering) + " of its witnesses and needs " +
                       std::to_string(entry.witnesses.threshold);
    if (book.is_spent()) approval.missing += ", and no more signatures are checked";
  }
  approval.verifications = book.verifications();
  return approval;
}

}  // namespace avow::did
