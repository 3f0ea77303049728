#include "registry/head.h"

#include "core/canonical_json.h"
#include "core/data_integrity.h"
#include "core/json_reader.h"
#include "registry/internal/signed_object.h"

namespace avow::registry {
namespace {

constexpr int kMaxHeadDepth = 3;
constexpr std::int64_t kMaxTtl = 31LL * 24 * 3600;

Word read_word(core::JsonReader& in) {
  Word word;
  word.feed = read_scid(in, "feed");
  word.epoch = in.integer("epoch", 1, kMaxInteger);
  word.sequence = in.integer("sequence", 0, kMaxInteger - 1);
  word.hash = read_hash(in, "hash");
  word.since = read_milliseconds(in, "since");
  return word;
}

/// What would be said twice, or of oneself, or is later than the head that says it, is no word of anybody's.
Result<std::vector<Word>, Error> read_heard(const core::Json::Array& items, const Head& head) {
  const auto malformed = [](std::size_t i, const std::string& why) {
    return fail(Error{ErrorCode::malformed, "/heard/" + std::to_string(i) + " " + why});
  };
  if (items.empty()) return fail(Error{ErrorCode::malformed, "/heard is left out if it is empty"});
  std::vector<Word> heard;
  for (std::size_t i = 0; i < items.size(); ++i) {
    core::JsonReader in(items[i], "/heard/" + std::to_string(i));
    auto word = read_word(in);
    if (const auto fault = in.finish(core::JsonReader::Members::closed))
      return fail(from_core(*fault));
    if (!heard.empty() && heard.back().feed >= word.feed)
      return malformed(i, "does not come after the one before, by feed");
    if (word.feed == head.feed) return malformed(i, "is of its own feed");
    if (word.since > head.time) return malformed(i, "is later than the head");
    heard.push_back(std::move(word));
  }
  return heard;
}

core::Json word_json(const Word& word) {
  return core::Json::object({{"feed", word.feed},
                             {"epoch", word.epoch},
                             {"sequence", word.sequence},
                             {"hash", word.hash},
                             {"since", core::format_milliseconds(word.since)}});
}

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
  const auto* heard = json->find("heard") != nullptr ? in.array("heard", kMaxWords) : nullptr;
  const auto* proof = in.object("proof");
  if (in.ok() && out.size != out.sequence + 1) {
    in.fault(core::ErrorCode::type, "size", "must be sequence + 1");
  }
  if (const auto fault = in.finish(core::JsonReader::Members::closed)) {
    return fail(from_core(*fault));
  }
  if (heard != nullptr) {
    auto words = read_heard(*heard, out);
    if (!words) return fail(words.error());
    out.heard = std::move(*words);
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
  auto object = core::Json::object({{"type", "AvowHead"},
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
  if (!head.heard.empty()) {
    auto heard = core::Json::array();
    for (const auto& word : head.heard) heard.push_back(word_json(word));
    object.set("heard", std::move(heard));
  }
  return parse_head(core::to_canonical(sign_object(std::move(object), head.key, key)));
}

bool has_good_signature(const Head& head, const core::Ed25519PublicKey& key) {
  return core::verify_proof(head.json, *head.json.find("proof"), key).has_value();
}

}  // namespace avow::registry
