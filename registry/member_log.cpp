#include "registry/member_log.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/canonical_json.h"

namespace avow::registry {
namespace {

constexpr int kMaxLogEntryDepth = 64;
constexpr std::size_t kMaxHashSize = 64;

Error bad_log_entry(std::string detail) {
  return {ErrorCode::bad_log_entry, std::move(detail)};
}

}  // namespace

KeysById signing_keys(const did::Document& document) {
  KeysById keys;
  for (const auto& method : document.verification_methods()) {
    if (document.find(method.id, did::VerificationRelationship::assertion_method) == nullptr) {
      continue;
    }
    // Methods of other key types are allowed, and cannot sign statements.
    if (auto key = core::Ed25519PublicKey::from_multikey(method.public_key_multibase)) {
      keys.emplace(method.id, *key);
    }
  }
  return keys;
}

Result<VersionId, Error> parse_version_id(std::string_view text) {
  const auto number = text.substr(0, text.find('-'));
  VersionId id;
  const auto read = std::from_chars(number.data(), number.data() + number.size(), id.version);
  if (number.size() < text.size()) id.hash = text.substr(number.size() + 1);
  if (read.ec != std::errc{} || std::to_string(id.version) != number || id.version < 1 ||
      id.hash.empty() || id.hash.size() > kMaxHashSize) {
    return fail(Error{ErrorCode::malformed, "its version id is no number, dash and hash"});
  }
  return id;
}

Result<UnverifiedEntry, Error> parse_log_entry(std::string_view text) {
  core::JsonLimits limits;
  limits.max_bytes = kMaxLogEntryBytes;
  limits.max_depth = kMaxLogEntryDepth;
  auto json = core::parse_json(text, limits);
  if (!json) return fail(from_core(json.error()));
  if (core::to_canonical(*json) != text) {
    return fail(Error{ErrorCode::not_canonical, "the text is not its own RFC 8785 text"});
  }
  const std::string* version_id = json->find_string("versionId");
  auto id = parse_version_id(version_id == nullptr ? std::string_view() : *version_id);
  if (!id) return fail(id.error());
  UnverifiedEntry entry;
  entry.version = id->version;
  entry.hash = std::move(id->hash);
  const auto* state = json->find("state");
  const auto* did = state == nullptr ? nullptr : state->find_string("id");
  constexpr std::string_view kPrefix = "did:webvh:";
  if (did == nullptr || !did->starts_with(kPrefix)) {
    return fail(Error{ErrorCode::malformed, "its state has no did:webvh as id"});
  }
  entry.feed = did->substr(kPrefix.size(), did->find(':', kPrefix.size()) - kPrefix.size());
  entry.json = std::move(*json);
  entry.text = std::string(text);
  return entry;
}

MemberLog::MemberLog(did::WebvhEntry first, Settlements settled) : settled_(std::move(settled)) {
  auto keys = signing_keys(*first.document);
  auto text = core::to_canonical(first.json);
  const auto bytes = text.size();
  entries_[1].push_back(std::make_shared<const LogEntry>(
      LogEntry{std::move(first), std::move(keys), std::move(text), bytes}));
}

std::int64_t MemberLog::newest_counted() const {
  return fork_ ? *fork_ - 1 : entries_.rbegin()->first;
}

const LogEntry* MemberLog::counted(std::int64_t version) const {
  if (version > newest_counted()) return nullptr;
  const auto& held = of_version(version);
  return held.empty() ? nullptr : held.front().get();
}

const LogEntry* MemberLog::in_force(core::Instant at) const {
  const LogEntry* found = nullptr;
  for (const auto& [version, held] : entries_) {
    if (version > newest_counted() || held.front()->webvh.version_time > at) break;
    found = held.front().get();
  }
  return found;
}

const std::vector<LogEntryPtr>& MemberLog::find(const Versions& versions, std::int64_t version) {
  static const std::vector<LogEntryPtr> none;
  const auto found = versions.find(version);
  return found == versions.end() ? none : found->second;
}

const std::vector<LogEntryPtr>& MemberLog::of_version(std::int64_t version) const {
  return find(entries_, version);
}

std::vector<LogEntryPtr> MemberLog::of_any_side(std::int64_t version) const {
  auto out = of_version(version);
  const auto& aside = find(set_aside_, version);
  out.insert(out.end(), aside.begin(), aside.end());
  return out;
}

std::optional<std::int64_t> MemberLog::first_disputed() const {
  if (set_aside_.empty()) return fork_;
  const auto settled = set_aside_.begin()->first;
  return fork_ ? std::min(*fork_, settled) : settled;
}

const LogEntry* MemberLog::held(std::int64_t version, std::string_view hash) const {
  for (const auto* versions : {&entries_, &set_aside_}) {
    for (const auto& entry : find(*versions, version)) {
      if (entry->webvh.entry_hash == hash) return entry.get();
    }
  }
  return nullptr;
}

bool MemberLog::holds(std::int64_t version, std::string_view hash) const {
  return held(version, hash) != nullptr;
}

bool MemberLog::is_named(std::int64_t version, std::string_view hash) const {
  const auto named = settled_.find(version);
  return named != settled_.end() && named->second == hash;
}

bool MemberLog::settles(std::int64_t version, std::string_view hash) const {
  return is_named(version, hash) && (!fork_ || version <= *fork_);
}

bool MemberLog::lacks_named(std::int64_t version) const {
  const auto named = settled_.find(version);
  return named != settled_.end() && !holds(version, named->second);
}

std::optional<std::int64_t> MemberLog::lacks_named_before(std::int64_t version) const {
  for (const auto& [named, hash] : settled_) {
    if (named < version && lacks_named(named)) return named;
  }
  return std::nullopt;
}

bool MemberLog::is_closed(std::int64_t version) const {
  const auto& aside = find(set_aside_, version);
  return fork_ == version || std::any_of(aside.begin(), aside.end(), [&](const LogEntryPtr& entry) {
           return !follows_aside(*entry);
         });
}

const LogEntry* MemberLog::ancestor(const LogEntry& of, std::int64_t version) const {
  const auto* at = &of;
  while (at != nullptr && at->webvh.version > version) {
    at = held(at->webvh.version - 1, at->previous_hash);
    if (at != nullptr && at == counted(at->webvh.version)) return counted(version);
  }
  return at;
}

bool MemberLog::follows_aside(const LogEntry& entry) const {
  const auto& aside = find(set_aside_, entry.webvh.version - 1);
  return std::any_of(aside.begin(), aside.end(), [&](const LogEntryPtr& one) {
    return one->webvh.entry_hash == entry.previous_hash;
  });
}

/// The entry at the fork, or set aside, on which it stands; null if what counts is all that it follows.
const LogEntry* MemberLog::side_of(const LogEntry& entry) const {
  const LogEntry* at = nullptr;
  for (const auto* of = &entry; follows_aside(*of); of = at)
    at = held(of->webvh.version - 1, of->previous_hash);
  if (at != nullptr) return at;
  return fork_ && entry.webvh.version > *fork_ ? ancestor(entry, *fork_) : nullptr;
}

bool MemberLog::has_room_for(const LogEntry& entry) const {
  const auto version = entry.webvh.version;
  const auto* side = side_of(entry);
  if (side == nullptr || is_named(version, entry.webvh.entry_hash)) return true;
  // Apart for each side: so who has the keys of one takes no room from the other.
  const auto held = of_any_side(version);
  return std::count_if(held.begin(), held.end(),
                       [&](const LogEntryPtr& one) { return side_of(*one) == side; }) < 2;
}

void MemberLog::add(LogEntryPtr entry) {
  const auto version = entry->webvh.version;
  if (follows_aside(*entry)) {
    set_aside_[version].push_back(std::move(entry));
    return;
  }
  auto& held = entries_[version];
  if (fork_ && version > *fork_) {
    held.push_back(std::move(entry));
    return;
  }
  if (is_named(version, entry->webvh.entry_hash)) {
    if (!held.empty()) {
      auto& aside = set_aside_[version];  // may hold what follows another that is aside
      aside.insert(aside.end(), held.begin(), held.end());
    }
    held.assign(1, entry);
    // It is judged against what counts, so no lower version is forked.
    if (fork_ == version) fork_.reset();
    return;
  }
  if (!held.empty() && is_named(version, held.front()->webvh.entry_hash)) {
    set_aside_[version].push_back(std::move(entry));
    return;
  }
  held.push_back(std::move(entry));
  if (held.size() > 1) fork_ = version;
}

std::optional<std::string> missing_witnesses(const LogEntryPtr& entry,
                                             std::span<const did::WebvhWitnessProof> proofs) {
  // Alone, so that no later entry's proofs stand in for its own.
  const std::shared_ptr<const did::WebvhEntry> alone(entry, &entry->webvh);
  auto approval = did::find_webvh_approval(std::span(&alone, 1), proofs);
  if (approval.approved == 1) return std::nullopt;
  return std::move(approval.missing);
}

namespace {

/// Can the version after `previous` be this?
EntryJudgement judge_after(const LogEntry& previous, const UnverifiedEntry& entry,
                           const MemberLog& log, std::span<const did::WebvhWitnessProof> proofs,
                           const LogRules& rules, core::Instant now) {
  did::WebvhOptions options;
  options.allow_localhost = rules.allow_localhost;
  auto webvh = did::verify_next_webvh_entry(previous.webvh, entry.json, now, options);
  if (!webvh) {
    if (webvh.error().code != did::ErrorCode::not_yet_valid)
      return bad_log_entry(webvh.error().detail);
    const auto* time = entry.json.find_string("versionTime");
    return EntryAhead{*core::parse_rfc3339(*time) - did::kMaxWebvhAhead};
  }
  if (webvh->version > kMaxLogEntries) return bad_log_entry("a log has at most 4,096 entries");
  const auto log_bytes = previous.log_bytes + entry.text.size();
  if (log_bytes > kMaxLogBytes) {
    return bad_log_entry("with it the entries of this log have " + std::to_string(log_bytes) +
                         " bytes, and members take " + std::to_string(kMaxLogBytes) +
                         ": leave out of its document what is said elsewhere");
  }
  const auto* a_day_before = log.ancestor(previous, webvh->version - kMaxLogEntriesPerDay);
  if (a_day_before != nullptr &&
      webvh->version_time - a_day_before->webvh.version_time < std::chrono::hours(24)) {
    return bad_log_entry("more than 24 entries within a day");
  }
  if (webvh->parameters.next_key_hashes.empty()) {
    return bad_log_entry("it promises no next key: a member's keys are pre-rotated");
  }
  if (webvh->did != previous.webvh.did) {
    return bad_log_entry("it moves the DID to another domain: a member's DID stays what it is");
  }
  if (!may_follow(rules.witness_lists, previous.webvh.parameters.witnesses,
                  webvh->parameters.witnesses)) {
    return EntryNamesOthers{};
  }
  auto keys = signing_keys(*webvh->document);
  webvh->json = core::Json();
  auto verified = std::make_shared<const LogEntry>(LogEntry{
      std::move(*webvh), std::move(keys), entry.text, log_bytes, previous.webvh.entry_hash});
  if (log.is_named(entry.version, entry.hash)) return EntryAccepted{std::move(verified)};
  if (auto missing = missing_witnesses(verified, proofs)) {
    return EntryUnwitnessed{std::move(verified), std::move(*missing)};
  }
  return EntryAccepted{std::move(verified)};
}

}  // namespace

EntryJudgement judge_log_entry(const UnverifiedEntry& entry, const MemberLog& log,
                               std::span<const did::WebvhWitnessProof> proofs,
                               const LogRules& rules, core::Instant now) {
  if (log.holds(entry.version, entry.hash)) return EntryDuplicate{};
  if (entry.version == 1)
    return bad_log_entry("another first entry than the one that was admitted");
  const auto& speaking = log.of_version(entry.version - 1);
  auto before = rules.takes_aside ? log.of_any_side(entry.version - 1) : speaking;
  EntryJudgement judged;
  const bool is_closed =
      !rules.takes_more && log.is_closed(entry.version) && !log.settles(entry.version, entry.hash);
  if (is_closed) {
    judged = Error{ErrorCode::log_forked, "of a version that is forked without it, or settled"};
    // What follows one that is set aside is kept for its keys, whether it comes before or after.
    before.erase(before.begin(), before.begin() + static_cast<std::ptrdiff_t>(speaking.size()));
  } else if (before.empty()) {
    return EntryNeeds{log.first_wanted()};
  }
  for (const auto& previous : before) {
    auto after = judge_after(*previous, entry, log, proofs, rules, now);
    if (!std::holds_alternative<Error>(after)) return after;
    if (!is_closed) judged = std::move(after);
  }
  if (is_closed) return judged;
  if (speaking.empty()) return EntryNeeds{log.first_wanted()};
  // It may follow the one that governance has named.
  if (const auto lacking = log.lacks_named_before(entry.version)) return EntryNeeds{*lacking};
  return judged;
}

}  // namespace avow::registry
