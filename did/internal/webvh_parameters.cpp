#include "did/internal/webvh_parameters.h"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "core/json_array.h"
#include "core/json_reader.h"
#include "did/internal/ascii.h"
#include "did/internal/webvh_log.h"

namespace avow::did::internal {
namespace {

using core::JsonReader;

constexpr std::size_t kMaxListed = 64;  // keys, hashes, watchers; ours, the specification has none
constexpr std::int64_t kMaxTtl = std::int64_t{1} << 31;
constexpr std::string_view kMethod = "did:webvh:1.0";
constexpr std::string_view kDidKey = "did:key:";

/// Of a witness's id, which is a did:key, or of a Multikey itself.
std::string_view without_did_key(std::string_view text) {
  return text.starts_with(kDidKey) ? text.substr(kDidKey.size()) : text;
}

/// What a parameter is when nobody has ever set it; null if it must be set.
core::Json default_of(std::string_view name) {
  if (name == "updateKeys" || name == "nextKeyHashes" || name == "watchers") {
    return core::Json::array();
  }
  if (name == "witness") return core::Json::object();
  if (name == "portable" || name == "deactivated") return false;
  if (name == "ttl") return WebvhParameters{}.ttl_seconds;
  return {};
}

/// null is forbidden to write; whoever reads it takes the default (did:webvh v1.0 "DID Log
/// Entry Parameters"). One that has none is as if it were not there.
core::Json without_nulls(const core::Json& object) {
  core::Json kept = core::Json::object();
  for (const auto& [name, value] : *object.as_object()) {
    core::Json given = value.is_null() ? default_of(name) : value;
    if (!given.is_null()) kept.set(name, std::move(given));
  }
  return kept;
}

std::vector<std::string> strings(JsonReader& in, std::string_view name) {
  std::vector<std::string> texts;
  const core::Json::Array* items = in.array(name, kMaxListed);
  if (items == nullptr) return texts;
  for (const core::Json& item : *items) {
    const std::string* text = item.as_string();
    if (text == nullptr || text->empty() || std::any_of(text->begin(), text->end(), is_control)) {
      in.fault(core::ErrorCode::type, name, "not an array of non-empty strings");
      return {};
    }
    texts.push_back(*text);
  }
  return texts;
}

using KeysByText = std::map<std::string, core::Ed25519PublicKey, std::less<>>;

/// Only one text is the Multikey of given bytes.
KeysByText by_text(const std::vector<core::Ed25519PublicKey>& keys) {
  KeysByText texts;
  for (const core::Ed25519PublicKey& key : keys) texts.emplace(key.to_multikey(), key);
  return texts;
}

/// The keys of those Multikeys. `known` are not validated once more, which costs more than half a signature, nor is one
/// that is listed twice.
std::vector<core::Ed25519PublicKey> keys_of(JsonReader& in, std::string_view name,
                                            const std::vector<std::string>& multikeys,
                                            const std::vector<core::Ed25519PublicKey>& known) {
  std::vector<core::Ed25519PublicKey> keys;
  KeysByText held = by_text(known);
  for (const std::string& text : multikeys) {
    auto found = held.find(text);
    if (found == held.end()) {
      const auto key = core::Ed25519PublicKey::from_multikey(text);
      if (!key) {
        in.fault(core::ErrorCode::invalid_key, name,
                 "not an Ed25519 Multikey: " + key.error().detail);
        return {};
      }
      found = held.emplace(text, *key).first;
    }
    keys.push_back(found->second);
  }
  return keys;
}

/// How many of the texts in `list` keys_of would validate; `text_of` gives a Multikey of an item, null if it has none.
template <class TextOf>
std::size_t count_new(const core::Json* list, const std::vector<core::Ed25519PublicKey>& known,
                      TextOf text_of) {
  if (list == nullptr || list->as_array() == nullptr) return 0;
  const KeysByText held = by_text(known);
  std::set<std::string_view> added;
  for (const core::Json& item : *list->as_array()) {
    const std::string* text = text_of(item);
    if (text != nullptr && !held.contains(without_did_key(*text)))
      added.insert(without_did_key(*text));
  }
  return added.size();
}

/// The Multikeys of `witnesses`: [{"id": "did:key:z6Mk…"}].
std::vector<std::string> witness_multikeys(JsonReader& in, const WebvhOptions& options) {
  std::vector<std::string> multikeys;
  const core::Json::Array* items = in.array("witnesses", kMaxListed);
  if (items == nullptr) return multikeys;
  for (const core::Json& item : *items) {
    JsonReader witness(item, in.path() + "/witnesses");
    const std::string id = witness.string("id");
    if (const auto fault = witness.finish(JsonReader::Members::closed)) {
      in.fault(fault->code, "witnesses", fault->detail);
    } else if (id.starts_with(kDidKey)) {
      multikeys.push_back(id.substr(kDidKey.size()));
    } else if (options.bare_witness_keys) {
      multikeys.push_back(id);
    } else {
      in.fault(core::ErrorCode::type, "witnesses", "a witness's id is not a did:key");
    }
  }
  return multikeys;
}

/// Anything but `{}` and a whole rule is a fault: no malformed rule ever counts as none.
WebvhWitnesses read_witnesses(JsonReader& parameters, const WebvhWitnesses& known,
                              const WebvhOptions& options) {
  const core::Json* json = parameters.object("witness");
  if (json == nullptr || json->as_object()->empty()) return {};
  JsonReader in(*json, parameters.path() + "/witness");
  WebvhWitnesses rule;
  auto multikeys = witness_multikeys(in, options);
  rule.threshold = in.integer("threshold", 1, static_cast<std::int64_t>(multikeys.size()));
  rule.keys = keys_of(in, "witnesses", multikeys, known.keys);
  std::sort(multikeys.begin(), multikeys.end());
  if (std::adjacent_find(multikeys.begin(), multikeys.end()) != multikeys.end()) {
    in.fault(core::ErrorCode::type, "witnesses", "a witness is named twice");
  }
  if (const auto fault = in.finish(JsonReader::Members::closed)) {
    parameters.fault(fault->code, "witness", fault->pointer + ": " + fault->detail);
  }
  return rule;
}

std::vector<std::string> read_watchers(JsonReader& in) {
  auto urls = strings(in, "watchers");
  for (const std::string& url : urls) {
    if (!url.starts_with("https://") && !url.starts_with("http://")) {
      in.fault(core::ErrorCode::type, "watchers", "not an HTTP URL");
    }
  }
  return urls;
}

/// The parameters that any entry may have. `in_force` holds what was so before.
void read_common(JsonReader& in, const core::Json& given, const WebvhOptions& options,
                 WebvhParameters& in_force) {
  const auto has = [&given](std::string_view name) { return given.find(name) != nullptr; };
  if (has("updateKeys")) {
    in_force.update_keys =
        keys_of(in, "updateKeys", strings(in, "updateKeys"), in_force.update_keys);
  }
  if (has("nextKeyHashes")) in_force.next_key_hashes = strings(in, "nextKeyHashes");
  if (has("watchers")) in_force.watchers = read_watchers(in);
  if (has("witness")) in_force.witnesses = read_witnesses(in, in_force.witnesses, options);
  if (has("portable")) in_force.portable = in.boolean("portable");
  if (has("deactivated")) in_force.deactivated = in.boolean("deactivated");
  in_force.ttl_seconds = in.optional_integer("ttl", 0, kMaxTtl).value_or(in_force.ttl_seconds);
}

void read_method(JsonReader& in) {
  if (in.string("method") != kMethod) {
    in.fault(core::ErrorCode::type, "method", "only did:webvh:1.0 is supported");
  }
}

/// did:webvh v1.0 "Pre-Rotation Key Hash Generation and Verification".
void check_promised(JsonReader& in, const core::Json& given, const WebvhParameters& before,
                    const WebvhParameters& after) {
  if (before.next_key_hashes.empty()) return;
  if (given.find("updateKeys") == nullptr || after.update_keys.empty()) {
    in.fault(core::ErrorCode::missing_member, "updateKeys",
             "pre-rotation is on: each entry names its keys");
  }
  if (given.find("nextKeyHashes") == nullptr) {
    in.fault(core::ErrorCode::missing_member, "nextKeyHashes",
             "pre-rotation is on: each entry promises the next keys, or [] to turn it off");
  }
  const auto& promised = before.next_key_hashes;
  for (const core::Ed25519PublicKey& key : after.update_keys) {
    const std::string hash = webvh_hash(key.to_multikey());
    if (std::find(promised.begin(), promised.end(), hash) == promised.end()) {
      in.fault(core::ErrorCode::invalid_key, "updateKeys",
               "a key is not one of those that the entry before promised");
    }
  }
}

std::optional<Error> fault_of(const JsonReader& in) {
  const auto fault = in.finish(JsonReader::Members::closed);
  if (!fault) return std::nullopt;
  return invalid_log(fault->pointer + ": " + fault->detail);
}

}  // namespace

std::size_t count_new_keys(const core::Json& parameters, const WebvhParameters& before) {
  const core::Json* witness = parameters.find("witness");
  return count_new(parameters.find("updateKeys"), before.update_keys,
                   [](const core::Json& item) { return item.as_string(); }) +
         count_new(witness == nullptr ? nullptr : witness->find("witnesses"), before.witnesses.keys,
                   [](const core::Json& item) { return item.find_string("id"); });
}

Result<FirstParameters, Error> read_first_parameters(const core::Json& parameters,
                                                     const WebvhOptions& options) {
  const core::Json given = without_nulls(parameters);
  JsonReader in(given, "/parameters");
  read_method(in);
  FirstParameters first;
  first.scid = in.string("scid");
  read_common(in, given, options, first.in_force);
  // Present but empty is for the proof to refuse: no key may sign.
  if (parameters.find("updateKeys") == nullptr || parameters.find("updateKeys")->is_null()) {
    in.fault(core::ErrorCode::missing_member, "updateKeys", "is required");
  }
  if (auto fault = fault_of(in)) return fail(std::move(*fault));
  return first;
}

Result<WebvhParameters, Error> read_next_parameters(const core::Json& parameters,
                                                    const WebvhParameters& before,
                                                    const WebvhOptions& options) {
  const core::Json given = without_nulls(parameters);
  JsonReader in(given, "/parameters");
  if (given.find("method") != nullptr) read_method(in);
  WebvhParameters after = before;
  read_common(in, given, options, after);
  if (given.find("portable") != nullptr && after.portable) {
    in.fault(core::ErrorCode::type, "portable", "only a first entry can say so");
  }
  check_promised(in, given, before, after);
  if (auto fault = fault_of(in)) return fail(std::move(*fault));
  return after;
}

core::Json to_json(const WebvhWitnesses& witnesses) {
  if (witnesses.empty()) return core::Json::object();
  core::Json listed = core::Json::array();
  for (const core::Ed25519PublicKey& key : witnesses.keys) {
    listed.push_back(core::Json::object({{"id", std::string(kDidKey) + key.to_multikey()}}));
  }
  return core::Json::object({{"threshold", witnesses.threshold}, {"witnesses", std::move(listed)}});
}

core::Json to_json(const std::vector<core::Ed25519PublicKey>& keys) {
  core::Json listed = core::Json::array();
  for (const core::Ed25519PublicKey& key : keys) listed.push_back(key.to_multikey());
  return listed;
}

core::Json to_json(const std::vector<std::string>& texts) {
  return core::array_of(texts);
}

}  // namespace avow::did::internal
