#include "registry/charter_witnesses.h"

#include <algorithm>
#include <utility>

#include "core/json_reader.h"
#include "registry/charter.h"

namespace avow::registry {
namespace {

constexpr std::string_view kDidKey = "did:key:";

bool lists_key(const did::WebvhWitnesses& witnesses, const core::Ed25519PublicKey& key) {
  return std::find(witnesses.keys.begin(), witnesses.keys.end(), key) != witnesses.keys.end();
}

}  // namespace

bool are_same(const did::WebvhWitnesses& one, const did::WebvhWitnesses& other) {
  return one.threshold == other.threshold &&
         std::is_permutation(one.keys.begin(), one.keys.end(), other.keys.begin(),
                             other.keys.end());
}

bool may_follow(const WitnessLists& lists, const did::WebvhWitnesses& before,
                const did::WebvhWitnesses& after) {
  const auto first = std::find_if(lists.begin(), lists.end(),
                                  [&](const auto& one) { return are_same(one, before); });
  return std::any_of(first, lists.end(), [&](const auto& one) { return are_same(one, after); });
}

std::optional<core::Ed25519PublicKey> witness_named(const WitnessLists& lists,
                                                    std::string_view multikey) {
  const auto key = core::Ed25519PublicKey::from_multikey(multikey);
  if (!key) return std::nullopt;
  const bool is_named = std::any_of(lists.begin(), lists.end(),
                                    [&](const auto& one) { return lists_key(one, *key); });
  return is_named ? std::optional(*key) : std::nullopt;
}

Result<did::WebvhWitnesses, Error> read_charter_witnesses(const core::Json::Array& items,
                                                          const std::string& path) {
  did::WebvhWitnesses read;
  for (const core::Json& item : items) {
    core::JsonReader in(item, path);
    const std::string id = in.string("id");
    if (const auto fault = in.finish(core::JsonReader::Members::closed)) {
      return fail(from_core(*fault, ErrorCode::bad_charter));
    }
    const bool is_did_key = id.starts_with(kDidKey);
    const auto key = core::Ed25519PublicKey::from_multikey(
        std::string_view(id).substr(is_did_key ? kDidKey.size() : 0));
    if (!is_did_key || !key)
      return fail(bad_charter(path + ": a witness's id is not an Ed25519 did:key"));
    if (lists_key(read, *key)) return fail(bad_charter(path + ": a witness is named twice"));
    read.keys.push_back(*key);
  }
  read.threshold = read.empty() ? 0 : quorum_of(read.keys.size());
  return read;
}

core::Json to_json(const did::WebvhWitnesses& witnesses) {
  auto listed = core::Json::array();
  for (const core::Ed25519PublicKey& key : witnesses.keys) {
    listed.push_back(core::Json::object({{"id", std::string(kDidKey) + key.to_multikey()}}));
  }
  return listed;
}

did::WebvhWitnesses charter_witnesses(std::vector<core::Ed25519PublicKey> keys) {
  std::sort(keys.begin(), keys.end(), [](const auto& one, const auto& other) {
    return one.to_multikey() < other.to_multikey();
  });
  const auto threshold = keys.empty() ? 0 : quorum_of(keys.size());
  return {threshold, std::move(keys)};
}

}  // namespace avow::registry
