#include "did/did_webvh_log.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "did/internal/webvh_parameters.h"

namespace avow::did {
namespace {

constexpr std::size_t kMaxLogSize = std::size_t{5} * 1024 * 1024;
constexpr std::size_t kMaxEntries = 4096;
static_assert(kMaxWebvhNewKeys >= 2 * kMaxEntries && kMaxWebvhVerifications >= 2 * kMaxEntries);

bool begins_with_lines(std::string_view text, std::string_view lines) {
  return !lines.empty() && text.starts_with(lines) &&
         (text.size() == lines.size() || text[lines.size()] == '\n');
}

/// Without the newline that ends them.
std::string lines_before(std::string_view jsonl, std::size_t at) {
  return std::string(jsonl.substr(0, at == 0 ? 0 : at - 1));
}

/// The work of reading entries that grows with what a log holds, and is known before it is done.
struct Work {
  std::size_t signatures = 0;
  std::size_t new_keys = 0;
};

std::size_t size_of_proofs(const core::Json& entry) {
  const core::Json* proof = entry.find("proof");
  if (proof == nullptr) return 0;
  return proof->as_array() == nullptr ? 1 : proof->as_array()->size();
}

std::size_t new_keys_of(const core::Json& entry, const WebvhEntries& before) {
  const core::Json* parameters = entry.find("parameters");
  if (parameters == nullptr) return 0;
  const WebvhParameters none;
  return internal::count_new_keys(*parameters, before.empty() ? none : before.back()->parameters);
}

Result<void, Error> take(const Work& work, Work& left) {
  if (work.signatures > left.signatures)
    return fail(invalid_log("the log takes too many signature checks"));
  if (work.new_keys > left.new_keys) return fail(invalid_log("the log names too many keys"));
  left.signatures -= work.signatures;
  left.new_keys -= work.new_keys;
  return {};
}

Result<WebvhEntry, Error> verify_line(std::string_view line, const WebvhEntries& before,
                                      core::Instant now, const WebvhOptions& options, Work& left) {
  if (before.size() == kMaxEntries) return fail(invalid_log("more than 4,096 entries"));
  auto json = core::parse_json(line);
  if (!json) return fail(invalid_log("not a line of JSON: " + json.error().detail));
  const Work work{size_of_proofs(*json), new_keys_of(*json, before)};
  if (auto taken = take(work, left); !taken) return fail(std::move(taken.error()));
  if (before.empty()) return verify_first_webvh_entry(std::move(*json), now, options);
  return verify_next_webvh_entry(*before.back(), std::move(*json), now, options);
}

/// The entry that is asked for; null if there is none.
const WebvhEntry* wanted(const WebvhLog& log, const ResolutionOptions& options) {
  const WebvhEntry* found = nullptr;
  for (const auto& entry : log.entries) {
    if (options.version_id && entry->version_id != *options.version_id) continue;
    if (options.version_number && entry->version != *options.version_number) continue;
    if (options.version_time && !is_valid_at(entry->version_time, *options.version_time)) continue;
    found = entry.get();
  }
  return found;
}

/// Does it depend on what stands after the last entry that holds? What does not hold has no time that counts, so of
/// that entry's time and after it a line with a fault may be what was in force.
bool asks_for_newest(const WebvhLog& log, const ResolutionOptions& options) {
  if (options.version_time)
    return is_valid_at(log.entries.back()->version_time, *options.version_time);
  return !options.asks_for_version();
}

core::Json metadata_of(const WebvhLog& log, const WebvhEntry& entry) {
  const WebvhParameters& parameters = entry.parameters;
  core::Json metadata = core::Json::object({
      {"versionId", entry.version_id},
      {"versionNumber", entry.version},
      {"versionTime", core::format_seconds(entry.version_time)},
      {"created", core::format_seconds(log.entries.front()->version_time)},
      {"updated", core::format_seconds(log.entries.back()->version_time)},
      {"scid", entry.scid},
      {"portable", parameters.portable},
      {"deactivated", log.entries.back()->parameters.deactivated},
      {"ttl", std::to_string(parameters.ttl_seconds)},
  });
  if (!parameters.witnesses.empty()) {
    core::Json rule = internal::to_json(parameters.witnesses);
    rule.set("threshold", std::to_string(parameters.witnesses.threshold));
    metadata.set("witness", std::move(rule));
  }
  if (!parameters.watchers.empty()) {
    metadata.set("watchers", internal::to_json(parameters.watchers));
  }
  return metadata;
}

}  // namespace

WebvhLog verify_webvh_log(std::string_view jsonl, core::Instant now, const WebvhOptions& options,
                          const WebvhLog* known, std::size_t max_verifications,
                          std::size_t max_new_keys) {
  WebvhLog log;
  Work left{max_verifications, max_new_keys};
  if (jsonl.size() > kMaxLogSize) {
    log.fault = invalid_log("the log is larger than 5 MiB");
    return log;
  }
  std::size_t at = 0;
  if (known != nullptr && begins_with_lines(jsonl, known->text)) {
    log.entries = known->entries;
    at = known->text.size() + 1;
  }
  while (at < jsonl.size()) {
    const std::size_t end = std::min(jsonl.find('\n', at), jsonl.size());
    auto entry = verify_line(jsonl.substr(at, end - at), log.entries, now, options, left);
    log.verifications = max_verifications - left.signatures;
    if (!entry) {
      log.text = lines_before(jsonl, at);
      log.fault = Error{entry.error().code, "entry " + std::to_string(log.entries.size() + 1) +
                                                ": " + entry.error().detail};
      return log;
    }
    log.entries.push_back(std::make_shared<const WebvhEntry>(std::move(*entry)));
    at = end + 1;
  }
  log.text = lines_before(jsonl, at);
  if (log.entries.empty()) log.fault = invalid_log("the log has no entry");
  return log;
}

bool needs_witnesses(const WebvhLog& log, const WebvhLog* known) {
  const bool goes_on = known != nullptr && continues(log, *known);
  for (std::size_t i = goes_on ? known->entries.size() : 0; i < log.entries.size(); ++i) {
    if (!log.entries[i]->witnesses.empty()) return true;
  }
  return false;
}

WebvhLog approved(WebvhLog log, std::span<const WebvhWitnessProof> proofs, const WebvhLog* known,
                  std::size_t max_verifications) {
  const std::size_t done = known != nullptr && continues(log, *known) ? known->entries.size() : 0;
  const auto approval =
      find_webvh_approval(std::span(log.entries).subspan(done), proofs,
                          max_verifications - std::min(max_verifications, log.verifications));
  log.verifications += approval.verifications;
  const std::size_t kept = done + approval.approved;
  if (kept == log.entries.size()) return log;
  log.fault = invalid_log(approval.missing);
  // A line has no newline within it, so the lines that are kept are as many as the entries.
  std::size_t end = 0;
  for (std::size_t i = 0; i < kept; ++i) end = log.text.find('\n', end + (i == 0 ? 0 : 1));
  log.text.resize(kept == 0 ? 0 : end);
  log.entries.resize(kept);
  return log;
}

bool continues(const WebvhLog& log, const WebvhLog& known) {
  if (known.entries.empty()) return true;
  const std::size_t last = known.entries.size() - 1;
  return log.entries.size() > last &&
         log.entries[last]->version_id == known.entries[last]->version_id;
}

Result<Resolution, Error> resolve_webvh(const WebvhLog& log, const Did& did,
                                        const ResolutionOptions& options) {
  if (auto checked = check(options); !checked) return fail(std::move(checked.error()));
  const auto invalid_after = log.fault.value_or(invalid_log("the log has no entry"));
  if (log.entries.empty()) return fail(invalid_after);
  const bool is_its_own = std::any_of(log.entries.begin(), log.entries.end(),
                                      [&](const auto& entry) { return entry->did == did; });
  if (!is_its_own) return fail(invalid_log("the log is that of another DID"));
  if (log.fault && asks_for_newest(log, options)) return fail(*log.fault);
  const WebvhEntry* entry = wanted(log, options);
  if (entry == nullptr) {
    return fail(Error{ErrorCode::version_not_found, "the log has no such version"});
  }
  auto document = with_implicit_services(*entry);
  if (!document) return fail(std::move(document.error()));
  Resolution found;
  found.document = std::make_shared<const Document>(std::move(*document));
  found.version = entry->version_id;
  found.created = log.entries.front()->version_time;
  if (entry->version > 1) found.updated = entry->version_time;
  found.deactivated = entry->parameters.deactivated;
  const auto next = static_cast<std::size_t>(entry->version);
  if (next < log.entries.size()) {
    found.next_version = log.entries[next]->version_id;
    found.next_update = log.entries[next]->version_time;
  }
  found.method_metadata = std::make_shared<const core::Json>(metadata_of(log, *entry));
  return found;
}

}  // namespace avow::did
