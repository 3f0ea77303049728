#include <functional>
#include <memory>
#include <sstream>

#include <catch2/catch.hpp>

#include "core/canonical_json.h"
#include "node/cli/asking.h"
#include "node/cli/commands.h"
#include "node/http/listener.h"

namespace avow::node::cli::govern_commands_test {
namespace {

using core::Json;

const std::string kOne = "u" + std::string(43, '1');
const std::string kOther = "u" + std::string(43, '2');

/// A governor's node, before which two slots are proposed; it says that `next` is what may be signed.
struct AskedGovernor {
  AskedGovernor() {
    listener = *http::Listener::on_tcp({"127.0.0.1", 0}, {});
    http::RouteTable routes;
    routes.add({"GET", "/v1/governance",
                [this](const http::Request&) { return http::json_response(200, state()); }});
    routes.add({"GET", "/v1/status", [](const http::Request&) {
                  return http::json_response(200, Json::object({{"name", "acme"}}));
                }});
    routes.add({"POST", "/v1/governance/vote",
                [this](const http::Request& request) {
                  posted = *core::parse_json(request.body);
                  if (after_vote) after_vote();
                  return http::json_response(200, Json::object({{"vote", "u1"}}));
                },
                4096});
    for (const char* path : {"/v1/governance/draft", "/v1/governance/propose"}) {
      routes.add({"POST", path,
                  [this](const http::Request&) {
                    return http::json_response(200,
                                               Json::object({{"slot", 2},
                                                             {"hash", kOne},
                                                             {"words", Json::array({"say it"})},
                                                             {"actions", drafted}}));
                  },
                  65536});
    }
    routes.add({"GET", "/v1/members",
                [this](const http::Request&) { return http::json_response(200, members); }});
    routes.add({"POST", "/v1/governance/emergency",
                [this](const http::Request& request) {
                  posted = *core::parse_json(request.body);
                  return http::json_response(200, Json::object({{"did", "did:web:hacked.example"},
                                                                {"from", "f"},
                                                                {"until", "u"},
                                                                {"needed", needed}}));
                },
                4096});
    listener->start(std::move(routes));
    options.target.node = "http://127.0.0.1:" + std::to_string(listener->port());
    options.yes = true;
  }

  Json state() const {
    Json proposals = Json::array();
    for (const auto& hash : {kOne, kOther})
      proposals.push_back(Json::object({{"hash", hash},
                                        {"words", Json::array({"say " + hash})},
                                        {"prepares", Json::array()},
                                        {"commits", Json::array()}}));
    if (!is_contested) proposals = Json::array();
    const auto governor = [](const char* did, bool is_self) {
      return Json::object({{"did", did}, {"self", is_self}});
    };
    const Json call = Json::object({{"did", "did:web:hacked.example"},
                                    {"scid", "QmHacked"},
                                    {"begun", true},
                                    {"from", "2026-11-23T08:00:00.000Z"},
                                    {"until", "2026-11-24T08:00:00.000Z"},
                                    {"by", Json::array({caller})}});
    Json calls = Json::array({call});
    for (const auto& other : *other_calls.as_array()) calls.push_back(other);
    Json answer =
        Json::object({{"open", Json::object({{"slot", 2},
                                             {"round", 3},
                                             {"proposals", std::move(proposals)},
                                             {"closes", closes}})},
                      {"slot", in_force},
                      {"governors", Json::array({governor("did:web:acme.example", true),
                                                 governor("did:web:globex.example", false)})},
                      {"calls", std::move(calls)},
                      {"emergencies", is_in_force ? Json::array({call}) : Json::array()},
                      {"next", next}});
    if (witnesses.is_object()) answer.set("witnesses", witnesses);
    if (refusal.is_object()) answer.set("refusal", refusal);
    if (unknown_rules.is_object()) answer.set("rulesUnknown", unknown_rules);
    return answer;
  }
  void comes_next(const std::string& step, const std::string& phase, const std::string& value) {
    next = Json::object({{"step", step}, {"round", 3}, {"closing", ""}});
    if (phase.empty()) return;
    next.set("phase", phase);
    next.set("value", value);
  }
  /// Gives the exit code; what was said is in `out` and `err`.
  int vote(const std::string& proposal) {
    options.proposal = proposal;
    posted = Json();
    out.str("");
    err.str("");
    return govern_vote(options, Console(out, err, /*json=*/false));
  }
  std::string signed_value() const {
    const std::string* value = posted.is_object() ? posted.find_string("value") : nullptr;
    return value != nullptr ? *value : "nothing";
  }

  /// What a command says and warns of.
  template <class Options>
  std::string said(int (*command)(const Options&, const Console&), Options given) {
    given.target = options.target;
    given.yes = true;
    out.str("");
    err.str("");
    code = command(given, Console(out, err, /*json=*/false));
    return out.str() + err.str();
  }
  std::string shown() {
    out.str("");
    govern_show(options.target, Console(out, err, /*json=*/false));
    const auto text = out.str();
    return text.substr(text.find("next "));
  }

  /// What `avow status` says of votes, or of something else.
  std::string status(const char* what = "signs no vote") {
    out.str("");
    cli::status(options.target, Console(out, err, /*json=*/false));
    const auto text = out.str();
    const auto at = text.find(what);
    return at == std::string::npos ? "" : text.substr(at, text.find('\n', at) - at);
  }

  bool is_contested = true;
  bool is_in_force = true;
  std::string caller = "did:web:globex.example";
  Json witnesses;
  Json unknown_rules;
  std::function<void()> after_vote;
  Json closes = Json::array();
  Json other_calls = Json::array();
  std::int64_t in_force = 1;
  Json members = Json::object();
  std::int64_t needed = 2;
  int code = 0;
  Json drafted = Json::array();
  Json next;
  Json refusal;
  Json posted;
  std::unique_ptr<http::Listener> listener;
  GovernVoteOptions options;
  std::ostringstream out;
  std::ostringstream err;
};

}  // namespace

TEST_CASE("a vote for a proposal that was named is signed for no other",
          "[node][cli][governance]") {
  AskedGovernor node;
  struct Duty {
    const char* step;
    const char* phase;
    std::string value;
    const char* told;
  };
  for (const Duty& duty :
       {Duty{"commit", "commit", kOther, "which a quorum has prepared"},
        Duty{"prepare_bound", "prepare", kOther, "which an earlier round has locked"},
        Duty{"close", "close", "", "the close of round 3"},
        // Its lock is not what it says.
        Duty{"close", "close", kOne, "the close of round 3"}}) {
    CAPTURE(duty.step, duty.value);
    node.comes_next(duty.step, duty.phase, duty.value);
    CHECK(node.vote(kOne) == 7);
    CHECK(node.signed_value() == "nothing");
    CHECK(node.err.str().find(duty.told) != std::string::npos);
    // Who names nothing signs what comes next, as it is shown.
    CHECK(node.vote("") == 0);
    CHECK(node.signed_value() == duty.value);
  }
}

TEST_CASE("the proposal that was named is signed by its hash, or the end of it",
          "[node][cli][governance]") {
  AskedGovernor node;
  for (const char* step : {"commit", "prepare_bound", "choose"}) {
    CAPTURE(step);
    const bool is_choice = std::string(step) == "choose";
    node.comes_next(step, std::string(step) == "commit" ? "commit" : "prepare",
                    is_choice ? "" : kOne);
    for (const auto& name : {kOne, std::string("111111")}) {
      CHECK(node.vote(name) == 0);
      CHECK(node.signed_value() == kOne);
    }
    CHECK(node.vote("3") == 7);
    CHECK(node.signed_value() == "nothing");
  }
  CHECK(node.vote("") == 7);  // two are proposed
  node.comes_next("wait", "", "");
  CHECK(node.vote(kOne) == 0);
  CHECK(node.signed_value() == "nothing");
}

TEST_CASE("who proposes is told who signs what next, and of what stands in the way",
          "[node][cli][governance]") {
  AskedGovernor node;
  MemberChangeOptions change;
  change.member = "did:web:other.example";
  auto told = node.said(member_suspend, change);
  CHECK(node.code == 0);
  CHECK(told.find("avow govern vote --proposal 111111") != std::string::npos);
  CHECK(told.find("you too") != std::string::npos);
  CHECK(told.find("slot 2 has a proposal already (" + kOne + ")") != std::string::npos);
  CHECK(told.find("witnesses") == std::string::npos);
  node.is_contested = false;
  node.drafted = Json::array(
      {Json::object({{"action", "charter"}, {"witnesses", Json::array({"1", "2", "3"})}})});
  told = node.said(member_suspend, change);
  CHECK(told.find("proposal already") == std::string::npos);
  CHECK(told.find("if one is lost, nobody rotates") != std::string::npos);
  node.drafted = Json::array(
      {Json::object({{"action", "charter"}, {"witnesses", Json::array({"1", "2", "3", "4"})}})});
  CHECK(node.said(member_suspend, change).find("witnesses") == std::string::npos);
}

TEST_CASE("whose turn it is stands in words, with the command only where it is one's own",
          "[node][cli][governance]") {
  AskedGovernor node;
  node.comes_next("wait", "", "");
  CHECK(node.shown().find("the prepares of did:web:acme.example, did:web:globex.example") !=
        std::string::npos);
  CHECK(node.shown().find("avow govern vote") == std::string::npos);
  node.comes_next("commit", "commit", kOne);
  CHECK(node.shown().find("your turn to commit: avow govern vote") != std::string::npos);
  node.comes_next("choose", "prepare", "");
  const auto end = [](const std::string& hash) { return hash.substr(hash.size() - 6); };
  CHECK(node.shown().find("your turn to prepare: avow govern vote --proposal " + end(kOne) +
                          ", or: avow govern vote --proposal " + end(kOther) + "\n") !=
        std::string::npos);
  node.is_contested = false;
  CHECK(node.shown().find("nothing is proposed") != std::string::npos);
  CHECK(node.shown().find("avow govern vote") == std::string::npos);
}

TEST_CASE("a node that signs no vote says so instead of whose turn it is",
          "[node][cli][governance]") {
  AskedGovernor node;
  node.comes_next("commit", "commit", kOne);
  node.refusal = Json::object({{"code", "foreign_statement"},
                               {"what", "this node refuses to vote"},
                               {"why", "a vote of ours was made elsewhere"},
                               {"fix", "put the newest database back"}});
  const auto shown = node.shown();
  CHECK(shown.find("next      this node refuses to vote: a vote of ours was made elsewhere") == 0);
  CHECK(shown.find("put the newest database back") != std::string::npos);
  CHECK(shown.find("your turn") == std::string::npos);
  CHECK(node.status() == "signs no vote: a vote of ours was made elsewhere");
  node.refusal = Json();
  CHECK(node.status().empty());
}

TEST_CASE("who does not know the network's rules is told that nothing is answered, and what to do",
          "[node][cli][governance]") {
  AskedGovernor node;
  node.comes_next("wait", "", "");
  CHECK(node.status("answers nothing").empty());
  node.unknown_rules = Json::object({{"code", "rules_unknown"},
                                     {"rules", 2},
                                     {"why", "slot 2 has rules version 2"},
                                     {"fix", "update avow"}});
  CHECK(node.status("answers nothing") ==
        "answers nothing about the network: slot 2 has rules version 2");
  CHECK(node.out.str().find("\n  update avow\n") != std::string::npos);
  node.shown();
  CHECK(node.out.str().find("STOPPED   slot 2 has rules version 2: update avow\n") !=
        std::string::npos);
}

TEST_CASE("an emergency that was begun is shown to who may join it, until it is in force",
          "[node][cli][governance]") {
  AskedGovernor node;
  node.comes_next("wait", "", "");
  const auto shown = [&] {
    node.shown();
    return node.out.str();
  };
  CHECK(shown().find("begun") == std::string::npos);
  node.is_in_force = false;
  CHECK(
      shown().find("begun     emergency for did:web:hacked.example from 2026-11-23T08:00:00.000Z "
                   "until 2026-11-24T08:00:00.000Z, signed by did:web:globex.example: avow govern "
                   "emergency did:web:hacked.example --from 2026-11-23T08:00:00.000Z --until "
                   "2026-11-24T08:00:00.000Z\n") != std::string::npos);
  node.caller = "did:web:acme.example";  // who has signed it waits
  CHECK(shown().find("signed by did:web:acme.example\n") != std::string::npos);
}

TEST_CASE("the witnesses in force are shown with how many of them an entry needs",
          "[node][cli][governance]") {
  AskedGovernor node;
  node.comes_next("wait", "", "");
  node.shown();
  CHECK(node.out.str().find("witnesses") == std::string::npos);
  const auto id = [](const char* key) { return Json::object({{"id", key}}); };
  node.witnesses = Json::object(
      {{"threshold", 2}, {"of", Json::array({id("did:key:z6MkA"), id("did:key:z6MkB")})}});
  node.shown();
  CHECK(node.out.str().find("witnesses 2 of these 2: did:key:z6MkA, did:key:z6MkB\n") !=
        std::string::npos);
}

TEST_CASE("an emergency beside one that has begun is refused, unless its times are given",
          "[node][cli][governance]") {
  AskedGovernor node;
  EmergencyOptions emergency;
  emergency.member = "did:web:hacked.example";
  emergency.duration = "24h";
  const auto told = node.said(govern_emergency, emergency);
  CHECK(node.code == 7);
  CHECK(told.find("(without --for): from 2026-11-23T08:00:00.000Z until "
                  "2026-11-24T08:00:00.000Z, signed by did:web:globex.example: avow govern "
                  "emergency did:web:hacked.example --from 2026-11-23T08:00:00.000Z") !=
        std::string::npos);
  emergency.member = "QmHacked";  // by its SCID as well
  CHECK(node.said(govern_emergency, emergency).find("has begun") != std::string::npos);
  CHECK(node.code == 7);
  emergency.from = "2026-11-25T08:00:00Z";
  CHECK(node.said(govern_emergency, emergency).find("has begun") == std::string::npos);
  emergency.from.clear();
  emergency.member = "did:web:other.example";
  CHECK(node.said(govern_emergency, emergency).find("has begun") == std::string::npos);
}

TEST_CASE("of several emergencies for one member that governors have signed a person chooses",
          "[node][cli][governance]") {
  AskedGovernor node;
  node.other_calls = Json::array({Json::object({{"did", "did:web:hacked.example"},
                                                {"scid", "QmHacked"},
                                                {"from", "2100-01-01T00:00:00.000Z"},
                                                {"until", "2100-01-02T00:00:00.000Z"},
                                                {"begun", false},
                                                {"by", Json::array({"did:web:evil.example"})}})});
  EmergencyOptions emergency;
  emergency.member = "did:web:hacked.example";
  const auto told = node.said(govern_emergency, emergency);
  CHECK(node.code == 2);
  CHECK(node.posted.is_null());
  CHECK(told.find("--from 2026-11-23T08:00:00.000Z --until 2026-11-24T08:00:00.000Z; from "
                  "2100-01-01T00:00:00.000Z until 2100-01-02T00:00:00.000Z, signed by "
                  "did:web:evil.example") != std::string::npos);
  emergency.from = "2026-11-23T08:00:00.001Z";
  node.said(govern_emergency, emergency);
  CHECK(node.code == 2);
  CHECK(node.posted.is_null());
  emergency.from = "2026-11-23T08:00:00Z";
  node.said(govern_emergency, emergency);
  CHECK(node.code == 0);
  CHECK(node.posted == Json::object({{"member", "did:web:hacked.example"},
                                     {"from", "2026-11-23T08:00:00.000Z"},
                                     {"until", "2026-11-24T08:00:00.000Z"}}));
  // Two may begin at once.
  auto longer = node.other_calls.as_array()->front();
  longer.set("from", "2026-11-23T08:00:00.000Z");
  node.other_calls = Json::array({longer});
  node.posted = Json();
  node.said(govern_emergency, emergency);
  CHECK(node.code == 2);
  CHECK(node.posted.is_null());
  emergency.until = "2026-11-24T08:00:00.000Z";
  node.said(govern_emergency, emergency);
  CHECK(node.code == 0);
  CHECK(*node.posted.find_string("until") == "2026-11-24T08:00:00.000Z");
  emergency.until.clear();
  longer.set("from", "2100-01-01T00:00:00.000Z");
  node.other_calls = Json::array({longer});
  // One that has not begun stands in nobody's way.
  node.caller = "did:web:acme.example";
  emergency.from.clear();
  emergency.duration = "24h";
  node.posted = Json();
  node.said(govern_emergency, emergency);
  CHECK(node.code == 0);
  CHECK(node.posted.find("seconds") != nullptr);
}

TEST_CASE("with --json nothing is signed without --yes, and nobody is waited for",
          "[node][cli][governance]") {
  std::ostringstream out;
  std::ostringstream err;
  const auto agreed = confirm("\nYou sign.", "abcdef", false, Console(out, err, /*json=*/true));
  REQUIRE_FALSE(agreed);
  CHECK(agreed.error().why == "asked before anything is changed or signed: You sign.");
  CHECK(agreed.error().code == ErrorCode::usage);
  CHECK(agreed.error().what.find("--json") != std::string::npos);
}

TEST_CASE("who reinstates a member is told of an emergency that stays", "[node][cli][governance]") {
  AskedGovernor node;
  MemberChangeOptions change;
  change.member = "did:web:hacked.example";
  CHECK(node.said(member_reinstate, change).find("suspends it until 2026-11-24T08:00:00.000Z") !=
        std::string::npos);
  change.member = "QmHacked";
  CHECK(node.said(member_reinstate, change).find("suspends it") != std::string::npos);
  change.member = "did:web:other.example";
  CHECK(node.said(member_reinstate, change).find("emergency") == std::string::npos);
}

TEST_CASE("after a vote it is said whether that decided the slot, or who is awaited",
          "[node][cli][governance]") {
  AskedGovernor node;
  node.comes_next("commit", "commit", kOne);
  node.after_vote = [&] { node.comes_next("wait", "", ""); };
  REQUIRE(node.vote("") == 0);
  CHECK(node.out.str().find("next      you have signed what you may") != std::string::npos);
  CHECK(node.out.str().find("decided") == std::string::npos);

  node.comes_next("commit", "commit", kOne);
  node.after_vote = [&] {
    node.in_force = 2;
    node.is_contested = false;
    node.comes_next("choose", "prepare", "");
  };
  REQUIRE(node.vote("") == 0);
  CHECK(node.out.str().find("decided   slot 2\nnext      nothing is proposed") !=
        std::string::npos);
}

TEST_CASE("a round that one has closed already is not asked to be closed again",
          "[node][cli][governance]") {
  AskedGovernor node;
  node.comes_next("wait", "", "");
  node.options.leave_round = true;
  CHECK(node.vote("") == 0);
  CHECK(*node.posted.find_string("phase") == "close");
  node.closes = Json::array({"did:web:globex.example"});
  CHECK(node.vote("") == 0);  // another's close is not one's own
  node.closes = Json::array({"did:web:acme.example"});
  CHECK(node.vote("") == 7);
  CHECK(node.signed_value() == "nothing");
  CHECK(node.err.str().find("has closed round 3 already") != std::string::npos);
  CHECK(node.err.str().find("the closes of did:web:globex.example") != std::string::npos);
}

TEST_CASE("the list of members says which slot decided on each", "[node][cli][governance]") {
  AskedGovernor node;
  const auto row = [](const char* did, std::int64_t admitted_by, const Json& slot) {
    Json member = Json::object({{"did", did}, {"standing", "s"}, {"admittedBy", admitted_by}});
    if (!slot.is_null()) member.set("slot", slot);
    return member;
  };
  node.members = Json::object({{"members", Json::array({row("did:a", 1, Json()), row("did:b", 1, 7),
                                                        row("did:c", 1, 0)})}});
  const auto told = node.said(
      +[](const MemberChangeOptions& given, const Console& console) {
        return member_list(given.target, console);
      },
      MemberChangeOptions{});
  CHECK(told ==
        "MEMBER  STANDING  SINCE  UNTIL  SLOT       GOVERNS\n"
        "did:a   s                       1          \n"
        "did:b   s                       7          \n"
        "did:c   s                       emergency  \n");
}

TEST_CASE("one governor has signed, two have", "[node][cli][governance]") {
  AskedGovernor node;
  EmergencyOptions emergency;
  emergency.member = "did:web:other.example";
  emergency.duration = "24h";
  CHECK(node.said(govern_emergency, emergency).find("once 2 governors have signed") !=
        std::string::npos);
  node.needed = 1;
  CHECK(node.said(govern_emergency, emergency).find("once 1 governor has signed") !=
        std::string::npos);
}

TEST_CASE("who names no proposal that is there is told how one is named",
          "[node][cli][governance]") {
  AskedGovernor node;
  node.comes_next("choose", "prepare", "");
  CHECK(node.vote("xyz") == 7);
  CHECK(node.err.str().find("\"u\" and 43 letters or digits") != std::string::npos);
}

}  // namespace avow::node::cli::govern_commands_test
