#include "registry/compromised_keys.h"

#include <algorithm>

#include "core/json_reader.h"
#include "did/did.h"
#include "registry/feed_fold.h"
#include "registry/internal/signed_object.h"

namespace avow::registry {
namespace {

using core::JsonReader;

/// Before every statement that could contain anything.
constexpr SaidAt kNothing{1, 0};

}  // namespace

Result<KeyCompromise, Error> parse_key_compromise(const core::Json& body) {
  KeyCompromise out;
  JsonReader in(body, "/body");
  out.key = in.string("key", kMaxKeyNameBytes);
  if (const auto* position = in.object("upTo")) {
    JsonReader at(*position, "/body/upTo");
    out.up_to.epoch = at.integer("epoch", 1, kMaxInteger);
    out.up_to.sequence = at.integer("sequence", 0, kMaxInteger);
    if (const auto fault = at.finish(JsonReader::Members::closed)) return fail(from_core(*fault));
  }
  if (const auto fault = in.finish(JsonReader::Members::closed)) return fail(from_core(*fault));
  return out;
}

core::Json to_json(const KeyCompromise& body) {
  return core::Json::object({{"key", body.key},
                             {"upTo", core::Json::object({{"epoch", body.up_to.epoch},
                                                          {"sequence", body.up_to.sequence}})}});
}

std::string own_key_name(std::string_view key, const Member& member) {
  const auto url = did::DidUrl::parse(key);
  if (!url || !url->fragment || url->fragment->empty() || !url->path.empty() || url->query)
    return {};
  const auto& did = url->did.text();
  if (did == member.did || did == "did:web:" + member.location)
    return member.did + "#" + *url->fragment;
  return is_in_namespace_of(did, member) ? url->text() : std::string();
}

const CompromisedKey* CompromisedKeys::find(std::string_view own_key_name) const {
  return keys_.find(core::sha256(own_key_name));
}

void CompromisedKeys::apply(const Statement& statement, const Member& author) {
  const std::string* key = statement.body.find_string("key");
  const auto name = key != nullptr ? own_key_name(*key, author) : std::string();
  if (name.empty()) return;
  const auto body = parse_key_compromise(statement.body);
  const SaidAt said{statement.epoch, statement.sequence};
  // What is still to come cannot have been signed before the theft.
  const auto up_to = body ? std::min(body->up_to, said) : kNothing;
  const bool has_room =
      name.size() <= kMaxKeyNameBytes && keys_.size() < kMaxCompromisedKeysPerFeed;
  const auto* known = find(name);
  if (known == nullptr && !has_room) {
    lacks_some_ = true;
  } else if (known == nullptr || up_to < known->up_to) {
    keys_.put(core::sha256(name), {up_to, said});
  }
}

Result<void, Error> CompromisedKeys::check(const core::Json& body, const SaidAt& last,
                                           const Member& author) const {
  const auto said = parse_key_compromise(body);
  if (!said) return fail(said.error());
  const auto name = own_key_name(said->key, author);
  if (name.empty())
    return fail(Error{ErrorCode::no_effect,
                      "it is no key of the member's own, nor of a DID below its location"});
  if (last < said->up_to)
    return fail(Error{ErrorCode::no_effect, "the feed has not got to that position yet"});
  const auto* known = find(name);
  if (known != nullptr && known->up_to <= said->up_to)
    return fail(Error{ErrorCode::no_effect, "that was said before, and it is final"});
  if (known == nullptr && keys_.size() >= kMaxCompromisedKeysPerFeed)
    return fail(Error{ErrorCode::feed_full, "a feed keeps at most " +
                                                std::to_string(kMaxCompromisedKeysPerFeed) +
                                                " compromised keys"});
  return {};
}

std::vector<core::Json> CompromisedKeys::rows(const std::string& own_key_name,
                                              const std::string& scid) const {
  const auto* key = find(own_key_name);
  if (key == nullptr) return {};
  const auto& at = key->up_to;
  return {
      core::Json::array({"key.compromised", own_key_name, "", "",
                         std::to_string(at.epoch) + "/" + std::to_string(at.sequence), "", scid})};
}

}  // namespace avow::registry
