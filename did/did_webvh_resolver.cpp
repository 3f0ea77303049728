#include "did/did_webvh_resolver.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include "did/internal/web_host.h"
#include "did/internal/web_rules.h"
#include "did/internal/webvh_did.h"

namespace avow::did {
namespace {

constexpr std::size_t kMaxFileBytes = std::size_t{5} * 1024 * 1024;
constexpr std::size_t kMaxHeldBytes = std::size_t{256} * 1024;

}  // namespace

Result<void, Error> WebvhLogCache::check(const Did& did, const WebvhLog& log) {
  const auto seen = newest_.get(did.text());
  const bool has_it =
      !seen || std::any_of(log.entries.begin(), log.entries.end(),
                           [&](const auto& entry) { return entry->version_id == *seen; });
  if (!has_it) {
    return fail(Error{ErrorCode::rollback_detected, "the log does not go on from entry " +
                                                        seen->substr(0, seen->find('-')) +
                                                        ", which its host has shown before"});
  }
  return {};
}

Result<void, Error> WebvhLogCache::advance(const Did& did, const WebvhLog& log) {
  const std::lock_guard lock(mutex_);  // look and mark are one step
  if (auto gone_on = check(did, log); !gone_on) return gone_on;
  newest_.put(did.text(), log.entries.back()->version_id);
  return {};
}

Result<WebvhLog, Error> DidWebvhResolver::fetch(const Did& did, const WebvhLog* known) const {
  const auto parts = internal::parse_webvh_did(did);
  if (!parts) return fail(parts.error());
  const auto read = [&](const std::string& name, std::string_view accept) {
    const std::string path = internal::file_path(parts->location, name);
    return internal::fetch_from_host(
        fetcher_, parts->location,
        {path, accept, kMaxFileBytes, "a file of the log is larger than 5 MiB"}, localhost_);
  };
  const auto jsonl = read("did.jsonl", "text/jsonl, */*");
  if (!jsonl) return fail(jsonl.error());
  const WebvhOptions options{.allow_localhost = localhost_ == Localhost::http_too};
  auto log = verify_webvh_log(jsonl->body, clock_.now(), options, known);
  if (!needs_witnesses(log, known)) return log;
  const auto file = read("did-witness.json", "application/json, */*");
  // None is an empty one: what it would have approved does not count.
  if (!file && file.error().code == ErrorCode::not_found)
    return approved(std::move(log), {}, known);
  if (!file) return fail(file.error());
  const auto proofs = parse_webvh_witness_file(file->body);
  if (!proofs) return fail(proofs.error());
  return approved(std::move(log), *proofs, known);
}

Result<Resolution, Error> DidWebvhResolver::resolve(const Did& did,
                                                    const ResolutionOptions& options) const {
  if (auto checked = check(options); !checked) return fail(std::move(checked.error()));
  auto& held = cache_.logs();
  auto looked = held.get(did, options.refresh, clock_.now());
  if (!looked) return fail(std::move(looked.error()));
  if (const auto* log = std::get_if<WebvhLogCache::Log>(&*looked)) {
    return resolve_webvh(**log, did, options);
  }
  const auto asked = std::get<HostAnswers<WebvhLogCache::Log>::Asked>(*looked);
  const auto known = held.last(did);
  auto log = fetch(did, known ? known->get() : nullptr);
  auto answer = log ? resolve_webvh(*log, did, options) : fail(log.error());
  if (log && log->fault) {
    // What is good of it must go on from what its host gave before, as a log without a fault must.
    if (auto gone_on = cache_.check(did, *log); !gone_on) {
      return fail(held.not_confirmed(did, std::move(gone_on.error()), asked, clock_.now()));
    }
    held.put(did, std::nullopt, asked);
    return answer;
  }
  const bool is_its_log = log && (answer || answer.error().code != ErrorCode::invalid_log);
  if (is_its_log) {
    if (auto gone_on = cache_.advance(did, *log); !gone_on) {
      return fail(held.not_confirmed(did, std::move(gone_on.error()), asked, clock_.now()));
    }
  }
  if (!log && !internal::is_hosts_word(log.error().code)) {
    return fail(held.not_confirmed(did, std::move(answer.error()), asked, clock_.now()));
  }
  if (!is_its_log || log->text.size() > kMaxHeldBytes) {
    held.put(did, std::nullopt, asked);
    return answer;
  }
  const std::chrono::seconds ttl(log->entries.back()->parameters.ttl_seconds);
  held.put(did, std::make_shared<const WebvhLog>(std::move(*log)), asked, ttl);
  return answer;
}

}  // namespace avow::did
