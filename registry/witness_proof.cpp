#include "registry/witness_proof.h"

#include <utility>

#include "core/canonical_json.h"
#include "core/json_reader.h"
#include "core/sha256.h"
#include "registry/internal/signed_object.h"

namespace avow::registry {
namespace {

constexpr int kMaxProofDepth = 8;
constexpr std::size_t kMaxScidSize = 64;
constexpr std::size_t kMaxVersionIdSize = 96;

}  // namespace

Result<WitnessProof, Error> parse_witness_proof(std::string_view text) {
  const auto json = parse_canonical(text, kMaxWitnessProofBytes, kMaxProofDepth);
  if (!json) return fail(json.error());
  core::JsonReader in(*json);
  WitnessProof out;
  out.feed = in.text("feed", kMaxScidSize);
  const auto version_id = in.text("versionId", kMaxVersionIdSize);
  const auto* proof = in.object("proof");
  if (const auto fault = in.finish(core::JsonReader::Members::closed))
    return fail(from_core(*fault));
  auto id = parse_version_id(version_id);
  if (!id) return fail(id.error());
  auto read = did::read_webvh_witness_proof(version_id, *proof);
  if (!read) return fail(Error{ErrorCode::malformed, read.error().detail});
  out.version = id->version;
  out.entry_hash = std::move(id->hash);
  out.proof = std::move(*read);
  out.text = std::string(text);
  out.hash = hash_text(core::sha256(text));
  return out;
}

std::string witness_proof_text(std::string_view feed, const did::WebvhWitnessProof& proof) {
  return core::to_canonical(core::Json::object(
      {{"feed", feed}, {"proof", proof.proof}, {"versionId", proof.version_id}}));
}

}  // namespace avow::registry
