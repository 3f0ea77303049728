// Who may do what by the network's authority, and who decided so.

#include "core/json_array.h"
#include "node/cli/asking.h"
#include "node/cli/commands.h"
#include "node/cli/duration.h"
#include "node/cli/moment.h"

namespace avow::node::cli {
namespace {

/// "statement 1/41" of an epoch and a sequence; empty if there is none.
std::string statement_of(const core::Json& json) {
  const std::string position = position_in(json);
  return position.empty() ? "" : "statement " + position;
}

std::string interval_of(const core::Json& link) {
  std::string text;
  if (link.find("from") != nullptr) text += " from " + cell(link, "from");
  if (link.find("until") != nullptr) text += " until " + cell(link, "until");
  return text;
}

/// "did:… accredited did:… for Badge from … until …, statement 1/41"
std::string link_line(const core::Json& link) {
  std::string said = statement_of(link);
  if (link.find("slot") != nullptr) said = "slot " + cell(link, "slot");
  const std::string verb = cell(link, "by") == "charter" ? " grants " : " accredited ";
  return printable(cell(link, "by") + verb + cell(link, "subject") + " for " + cell(link, "type") +
                   interval_of(link) + (said.empty() ? "" : ", " + said));
}

std::string gap_line(const core::Json& gap) {
  const std::string reason = cell(gap, "reason");
  const std::string whom = printable(cell(gap, "subject") + " for " + cell(gap, "type"));
  if (reason == "never_given") return "nobody ever accredited " + whom + ", nor did the charter";
  if (reason == "each_other")
    return "all who accredited " + whom + " have it from there themselves";
  if (reason == "no_links_left") return link_line(gap) + "; but it may itself accredit nobody";
  if (reason == "no_authority")
    return link_line(gap) + "; but " + printable(cell(gap, "by")) +
           " has no authority for that itself";
  if (reason == "not_begun") return link_line(gap) + "; that had not begun";
  if (reason == "forked") {
    return "the feed of " + printable(cell(gap, "by")) +
           " is forked, so nothing that rests on it counts";
  }
  if (reason == "suspended" || reason == "evicted") {
    return printable(cell(gap, "by")) + " is " + reason + ", so nothing that rests on it counts";
  }
  const core::Json* ended = gap.find("endedBy");
  return link_line(gap) + "; that had ended" +
         (ended != nullptr ? ", by its " + statement_of(*ended) : std::string());
}

Result<core::Json, Error> ask(const TrustQueryOptions& options) {
  core::Json body = core::Json::object(
      {{"entity", options.entity}, {"action", options.action}, {"resource", options.resource}});
  if (auto at = put_moment(body, "at", "--at", options.at); !at) return fail(at.error());
  return post(options.target, "/v1/trust/query", body);
}

/// The answer in one line; gives the exit code.
int show_answer(const core::Json& answer, const Console& console) {
  const core::Json* authorised = answer.find("authorized");
  const bool yes = authorised != nullptr && *authorised == core::Json(true);
  console.line((yes ? "yes  " : "NO   ") + printable(cell(answer, "message")));
  if (const core::Json* rule = answer.find("localRule")) {
    console.line("but this node's own rule of " + cell(*rule, "since") +
                 " refuses it here: " + printable(cell(*rule, "reason")));
  }
  console.result(answer);
  return yes ? 0 : 3;
}

core::Json rule_body(const LocalRuleOptions& options) {
  core::Json body = core::Json::object();
  if (!options.did.empty()) body.set("did", options.did);
  if (!options.type.empty()) body.set("type", options.type);
  return body;
}

int show_rules(const core::Json& answer, const Console& console) {
  const std::string age = cell(answer, "maxAgeSeconds");
  if (!age.empty()) console.line("max age  " + age + " s, if the charter allows more");
  if (items(answer, "denials").empty()) {
    console.line("no DID or type is denied here");
    console.result(answer);
    return 0;
  }
  show_table(console, answer, "denials",
             {{"DENIED", "did"}, {"TYPE", "type"}, {"SINCE", "since"}, {"REASON", "reason"}});
  return 0;
}

/// A rule about nobody and nothing would be one about all.
Result<void, Error> check_named(const LocalRuleOptions& options, const std::string& verb) {
  if (!options.did.empty() || !options.type.empty()) return {};
  return fail(Error{ErrorCode::usage, "nothing is named to " + verb,
                    "a rule is about a DID, a type of credential, or both",
                    "give --did DID, --type TYPE or both"});
}

/// A change is answered with the rules as they are then.
int change_rules(const Target& target, std::string_view path, const core::Json& body,
                 const Console& console) {
  const auto answer = post(target, path, body);
  if (!answer) return console.fault(answer.error());
  return show_rules(*answer, console);
}

}  // namespace

int trust_accredit(const AccreditOptions& options, const Console& console) {
  core::Json body = core::Json::object({{"subject", options.subject},
                                        {"types", core::array_of(options.types)},
                                        {"depth", options.depth}});
  if (auto until = put_moment(body, "until", "--until", options.until); !until)
    return console.fault(until.error());
  const auto answer = post(options.target, "/v1/trust/accredit", body);
  if (!answer) return console.fault(answer.error());
  console.line("accredited  " + printable(options.subject) + "  (" + statement_of(*answer) + ")");
  warn_of(*answer, console);
  console.result(*answer);
  return 0;
}

int trust_revoke(const AccreditOptions& options, const Console& console) {
  const auto answer = post(
      options.target, "/v1/trust/revoke",
      core::Json::object({{"subject", options.subject}, {"types", core::array_of(options.types)}}));
  if (!answer) return console.fault(answer.error());
  console.line("accreditation revoked  " + printable(options.subject) + "  (" +
               statement_of(*answer) + ")");
  console.result(*answer);
  return 0;
}

int trust_list(const Target& target, const Console& console) {
  return list_command(target, console, "/v1/trust", "rows",
                      {{"KIND", "kind"},
                       {"SUBJECT", "subject"},
                       {"TYPE", "type"},
                       {"BY", "by"},
                       {"UNTIL", "until"},
                       {"DEPTH", "depth"}});
}

int trust_disputes(const Target& target, const Console& console) {
  const auto answer = get(target, "/v1/trust/disputes");
  if (!answer) return console.fault(answer.error());
  if (items(*answer, "disputes").empty()) console.line("nobody has contradicted themselves");
  for (const core::Json& row : items(*answer, "disputes")) {
    console.line(cell(row, "state") + "  " + cell(row, "kind") + " " + cell(row, "where") + "  " +
                 printable(cell(row, "did")));
    for (const core::Json& hash : items(row, "hashes"))
      console.line("  " + printable(hash.as_string() != nullptr ? *hash.as_string() : ""));
    for (const core::Json& did : items(row, "signedBoth"))
      console.line("  signed both: " +
                   printable(did.as_string() != nullptr ? *did.as_string() : ""));
  }
  console.result(*answer);
  return 0;
}

int trust_query(const TrustQueryOptions& options, const Console& console) {
  const auto answer = ask(options);
  if (!answer) return console.fault(answer.error());
  return show_answer(*answer, console);
}

int trust_explain(const TrustQueryOptions& options, const Console& console) {
  const auto answer = ask(options);
  if (!answer) return console.fault(answer.error());
  const int code = show_answer(*answer, console);
  console.line("by the authority " + printable(cell(*answer, "authority")) + ", at " +
               cell(*answer, "timeEvaluated"));
  for (const core::Json& link : items(*answer, "chain"))
    console.line("  " + link_line(link) + ", " + counted(cell(link, "depth"), "link") + " left");
  for (const core::Json& gap : items(*answer, "missing")) console.line("  " + gap_line(gap));
  if (const core::Json* decided = answer->find("decidedBy")) {
    console.line("  decided by " +
                 (decided->find("slot") != nullptr
                      ? "the slots up to " + cell(*decided, "slot") + " (avow govern history)"
                      : cell(*decided, "kind") + " of " + printable(cell(*decided, "by")) +
                            ", statement " + position_in(*decided)));
  }
  if (const core::Json* stop = answer->find("stoppedBy")) {
    const bool in_emergency = stop->find("emergency") != nullptr;
    std::string by;
    for (const core::Json& governor : items(*stop, "by"))
      by += (by.empty() ? "" : ", ") + printable(*governor.as_string());
    console.line("  " + printable(cell(*stop, "member")) + " is " + cell(*answer, "status") +
                 interval_of(*stop) + ", " +
                 (in_emergency ? "in an emergency, by the word of " + by
                               : "by slot " + cell(*stop, "slot")));
  }
  if (const core::Json* fork = answer->find("forkedAt")) {
    console.line("  the feed " + printable(cell(*fork, "feed")) + " is forked at " +
                 position_in(*fork, "frozenAt") + " (avow trust disputes)");
  }
  if (answer->find("staleFeed") != nullptr)
    console.line("  too old: what is known of the feed " + printable(cell(*answer, "staleFeed")));
  return code;
}

int trust_deny(const LocalRuleOptions& options, const Console& console) {
  if (auto named = check_named(options, "deny"); !named) return console.fault(named.error());
  core::Json body = rule_body(options);
  if (!options.reason.empty()) body.set("reason", options.reason);
  return change_rules(options.target, "/v1/trust/deny", body, console);
}

int trust_allow(const LocalRuleOptions& options, const Console& console) {
  if (auto named = check_named(options, "allow"); !named) return console.fault(named.error());
  return change_rules(options.target, "/v1/trust/allow", rule_body(options), console);
}

int trust_max_age(const Target& target, const std::string& age, const Console& console) {
  core::Json body = core::Json::object();
  if (age != "charter") {
    const auto limit = parse_duration(age);
    if (!limit) return console.fault(limit.error());
    body.set("seconds", std::int64_t{limit->count()});
  }
  return change_rules(target, "/v1/trust/max-age", body, console);
}

int trust_overlay(const Target& target, const Console& console) {
  const auto answer = get(target, "/v1/trust/overlay");
  if (!answer) return console.fault(answer.error());
  return show_rules(*answer, console);
}

}  // namespace avow::node::cli
