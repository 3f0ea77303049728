#include "registry/issued_roots.h"

#include <algorithm>

#include "core/json_reader.h"
#include "core/multibase.h"
#include "registry/internal/signed_object.h"

namespace avow::registry {
namespace {

using core::JsonReader;

constexpr std::size_t kMaxPath = 16;
static_assert(std::int64_t{1} << kMaxPath == kMaxIssuedBatch);

}  // namespace

Result<IssuedBatch, Error> parse_issued_batch(const core::Json& body) {
  IssuedBatch out;
  JsonReader in(body, "/body");
  const auto root = read_hash(in, "root");
  out.size = in.integer("size", 1, kMaxIssuedBatch);
  if (const auto fault = in.finish(JsonReader::Members::closed)) return fail(from_core(*fault));
  out.root = *core::sha256_from_multibase(root);
  return out;
}

core::Json to_json(const IssuedBatch& body) {
  return core::Json::object({{"root", core::to_multibase(body.root)}, {"size", body.size}});
}

Result<IssuedProof, Error> parse_issued_proof(const core::Json& json) {
  IssuedProof out;
  JsonReader in(json);
  out.batch.epoch = in.integer("epoch", 1, kMaxInteger);
  out.batch.sequence = in.integer("sequence", 0, kMaxInteger);
  out.index = in.integer("index", 0, kMaxIssuedBatch - 1);
  if (const auto* path = in.array("path", kMaxPath)) {
    for (const auto& one : *path) {
      const auto* text = one.as_string();
      const auto hash = core::sha256_from_multibase(text != nullptr ? *text : std::string());
      if (!hash) {
        in.fault(core::ErrorCode::bad_multibase, "path",
                 "must hold \"u\" and 32 bytes in base64url each");
        break;
      }
      out.path.push_back(*hash);
    }
  }
  if (const auto fault = in.finish(JsonReader::Members::closed)) return fail(from_core(*fault));
  return out;
}

core::Json to_json(const IssuedProof& proof) {
  auto path = core::Json::array();
  for (const auto& hash : proof.path) path.push_back(core::to_multibase(hash));
  return core::Json::object({{"epoch", proof.batch.epoch},
                             {"sequence", proof.batch.sequence},
                             {"index", proof.index},
                             {"path", std::move(path)}});
}

void IssuedRoots::apply(const Statement& statement) {
  const auto body = parse_issued_batch(statement.body);
  if (!body) return;
  if (batches_.size() >= kMaxIssuedRootsPerFeed) batches_.pop_front();
  batches_.emplace_back(SaidAt{statement.epoch, statement.sequence}, *body);
  all_.append(statement.leaf);
}

bool IssuedRoots::contain(const core::Sha256& leaf, const IssuedProof& proof) const {
  const auto batch = std::lower_bound(
      batches_.begin(), batches_.end(), proof.batch,
      [](const auto& one, const SaidAt& position) { return one.first < position; });
  if (batch == batches_.end() || batch->first != proof.batch) return false;
  const auto root = root_of_path(leaf, static_cast<std::uint64_t>(proof.index),
                                 static_cast<std::uint64_t>(batch->second.size), proof.path);
  return root == batch->second.root;
}

std::vector<core::Json> IssuedRoots::rows(const std::string& scid) const {
  if (all_.size() == 0) return {};
  return {core::Json::array(
      {"issued", core::to_multibase(all_.root()), "", "", "", std::to_string(all_.size()), scid})};
}

}  // namespace avow::registry
