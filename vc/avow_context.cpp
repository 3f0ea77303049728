#include "vc/avow_context.h"

#include "core/canonical_json.h"
#include "vc/namespace.h"

namespace avow::vc {
namespace {

using core::Json;

std::string iri(std::string_view term) {
  return std::string(kAvowContext) + "#" + std::string(term);
}

Json json_literal(std::string_view term) {
  return Json::object({{"@id", iri(term)}, {"@type", "@json"}});
}

}  // namespace

std::string avow_context() {
  Json terms = Json::object({{"@version", Json::number(1.1)},
                             {"@protected", true},
                             {"agent", json_literal("agent")},
                             {"capabilities", json_literal("capabilities")},
                             {"limits", json_literal("limits")}});
  terms.set(std::string(kAgentCapabilityCredential), iri(kAgentCapabilityCredential));
  const Json of_owner = Json::object({{"@protected", true}, {"role", iri("role")}});
  terms.set("owner",
            Json::object({{"@id", iri("owner")}, {"@type", "@id"}, {"@context", of_owner}}));
  return core::to_canonical(Json::object({{"@context", std::move(terms)}}));
}

}  // namespace avow::vc
