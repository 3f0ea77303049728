// `avow verify`: asks a node for its verdict and shows it as a list of checks.

#include <iostream>
#include <iterator>

#include "core/canonical_json.h"
#include "node/cli/commands.h"
#include "node/cli/node_client.h"
#include "node/data_directory.h"

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
    return fail(Error{ErrorCode::invalid_input, "standard input is too large", "", ""});
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

Result<core::Json, Error> request_body(const VerifyOptions& options, core::Json document,
                                       bool presentation) {
  core::Json settings = core::Json::object();
  if (!options.profile.empty()) settings.set("profile", options.profile);
  if (!options.challenge.empty()) settings.set("challenge", options.challenge);
  if (!options.domain.empty()) settings.set("domain", options.domain);
  if (!options.as_of.empty()) settings.set("asOf", options.as_of);
  if (!options.action.empty()) {
    core::Json action = core::Json::object({{"name", options.action}});
    if (!options.resource.empty()) action.set("resource", options.resource);
    if (!options.parameters.empty()) {
      auto parameters = core::parse_json(options.parameters);
      if (!parameters) return fail(from_core(parameters.error(), "--parameters is not JSON"));
      action.set("parameters", std::move(*parameters));
    }
    settings.set("action", std::move(action));
  }
  return core::Json::object(
      {{presentation ? "verifiablePresentation" : "verifiableCredential", std::move(document)},
       {"options", std::move(settings)}});
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

int verify(const VerifyOptions& options, const Console& console) {
  const auto text = read_input(options.file);
  if (!text) return console.fault(text.error());
  auto document = core::parse_json(*text);
  if (!document) return console.fault(from_core(document.error(), "cannot read " + options.file));
  const bool presentation = is_presentation(*document);
  const auto body = request_body(options, std::move(*document), presentation);
  if (!body) return console.fault(body.error());

  const NodeClient client = options.target.node.empty()
                                ? NodeClient::admin_socket(options.target.data)
                                : NodeClient::at(options.target.node);
  const auto answer =
      client.exchange("POST", presentation ? "/presentations/verify" : "/credentials/verify",
                      core::to_canonical(*body));
  if (!answer) return console.fault(answer.error());
  const core::Json* verified = answer->body.find("verified");
  if (verified == nullptr || verified->as_boolean() == nullptr) {
    return console.fault(
        {ErrorCode::unreachable, "the node gave no verdict", text_of(answer->body, "detail"), ""});
  }
  show_verdict(answer->body, console);
  console.result(answer->body);
  return answer->status == 200 && *verified->as_boolean() ? 0 : 3;
}

}  // namespace avow::node::cli
