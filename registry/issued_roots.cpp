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
  if (const auto* was = in.any("was")) {
    JsonReader at(*was, "/body/was");
    out.was = SaidAt{at.integer("epoch", 1, kMaxInteger), at.integer("sequence", 0, kMaxInteger)};
    if (const auto fault = at.finish(JsonReader::Members::closed)) return fail(from_core(*fault));
  }
  if (const auto fault = in.finish(JsonReader::Members::closed)) return fail(from_core(*fault));
  out.root = *core::sha256_from_multibase(root);
  return out;
}

core::Json to_json(const IssuedBatch& body) {
  auto json = core::Json::object({{"root", core::to_multibase(body.root)}, {"size", body.size}});
  if (body.was)
    json.set("was",
             core::Json::object({{"epoch", body.was->epoch}, {"sequence", body.was->sequence}}));
  return json;
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
  const SaidAt said{statement.epoch, statement.sequence};
  if (batches_.size() >= kMaxIssuedRootsPerFeed) {
    const auto& [position, oldest] = batches_.front();
    const auto again = oldest.was ? said_again_.find(*oldest.was) : said_again_.end();
    if (again != said_again_.end()) {
      std::erase(again->second, position);
      if (again->second.empty()) said_again_.erase(again);
    }
    batches_.pop_front();
  }
  batches_.emplace_back(said, *body);
  if (body->was && *body->was < said) {
    auto& again = said_again_[*body->was];
    if (again.size() < kMaxSaidAgain) again.push_back(said);
  }
  all_.append(statement.leaf);
}

const IssuedBatch* IssuedRoots::batch_at(const SaidAt& position) const {
  const auto batch =
      std::lower_bound(batches_.begin(), batches_.end(), position,
                       [](const auto& one, const SaidAt& at) { return one.first < at; });
  return batch == batches_.end() || batch->first != position ? nullptr : &batch->second;
}

std::optional<SaidAt> IssuedRoots::find(const core::Sha256& leaf, const IssuedProof& proof) const {
  std::vector<SaidAt> positions{proof.batch};
  if (const auto again = said_again_.find(proof.batch); again != said_again_.end())
    positions.insert(positions.end(), again->second.begin(), again->second.end());
  for (const auto& position : positions) {
    const auto* batch = batch_at(position);
    if (batch == nullptr) continue;
    const auto root = root_of_path(leaf, static_cast<std::uint64_t>(proof.index),
                                   static_cast<std::uint64_t>(batch->size), proof.path);
    if (root == batch->root) return position;
  }
  return std::nullopt;
}

std::vector<core::Json> IssuedRoots::rows(const std::string& scid) const {
  if (all_.size() == 0) return {};
  return {core::Json::array(
      {"issued", core::to_multibase(all_.root()), "", "", "", std::to_string(all_.size()), scid})};
}

}  // namespace avow::registry
