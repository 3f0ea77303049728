// Commands that ask the running node: one request each, shown as a table or, with --json, as the node answered.

#include "core/canonical_json.h"
#include "node/cli/asking.h"
#include "node/cli/commands.h"
#include "node/cli/duration.h"
#include "node/cli/moment.h"
#include "node/cli/node_client.h"
#include "node/data_directory.h"
#include "node/http/url.h"
#include "node/problem.h"
#include "registry/merkle.h"

namespace avow::node::cli {
namespace {

constexpr std::string_view kClaims =
    R"(it holds {"capabilities": [...], "limits": {...}} and nothing else)";

/// Members acknowledge a stop at once, but not more than one a second each.
constexpr core::Milliseconds kAwaitWords = std::chrono::seconds(2);

constexpr const char* kSaidLater =
    "the node tells them when it may sign and its guard file is written";

/// A fault of a member of the request ("/validFrom: …") or of the credential made of it ("… (at /validFrom)"), told of
/// the option or the file that it came from.
Error in_words_of_issue(Error error, const VcIssueOptions& options) {
  struct Source {
    std::string_view pointer;
    std::string name;
    std::string_view fix;
  };
  const std::string file = options.claims.string();
  constexpr std::string_view kLifetime = "write for example 45s, 15m or 1h; at most 24h";
  const Source sources[] = {{"/lifetimeSeconds", "--ttl " + options.ttl, kLifetime},
                            {"/validUntil", "--ttl " + options.ttl, kLifetime},
                            {"/validFrom", "--valid-from " + options.valid_from,
                             "give a time that is not long past nor far ahead"},
                            {"/type", "--type " + options.type, "see: avow trust list"},
                            {"/agent", "--agent " + options.agent, "see: avow agent list"},
                            {"/claims", file, kClaims},
                            {"/credentialSubject", file, kClaims}};
  for (const Source& source : sources) {
    std::string why = error.why;
    if (why.starts_with(source.pointer)) {
      why.erase(0, source.pointer.size() + (why.substr(source.pointer.size(), 2) == ": " ? 2 : 0));
    } else if (why.find("(at " + std::string(source.pointer)) == std::string::npos) {
      continue;
    }
    return {error.code, "the node does not take " + source.name, std::move(why),
            std::string(source.fix)};
  }
  return error;
}

/// Whose fault it is that there is no document, by the status of the resolver's HTTP binding.
/// source DID Resolution "Bindings: HTTP(S)"
Error resolution_error(int status, const std::string& did, std::string why) {
  std::string what = "cannot resolve " + did;
  if (status == 404 || status == 410) {
    return {ErrorCode::not_found, std::move(what), std::move(why),
            "check the DID; a member's is known once its node has been heard of"};
  }
  if (status == 501)
    return {ErrorCode::invalid_input, std::move(what), std::move(why),
            "this build resolves did:webvh, did:web, did:key and did:jwk"};
  if (status >= 500 || status == 429) {
    return {ErrorCode::unreachable, std::move(what), std::move(why),
            "try again later; if it stays so, tell whoever runs the host of that DID"};
  }
  return {ErrorCode::invalid_input, std::move(what), std::move(why),
          "check the DID and the options"};
}

}  // namespace

int status(const Target& target, const Console& console) {
  auto answer = get(target, "/v1/status");
  if (!answer) return console.fault(answer.error());
  const auto governed = get(target, "/v1/governance");  // nothing of it without a consortium
  const core::Json* refusal = governed ? governed->find("refusal") : nullptr;
  if (refusal != nullptr && answer->find("mayNotSign") == nullptr)
    answer->set("mayNotVote", *refusal);
  if (const core::Json* unknown = governed ? governed->find("rulesUnknown") : nullptr)
    answer->set("rulesUnknown", *unknown);
  std::vector<std::vector<std::string>> rows;
  for (const auto& [name, value] : *answer->as_object()) {
    if (!value.is_array() && !value.is_object()) rows.push_back({name, cell(*answer, name)});
  }
  console.table(rows);
  for (const auto& [name, words] : {std::pair("mayNotSign", "signs nothing: "),
                                    {"mayNotVote", "signs no vote: "},
                                    {"mayNotWitness", "signs nothing as a witness: "},
                                    {"rulesUnknown", "answers nothing about the network: "}}) {
    const core::Json* waits = answer->find(name);
    if (waits == nullptr) continue;
    console.line("");
    console.line(words + printable(cell(*waits, "why")));
    console.line("  " + printable(cell(*waits, "fix")));
  }
  if (const core::Json* unsaid = answer->find("toSayAgain")) {
    console.line("");
    console.line("still to be said again after the recovery, as many in an hour as it may hold: " +
                 cell(*unsaid, "stops") + " stops, " + cell(*unsaid, "batches") +
                 " batches of what was issued");
  }
  if (!items(*answer, "members").empty() && !console.json()) {
    console.line("");
    std::vector<std::vector<std::string>> members{
        {"MEMBER", "STATEMENT", "AGE s", "FRESH", "FROZEN AT"}};
    for (const core::Json& member : items(*answer, "members")) {
      members.push_back({cell(member, "did"), position_in(member), cell(member, "ageSeconds"),
                         cell(member, "fresh"), position_in(member, "frozenAt")});
    }
    console.table(members);
  }
  console.result(*answer);
  return 0;
}

int did_show(const Target& target, const Console& console) {
  const auto answer = get(target, "/v1/identity");
  if (!answer) return console.fault(answer.error());
  console.line("name     " + printable(cell(*answer, "name")));
  console.line("did      " + printable(cell(*answer, "did")));
  console.line("did:web  " + printable(cell(*answer, "didWeb")));
  console.line("key      " + printable(cell(*answer, "assertionMethod")));
  console.result(*answer);
  return 0;
}

int did_resolve(const Target& target, const std::string& did, const std::string& at,
                const Console& console) {
  if (!at.empty()) {
    if (auto checked = check_moment("--at", at); !checked) return console.fault(checked.error());
  }
  const std::string version = at.empty() ? "" : "?versionTime=" + http::percent_encode(at);
  const auto client = client_of(target);
  if (!client) return console.fault(client.error());
  const auto answer =
      client->exchange("GET", "/1.0/identifiers/" + http::percent_encode(did) + version, "",
                       "application/did-resolution, application/did;q=0.5");
  if (!answer) return console.fault(answer.error());
  const core::Json* metadata = answer->body.find("didResolutionMetadata");
  const core::Json* problem = metadata != nullptr ? metadata->find("error") : nullptr;
  if (problem != nullptr) {
    console.result(answer->body);
    const Error error = resolution_error(answer->status, did, cell(*problem, "detail"));
    return console.json() ? exit_code(error.code) : console.fault(error);
  }
  // 410 tells of a deactivated DID, with what is known of it.
  if (answer->status / 100 != 2 && answer->status != 410)
    return console.fault(from_problem(answer->status, answer->body));
  console.result(answer->body);
  // The document of a result with metadata; what a fragment names comes bare.
  const core::Json* document = answer->body.find("didDocument");
  console.line(printable(core::to_canonical(document != nullptr ? *document : answer->body)));
  if (answer->status == 410) console.warning("this DID is deactivated");
  return 0;
}

int did_update(const Target& target, const std::string& did, const std::filesystem::path& document,
               const Console& console) {
  auto json = read_json_file(document, "it holds a DID document, as avow did resolve DID shows it");
  if (!json) return console.fault(json.error());
  const auto answer = post(
      target, "/1.0/update",
      core::Json::object({{"did", did}, {"didDocument", core::Json::array({std::move(*json)})}}));
  if (!answer) return console.fault(answer.error());
  console.line("version  " + cell(*answer->find("didDocumentMetadata"), "versionId") + "  " +
               printable(did));
  console.result(*answer);
  return 0;
}

int did_deactivate(const DidDeactivateOptions& options, const Console& console) {
  const std::string question =
      "Deactivate " + printable(options.did) + "? It cannot be undone, its keys end with it.";
  if (auto confirmed = confirm(question, options.did, options.yes, console); !confirmed)
    return console.fault(confirmed.error());
  core::Json reason = core::Json::object();
  if (!options.reason.empty()) reason.set("reason", options.reason);
  const auto answer = post(options.target, "/1.0/deactivate",
                           core::Json::object({{"did", options.did}, {"options", reason}}));
  if (!answer) return console.fault(answer.error());
  console.line("deactivated  " + printable(options.did));
  const core::Json* registration = answer->find("didRegistrationMetadata");
  console.result(*answer);
  return registration != nullptr ? warn_of_unsaid(*registration, kSaidLater, console) : 0;
}

int did_history(const Target& target, const std::string& did, const Console& console) {
  return list_command(target, console, "/v1/documents/" + http::percent_encode(did) + "/versions",
                      "versions",
                      {{"VERSION", "versionId"},
                       {"SINCE", "since"},
                       {"STATE", "state"},
                       {"METHODS", "verificationMethods"}});
}

int peer_list(const Target& target, const Console& console) {
  return list_command(target, console, "/v1/peers", "peers",
                      {{"PEER", "url"},
                       {"STATE", "state"},
                       {"MEMBER", "member"},
                       {"QUEUED", "queued"},
                       {"LAST OK", "lastSuccess"},
                       {"LAST ERROR", "lastError"}});
}

int agent_list(const Target& target, const Console& console) {
  return list_command(target, console, "/v1/agents", "agents",
                      {{"NAME", "name"},
                       {"VERSION", "version"},
                       {"STATE", "state"},
                       {"DID", "did"},
                       {"OWNER", "ownerName"},
                       {"ADDED", "added"},
                       {"DISOWNED FROM", "disownedFrom"}});
}

int agent_change(const AgentChangeOptions& options, const Console& console) {
  const bool disowns = options.change == AgentStanding::Change::disown;
  core::Json body = core::Json::object({{"reason", options.reason}});
  if (disowns) {
    if (auto from = put_moment(body, "from", "--from", options.from); !from)
      return console.fault(from.error());
    const std::string question =
        "Disown agent " + printable(options.name) +
        "? No member believes it from then on, for good (`agent suspend` is a reversible stop).";
    if (auto confirmed = confirm(question, options.name, options.yes, console); !confirmed)
      return console.fault(confirmed.error());
  }
  const std::string path = "/v1/agents/" + http::percent_encode(options.name) + "/" +
                           std::string(name_of(options.change));
  const auto answer = post(options.target, path, body);
  if (!answer) return console.fault(answer.error());
  console.line(printable(cell(*answer, "state")) + "  " + printable(cell(*answer, "did")));
  if (answer->find("from") != nullptr) {
    const bool is_ahead = cell(*answer, "state") != "disowned";
    console.line((is_ahead ? "disowned from " : "from   ") + printable(cell(*answer, "from")) +
                 (is_ahead ? " on, for good; until then as it was (an earlier --from brings it "
                             "forward)"
                           : ""));
  }
  console.result(*answer);
  return warn_of_unsaid(*answer, kSaidLater, console);
}

int vc_published(const Target& target, const std::filesystem::path& credential,
                 const Console& console) {
  const auto document = read_json_file(credential, "give the credential as it was issued");
  if (!document) return console.fault(document.error());
  const auto leaf = registry::leaf_hash(core::as_bytes(core::to_canonical(*document)));
  const auto answer = get(target, "/v1/issued/" + core::to_multibase(leaf));
  if (!answer && answer.error().code == ErrorCode::not_found) {
    return console.fault(
        {ErrorCode::not_found,
         "the node has not published the credential in " + credential.string(),
         "it knows what itself has issued, byte for byte, and publishes it within five minutes",
         "ask the node of its issuer (--node URL), with the file as it was issued; if it is newer "
         "than five minutes, ask again then"});
  }
  if (!answer) return console.fault(answer.error());
  console.line(printable(core::to_canonical(*answer)));
  console.result(*answer);
  return 0;
}

int vc_issue(const VcIssueOptions& options, const Console& console) {
  const auto lifetime = parse_duration(options.ttl);
  if (!lifetime) return console.fault(about("--ttl", lifetime.error()));
  core::Json body = core::Json::object(
      {{"agent", options.agent}, {"type", options.type}, {"lifetimeSeconds", lifetime->count()}});
  if (auto from = put_moment(body, "validFrom", "--valid-from", options.valid_from); !from)
    return console.fault(from.error());
  if (!options.claims.empty()) {
    auto claims = read_json_file(options.claims, kClaims);
    if (!claims) return console.fault(claims.error());
    body.set("claims", std::move(*claims));
  }
  // A credential that cannot be written down would be good all the same.
  if (!options.out.empty()) {
    if (auto place = check_place_for(options.out); !place) return console.fault(place.error());
  }
  const auto answer = post(options.target, "/v1/credentials", body);
  if (!answer) return console.fault(in_words_of_issue(answer.error(), options));
  const core::Json* credential = answer->find("verifiableCredential");
  if (credential == nullptr)
    return console.fault({ErrorCode::unreachable, "the node answered without a credential",
                          "its answer has no verifiableCredential",
                          "is this the address of an Avow node?"});
  const std::string text = core::to_canonical(*credential);
  if (!options.out.empty()) {
    if (auto written = write_text_file(options.out, text + "\n", 0600); !written) {
      Error error = written.error();
      error.why += "; it is issued all the same, as " + cell(*credential, "id");
      error.fix = "show it: avow vc show ID; or end it: avow vc revoke ID";
      return console.fault(error);
    }
    console.line("issued   " + printable(cell(*credential, "id")));
    console.line("until    " + cell(*credential, "validUntil"));
    console.line("written  " + options.out.string());
  } else {
    console.line(text);
  }
  warn_of(*answer, console);
  console.result(*answer);
  return 0;
}

int vc_list(const Target& target, const Console& console) {
  core::Json all = core::Json::array();
  std::string path = "/v1/credentials?limit=1000";
  for (;;) {
    auto page = get(target, path);
    if (!page) return console.fault(page.error());
    for (core::Json& row : page->take("credentials").take_items()) all.push_back(std::move(row));
    const std::string* next = page->find_string("next");
    if (next == nullptr) break;
    path = "/v1/credentials?limit=1000&cursor=" + http::percent_encode(*next);
  }
  const core::Json answer = core::Json::object({{"credentials", std::move(all)}});
  show_table(console, answer, "credentials",
             {{"ID", "id"}, {"SUBJECT", "subject"}, {"STATE", "state"}, {"UNTIL", "validUntil"}});
  return 0;
}

int vc_show(const Target& target, const std::string& id, const Console& console) {
  const auto answer = get(target, "/v1/credentials/" + http::percent_encode(id));
  if (!answer) return console.fault(answer.error());
  for (const auto& [name, value] : *answer->as_object()) {
    if (name != "verifiableCredential") console.line(name + "  " + printable(cell(*answer, name)));
  }
  if (const core::Json* credential = answer->find("verifiableCredential"))
    console.line(printable(core::to_canonical(*credential)));
  console.result(*answer);
  return 0;
}

namespace {

/// Not, if that cannot be told: then the change itself says why.
bool is_revoked(const Target& target, const std::string& credential_path) {
  const auto shown = get(target, credential_path);
  return shown && cell(*shown, "state") == "revoked";
}

}  // namespace

int vc_change(const VcChangeOptions& options, const Console& console) {
  const std::string path = "/v1/credentials/" + http::percent_encode(options.id);
  const bool ends_it = options.change == CredentialIssuer::Change::revoke && !options.yes;
  if (ends_it && !is_revoked(options.target, path)) {
    const std::string question = "Revoke credential " + printable(options.id) +
                                 "? It cannot be undone (`vc suspend` is a reversible stop).";
    if (auto confirmed = confirm(question, options.id, options.yes, console); !confirmed)
      return console.fault(confirmed.error());
  }
  auto answer = post(options.target, path + "/" + std::string(name_of(options.change)),
                     core::Json::object({{"reason", options.reason}}));
  if (!answer) return console.fault(answer.error());
  const std::string before = printable(cell(*answer, "before"));
  const std::string state = printable(cell(*answer, "state"));
  console.line((before == state ? "already " : before + " -> ") + state + "  " +
               printable(options.id));
  for (const core::Json& slot : items(*answer, "lists"))
    console.line("list     " + printable(cell(slot, "url")) + "#" + cell(slot, "index"));
  if (const auto position = position_in(*answer); !position.empty())
    console.line("feed     statement " + position + ", queued for " +
                 counted(cell(*answer, "peers"), "peer"));
  console.line("audit    #" + cell(*answer, "audit"));
  const bool is_said = answer->find("epoch") != nullptr && answer->find("unsaid") == nullptr;
  if (is_said && !options.no_wait) {
    // It is done, whatever becomes of this question.
    if (auto known = await_propagation(options.target, options.id, kAwaitWords)) {
      show_propagation(*known, console);
      answer->set("propagation", std::move(*known));
    }
  }
  console.result(*answer);
  return warn_of_unsaid(*answer, kSaidLater, console);
}

int agent_add_request(const AgentAddOptions& options, const std::string& public_key,
                      const Console& console) {
  const core::Json body = core::Json::object({{"name", options.name},
                                              {"version", options.version},
                                              {"type", options.kind},
                                              {"ownerName", options.owner},
                                              {"ownerId", options.owner_id},
                                              {"publicKeyMultibase", public_key}});
  const auto answer = post(options.target, "/v1/agents", body);
  if (!answer) return console.fault(answer.error());
  console.line("agent    " + printable(cell(*answer, "did")));
  console.line("owner    " + printable(cell(*answer, "owner")) + "  " + printable(options.owner));
  console.line("key      " +
               (options.key_out.empty() ? std::string("yours") : options.key_out.string()));
  console.result(*answer);
  return 0;
}

int audit_tail(const Target& target, int rows, const Console& console) {
  return list_command(target, console, "/v1/audit?limit=" + std::to_string(rows), "rows",
                      {{"#", "seq"},
                       {"TIME", "time"},
                       {"ACTOR", "actor"},
                       {"ACTION", "action"},
                       {"SUBJECT", "subject"}});
}

}  // namespace avow::node::cli
