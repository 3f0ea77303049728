#include "registry/vote.h"

#include <optional>

#include "core/canonical_json.h"
#include "core/data_integrity.h"
#include "core/json_reader.h"
#include "registry/internal/signed_object.h"

namespace avow::registry {
namespace {

constexpr int kMaxVoteDepth = 2;

std::optional<VotePhase> phase_named(std::string_view name) {
  for (const auto phase : {VotePhase::prepare, VotePhase::commit, VotePhase::close}) {
    if (name == name_of(phase)) return phase;
  }
  return std::nullopt;
}

/// "" or a hash.
std::string read_value(core::JsonReader& in) {
  if (in.text("value", 64).empty()) return "";
  return read_hash(in, "value");
}

}  // namespace

Result<Vote, Error> parse_vote(std::string_view text) {
  auto json = parse_canonical(text, kMaxVoteBytes, kMaxVoteDepth);
  if (!json) return fail(json.error());
  Vote out;
  core::JsonReader in(*json);
  read_literal(in, "type", "AvowVote");
  out.network = read_hash(in, "network");
  out.slot = in.integer("slot", 2, kMaxInteger);
  out.previous = read_hash(in, "previous");
  out.round = in.integer("round", 1, kMaxInteger);
  const auto phase = phase_named(in.string("phase", 16));
  out.value = read_value(in);
  out.lock = in.integer("lock", 0, kMaxInteger);
  out.governor = read_scid(in, "governor");
  out.epoch = in.integer("epoch", 1, kMaxInteger);
  out.key = in.string("key");
  const auto* proof = in.object("proof");
  if (in.ok() && !phase) {
    in.fault(core::ErrorCode::type, "phase", "must be prepare, commit or close");
  }
  if (const auto fault = in.finish(core::JsonReader::Members::closed)) {
    return fail(from_core(*fault));
  }
  out.phase = *phase;
  if (!is_well_formed({out.round, out.phase, out.value.empty() ? 0 : 1, out.lock})) {
    return fail(Error{ErrorCode::malformed, "a value or a lock that does not go with its phase"});
  }
  const auto method = read_plain_proof(*proof);
  if (!method) return fail(method.error());
  if (*method != out.key) {
    return fail(Error{ErrorCode::malformed, "verificationMethod is not the vote's key"});
  }
  out.text = std::string(text);
  out.hash = hash_text(object_hash(*json));
  out.json = std::move(*json);
  return out;
}

Result<Vote, Error> sign_vote(const Vote& vote, const core::Ed25519SigningKey& key) {
  const auto object = core::Json::object({{"type", "AvowVote"},
                                          {"network", vote.network},
                                          {"slot", vote.slot},
                                          {"previous", vote.previous},
                                          {"round", vote.round},
                                          {"phase", name_of(vote.phase)},
                                          {"value", vote.value},
                                          {"lock", vote.lock},
                                          {"governor", vote.governor},
                                          {"epoch", vote.epoch},
                                          {"key", vote.key}});
  return parse_vote(core::to_canonical(sign_object(object, vote.key, key)));
}

bool has_good_signature(const Vote& vote, const core::Ed25519PublicKey& key) {
  return core::verify_proof(vote.json, *vote.json.find("proof"), key).has_value();
}

}  // namespace avow::registry
