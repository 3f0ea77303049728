#include "registry/registry_resolver.h"

#include "did/did_webvh.h"

namespace avow::registry {
namespace {

constexpr std::string_view kWeb = "did:web:";

/// The member whose own did:web or did:webvh this is; null if it is nobody's.
const Member* member_named(const View& view, const did::Did& did) {
  if (did.method() == "webvh") return view.member(did.text());
  if (did.method() != "web") return nullptr;
  const auto location = std::string_view(did.text()).substr(kWeb.size());
  for (const auto& [scid, member] : view.charter().members) {
    if (member.location == location) return &member;
  }
  return nullptr;
}

did::Result<did::Resolution, did::Error> resolve_member(const Member& member, const did::Did& did) {
  did::Resolution out;
  out.document = member.entry.document;
  out.version = member.entry.version_id;
  out.created = member.entry.version_time;
  if (did.method() == "webvh") return out;
  auto document = did::Document::from_json(did::parallel_did_web(member.entry), did);
  if (!document) return did::fail(document.error());
  out.document = std::make_shared<const did::Document>(std::move(*document));
  return out;
}

}  // namespace

did::Result<did::Resolution, did::Error> RegistryResolver::resolve(
    const did::Did& did, const did::ResolutionOptions& options) const {
  const auto view = view_();
  const auto not_found =
      did::Error{did::ErrorCode::not_found, "no member has published " + did.text()};
  if (!view) return did::fail(not_found);
  if (const auto* member = member_named(*view, did)) {
    // What a charter holds is the first entry of the member's log.
    auto found = resolve_member(*member, did);
    if (!found) return found;
    return did::if_wanted(std::move(*found), options, did::EarlierVersions::none);
  }
  const auto answer = view->document(did.text());
  if (!answer) return did::fail(not_found);
  if (answer->frozen) {
    return did::fail(
        did::Error{did::ErrorCode::unavailable,
                   "issuer_forked: the feed of " + answer->member->did + " is forked"});
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
