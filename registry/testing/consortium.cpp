#include "registry/testing/consortium.h"

#include <map>
#include <memory>
#include <string_view>

#include "core/canonical_json.h"
#include "revocation/status_base.h"

namespace avow::registry::testing {

core::Instant at(const char* text) {
  return *core::parse_rfc3339(text);
}

void must(Result<void, Error> result) {
  if (!result) throw std::runtime_error(result.error().detail);
}

Organisation::Organisation(std::uint32_t number, const std::string& domain,
                           const did::WebvhWitnesses& witnesses)
    : key(make_key(number)),
      entry(make_entry(number, domain, witnesses)),
      scid(entry.scid),
      did(entry.did.text()),
      key_id(did + "#key-1") {}

core::Ed25519SigningKey Organisation::make_key(std::uint32_t number) {
  core::Bytes seed(32, static_cast<std::uint8_t>(number));
  for (std::size_t i = 0; i < 3; ++i) seed[i] ^= static_cast<std::uint8_t>(number >> (8 * (i + 1)));
  return std::move(*core::Ed25519SigningKey::from_seed(seed));
}

did::WebvhEntry Organisation::make_entry(std::uint32_t number, const std::string& domain,
                                         const did::WebvhWitnesses& witnesses) {
  const auto signing = make_key(number);
  const auto update = make_key(number + 100);
  did::WebvhCreation creation;
  creation.domain = domain;
  creation.witnesses = witnesses;
  creation.verification_methods.push_back(core::Json::object(
      {{"id", "#key-1"}, {"publicKeyMultibase", signing.public_key().to_multikey()}}));
  creation.next_key_hashes.push_back(
      did::webvh_key_hash(make_key(number + 50).public_key().to_multikey()));
  auto entry = did::create_webvh_entry(creation, update, at("2026-01-01T00:00:00Z"));
  if (!entry) throw std::runtime_error(entry.error().detail);
  return std::move(*entry);
}

std::vector<core::Ed25519SigningKey> witness_keys(std::size_t count) {
  std::vector<core::Ed25519SigningKey> keys;
  for (std::size_t i = 0; i < count; ++i) {
    keys.push_back(Organisation::make_key(static_cast<std::uint32_t>(200 + i)));
  }
  return keys;
}

did::WebvhWitnesses witnesses_of(const std::vector<core::Ed25519SigningKey>& keys) {
  std::vector<core::Ed25519PublicKey> listed;
  for (const auto& key : keys) listed.push_back(key.public_key());
  return charter_witnesses(std::move(listed));
}

Consortium::Consortium(std::size_t size, std::size_t witnesses) {
  draft.witnesses = witnesses_of(witness_keys(witnesses));
  static const std::vector<std::string> names{"acme", "globex", "initech", "umbrella", "hooli"};
  for (std::size_t i = 0; i < size; ++i) {
    const auto name = i < names.size() ? names[i] : "member-" + std::to_string(i + 1);
    organisations.emplace_back(static_cast<std::uint32_t>(i + 1), name + ".example",
                               draft.witnesses);
    draft.founders.push_back(organisations.back().entry);
  }
  draft.grants.push_back({organisations[0].scid, {"Badge"}, 2});
}

Charter Consortium::charter() const {
  auto slot = draft_charter(draft);
  for (const auto& one : organisations) slot = sign_charter(std::move(slot), one.key_id, one.key);
  return must(verify_charter(core::to_canonical(slot), kNow, false));
}

LogOf logs_of(const Charter& charter) {
  auto logs = std::make_shared<std::map<std::string, MemberLog, std::less<>>>();
  for (const auto& [scid, member] : charter.members) logs->emplace(scid, member.entry);
  return [logs](std::string_view scid) {
    const auto found = logs->find(scid);
    return found == logs->end() ? nullptr : &found->second;
  };
}

Author::Author(const Organisation& organisation, std::string network)
    : organisation_(&organisation),
      network_(std::move(network)),
      key_(&organisation.key),
      key_id_(organisation.key_id),
      previous_(network_) {}

Author Author::in_epoch(std::int64_t epoch, const core::Ed25519SigningKey& key, std::string key_id,
                        std::string previous) const {
  Author next = *this;
  next.epoch_ = epoch;
  next.key_ = &key;
  next.key_id_ = std::move(key_id);
  next.sequence_ = 0;
  next.previous_ = std::move(previous);
  return next;
}

Statement Author::open(core::Instant time) {
  return next("epoch.open", core::Json::object(), time);
}

Statement Author::next(const std::string& kind, core::Json body, core::Instant time) {
  auto statement = must(sign_statement(draft(kind, std::move(body), time), *key_));
  previous_ = statement.hash;
  ++sequence_;
  return statement;
}

Statement Author::note(const std::string& text, core::Instant time) {
  return next("advisory", core::Json::object({{"text", text}}), time);
}

StatementDraft Author::draft(const std::string& kind, core::Json body, core::Instant time) const {
  StatementDraft draft;
  draft.network = network_;
  draft.feed = organisation_->scid;
  draft.epoch = epoch_;
  draft.sequence = sequence_;
  draft.previous = previous_;
  draft.key = key_id_;
  draft.time = time;
  draft.kind = kind;
  draft.body = std::move(body);
  return draft;
}

core::Json list_body(const std::string& name, const std::string& purpose) {
  return core::Json::object(
      {{"list", name}, {"purpose", purpose}, {"url", "https://acme.example/status/" + name}});
}

core::Json delta_body(const std::string& name, const std::vector<int>& set,
                      const std::vector<int>& clear) {
  auto set_indexes = core::Json::array();
  for (const int index : set) set_indexes.push_back(index);
  auto clear_indexes = core::Json::array();
  for (const int index : clear) clear_indexes.push_back(index);
  return core::Json::object({{"list", name},
                             {"set", std::move(set_indexes)},
                             {"clear", std::move(clear_indexes)},
                             {"encoding", "plain"}});
}

core::Json base_body(const std::string& name, const std::vector<int>& set) {
  revocation::StatusBase base{name, {}};
  for (const int index : set) base.bits.set(*revocation::StatusListIndex::from(index));
  return to_json(base);
}

core::Json accredit_body(const std::string& subject, const std::string& type, int depth,
                         const std::string& until) {
  auto body = core::Json::object(
      {{"subject", subject}, {"types", core::Json::array({type})}, {"depth", depth}});
  if (!until.empty()) body.set("until", until);
  return body;
}

}  // namespace avow::registry::testing
