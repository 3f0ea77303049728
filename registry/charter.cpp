#include "registry/charter.h"

#include <algorithm>
#include <set>

#include "core/canonical_json.h"
#include "core/data_integrity.h"
#include "core/json_array.h"
#include "core/json_reader.h"
#include "did/did_key.h"
#include "registry/body.h"
#include "registry/internal/charter_action.h"
#include "registry/internal/signed_object.h"

namespace avow::registry {
namespace {

using core::JsonReader;

constexpr int kMaxCharterDepth = 16;
constexpr std::size_t kScidSize = 46;

std::string at_action(std::size_t index) {
  return "/actions/" + std::to_string(index);
}

/// What follows the SCID in a did:webvh.
std::string location_of(const did::WebvhEntry& entry) {
  return std::string(entry.did.method_specific_id().substr(kScidSize + 1));
}

}  // namespace

Result<void, Error> read_charter_action(const core::Json& action, const std::string& path,
                                        std::int64_t max_version, Charter& out) {
  JsonReader in(action, path);
  read_literal(in, "action", "charter");
  out.quorum = in.integer("quorum", 1, static_cast<std::int64_t>(kMaxActions));
  out.rules = in.integer("rules", 1, kMaxInteger);
  const auto* governors = in.array("governors", kMaxActions);
  const auto* witnesses = in.array("witnesses", kMaxWitnesses);
  const auto* freshness = in.object("freshness");
  if (const auto fault = in.finish(JsonReader::Members::closed)) {
    return fail(from_core(*fault, ErrorCode::bad_charter));
  }
  if (out.rules != kRulesVersion) {
    return fail(bad_charter(path + "/rules: only " + std::to_string(kRulesVersion) +
                            " is known to this software"));
  }
  auto listed = read_charter_witnesses(*witnesses, path + "/witnesses");
  if (!listed) return fail(listed.error());
  if (out.slot_hashes.empty()) out.witness_lists.clear();
  if (out.witness_lists.empty() || !are_same(*listed, out.witnesses())) {
    out.witness_lists.push_back(std::move(*listed));
  }
  const auto tiers = revocation::parse_freshness_tiers(*freshness);
  if (!tiers) return fail(bad_charter(path + "/freshness: " + tiers.error().detail));
  out.freshness = *tiers;
  out.governors.clear();
  for (const auto& governor : *governors) {
    JsonReader item(governor, path + "/governors");
    Governor read;
    read.scid = read_scid(item, "scid");
    read.version = item.integer("version", 1, max_version);
    if (const auto fault = item.finish(JsonReader::Members::closed)) {
      return fail(from_core(*fault, ErrorCode::bad_charter));
    }
    out.governors.push_back(std::move(read));
  }
  return {};
}

std::string in_words(const did::WebvhWitnesses& witnesses) {
  if (witnesses.empty()) return "those of the charter, which names none";
  std::string ids;
  for (const auto& key : witnesses.keys)
    ids += (ids.empty() ? "" : ", ") + did::did_key_of(key).text();
  return std::to_string(witnesses.threshold) + " of these, as the charter has it: " + ids;
}

Result<void, Error> read_admit(const core::Json& action, const std::string& path, core::Instant now,
                               bool allow_localhost, Charter& out) {
  JsonReader in(action, path);
  read_literal(in, "action", "admit");
  const auto scid = read_scid(in, "scid");
  const auto* json = in.object("entry");
  if (const auto fault = in.finish(JsonReader::Members::closed)) {
    return fail(from_core(*fault, ErrorCode::bad_charter));
  }
  auto entry = did::verify_first_webvh_entry(*json, now, {.allow_localhost = allow_localhost});
  if (!entry) return fail(bad_charter(path + "/entry: " + entry.error().detail));
  if (!are_same(entry->parameters.witnesses, out.witnesses())) {
    return fail(bad_charter(path + "/entry: the witnesses of " + entry->did.text() + " are not " +
                            in_words(out.witnesses()) +
                            "; they are named when an organisation is made, in its first entry"));
  }
  // Without witnesses check_founders() asks it of founders: charters are in force that were signed before it was asked.
  const bool is_asked = !out.slot_hashes.empty() || !out.witnesses().empty();
  if (entry->parameters.next_key_hashes.empty() && is_asked) {
    return fail(bad_charter(path + "/entry: members use pre-rotation (nextKeyHashes)"));
  }
  if (entry->scid != scid) return fail(bad_charter(path + "/scid: is not the SCID of the entry"));
  auto keys = signing_keys(*entry->document);
  if (keys.empty()) return fail(bad_charter(path + "/entry: no Ed25519 key under assertionMethod"));
  auto did = entry->did.text();
  if (out.members.contains(scid)) {
    return fail(bad_charter(path + ": " + did + " is a member already, or admitted twice"));
  }
  auto location = location_of(*entry);
  Member member{scid, did, std::move(location), std::move(*entry), std::move(keys)};
  out.members.emplace(scid, std::move(member));
  return {};
}

Result<Grant, Error> read_grant(const core::Json& action, const std::string& path, bool has_times) {
  JsonReader in(action, path);
  read_literal(in, "action", "grant");
  Grant grant;
  grant.member = read_scid(in, "member");
  grant.depth = in.integer("depth", 0, kMaxAccreditationDepth);
  const auto* types = in.array("types", kMaxTypes);
  if (has_times) {
    grant.from = read_milliseconds(in, "from");
    if (action.find("until") != nullptr) grant.until = read_milliseconds(in, "until");
  }
  if (const auto fault = in.finish(JsonReader::Members::closed)) {
    return fail(from_core(*fault, ErrorCode::bad_charter));
  }
  std::string fault;
  grant.types = read_types(types, fault);
  if (!fault.empty()) return fail(bad_charter(path + "/types: " + fault));
  return grant;
}

namespace {

/// Locations decide whose documents are whose: none may lie at or below another.
Result<void, Error> check_locations(const Charter& charter) {
  std::set<std::string_view> taken;
  for (const auto& [scid, one] : charter.members) {
    if (charter.is_evicted(scid)) continue;
    if (!taken.insert(one.location).second)
      return fail(bad_charter("two members share the location " + one.location));
  }
  for (const std::string_view location : taken) {
    for (auto end = location.rfind(':'); end != std::string_view::npos && end > 0;
         end = location.rfind(':', end - 1)) {
      const auto above = location.substr(0, end);
      if (taken.contains(above))
        return fail(bad_charter("two members share the location " + std::string(above)));
    }
  }
  return {};
}

}  // namespace

Result<void, Error> check_consistency(const Charter& charter) {
  if (charter.members.empty()) return fail(bad_charter("no founders"));
  if (charter.governors.empty()) return fail(bad_charter("no governors"));
  std::set<std::string> seen;
  for (const auto& governor : charter.governors) {
    if (!charter.members.contains(governor.scid)) {
      return fail(bad_charter("governor " + governor.scid + " is not a member"));
    }
    if (charter.is_evicted(governor.scid)) {
      return fail(
          bad_charter("governor " + governor.scid + " is evicted: name others in the same slot"));
    }
    if (!seen.insert(governor.scid).second) {
      return fail(bad_charter("governor " + governor.scid + " is named twice"));
    }
  }
  if (charter.quorum != quorum_of(charter.governors.size())) {
    return fail(bad_charter("quorum must be " +
                            std::to_string(quorum_of(charter.governors.size())) + " of " +
                            std::to_string(charter.governors.size()) + " governors"));
  }
  for (const auto& grant : charter.grants) {
    if (!charter.members.contains(grant.member)) {
      return fail(bad_charter("grant to " + grant.member + ", who is not a member"));
    }
  }
  return check_locations(charter);
}

namespace {

Result<void, Error> read_actions(const core::Json::Array& actions, core::Instant now,
                                 bool allow_localhost, Charter& out) {
  // One charter first, then the founders, then the grants: the same charter has one text.
  enum class Part { charter, admit, grant } part = Part::charter;
  for (std::size_t i = 0; i < actions.size(); ++i) {
    const auto path = at_action(i);
    const auto* action = actions[i].find_string("action");
    if (action == nullptr) return fail(bad_charter(path + ": no action"));
    if ((i == 0) != (*action == "charter")) {
      return fail(bad_charter(path + ": the charter action stands first, and only there"));
    }
    if (*action == "admit" && part == Part::grant) {
      return fail(bad_charter(path + ": founders stand before grants"));
    }
    Result<void, Error> read;
    if (*action == "charter") {
      read = read_charter_action(actions[i], path, /*max_version=*/1, out);
    } else if (*action == "admit") {
      part = Part::admit;
      read = read_admit(actions[i], path, now, allow_localhost, out);
    } else if (*action == "grant") {
      part = Part::grant;
      auto grant = read_grant(actions[i], path, /*has_times=*/false);
      if (!grant) return fail(grant.error());
      out.grants.push_back(std::move(*grant));
    } else {
      return fail(bad_charter(path + ": unknown action"));
    }
    if (!read) return read;
  }
  return {};
}

/// Whose key that is; null if it is no founder's.
const Member* owner_of_key(const Charter& charter, const std::string& method) {
  for (const auto& [scid, member] : charter.members) {
    if (member.keys.contains(method)) return &member;
  }
  return nullptr;
}

}  // namespace

const Member* Charter::find(std::string_view scid_or_did) const {
  constexpr std::string_view kPrefix = "did:webvh:";
  auto scid = scid_or_did;
  const bool is_did = scid.starts_with(kPrefix);
  if (is_did) scid = scid.substr(kPrefix.size(), kScidSize);
  const auto found = members.find(scid);
  if (found == members.end() || (is_did && found->second.did != scid_or_did)) return nullptr;
  return &found->second;
}

const MemberStanding& Charter::standing_of(std::string_view scid) const {
  static const MemberStanding nothing_said;
  const auto found = standings.find(scid);
  return found == standings.end() ? nothing_said : found->second;
}

std::optional<std::string> Charter::unknown_rules() const {
  if (rules <= kRulesVersion) return std::nullopt;
  return "slot " + std::to_string(slot()) + " has rules version " + std::to_string(rules) +
         ", and this software knows only up to " + std::to_string(kRulesVersion);
}

bool Charter::is_beyond_cut(std::string_view scid, std::int64_t epoch,
                            std::int64_t sequence) const {
  const auto& cut = standing_of(scid).evicted;
  return cut && std::pair(epoch, sequence) > std::pair(cut->epoch, cut->sequence);
}

Settlements Charter::settlements_of(std::string_view scid) const {
  Settlements found;
  for (const auto& [of, hash] : settled) {
    if (of.first == scid) found.emplace(of.second, hash);
  }
  return found;
}

const Governor* Charter::governor(std::string_view scid) const {
  const auto found = std::find_if(governors.begin(), governors.end(),
                                  [scid](const Governor& one) { return one.scid == scid; });
  return found == governors.end() ? nullptr : &*found;
}

std::int64_t quorum_of(std::size_t governors) {
  return static_cast<std::int64_t>(2 * governors / 3 + 1);
}

core::Json draft_charter(const CharterDraft& draft) {
  std::vector<std::string> scids = draft.governors;
  if (scids.empty()) {
    for (const auto& founder : draft.founders) scids.push_back(founder.scid);
  }
  auto governors = core::Json::array();
  for (const auto& scid : scids) {
    governors.push_back(core::Json::object({{"scid", scid}, {"version", 1}}));
  }
  auto actions = core::Json::array();
  actions.push_back(core::Json::object({{"action", "charter"},
                                        {"governors", std::move(governors)},
                                        {"quorum", quorum_of(scids.size())},
                                        {"witnesses", to_json(draft.witnesses)},
                                        {"rules", kRulesVersion},
                                        {"freshness", revocation::to_json(draft.freshness)}}));
  for (const auto& founder : draft.founders) {
    actions.push_back(
        core::Json::object({{"action", "admit"}, {"scid", founder.scid}, {"entry", founder.json}}));
  }
  for (const auto& grant : draft.grants) {
    actions.push_back(core::Json::object({{"action", "grant"},
                                          {"member", grant.member},
                                          {"types", core::array_of(grant.types)},
                                          {"depth", grant.depth}}));
  }
  return core::Json::object(
      {{"network", ""}, {"slot", 1}, {"previous", ""}, {"actions", std::move(actions)}});
}

core::Json sign_charter(core::Json slot, const std::string& method,
                        const core::Ed25519SigningKey& key) {
  auto proofs = core::Json::array();
  if (const auto* before = slot.find("proof"); before != nullptr && before->is_array()) {
    for (const auto& proof : *before->as_array()) {
      const auto* signer = proof.find_string("verificationMethod");
      if (signer == nullptr || *signer != method) proofs.push_back(proof);
    }
  }
  const auto signed_slot = sign_object(slot, method, key);
  proofs.push_back(*signed_slot.find("proof"));
  slot.set("proof", std::move(proofs));
  return slot;
}

Result<Charter, Error> read_charter(std::string_view text, core::Instant now,
                                    bool allow_localhost) {
  core::JsonLimits limits;
  limits.max_bytes = kMaxCharterBytes;
  limits.max_depth = kMaxCharterDepth;
  auto json = core::parse_json(text, limits);
  if (!json) return fail(from_core(json.error()));
  Charter out;
  JsonReader in(*json);
  // Both are empty texts in slot 1: later slots name the network and the slot before.
  for (const auto* name : {"network", "previous"}) {
    if (!in.text(name, 64).empty()) in.fault(core::ErrorCode::type, name, "must be \"\" in slot 1");
  }
  in.integer("slot", 1, 1);
  const auto* actions = in.array("actions", kMaxActions);
  if (json->find("proof") != nullptr) in.array("proof", kMaxActions);
  if (const auto fault = in.finish(JsonReader::Members::closed)) {
    return fail(from_core(*fault, ErrorCode::bad_charter));
  }
  if (auto read = read_actions(*actions, now, allow_localhost, out); !read) {
    return fail(read.error());
  }
  if (auto consistent = check_consistency(out); !consistent) return fail(consistent.error());
  out.network = hash_text(object_hash(*json));
  out.slot_hashes = {out.network};
  out.text = core::to_canonical(*json);
  out.json = std::move(*json);
  return out;
}

Result<void, Error> check_founders(const Charter& charter) {
  for (const auto& [scid, member] : charter.members) {
    if (member.entry.parameters.next_key_hashes.empty()) {
      return fail(
          bad_charter("the first entry of " + member.did +
                      " promises no next key (nextKeyHashes): members use pre-rotation. It makes "
                      "its organisation anew"));
    }
  }
  return {};
}

Result<Charter, Error> verify_charter(std::string_view text, core::Instant now,
                                      bool allow_localhost) {
  auto charter = read_charter(text, now, allow_localhost);
  if (!charter) return charter;
  std::set<std::string> signers;
  const auto* proofs = charter->json.find("proof");
  const core::Json::Array none;
  for (const auto& proof : proofs == nullptr ? none : *proofs->as_array()) {
    const auto method = read_plain_proof(proof);
    if (!method) return fail(method.error());
    const auto* member = owner_of_key(*charter, *method);
    if (member == nullptr) {
      return fail(Error{ErrorCode::key_not_authorised,
                        "signed with " + *method + ", which is no founder's first key"});
    }
    if (!core::verify_proof(charter->json, proof, member->keys.find(*method)->second)) {
      return fail(
          Error{ErrorCode::bad_signature, "the signature of " + member->did + " does not verify"});
    }
    if (!signers.insert(member->scid).second) {
      return fail(bad_charter("signed twice by " + member->did));
    }
  }
  std::string missing;
  for (const auto& [scid, member] : charter->members) {
    if (!signers.contains(scid)) missing += (missing.empty() ? "" : ", ") + member.did;
  }
  if (!missing.empty()) {
    return fail(Error{ErrorCode::charter_unsigned, "not signed by " + missing});
  }
  return charter;
}

}  // namespace avow::registry
