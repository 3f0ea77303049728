#include "registry/fork_proof.h"

#include <utility>

#include "core/canonical_json.h"
#include "core/json_reader.h"
#include "registry/internal/signed_object.h"

namespace avow::registry {
namespace {

constexpr int kMaxForkProofDepth = kMaxStatementDepth + 2;

bool contradict(const Statement& a, const Statement& b) {
  return a.network == b.network && a.feed == b.feed && a.epoch == b.epoch &&
         a.sequence == b.sequence && a.hash != b.hash;
}

}  // namespace

Result<ForkProof, Error> make_fork_proof(Statement one, Statement other) {
  if (!contradict(one, other)) {
    return fail(Error{ErrorCode::not_a_fork, "the two statements do not contradict each other"});
  }
  if (other.hash < one.hash) std::swap(one, other);
  const auto object =
      core::Json::object({{"type", "AvowForkProof"},
                          {"network", one.network},
                          {"statements", core::Json::array({one.json, other.json})}});
  auto text = core::to_canonical(object);
  auto hash = hash_text(object_hash(object));
  return ForkProof{std::move(one), std::move(other), std::move(text), std::move(hash)};
}

Result<ForkProof, Error> parse_fork_proof(std::string_view text) {
  const auto json = parse_canonical(text, kMaxForkProofBytes, kMaxForkProofDepth);
  if (!json) return fail(json.error());
  core::JsonReader in(*json);
  read_literal(in, "type", "AvowForkProof");
  const auto network = read_hash(in, "network");
  const auto* pair = in.array("statements", 2);
  if (const auto fault = in.finish(core::JsonReader::Members::closed)) {
    return fail(from_core(*fault));
  }
  if (pair->size() != 2) return fail(Error{ErrorCode::malformed, "must hold two statements"});
  auto a = parse_statement(core::to_canonical((*pair)[0]));
  if (!a) return fail(a.error());
  auto b = parse_statement(core::to_canonical((*pair)[1]));
  if (!b) return fail(b.error());
  if (network != a->network) {
    return fail(Error{ErrorCode::not_a_fork, "its network is not that of its statements"});
  }
  auto proof = make_fork_proof(std::move(*a), std::move(*b));
  // One pair, one text: the statements stand in the order of their hashes.
  if (proof && proof->text != text) {
    return fail(
        Error{ErrorCode::not_canonical, "its statements are not in the order of their hashes"});
  }
  return proof;
}

}  // namespace avow::registry
