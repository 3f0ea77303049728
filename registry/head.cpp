#include "registry/head.h"

#include "core/canonical_json.h"
#include "core/data_integrity.h"
#include "core/json_reader.h"
#include "registry/internal/signed_object.h"

namespace avow::registry {
namespace {

constexpr int kMaxHeadDepth = 2;
constexpr std::int64_t kMaxTtl = 31LL * 24 * 3600;

}  // namespace

Result<Head, Error> parse_head(std::string_view text) {
  auto json = parse_canonical(text, kMaxHeadBytes, kMaxHeadDepth);
  if (!json) return fail(json.error());
  Head out;
  core::JsonReader in(*json);
  read_literal(in, "type", "AvowHead");
  out.network = read_hash(in, "network");
  out.feed = read_scid(in, "feed");
  out.epoch = in.integer("epoch", 1, kMaxInteger);
  out.sequence = in.integer("sequence", 0, kMaxInteger - 1);
  out.hash = read_hash(in, "hash");
  out.size = in.integer("size", 1, kMaxInteger);
  out.root = read_hash(in, "root");
  out.status_root = read_hash(in, "statusRoot");
  out.time = read_milliseconds(in, "time");
  out.ttl = in.integer("ttl", 1, kMaxTtl);
  out.key = in.string("key");
  const auto* proof = in.object("proof");
  if (in.ok() && out.size != out.sequence + 1) {
    in.fault(core::ErrorCode::type, "size", "must be sequence + 1");
  }
  if (const auto fault = in.finish(core::JsonReader::Members::closed)) {
    return fail(from_core(*fault));
  }
  const auto method = read_plain_proof(*proof);
  if (!method) return fail(method.error());
  if (*method != out.key) {
    return fail(Error{ErrorCode::malformed, "verificationMethod is not the head's key"});
  }
  out.text = std::string(text);
  out.id_hash = hash_text(object_hash(*json));
  out.json = std::move(*json);
  return out;
}

Result<Head, Error> sign_head(const Head& head, const core::Ed25519SigningKey& key) {
  const auto object = core::Json::object({{"type", "AvowHead"},
                                          {"network", head.network},
                                          {"feed", head.feed},
                                          {"epoch", head.epoch},
                                          {"sequence", head.sequence},
                                          {"hash", head.hash},
                                          {"size", head.size},
                                          {"root", head.root},
                                          {"statusRoot", head.status_root},
                                          {"time", core::format_milliseconds(head.time)},
                                          {"ttl", head.ttl},
                                          {"key", head.key}});
  return parse_head(core::to_canonical(sign_object(object, head.key, key)));
}

bool has_good_signature(const Head& head, const core::Ed25519PublicKey& key) {
  return core::verify_proof(head.json, *head.json.find("proof"), key).has_value();
}

}  // namespace avow::registry
