#include "registry/member_log.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/canonical_json.h"

namespace avow::registry {
namespace {

constexpr int kMaxLogEntryDepth = 64;
constexpr std::size_t kMaxHashSize = 64;

Error bad(std::string detail) {
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

Result<UnverifiedEntry, Error> parse_log_entry(std::string_view text) {
  core::JsonLimits limits;
  limits.max_bytes = kMaxLogEntryBytes;
  limits.max_depth = kMaxLogEntryDepth;
  auto json = core::parse_json(text, limits);
  if (!json) return fail(from_core(json.error()));
  if (core::to_canonical(*json) != text) {
    return fail(Error{ErrorCode::not_canonical, "the text is not its own RFC 8785 text"});
  }
  const Error no_id{ErrorCode::malformed, "its version id is no number, dash and hash"};
  const std::string* id = json->find_string("versionId");
  if (id == nullptr) return fail(no_id);
  UnverifiedEntry entry;
  const auto dash = id->find('-');
  if (dash == std::string::npos) return fail(no_id);
  const auto* end = id->data() + dash;
  const auto read = std::from_chars(id->data(), end, entry.version);
  entry.hash = id->substr(dash + 1);
  if (read.ec != std::errc{} || read.ptr != end || entry.version < 1 || entry.hash.empty() ||
      entry.hash.size() > kMaxHashSize) {
    return fail(no_id);
  }
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

MemberLog::MemberLog(did::WebvhEntry first) {
  auto keys = signing_keys(*first.document);
  auto text = core::to_canonical(first.json);
  entries_[1].push_back(std::make_shared<const LogEntry>(
      LogEntry{std::move(first), std::move(keys), std::move(text)}));
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

const std::vector<LogEntryPtr>& MemberLog::of_version(std::int64_t version) const {
  static const std::vector<LogEntryPtr> none;
  const auto found = entries_.find(version);
  return found == entries_.end() ? none : found->second;
}

bool MemberLog::holds(std::int64_t version, std::string_view hash) const {
  const auto& held = of_version(version);
  return std::any_of(held.begin(), held.end(),
                     [&](const LogEntryPtr& entry) { return entry->webvh.entry_hash == hash; });
}

void MemberLog::add(LogEntryPtr entry) {
  const auto version = entry->webvh.version;
  auto& held = entries_[version];
  held.push_back(std::move(entry));
  if (held.size() > 1) fork_ = version;
}

EntryJudgement judge_log_entry(const UnverifiedEntry& entry, const MemberLog& log,
                               core::Instant now, bool allow_localhost) {
  if (log.holds(entry.version, entry.hash)) return EntryDuplicate{};
  if (entry.version == 1) return bad("another first entry than the one that was admitted");
  if (log.fork() && entry.version >= *log.fork()) {
    return Error{ErrorCode::log_forked, "at or above a proven fork of its log"};
  }
  const auto* previous = log.counted(entry.version - 1);
  if (previous == nullptr) return EntryNeeds{log.newest_counted() + 1};
  did::WebvhOptions options;
  options.allow_localhost = allow_localhost;
  auto webvh = did::verify_next_webvh_entry(previous->webvh, entry.json, now, options);
  if (!webvh) {
    if (webvh.error().code == did::ErrorCode::not_yet_valid) return EntryAhead{};
    return bad(webvh.error().detail);
  }
  if (webvh->version > kMaxLogEntries) return bad("a log has at most 4,096 entries");
  const auto* a_day_before = log.counted(webvh->version - kMaxLogEntriesPerDay);
  if (a_day_before != nullptr &&
      webvh->version_time - a_day_before->webvh.version_time < std::chrono::hours(24)) {
    return bad("more than 24 entries within a day");
  }
  if (webvh->parameters.next_key_hashes.empty()) {
    return bad("it promises no next key: a member's keys are pre-rotated");
  }
  if (!webvh->parameters.witnesses.empty()) {
    return bad("it asks for witnesses, and the charter names none");
  }
  if (webvh->did != previous->webvh.did) return bad("a member's DID stays what it is");
  auto keys = signing_keys(*webvh->document);
  return EntryAccepted{
      std::make_shared<const LogEntry>(LogEntry{std::move(*webvh), std::move(keys), entry.text})};
}

}  // namespace avow::registry
