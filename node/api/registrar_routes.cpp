#include "core/canonical_json.h"
#include "core/json_reader.h"
#include "node/api/admin_routes.h"
#include "node/api/request_body.h"

namespace avow::node::api {
namespace {

using Members = core::JsonReader::Members;

constexpr std::size_t kMaxDocumentBody = std::size_t{128} * 1024;

core::Json metadata_of(const did::Resolution& version) {
  core::Json metadata = core::Json::object({{"versionId", version.version}});
  if (version.created) metadata.set("created", core::format_milliseconds(*version.created));
  if (version.updated) metadata.set("updated", core::format_milliseconds(*version.updated));
  if (version.deactivated) metadata.set("deactivated", true);
  return metadata;
}

/// A job that is done at once, as the Universal Registrar has it.
http::Response finished(const Result<DocumentChange, Error>& changed) {
  if (!changed) return error_response(changed.error());
  const did::Document& document = *changed->current.document;
  core::Json registration = core::Json::object();
  if (changed->unsaid) registration.set("unsaid", changed->unsaid->why);
  return http::json_response(
      200, core::Json::object({{"didState", core::Json::object({{"state", "finished"},
                                                                {"did", document.id().text()},
                                                                {"didDocument", document.json()}})},
                               {"didRegistrationMetadata", std::move(registration)},
                               {"didDocumentMetadata", metadata_of(changed->current)}}));
}

/// No option and no secret is needed: the organisation's own key signs what the members hear.
void check_secret(core::JsonReader& reader) {
  const core::Json* secret = reader.any("secret");
  if (secret != nullptr && !(*secret == core::Json::object()))
    reader.fault(core::ErrorCode::type, "secret", "no secret is taken");
}

/// {"did","didDocument":[{…}],"didDocumentOperation":["setDidDocument"]?,"options":{}?,"secret":{}?}
http::Response update(const http::Request& request, OwnDocuments& documents) {
  const auto body = parse_body(request, kMaxDocumentBody);
  if (!body) return body_fault_response(body.error());
  core::JsonReader reader(*body);
  const std::string did = reader.string("did");
  const core::Json::Array* documents_given = reader.array("didDocument", 1);
  const core::Json* operation = reader.any("didDocumentOperation");
  if (operation != nullptr && !(*operation == core::Json::array({"setDidDocument"})))
    reader.fault(core::ErrorCode::type, "didDocumentOperation",
                 "one operation is served: setDidDocument");
  const core::Json* options = reader.any("options");
  if (options != nullptr && !(*options == core::Json::object()))
    reader.fault(core::ErrorCode::type, "options", "an update has no options");
  check_secret(reader);
  if (documents_given != nullptr && documents_given->size() != 1)
    reader.fault(core::ErrorCode::type, "didDocument", "exactly one document");
  if (auto fault = reader.finish(Members::closed)) return field_fault(*fault);
  return finished(documents.update(did, documents_given->front(), actor_of(request)));
}

/// {"did","options":{"reason"?}?,"secret":{}?}
http::Response deactivate(const http::Request& request, OwnDocuments& documents) {
  const auto body = parse_body(request, kMaxDocumentBody);
  if (!body) return body_fault_response(body.error());
  core::JsonReader reader(*body);
  const std::string did = reader.string("did");
  std::string reason;
  if (const core::Json* options = reader.any("options")) {
    core::JsonReader members(*options, "/options");
    if (options->find("reason") != nullptr) reason = members.text("reason", 1024);
    if (auto fault = members.finish(Members::closed)) return field_fault(*fault);
  }
  check_secret(reader);
  if (auto fault = reader.finish(Members::closed)) return field_fault(*fault);
  return finished(documents.deactivate(did, reason, actor_of(request)));
}

http::Response versions(const http::Request& request, const OwnDocuments& documents) {
  const auto history = documents.history(path_parameter(request, "did"));
  if (!history) return error_response(history.error());
  core::Json rows = core::Json::array();
  for (const did::Resolution& version : *history) {
    core::Json row = metadata_of(version);
    row.set("since", core::format_milliseconds(*version.valid_from()));
    row.set("state", version.deactivated ? "deactivated" : "active");
    row.set("didDocument", version.document->json());
    core::Json methods = core::Json::array();
    for (const auto& method : version.document->verification_methods())
      methods.push_back(method.id);
    row.set("verificationMethods", std::move(methods));
    rows.push_back(std::move(row));
  }
  return http::json_response(200, core::Json::object({{"versions", std::move(rows)}}));
}

}  // namespace

void add_registrar_routes(http::RouteTable& routes, OwnDocuments& documents) {
  routes.add({"POST", "/1.0/update",
              [&documents](const http::Request& request) { return update(request, documents); },
              kMaxDocumentBody});
  routes.add({"POST", "/1.0/deactivate",
              [&documents](const http::Request& request) { return deactivate(request, documents); },
              kMaxDocumentBody});
  routes.add({"GET", "/v1/documents/{did}/versions",
              [&documents](const http::Request& request) { return versions(request, documents); }});
}

}  // namespace avow::node::api
