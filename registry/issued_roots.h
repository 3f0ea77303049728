#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
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
/// Under one old position, the first: a lookup tries each.
inline constexpr std::size_t kMaxSaidAgain = 64;

/// {"root","size","was"?}: the Merkle tree (RFC 6962) over what the member issued since the last; each leaf is that of
/// the RFC 8785 text of what was issued, with the one proof in question. `was`: {"epoch","sequence"} of the statement
/// that said it first, on a branch that a recovery has abandoned; who names that position means this batch.
struct IssuedBatch {
  core::Sha256 root{};
  std::int64_t size = 1;
  std::optional<SaidAt> was = {};
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
  /// The statement whose batch holds that leaf as the proof says: at the position that the proof names, or one that says
  /// again what stood there.
  std::optional<SaidAt> find(const core::Sha256& leaf, const IssuedProof& proof) const;
  /// ["issued","u<Merkle root over all batches>","","","","<count>",SCID]; nothing if there are none.
  std::vector<core::Json> rows(const std::string& scid) const;

 private:
  const IssuedBatch* batch_at(const SaidAt& position) const;

  std::deque<std::pair<SaidAt, IssuedBatch>> batches_;  // by position
  /// Where what is said to have stood there, on a branch that counts no more, was said again. A thief can say so too.
  std::map<SaidAt, std::vector<SaidAt>> said_again_;
  MerkleFrontier all_;
};

}  // namespace avow::registry
