#include <memory>
#include <sstream>

#include <catch2/catch.hpp>

#include "core/canonical_json.h"
#include "node/cli/commands.h"
#include "node/http/listener.h"

namespace avow::node::cli {
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
    routes.add({"POST", "/v1/governance/vote",
                [this](const http::Request& request) {
                  posted = *core::parse_json(request.body);
                  return http::json_response(200, Json::object({{"vote", "u1"}}));
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
    return Json::object({{"open", Json::object({{"slot", 2},
                                                {"round", 3},
                                                {"proposals", std::move(proposals)},
                                                {"closes", Json::array()}})},
                         {"next", next}});
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

  Json next;
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

}  // namespace avow::node::cli
