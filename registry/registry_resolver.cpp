#include "registry/registry_resolver.h"

#include "did/did_webvh.h"

namespace avow::registry {
namespace {

did::Error no_version(std::string detail) {
  return {did::ErrorCode::version_not_found, std::move(detail)};
}

/// The entry that is asked for.
did::Result<const LogEntry*, did::Error> wanted_entry(const MemberLog& log,
                                                      const did::ResolutionOptions& options) {
  const auto& current = log.current().webvh;
  if (options.version_id) {
    for (std::int64_t version = 1; version <= current.version; ++version) {
      const auto* entry = log.counted(version);
      if (entry->webvh.version_id == *options.version_id) return entry;
    }
    return did::fail(no_version("its log has no version " + *options.version_id));
  }
  if (options.version_number) {
    const auto* entry = log.counted(*options.version_number);
    if (entry != nullptr) return entry;
    return did::fail(no_version("its log ends with version " + std::to_string(current.version)));
  }
  if (!options.version_time) return &log.current();
  // In whole seconds, as the times in proofs are.
  const auto end_of_second = std::chrono::floor<std::chrono::seconds>(*options.version_time) +
                             std::chrono::milliseconds(999);
  const auto* entry = log.in_force(core::Instant(end_of_second));
  if (entry != nullptr) return entry;
  return did::fail(
      no_version("its log begins at " + core::format_seconds(log.counted(1)->webvh.version_time)));
}

/// Why there is no document although the feed has said one.
did::Error unkept(const DocumentAnswer& answer, const did::Did& did) {
  if (answer.known != nullptr && answer.known->status == DocumentStatus::deactivated) {
    return {did::ErrorCode::deactivated, did.text() + " is deactivated"};
  }
  return {did::ErrorCode::unavailable, "document_not_kept: what the feed of " + answer.member->did +
                                           " says of " + did.text() +
                                           " had no room here or is no DID document"};
}

}  // namespace

did::Result<did::Resolution, did::Error> resolve_in_log(const MemberLog& log, const did::Did& did,
                                                        const did::ResolutionOptions& options) {
  if (auto checked = did::check(options); !checked) return did::fail(checked.error());
  if (log.fork()) {
    return did::fail(did::Error{did::ErrorCode::unavailable,
                                "issuer_forked: the log of " + did.text() + " is forked"});
  }
  const auto found = wanted_entry(log, options);
  if (!found) return did::fail(found.error());
  const auto& entry = (*found)->webvh;
  did::Resolution out;
  out.document = entry.document;
  out.version = entry.version_id;
  out.created = log.counted(1)->webvh.version_time;
  if (entry.version > 1) out.updated = entry.version_time;
  out.deactivated = entry.parameters.deactivated;
  if (const auto* next = log.counted(entry.version + 1)) {
    out.next_version = next->webvh.version_id;
    out.next_update = next->webvh.version_time;
  }
  if (did.method() == "webvh") return out;
  auto parallel = did::parallel_did_web(entry);
  if (!parallel) return did::fail(parallel.error());
  auto document = did::Document::from_json(std::move(*parallel), did);
  if (!document) return did::fail(document.error());
  out.document = std::make_shared<const did::Document>(std::move(*document));
  return out;
}

did::Result<did::Resolution, did::Error> RegistryResolver::resolve(
    const did::Did& did, const did::ResolutionOptions& options) const {
  const auto view = view_();
  const auto not_found =
      did::Error{did::ErrorCode::not_found, "no member has published " + did.text()};
  if (!view) return did::fail(not_found);
  const Member* member = view->member_for(did.text());
  if (member == nullptr) return did::fail(not_found);
  if (!is_in_namespace_of(did.text(), *member)) {
    return resolve_in_log(*view->log(member->scid), did, options);
  }
  // Also of what it has not said here: after a fork it may have said it, in one branch or the other.
  if (view->frozen(member->scid)) {
    return did::fail(did::Error{did::ErrorCode::unavailable,
                                "issuer_forked: the feed of " + member->did + " is forked"});
  }
  const auto answer = view->document(did.text());
  if (!answer) return did::fail(not_found);
  if (answer->known == nullptr || answer->known->document == nullptr) {
    return did::fail(unkept(*answer, did));
  }
  did::Resolution out;
  out.document = answer->known->document;
  out.version = answer->known->version;
  out.created = answer->known->since;
  if (answer->known->updated != answer->known->since) out.updated = answer->known->updated;
  out.deactivated = answer->known->status == DocumentStatus::deactivated;
  // A feed's earlier documents stay with their organisation, and so do those from before it had a feed.
  return did::if_wanted(std::move(out), options, did::EarlierVersions::kept_elsewhere);
}

}  // namespace avow::registry
