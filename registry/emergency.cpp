#include "registry/emergency.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "core/canonical_json.h"
#include "core/json_reader.h"
#include "registry/internal/governor_signature.h"
#include "registry/internal/signed_object.h"

namespace avow::registry {
namespace {

constexpr int kMaxEmergencyDepth = 2;

}  // namespace

Result<Emergency, Error> parse_emergency(std::string_view text) {
  auto json = parse_canonical(text, kMaxEmergencyBytes, kMaxEmergencyDepth);
  if (!json) return fail(json.error());
  Emergency out;
  core::JsonReader in(*json);
  read_literal(in, "type", "AvowEmergency");
  out.network = read_hash(in, "network");
  out.scid = read_scid(in, "scid");
  out.from = read_milliseconds(in, "from");
  out.until = read_milliseconds(in, "until");
  out.governor = read_scid(in, "governor");
  out.epoch = in.integer("epoch", 1, kMaxInteger);
  out.key = in.string("key");
  const auto* proof = in.object("proof");
  if (in.ok() && (out.until <= out.from || out.until > out.from + kMaxEmergency)) {
    in.fault(core::ErrorCode::type, "until", "must lie after `from`, at most 72 hours");
  }
  if (const auto fault = in.finish(core::JsonReader::Members::closed)) {
    return fail(from_core(*fault));
  }
  const auto method = read_plain_proof(*proof);
  if (!method) return fail(method.error());
  if (*method != out.key) {
    return fail(Error{ErrorCode::malformed, "verificationMethod is not the emergency's key"});
  }
  out.text = std::string(text);
  out.hash = hash_text(object_hash(*json));
  out.json = std::move(*json);
  return out;
}

Result<Emergency, Error> sign_emergency(const Emergency& emergency,
                                        const core::Ed25519SigningKey& key) {
  const auto object = core::Json::object({{"type", "AvowEmergency"},
                                          {"network", emergency.network},
                                          {"scid", emergency.scid},
                                          {"from", core::format_milliseconds(emergency.from)},
                                          {"until", core::format_milliseconds(emergency.until)},
                                          {"governor", emergency.governor},
                                          {"epoch", emergency.epoch},
                                          {"key", emergency.key}});
  return parse_emergency(core::to_canonical(sign_object(object, emergency.key, key)));
}

Result<EmergencyRecord, Error> check_emergency(const Emergency& emergency, const Charter& charter,
                                               const LogOf& log_of) {
  if (emergency.network != charter.network) {
    return fail(Error{ErrorCode::wrong_network, "it belongs to another network"});
  }
  if (!charter.members.contains(emergency.scid)) {
    return fail(Error{ErrorCode::unknown_feed, emergency.scid + " is not a member"});
  }
  if (!charter.members.contains(emergency.governor)) {
    return fail(Error{ErrorCode::unknown_feed, emergency.governor + " is not a member"});
  }
  const SignedBy by{emergency.json, emergency.governor, emergency.epoch, emergency.key};
  if (const auto governs = check_governs(by, charter); !governs) return fail(governs.error());
  const auto verified = check_member_signature(by, log_of);
  if (!verified) return fail(verified.error());
  return EmergencyRecord{emergency.hash,  emergency.scid,         emergency.from,
                         emergency.until, emergency.governor,     emergency.epoch,
                         emergency.key,   verified->to_multikey()};
}

bool has_say(const EmergencyRecord& emergency, const Charter& charter, const LogOf& log_of) {
  const auto* governor = charter.governor(emergency.governor);
  if (governor == nullptr || emergency.epoch < governor->version) return false;
  if (!charter.members.contains(emergency.scid))
    return false;  // the slot that admitted it is forked
  // Not whether some entry of that version has the key: one beside a fork, or set aside, may have been here or not.
  const auto* log = log_of(emergency.governor);
  const auto* entry = log == nullptr ? nullptr : log->counted(emergency.epoch);
  if (entry == nullptr) return false;
  const auto listed = entry->keys.find(emergency.key);
  return listed != entry->keys.end() && listed->second.to_multikey() == emergency.public_key;
}

std::vector<std::string> without_room(std::vector<EmergencyRecord> emergencies,
                                      const Charter& charter, const LogOf& log_of) {
  std::sort(emergencies.begin(), emergencies.end(),
            [](const EmergencyRecord& one, const EmergencyRecord& other) {
              return std::tie(other.epoch, other.public_key, other.from, other.hash) <
                     std::tie(one.epoch, one.public_key, one.from, one.hash);
            });
  using Room = std::pair<std::int64_t, std::string>;  // epoch, key
  std::map<bool, std::map<Room, std::size_t>> rooms;  // by whether they have a say
  std::vector<std::string> surplus;
  for (const auto& one : emergencies) {
    auto& taken = rooms[has_say(one, charter, log_of)];
    const Room room{one.epoch, one.public_key};
    const bool is_there = taken.contains(room) || taken.size() < kMaxEmergencyKeys;
    if (!is_there || ++taken[room] > kMaxEmergenciesEach) surplus.push_back(one.hash);
  }
  return surplus;
}

std::size_t emergency_quorum(std::size_t governors) {
  if (governors <= 1) return 1;
  return std::max<std::size_t>(2, (governors - 1) / 3 + 1);
}

std::vector<EmergencyInterval> suspended_by(const std::vector<EmergencyRecord>& emergencies,
                                            const Charter& charter, const LogOf& log_of) {
  std::map<EmergencyInterval, std::set<std::string>> signers;
  for (const auto& one : emergencies) {
    if (!has_say(one, charter, log_of)) continue;
    signers[{one.scid, one.from, one.until}].insert(one.governor);
  }
  const auto needed = emergency_quorum(charter.governors.size());
  std::vector<EmergencyInterval> out;
  for (const auto& [interval, governors] : signers) {
    if (governors.size() < needed) continue;
    if (!out.empty() && out.back().scid == interval.scid && interval.from <= out.back().until) {
      out.back().until = std::max(out.back().until, interval.until);
    } else {
      out.push_back(interval);
    }
    std::vector<std::string> by;
    std::set_union(out.back().by.begin(), out.back().by.end(), governors.begin(), governors.end(),
                   std::back_inserter(by));
    out.back().by = std::move(by);
  }
  return out;
}

}  // namespace avow::registry
