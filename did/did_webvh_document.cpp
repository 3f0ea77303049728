#include <algorithm>
#include <utility>

#include "core/canonical_json.h"
#include "did/did_webvh.h"
#include "did/internal/web_rules.h"
#include "did/internal/webvh_did.h"
#include "did/internal/webvh_log.h"

namespace avow::did {
namespace {

using namespace internal;

/// A member `service` entry that stands for `<did>#name`, unless the document has its own.
void add_implicit_service(core::Json& services, const Did& did, std::string_view name,
                          core::Json service) {
  const std::string relative = '#' + std::string(name);
  for (const core::Json& existing : *services.as_array()) {
    const std::string* id = existing.find_string("id");
    if (id != nullptr && DidUrl::absolute(*id, did) == did.text() + relative) return;
  }
  service.set("id", did.text() + relative);
  services.push_back(std::move(service));
}

/// did:webvh v1.0 "whois LinkedVP Service" and "relativeRef Service".
void add_implicit_services(core::Json& document, const Did& did, const WebLocation& location) {
  const core::Json* present = document.find("service");
  core::Json services = core::Json::array();
  if (present != nullptr && present->as_array() != nullptr) services = *present;
  const std::string base = base_url(location);
  add_implicit_service(services, did, "files",
                       core::Json::object({{"type", "relativeRef"}, {"serviceEndpoint", base}}));
  add_implicit_service(
      services, did, "whois",
      core::Json::object({{"@context", "https://identity.foundation/linked-vp/contexts/v1"},
                          {"type", "LinkedVerifiablePresentation"},
                          {"serviceEndpoint", base + "whois.vp"}}));
  document.set("service", std::move(services));
}

}  // namespace

Result<Document, Error> with_implicit_services(const Document& document) {
  const Did& did =
      document.id();  // its own: one that has moved is resolved by its other names, too
  const auto parts = parse_webvh_did(did);
  if (!parts) return fail(parts.error());
  core::Json resolved = document.json();
  add_implicit_services(resolved, did, parts->location);
  return Document::from_json(std::move(resolved), did);
}

Result<Document, Error> with_implicit_services(const WebvhEntry& entry) {
  return with_implicit_services(*entry.document);
}

Result<core::Json, Error> parallel_did_web(const WebvhEntry& entry) {
  const auto parts = parse_webvh_did(entry.did);
  if (!parts) return fail(parts.error());
  const auto resolved = with_implicit_services(entry);
  if (!resolved) return fail(resolved.error());
  auto parallel = with_text_replaced(core::to_canonical(resolved->json()),
                                     "did:webvh:" + parts->scid + ':', "did:web:");
  if (!parallel) {
    return fail(Error{ErrorCode::invalid_did_document, "no did:web: " + parallel.error().detail});
  }
  const std::string own_id = *parallel->find_string("id");
  core::Json names = core::Json::array();
  const auto add_once = [&](const std::string& name) {
    const auto& known = *names.as_array();
    if (name != own_id && std::find(known.begin(), known.end(), core::Json(name)) == known.end()) {
      names.push_back(name);
    }
  };
  if (const core::Json* listed = parallel->find("alsoKnownAs")) {
    for (const core::Json& name : *listed->as_array()) add_once(*name.as_string());
  }
  add_once(entry.did.text());
  parallel->set("alsoKnownAs", std::move(names));
  return parallel;
}

}  // namespace avow::did
