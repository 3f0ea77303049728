#include "registry/registry_resolver.h"

#include "did/did_webvh.h"

namespace avow::registry {
namespace {

did::Result<did::Resolution, did::Error> resolve_member(const Member& member, const did::Did& did) {
  did::Resolution out;
  out.document = member.entry.document;
  out.version = member.entry.version_id;
  out.created = member.entry.version_time;
  if (did.method() == "webvh") return out;
  auto parallel = did::parallel_did_web(member.entry);
  if (!parallel) return did::fail(parallel.error());
  auto document = did::Document::from_json(std::move(*parallel), did);
  if (!document) return did::fail(document.error());
  out.document = std::make_shared<const did::Document>(std::move(*document));
  return out;
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

did::Result<did::Resolution, did::Error> RegistryResolver::resolve(
    const did::Did& did, const did::ResolutionOptions& options) const {
  const auto view = view_();
  const auto not_found =
      did::Error{did::ErrorCode::not_found, "no member has published " + did.text()};
  if (!view) return did::fail(not_found);
  const Member* member = view->member_for(did.text());
  if (member == nullptr) return did::fail(not_found);
  if (!is_in_namespace_of(did.text(), *member)) {
    // What a charter holds is the first entry of the member's log.
    auto found = resolve_member(*member, did);
    if (!found) return found;
    return did::if_wanted(std::move(*found), options, did::EarlierVersions::none);
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
