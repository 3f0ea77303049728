#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/json.h"
#include "core/sha256.h"
#include "registry/error.h"
#include "registry/merkle.h"
#include "registry/statement.h"

namespace avow::registry {

/// The latest that are kept of a feed; what stands in earlier ones is not known to be issued any more.
inline constexpr std::size_t kMaxIssuedRootsPerFeed = 100'000;
inline constexpr std::int64_t kMaxIssuedBatch = 65'536;  // 16 hashes lead to its root

/// {"root","size"}: the Merkle tree (RFC 6962) over what the member issued since the last; each leaf is that of the RFC
/// 8785 text of what was issued, with the one proof in question.
struct IssuedBatch {
  core::Sha256 root{};
  std::int64_t size = 1;
};
Result<IssuedBatch, Error> parse_issued_batch(const core::Json& body);
core::Json to_json(const IssuedBatch& body);

/// That something stands in a batch: {"epoch","sequence","index","path":["u…"]}, the path from the leaf up.
struct IssuedProof {
  SaidAt batch;
  std::int64_t index = 0;
  std::vector<core::Sha256> path;
};
/// fails malformed
Result<IssuedProof, Error> parse_issued_proof(const core::Json& json);
core::Json to_json(const IssuedProof& proof);

/// The batches that one feed has published.
class IssuedRoots {
 public:
  void apply(const Statement& statement);
  /// Does that leaf stand in the batch that the proof names?
  bool contain(const core::Sha256& leaf, const IssuedProof& proof) const;
  /// ["issued","u<Merkle root over all batches>","","","","<count>",SCID]; nothing if there are none.
  std::vector<core::Json> rows(const std::string& scid) const;

 private:
  std::deque<std::pair<SaidAt, IssuedBatch>> batches_;  // by position
  MerkleFrontier all_;
};

}  // namespace avow::registry
