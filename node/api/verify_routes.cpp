#include "node/api/verify_routes.h"

#include <algorithm>
#include <array>
#include <memory>
#include <thread>

#include "core/json_reader.h"
#include "node/api/request_body.h"
#include "node/api/turns.h"
#include "registry/issued_roots.h"
#include "vc/capability.h"

namespace avow::node::api {
namespace {

constexpr std::size_t kMaxVerifyBody = std::size_t{256} * 1024;
constexpr std::size_t kVerifiersPerCore = 4;  // a body of JSON takes some forty times its size

struct RequestOptions {
  vc::VerifyOptions verify;
  std::optional<vc::Action> action;
};

core::Result<vc::Action, core::Error> read_action(const core::Json& json) {
  core::JsonReader reader(json, "/options/action");
  vc::Action action;
  action.name = reader.string("name", 256);
  action.resource = reader.optional_string("resource");
  if (const core::Json* parameters = reader.any("parameters")) {
    if (!parameters->is_object())
      reader.fault(core::ErrorCode::type, "parameters", "must be an object");
    action.parameters = *parameters;
  }
  if (auto fault = reader.finish(core::JsonReader::Members::closed)) return core::fail(*fault);
  return action;
}

/// Where batches hold what is presented, [{"epoch","sequence","index","path"}…] as GET /v1/issued gives it.
void read_issued(const core::Json& json, core::JsonReader& reader, RequestOptions& options) {
  constexpr std::size_t kMaxIssued =
      16;  // as many as a presentation holds proofs of one credential
  const core::Json::Array* proofs = json.as_array();
  const bool is_form = proofs != nullptr && proofs->size() <= kMaxIssued &&
                       std::all_of(proofs->begin(), proofs->end(), [](const core::Json& one) {
                         return registry::parse_issued_proof(one).has_value();
                       });
  if (!is_form)
    return reader.fault(core::ErrorCode::type, "issued",
                        "is no array of at most 16 answers of /v1/issued");
  options.verify.stapled = *proofs;
}

// What VCALM 1.0 lets a caller ask for: here every check is made and all is returned, asked for or not.
constexpr std::array kNeedless{"checks", "returnCredential", "returnPresentation",
                               "returnProblemDetails", "returnResults"};

/// A word that nobody knows is refused, wherever it stands: a misspelt "action" would be accepted for everything.
core::Result<RequestOptions, core::Error> read_options(const core::Json& body,
                                                       const VerifyServices& services) {
  RequestOptions options;
  options.verify.profile = services.default_profile;
  options.verify.now = services.clock.now();
  core::JsonReader members(body);
  for (const char* name : {"verifiableCredential", "verifiablePresentation"}) members.any(name);
  const core::Json* json = members.any("options");
  if (body.find("verifiableCredential") != nullptr &&
      body.find("verifiablePresentation") != nullptr)
    members.fault(core::ErrorCode::unknown_member, "verifiablePresentation",
                  "stands beside a verifiableCredential; one of them is verified");
  // What is no object holds no credential either, and that is what is said of it.
  auto unknown = members.finish(core::JsonReader::Members::closed);
  if (unknown && body.is_object()) return core::fail(std::move(*unknown));
  const bool given = json != nullptr && !json->is_null();
  if (given) {
    core::JsonReader reader(*json, "/options");
    if (const auto profile = reader.optional_string("profile")) {
      if (*profile != "consortium" && *profile != "w3c")
        reader.fault(core::ErrorCode::type, "profile", "is neither consortium nor w3c");
      options.verify.profile = *profile == "w3c" ? vc::Profile::w3c : vc::Profile::consortium;
    }
    options.verify.expected_challenge = reader.optional_string("challenge");
    options.verify.expected_domain = reader.optional_string("domain");
    options.verify.as_of = reader.optional_instant("asOf");
    if (const core::Json* action = reader.any("action")) {
      auto read = read_action(*action);
      if (!read) return core::fail(read.error());
      options.action = std::move(*read);
    }
    if (const core::Json* issued = reader.any("issued")) read_issued(*issued, reader, options);
    for (const char* name : kNeedless) reader.any(name);
    if (auto fault = reader.finish(core::JsonReader::Members::closed)) return core::fail(*fault);
  }
  // Among members a presentation is made for this node or for nobody: what the request says does not matter.
  if (options.verify.profile == vc::Profile::consortium)
    options.verify.expected_domain = services.domain;
  return options;
}

std::string problem_type(const vc::Check& check) {
  constexpr std::string_view kDataModel = "https://www.w3.org/TR/vc-data-model#";
  constexpr std::string_view kStatusList = "https://www.w3.org/ns/credentials/status-list#";
  if (check.code.rfind("STATUS_", 0) == 0) return std::string(kStatusList) + check.code;
  if (check.code == "RANGE_ERROR" || check.name == "validity")
    return std::string(kDataModel) + "RANGE_ERROR";
  if (check.name == "form" || check.name == "context" || check.code == "MALFORMED_VALUE_ERROR")
    return std::string(kDataModel) + "MALFORMED_VALUE_ERROR";
  if (check.name == "proof" || check.name == "signature" || check.name == "key")
    return std::string(kDataModel) + "CRYPTOGRAPHIC_SECURITY_ERROR";
  return "about:blank";
}

core::Json problem_details(const vc::Verdict& verdict) {
  core::Json problems = core::Json::array();
  for (const vc::Check& check : verdict.checks) {
    if (check.outcome == vc::CheckOutcome::passed) continue;
    problems.push_back(core::Json::object({{"type", problem_type(check)},
                                           {"title", check.name},
                                           {"code", check.code},
                                           {"detail", check.detail}}));
  }
  return problems;
}

/// The verdict, and whether the action asked about is within what was granted: one more check of the same list.
http::Response answer(vc::Verdict verdict, const RequestOptions& options) {
  std::optional<vc::Decision> decision;
  if (options.action) decision = vc::check_action(verdict, *options.action, options.verify.now);
  const bool accepted = verdict.outcome() == vc::Outcome::accepted;
  core::Json body = verdict.to_json();
  if (decision) body.set("decision", decision->to_json());
  if (!accepted) body.set("problemDetails", problem_details(verdict));
  return http::json_response(accepted ? 200 : 400, body);
}

http::Response verify(const http::Request& request, const VerifyServices& services,
                      bool presentation) {
  auto body = parse_body(request, kMaxVerifyBody);
  if (!body) return body_fault_response(body.error());
  const auto options = read_options(*body, services);
  if (!options)
    return http::problem(400, core::code_name(options.error().code), options.error().detail,
                         {{options.error().pointer, options.error().detail}});
  if (services.only_default_profile && options->verify.profile != services.default_profile) {
    return http::problem(403, "profile_not_permitted",
                         "this node verifies under its default profile only");
  }
  core::Json document =
      body->take(presentation ? "verifiablePresentation" : "verifiableCredential");
  const auto verdict = [&](const vc::VerifyContext& context) {
    return presentation ? vc::verify_presentation(std::move(document), context, options->verify,
                                                  services.challenges)
                        : vc::verify_credential(std::move(document), context, options->verify);
  };
  // Among members everything is known here: who is not is refused, and nothing is fetched to find that out.
  if (services.strangers == nullptr || options->verify.profile == vc::Profile::consortium)
    return answer(verdict(services.context), *options);
  const StrangerContext looking_outside(*services.strangers, services.context);
  return answer(verdict(looking_outside.context()), *options);
}

http::Response issue_challenge(const VerifyServices& services) {
  const auto challenge = services.challenges.issue(services.clock.now());
  if (!challenge) return error_response(challenge.error());
  if (!*challenge) {
    http::Response busy =
        http::problem(429, "too_many_challenges",
                      "this node has as many open challenges as it keeps; ask again in a minute");
    busy.headers.emplace_back("Retry-After", "60");
    return busy;
  }
  return http::json_response(
      200, core::Json::object({{"challenge", (*challenge)->value},
                               {"domain", services.domain},
                               {"expiresAt", core::format_seconds((*challenge)->expires)}}));
}

}  // namespace

void add_verify_routes(http::RouteTable& routes, const VerifyServices& services) {
  routes.add({"POST", "/challenges",
              [services](const http::Request&) { return issue_challenge(services); }, 1024});
  const auto turns = std::make_shared<Turns>(kVerifiersPerCore *
                                             std::max(std::thread::hardware_concurrency(), 1U));
  for (const bool presentation : {false, true}) {
    routes.add({"POST", presentation ? "/presentations/verify" : "/credentials/verify",
                [services, turns, presentation](const http::Request& request) {
                  return turns->take([&] { return verify(request, services, presentation); });
                },
                kMaxVerifyBody});
  }
}

}  // namespace avow::node::api
