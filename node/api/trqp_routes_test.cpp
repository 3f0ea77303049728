#include "node/api/trqp_routes.h"

#include <set>

#include <catch2/catch.hpp>

#include "core/data_integrity.h"
#include "core/testing/fake_clock.h"
#include "node/testing/route_caller.h"
#include "node/trust/authority.h"
#include "registry/testing/governors.h"
#include "registry/testing/node.h"

namespace avow::node::api::trqp_routes_test {
namespace {

using namespace std::chrono_literals;
using core::Json;
using registry::testing::accredit_body;
using registry::testing::Consortium;
using registry::testing::kNow;
using testing::Answer;

/// Globex's node, which has heard that Acme accredited Globex for Badges, from kNow until nine.
struct World {
  World() {
    replica.receive({acme.open(), acme.next("accredit", accredit_body(did(1), "Badge", 0,
                                                                      "2026-11-21T09:00:00Z"))});
    authority = authority_id(replica.replica->view()->charter());
    http::RouteTable routes;
    add_trqp_routes(routes, {*replica.replica, clock, [this](const Json& answer) {
                               if (!may_sign) return answer;
                               core::ProofOptions options;
                               options.verification_method = consortium.organisations[1].key_id;
                               options.proof_purpose = "assertionMethod";
                               return core::with_proof(
                                   answer, core::create_proof(answer, options,
                                                              consortium.organisations[1].key));
                             }});
    caller.emplace(std::move(routes));
  }
  const std::string& did(std::size_t of) const { return consortium.organisations[of].did; }
  Json query(std::size_t of, const std::string& type = "Badge") const {
    return Json::object({{"entity_id", did(of)},
                         {"authority_id", authority},
                         {"action", "issue"},
                         {"resource", type}});
  }
  Json query_at(std::size_t of, const std::string& time) const {
    Json body = query(of);
    body.set("context", Json::object({{"time", time}}));
    return body;
  }
  /// Two governors call for it in an emergency.
  void suspend(std::size_t of, const char* from, const char* until) {
    registry::Objects calls;
    for (const auto& by : consortium.organisations) {
      if (&by == &consortium.organisations[of]) continue;
      calls.emergencies.push_back(registry::testing::emergency_by(by, consortium.charter(),
                                                                  consortium.organisations[of].scid,
                                                                  from, until)
                                      .text);
    }
    replica.receive(calls);
  }
  Answer ask(const Json& body) const { return caller->post("/authorization", body); }

  const Consortium consortium;
  registry::testing::Author acme{consortium.organisations[0], consortium.charter().network};
  registry::testing::Node replica{consortium.charter()};
  core::testing::FakeClock clock{kNow + 1min};
  std::string authority;
  bool may_sign = true;
  std::optional<testing::RouteCaller> caller;
};

std::set<std::string> names_in(const Json& object) {
  std::set<std::string> names;
  for (const auto& [name, value] : *object.as_object()) names.insert(name);
  return names;
}

void check_fault(const Answer& answer, int status, const std::string& code) {
  CAPTURE(answer.text);
  CHECK(answer.status == status);
  CHECK(answer.content_type == "application/problem+json");
  CHECK(answer.code() == code);
}

TEST_CASE("an authorization is answered with the members of TRQP and a signature",
          "[node][api][trqp]") {
  const World world;
  const Json body = world.query(0);
  const Answer answer = world.ask(body);
  CHECK(answer.status == 200);
  CHECK(answer.content_type == "application/json");
  CHECK(names_in(answer.body) == std::set<std::string>{"entity_id", "authority_id", "action",
                                                       "resource", "authorized", "time_evaluated",
                                                       "message", "query_hash", "status",
                                                       "expires_at", "proof"});
  for (const char* name : {"entity_id", "authority_id", "action", "resource"})
    CHECK(*answer.body.find_string(name) == *body.find_string(name));
  CHECK(*answer.body.find("authorized") == Json(true));
  CHECK(*answer.body.find_string("status") == "active");
  CHECK(*answer.body.find_string("time_evaluated") == "2026-11-21T08:01:00.000Z");
  CHECK(*answer.body.find_string("expires_at") == "2026-11-21T08:02:00.000Z");
  CHECK(*answer.body.find_string("query_hash") ==
        core::to_multibase(core::sha256(core::to_canonical(body))));
  const auto& key = world.consortium.organisations[1].key;
  CHECK(core::verify_proof(answer.body, *answer.body.find("proof"),
                           core::PublicKey(key.public_key())));
  Json changed = answer.body;
  changed.set("authorized", false);
  CHECK_FALSE(
      core::verify_proof(changed, *changed.find("proof"), core::PublicKey(key.public_key())));
}

TEST_CASE("a node that may sign nothing answers without a proof", "[node][api][trqp]") {
  World world;
  world.may_sign = false;
  const Answer answer = world.ask(world.query(0));
  CHECK(answer.status == 200);
  CHECK(answer.body.find("proof") == nullptr);
}

TEST_CASE("an authorization of a past time is that of then", "[node][api][trqp]") {
  World world;
  world.clock.set(kNow + 2h);
  const auto authorized = [&](const std::string& time) {
    const Answer answer = world.ask(world.query_at(1, time));
    REQUIRE(answer.status == 200);
    CHECK(*answer.body.find_string("time_requested") == time);
    CHECK(*answer.body.find("context") == Json::object({{"time", time}}));
    return *answer.body.find("authorized") == Json(true);
  };
  CHECK_FALSE(authorized("2026-11-21T07:59:59.999Z"));
  CHECK(authorized("2026-11-21T08:00:00Z"));
  CHECK(authorized("2026-11-21T08:15:00Z"));
  // Nothing was heard of Acme since: what it took back after a quarter of an hour would not be known.
  CHECK_FALSE(authorized("2026-11-21T08:15:00.001Z"));
  CHECK_FALSE(authorized("2026-11-21T09:00:00Z"));
}

TEST_CASE("an answer says how long its chain lasts, and is kept no longer", "[node][api][trqp]") {
  World world;
  const Answer early = world.ask(world.query(1));
  CHECK(*early.body.find_string("valid_from") == "2026-11-21T08:00:00.000Z");
  CHECK(*early.body.find_string("valid_until") == "2026-11-21T09:00:00.000Z");
  CHECK(*early.body.find_string("expires_at") == "2026-11-21T08:02:00.000Z");
  // Acme is heard of again half a minute before the end.
  const auto& acme = world.consortium.organisations[0];
  const auto view = world.replica.replica->view();
  registry::Head head;
  head.network = view->charter().network;
  head.feed = acme.scid;
  head.sequence = view->feed(acme.scid)->position()->sequence;
  head.hash = view->feed(acme.scid)->position()->hash;
  head.size = head.sequence + 1;
  head.root = core::to_multibase(view->feed(acme.scid)->merkle_root());
  head.status_root = view->status_root(acme.scid);
  head.time = kNow + 59min;
  head.ttl = 225;
  head.key = acme.key_id;
  world.replica.receive_head(*registry::sign_head(head, acme.key), kNow + 59min);
  world.clock.set(kNow + 59min + 30s);
  const Answer late = world.ask(world.query(1));
  CHECK(*late.body.find("authorized") == Json(true));
  CHECK(*late.body.find_string("expires_at") == "2026-11-21T09:00:00.000Z");
}

TEST_CASE("an answer lasts no longer than to a decided suspension of who decides, nor does that",
          "[node][api][trqp]") {
  // It is 08:01, and an answer is kept for a minute.
  struct Row {
    const char* from;
    const char* expires;
  };
  const auto row =
      GENERATE(values<Row>({{"2026-11-21T08:01:59.000Z", "2026-11-21T08:01:59.000Z"},
                            {"2026-11-21T08:02:00.000Z", "2026-11-21T08:02:00.000Z"},
                            {"2026-11-21T08:02:01.000Z", "2026-11-21T08:02:00.000Z"}}));
  CAPTURE(row.from);
  World world;
  world.suspend(0, row.from, "2026-11-21T08:05:00Z");
  // Acme itself, and Globex, whom it has accredited.
  for (const std::size_t of : {0U, 1U}) {
    const Answer before = world.ask(world.query(of));
    CHECK(*before.body.find("authorized") == Json(true));
    CHECK(*before.body.find_string("valid_until") == row.from);
    CHECK(*before.body.find_string("expires_at") == row.expires);
  }
  world.clock.set(*core::parse_rfc3339(row.from) - 1ms);
  CHECK(*world.ask(world.query(0)).body.find_string("expires_at") == row.from);

  // While it lasts, the answer is no; it is not kept for longer either.
  world.clock.set(kNow + 5min - 61s);
  const Answer early = world.ask(world.query(0));
  CHECK(*early.body.find_string("status") == "suspended");
  CHECK(*early.body.find_string("expires_at") == "2026-11-21T08:04:59.000Z");
  CHECK(early.body.find("valid_from") == nullptr);
  CHECK(early.body.find("valid_until") == nullptr);
  world.clock.set(kNow + 5min - 59s);
  for (const std::size_t of : {0U, 1U}) {
    CHECK(*world.ask(world.query(of)).body.find_string("expires_at") == "2026-11-21T08:05:00.000Z");
  }

  // After it, it is valid from its end on, also if what grants it is older or has no beginning.
  world.clock.set(kNow + 5min);
  for (const std::size_t of : {0U, 1U}) {
    const Answer after = world.ask(world.query(of));
    CHECK(*after.body.find("authorized") == Json(true));
    CHECK(*after.body.find_string("valid_from") == "2026-11-21T08:05:00.000Z");
  }
  CHECK(world.ask(world.query(0)).body.find("valid_until") == nullptr);
  CHECK(*world.ask(world.query(1)).body.find_string("valid_until") == "2026-11-21T09:00:00.000Z");
  // Asked about the time before, it had ended with the suspension, and is kept as any other.
  const Answer past = world.ask(world.query_at(0, "2026-11-21T08:01:00Z"));
  CHECK(past.body.find("valid_from") == nullptr);
  CHECK(*past.body.find_string("valid_until") == row.from);
  CHECK(*past.body.find_string("expires_at") == "2026-11-21T08:06:00.000Z");
}

TEST_CASE("the suspension of who does not decide changes no answer", "[node][api][trqp]") {
  World world;
  world.suspend(2, "2026-11-21T08:01:30Z", "2026-11-21T08:05:00Z");
  CHECK(world.ask(world.query(0)).body.find("valid_until") == nullptr);
  CHECK(*world.ask(world.query(0)).body.find_string("expires_at") == "2026-11-21T08:02:00.000Z");
}

TEST_CASE("a time that is still to come is not answered", "[node][api][trqp]") {
  const World world;  // it is 08:01
  CHECK(world.ask(world.query_at(0, "2026-11-21T08:03:00Z")).status == 200);
  check_fault(world.ask(world.query_at(0, "2026-11-21T08:03:00.001Z")), 400, "time_in_future");
}

TEST_CASE("an authority that is not this network is 404, whatever is asked", "[node][api][trqp]") {
  const World world;
  for (const std::string& authority : {world.authority + "x", world.did(0), std::string("urn:x"),
                                       std::string("ni:///sha-256;") + std::string(43, 'A')}) {
    Json body = world.query(0);
    body.set("authority_id", authority);
    for (const char* path : {"/authorization", "/recognition"})
      check_fault(world.caller->post(path, body), 404, "not_found");
  }
  const registry::Replica nothing;
  http::RouteTable routes;
  add_trqp_routes(routes, {nothing, world.clock, [](const Json& answer) { return answer; }});
  check_fault(testing::RouteCaller(std::move(routes)).post("/authorization", world.query(0)), 404,
              "not_found");
}

TEST_CASE("an entity, an action or a resource that nobody knows is a plain no",
          "[node][api][trqp]") {
  const World world;
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
           {"entity_id", "did:web:stranger.example"},
           {"action", "fly"},
           {"resource", "Diploma"},
           {"resource", "https://example.com/anything"}}) {
    Json body = world.query(0);
    body.set(name, value);
    CAPTURE(name, value);
    for (const auto& [path, answer_name] :
         {std::pair("/authorization", "authorized"), std::pair("/recognition", "recognized")}) {
      const Answer answer = world.caller->post(path, body);
      CHECK(answer.status == 200);
      CHECK(*answer.body.find(answer_name) == Json(false));
      CHECK(*answer.body.find_string("status") == "none");
    }
  }
}

TEST_CASE("a recognition is answered with `recognized`", "[node][api][trqp]") {
  const World world;
  const Answer acme = world.caller->post("/recognition", world.query(0));
  CHECK(*acme.body.find("recognized") == Json(true));
  CHECK(acme.body.find("authorized") == nullptr);
  // Globex may issue, but nobody may by its word.
  CHECK(*world.caller->post("/recognition", world.query(1)).body.find("recognized") == Json(false));
}

TEST_CASE("a recognition of a past time is that of then", "[node][api][trqp]") {
  World world;
  world.replica.receive({world.acme.next(
      "accredit", accredit_body(world.did(2), "Badge", 1, "2026-11-21T08:10:00Z"))});
  world.clock.set(kNow + 2h);
  const auto status = [&](const std::string& time) {
    const Answer answer = world.caller->post("/recognition", world.query_at(2, time));
    REQUIRE(answer.status == 200);
    CHECK(*answer.body.find_string("time_requested") == time);
    CHECK(*answer.body.find("recognized") == Json(*answer.body.find_string("status") == "active"));
    return *answer.body.find_string("status");
  };
  CHECK(status("2026-11-21T07:59:59.999Z") == "none");
  CHECK(status("2026-11-21T08:00:00Z") == "active");
  CHECK(status("2026-11-21T08:09:59.999Z") == "active");
  CHECK(status("2026-11-21T08:10:00Z") == "none");
}

TEST_CASE("members that TRQP does not name are ignored, those it names are not",
          "[node][api][trqp]") {
  const World world;
  Json body = world.query(0);
  body.set("locator", 5);
  body.set("extra", Json::array({1}));
  body.set("context", Json::object({{"locator", "here"}, {"any", "thing"}}));
  const Answer answer = world.ask(body);
  CHECK(answer.status == 200);
  CHECK(*answer.body.find("context") == *body.find("context"));
  CHECK(answer.body.find("time_requested") == nullptr);
  CHECK(answer.body.find("extra") == nullptr);

  for (const char* name : {"entity_id", "authority_id", "action", "resource"}) {
    CAPTURE(name);
    Json without = world.query(0);
    without.erase(name);
    check_fault(world.ask(without), 400, "missing_member");
    for (const Json& other : {Json(5), Json(), Json::object(), Json(true)}) {
      Json wrong = world.query(0);
      wrong.set(name, other);
      check_fault(world.ask(wrong), 400, "type");
    }
  }
  for (const Json& context : {Json(), Json("x"), Json::array(), Json::object({{"any", 1}}),
                              Json::object({{"any", Json()}}), Json::object({{"time", 5}})}) {
    Json wrong = world.query(0);
    wrong.set("context", context);
    check_fault(world.ask(wrong), 400, "type");
  }
}

TEST_CASE("a time is RFC 3339 with Z", "[node][api][trqp]") {
  const World world;
  for (const char* time : {"", "now", "2026-11-21", "2026-11-21T08:00:00", "2026-11-21T08:00:00z",
                           "2026-11-21T08:00:00+00:00", "2026-11-21T09:00:00+01:00",
                           "2026-11-21 08:00:00Z", "2026-02-30T08:00:00Z"}) {
    CAPTURE(time);
    const Answer answer = world.ask(world.query_at(0, time));
    CHECK(answer.status == 400);
    CHECK(answer.content_type == "application/problem+json");
  }
  CHECK(world.ask(world.query_at(0, "2026-11-21T08:00:00.123456789Z")).status == 200);
}

TEST_CASE("an id that is no URI is refused", "[node][api][trqp]") {
  const World world;
  for (const char* id :
       {"acme", ":x", "1a:b", "a b:c", "did:web:acme example", "did:web:a%2", "did:web:a%zz",
        "did:web:\xc3\xa4", "did:web:<x>", "did:web:a\"b", "did:web:a\\b"}) {
    CAPTURE(id);
    Json body = world.query(0);
    body.set("entity_id", id);
    check_fault(world.ask(body), 400, "type");
  }
  for (const char* id : {"a:", "did:web:a%2F", "https://[::1]:8443/a?b=c#d", "urn:x:y"}) {
    CAPTURE(id);
    Json body = world.query(0);
    body.set("entity_id", id);
    CHECK(world.ask(body).status == 200);
  }
}

TEST_CASE("a query has limits", "[node][api][trqp]") {
  const World world;
  const auto with = [&](const char* name, std::size_t size) {
    Json body = world.query(0);
    body.set(name, "urn:" + std::string(size - 4, 'a'));
    return world.ask(body).status;
  };
  for (const auto& [name, limit] :
       {std::pair("entity_id", 2048), std::pair("resource", 2048), std::pair("action", 256)}) {
    CHECK(with(name, static_cast<std::size_t>(limit)) == 200);
    CHECK(with(name, static_cast<std::size_t>(limit) + 1) == 400);
  }
  Json context = Json::object();
  for (int i = 0; i < 32; ++i) context.set("k" + std::to_string(i), "v");
  Json body = world.query(0);
  body.set("context", context);
  CHECK(world.ask(body).status == 200);
  context.set("k32", "v");
  body.set("context", context);
  check_fault(world.ask(body), 400, "too_large");
}

}  // namespace
}  // namespace avow::node::api::trqp_routes_test
