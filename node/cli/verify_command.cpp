// `avow verify`: asks a node for its verdict and shows it as a list of checks.

#include <array>
#include <iostream>
#include <iterator>
#include <utility>

#include "core/canonical_json.h"
#include "node/cli/asking.h"
#include "node/cli/commands.h"
#include "node/cli/moment.h"
#include "node/cli/node_client.h"
#include "node/data_directory.h"
#include "node/problem.h"

namespace avow::node::cli {
namespace {

constexpr std::size_t kMaxInputBytes = std::size_t{256} * 1024;

std::string text_of(const core::Json& object, std::string_view name) {
  const std::string* text = object.find_string(name);
  return text != nullptr ? printable(*text) : std::string();
}

Result<std::string, Error> read_input(const std::string& file) {
  if (file != "-") return read_text_file(file, kMaxInputBytes);
  std::string text{std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()};
  if (text.size() > kMaxInputBytes)
    return fail(Error{ErrorCode::invalid_input, "standard input is too large",
                      "at most 256 KiB are read", "give one credential or presentation"});
  return text;
}

bool is_presentation(const core::Json& document) {
  const core::Json* type = document.find("type");
  if (type == nullptr) return false;
  const auto says = [](const core::Json& value) {
    return value == core::Json("VerifiablePresentation");
  };
  if (const core::Json::Array* types = type->as_array()) {
    for (const core::Json& one : *types) {
      if (says(one)) return true;
    }
    return false;
  }
  return says(*type);
}

/// An option that was given asks for a check: none is dropped because its value or its companion is missing.
Result<void, Error> check_options(const VerifyCommandOptions& options) {
  const std::array given{std::pair("--challenge", &options.challenge),
                         std::pair("--domain", &options.domain),
                         std::pair("--at", &options.as_of),
                         std::pair("--action", &options.action),
                         std::pair("--resource", &options.resource),
                         std::pair("--parameters", &options.parameters)};
  for (const auto& [name, value] : given) {
    if (*value && (*value)->empty()) {
      return fail(Error{ErrorCode::usage, std::string(name) + " has no value",
                        "what it asks for would not be checked",
                        "give it a value or leave it out"});
    }
  }
  if (!options.action && (options.resource || options.parameters)) {
    return fail(Error{ErrorCode::usage,
                      std::string(options.resource ? "--resource" : "--parameters") +
                          " is given without --action",
                      "without an action nothing is asked of it, and nothing would be checked",
                      "name the action too: --action NAME"});
  }
  if (options.as_of) return check_moment("--at", *options.as_of);
  return {};
}

Result<core::Json, Error> read_parameters(const std::string& text) {
  auto parameters = core::parse_json(text);
  if (parameters && parameters->is_object()) return std::move(*parameters);
  return fail(Error{ErrorCode::usage, "--parameters is not a JSON object",
                    parameters ? "it is another kind of JSON" : parameters.error().detail,
                    R"(write for example --parameters '{"amount": 100}')"});
}

Result<core::Json, Error> request_options(const VerifyCommandOptions& options) {
  core::Json settings = core::Json::object();
  if (!options.profile.empty()) settings.set("profile", options.profile);
  if (options.challenge) settings.set("challenge", *options.challenge);
  if (options.domain) settings.set("domain", *options.domain);
  if (options.as_of) settings.set("asOf", *options.as_of);
  if (!options.issued.empty()) {
    core::Json issued = core::Json::array();
    for (const auto& file : options.issued) {
      auto proof = read_json_file(file, "give an answer of avow vc published --json");
      if (!proof) return fail(proof.error());
      issued.push_back(std::move(*proof));
    }
    settings.set("issued", std::move(issued));
  }
  if (options.action) {
    core::Json action = core::Json::object({{"name", *options.action}});
    if (options.resource) action.set("resource", *options.resource);
    if (options.parameters) {
      auto parameters = read_parameters(*options.parameters);
      if (!parameters) return fail(parameters.error());
      action.set("parameters", std::move(*parameters));
    }
    settings.set("action", std::move(action));
  }
  return settings;
}

void show_check(const core::Json& check, const Console& console) {
  const std::string outcome = text_of(check, "outcome");
  const std::string mark = outcome == "passed" ? "✔" : outcome == "failed" ? "✗" : "?";
  std::string line = "  " + mark + " " + text_of(check, "name");
  const std::string subject = text_of(check, "subject");
  if (!subject.empty()) line += " (" + subject + ")";
  const std::string code = text_of(check, "code");
  if (!code.empty()) line += "  [" + code + "]";
  const std::string detail = text_of(check, "detail");
  if (!detail.empty()) line += "  " + detail;
  console.line(line);
  const std::string remedy = text_of(check, "remedy");
  if (!remedy.empty()) console.line("      → " + remedy);
}

void show_verdict(const core::Json& verdict, const Console& console) {
  const std::string outcome = text_of(verdict, "outcome");
  const std::string heading = outcome == "accepted"   ? "✔ ACCEPTED"
                              : outcome == "rejected" ? "✗ REJECTED"
                                                      : "? UNDETERMINED";
  const std::string code = text_of(verdict, "code");
  console.line(heading + (code.empty() ? "" : "  " + code) + "   (profile " +
               text_of(verdict, "profile") + ")");
  if (const core::Json* checks = verdict.find("checks");
      checks != nullptr && checks->as_array() != nullptr) {
    for (const core::Json& check : *checks->as_array()) show_check(check, console);
  }
  if (const core::Json* open = verdict.find("notChecked");
      open != nullptr && open->as_array() != nullptr) {
    for (const core::Json& what : *open->as_array()) {
      if (const std::string* text = what.as_string())
        console.line("  - not checked: " + printable(*text));
    }
  }
}

}  // namespace

int verify(const VerifyCommandOptions& options, const Console& console) {
  if (auto checked = check_options(options); !checked) return console.fault(checked.error());
  auto settings = request_options(options);
  if (!settings) return console.fault(settings.error());
  const auto client = client_of(options.target);
  if (!client) return console.fault(client.error());
  const auto text = read_input(options.file);
  if (!text) return console.fault(text.error());
  auto document = core::parse_json(*text);
  if (!document) return console.fault(from_core(document.error(), "cannot read " + options.file));
  const bool presentation = is_presentation(*document);
  const core::Json body = core::Json::object(
      {{presentation ? "verifiablePresentation" : "verifiableCredential", std::move(*document)},
       {"options", std::move(*settings)}});

  const auto answer =
      client->exchange("POST", presentation ? "/presentations/verify" : "/credentials/verify",
                       core::to_canonical(body));
  if (!answer) return console.fault(answer.error());
  const core::Json* verified = answer->body.find("verified");
  if (verified == nullptr || verified->as_boolean() == nullptr) {
    if (answer->status == 404) {
      return console.fault({ErrorCode::not_found,
                            "the node gave no verdict: nobody gives one there",
                            "that is not a public listener (serve --listen); a peer listener "
                            "gives no verdicts",
                            "name the public listener with --node, or --data of your own node"});
    }
    Error error = from_problem(answer->status, answer->body);
    error.what = "the node gave no verdict: " + error.what;
    if (error.fix.empty()) error.fix = "check the file and the options: avow verify --help";
    return console.fault(error);
  }
  show_verdict(answer->body, console);
  console.result(answer->body);
  return answer->status == 200 && *verified->as_boolean() ? 0 : 3;
}

}  // namespace avow::node::cli
