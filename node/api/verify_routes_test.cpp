#include "node/api/verify_routes.h"

#include <catch2/catch.hpp>

#include "core/testing/fake_clock.h"
#include "core/testing/temp_dir.h"
#include "node/testing/route_caller.h"
#include "vc/testing/world.h"

namespace avow::node::api::verify_routes_test {
namespace {

using core::Json;
using testing::Answer;

/// The routes over the verifier's real code, with a world of one trusted issuer.
struct World : vc::testing::World {
  explicit World(vc::Profile profile = vc::Profile::consortium) : caller(routes(profile)) {}
  http::RouteTable routes(vc::Profile profile) {
    http::RouteTable table;
    add_verify_routes(table, {context(), book, clock, profile, domain});
    return table;
  }
  Answer verify(const Json& credential, const Json& options = {}) {
    Json body = Json::object({{"verifiableCredential", credential}});
    if (!options.is_null()) body.set("options", options);
    return caller.post("/credentials/verify", body);
  }
  Answer verify_presentation(const Json& presentation, const Json& options = {}) {
    Json body = Json::object({{"verifiablePresentation", presentation}});
    if (!options.is_null()) body.set("options", options);
    return caller.post("/presentations/verify", body);
  }
  std::string ask_for_challenge() {
    return *caller.post_text("/challenges", "").body.find_string("challenge");
  }
  Json present(const std::string& over, const std::string& to) {
    return vc::present({credential()}, {agent_did, agent_method, agent_key}, {over, to, now})
        .value();
  }

  core::testing::TempDir folder;
  std::unique_ptr<core::Database> database =
      *core::Database::open(folder / "avow.db", SqliteChallengeBook::migrations());
  SqliteChallengeBook book{*database, random};
  core::testing::FakeClock clock{now};
  testing::RouteCaller caller;
};

void check_refused(const Answer& answer, const std::string& code) {
  CHECK(answer.status == 400);
  REQUIRE(answer.body.find("verified") != nullptr);
  CHECK(*answer.body.find("verified") == Json(false));
  CHECK(answer.code() == code);
  const auto* problems = answer.body.find("problemDetails")->as_array();
  REQUIRE(problems != nullptr);
  CHECK_FALSE(problems->empty());
}

TEST_CASE("a good credential is verified with 200 and the checks that were made",
          "[node][api][verify]") {
  World world;
  const Answer answer = world.verify(world.credential());
  CHECK(answer.status == 200);
  CHECK(*answer.body.find("verified") == Json(true));
  CHECK(*answer.body.find_string("outcome") == "accepted");
  CHECK(*answer.body.find_string("profile") == "consortium");
  CHECK_FALSE(answer.body.find("checks")->as_array()->empty());
  CHECK(answer.body.find("problemDetails") == nullptr);
}

TEST_CASE("a body that is no JSON is 400 and says nothing of verified", "[node][api][verify]") {
  World world;
  for (const char* path : {"/credentials/verify", "/presentations/verify"}) {
    for (const auto& [body, code] : std::vector<std::pair<std::string, std::string>>{
             {"", "malformed_json"},
             {"{", "malformed_json"},
             {"{} x", "malformed_json"},
             {R"({"a":1,"a":2})", "duplicate_key"},
             {std::string(65, '[') + std::string(65, ']'), "too_deep"},
             {R"({"a":9007199254740993})", "unsafe_integer"},
             {"\"" + std::string(std::size_t{256} * 1024, 'a') + "\"", "too_large"}}) {
      const Answer answer = world.caller.post_text(path, body);
      CAPTURE(path, code);
      CHECK(answer.status == 400);
      CHECK(answer.content_type == "application/problem+json");
      CHECK(answer.code() == code);
      CHECK(answer.body.find("verified") == nullptr);
    }
  }
}

TEST_CASE("a credential that is absent, a text or null is not verified", "[node][api][verify]") {
  World world;
  for (const char* path : {"/credentials/verify", "/presentations/verify"}) {
    for (const char* body :
         {"{}", "[]", "5", "null", R"("x")", R"({"verifiableCredential":null})",
          R"({"verifiablePresentation":"eyJ"})", R"({"verifiableCredential":"eyJ"})",
          R"({"verifiableCredential":[]})", R"({"options":{}})", R"({"options":null})"}) {
      CAPTURE(path, body);
      const Answer answer = world.caller.post_text(path, body);
      CHECK(answer.status == 400);
      REQUIRE(answer.body.find("verified") != nullptr);
      CHECK(*answer.body.find("verified") == Json(false));
      CHECK_FALSE(answer.code().empty());
    }
  }
}

TEST_CASE("a changed credential is not verified, and the problem has the standard's type",
          "[node][api][verify]") {
  World world;
  Json changed = world.credential();
  changed.set("validUntil", "2026-11-21T09:00:01Z");
  const Answer answer = world.verify(changed);
  check_refused(answer, "bad_proof");
  const Json& problem = answer.body.find("problemDetails")->as_array()->front();
  CHECK(*problem.find_string("type") ==
        "https://www.w3.org/TR/vc-data-model#CRYPTOGRAPHIC_SECURITY_ERROR");
  CHECK(*problem.find_string("code") == "bad_proof");
}

TEST_CASE("a problem of a status list has the type that the specifications name",
          "[node][api][verify]") {
  // Bitstring Status List "Processing Errors"; VC Data Model "Problem Details".
  const std::string list = "https://www.w3.org/ns/credentials/status-list#";
  const std::string model = "https://www.w3.org/TR/vc-data-model#";
  for (const auto& [code, type] : std::vector<std::pair<std::string, std::string>>{
           {"STATUS_RETRIEVAL_ERROR", list + "STATUS_RETRIEVAL_ERROR"},
           {"STATUS_VERIFICATION_ERROR", list + "STATUS_VERIFICATION_ERROR"},
           {"STATUS_LIST_LENGTH_ERROR", list + "STATUS_LIST_LENGTH_ERROR"},
           {"MALFORMED_VALUE_ERROR", model + "MALFORMED_VALUE_ERROR"},
           {"RANGE_ERROR", model + "RANGE_ERROR"}}) {
    World world;
    world.status.set(world.revocation_list, World::kRevocationIndex, code);
    const Answer answer = world.verify(world.credential());
    check_refused(answer, code);
    CHECK(*answer.body.find("problemDetails")->as_array()->front().find_string("type") == type);
  }
}

TEST_CASE("what could not be decided is not verified either", "[node][api][verify]") {
  World world;
  world.trust.set_freshness("registry_stale");
  check_refused(world.verify(world.credential()), "registry_stale");
}

TEST_CASE("the request chooses the profile, the node its default", "[node][api][verify]") {
  World world;
  world.trust.distrust(world.issuer_did);
  const Json w3c = Json::object({{"profile", "w3c"}});
  const Json consortium = Json::object({{"profile", "consortium"}});
  check_refused(world.verify(world.credential()), "issuer_unknown");
  const Answer open = world.verify(world.credential(), w3c);
  CHECK(open.status == 200);
  CHECK(*open.body.find_string("profile") == "w3c");
  // The terms of a relatedResource with a wrong digest, among others.
  CHECK(core::to_canonical(*open.body.find("notChecked")).find("relatedResource") !=
        std::string::npos);

  World other(vc::Profile::w3c);
  other.trust.distrust(other.issuer_did);
  CHECK(other.verify(other.credential()).status == 200);
  check_refused(other.verify(other.credential(), consortium), "issuer_unknown");
}

TEST_CASE("a node that verifies under its default profile only refuses the other by name",
          "[node][api][verify]") {
  World world;
  http::RouteTable table;
  add_verify_routes(table, {world.context(), world.book, world.clock, vc::Profile::consortium,
                            world.domain, /*only_default_profile=*/true});
  testing::RouteCaller caller(table);
  const auto ask = [&](const Json& options) {
    return caller.post(
        "/credentials/verify",
        Json::object({{"verifiableCredential", world.credential()}, {"options", options}}));
  };
  const Answer refused = ask(Json::object({{"profile", "w3c"}}));
  CHECK(refused.status == 403);
  CHECK(refused.code() == "profile_not_permitted");
  CHECK(refused.body.find("verified") == nullptr);
  CHECK(ask(Json::object({{"profile", "consortium"}})).status == 200);
  CHECK(ask(Json::object()).status == 200);
}

TEST_CASE("a credential is judged as of the time that the request names", "[node][api][verify]") {
  World world;
  const Json credential = world.credential();  // until 09:00
  world.clock.advance(std::chrono::hours(24));
  check_refused(world.verify(credential), "expired");
  const Answer then =
      world.verify(credential, Json::object({{"asOf", "2026-11-21T09:00:00+00:00"}}));
  CHECK(then.status == 200);
  CHECK(*then.body.find_string("asOf") == "2026-11-21T09:00:00.000Z");
  check_refused(world.verify(credential, Json::object({{"asOf", "2027-01-01T00:00:00Z"}})),
                "as_of_in_future");
  check_refused(world.verify_presentation(world.presentation(),
                                          Json::object({{"asOf", "2026-11-21T08:30:00Z"}})),
                "as_of_not_allowed");
  const Answer malformed = world.verify(credential, Json::object({{"asOf", "yesterday"}}));
  CHECK(malformed.status == 400);
  CHECK(malformed.code() == "bad_datetime");
}

TEST_CASE("options of another form are refused with their place", "[node][api][verify]") {
  World world;
  for (const auto& [options, pointer] : std::vector<std::pair<std::string, std::string>>{
           {R"({"profile":"lax"})", "/options/profile"},
           {R"({"profile":5})", "/options/profile"},
           {R"({"profile":""})", "/options/profile"},
           {R"({"challenge":[]})", "/options/challenge"},
           {R"({"domain":true})", "/options/domain"},
           {R"({"action":{}})", "/options/action/name"},
           {R"({"action":{"name":"a:b","parameters":[]}})", "/options/action/parameters"},
           {R"({"action":{"name":"a:b","resource":5}})", "/options/action/resource"},
           {R"({"action":{"name":"a:b","extra":1}})", "/options/action/extra"},
           {R"({"actions":{"name":"a:b"}})", "/options/actions"},
           {R"({"Action":{"name":"a:b"}})", "/options/Action"},
           {R"({"asof":"2026-01-01T00:00:00Z"})", "/options/asof"}}) {
    CAPTURE(options);
    const Answer answer = world.verify(world.credential(), *core::parse_json(options));
    CHECK(answer.status == 400);
    CHECK(answer.content_type == "application/problem+json");
    REQUIRE(answer.body.find("errors") != nullptr);
    CHECK(*answer.body.find("errors")->as_array()->front().find_string("pointer") == pointer);
  }
  CHECK(world.verify(world.credential(), Json("x")).status == 400);
  CHECK(
      world.verify(world.credential(), Json::object({{"checks", Json::array({"proof"})}})).status ==
      200);
}

TEST_CASE("a word beside options that nobody knows is refused", "[node][api][verify]") {
  World world;
  for (const char* name : {"option", "action", "profile"}) {
    CAPTURE(name);
    Json body = Json::object({{"verifiableCredential", world.credential()}});
    CHECK(world.caller.post("/credentials/verify", body).status == 200);
    body.set(name, Json::object());
    const Answer answer = world.caller.post("/credentials/verify", body);
    CHECK(answer.status == 400);
    CHECK(answer.code() == "unknown_member");
  }
}

TEST_CASE("a credential and a presentation in one question are refused", "[node][api][verify]") {
  World world;
  const Json body = Json::object(
      {{"verifiableCredential", world.credential()}, {"verifiablePresentation", Json::object()}});
  for (const char* path : {"/credentials/verify", "/presentations/verify"})
    CHECK(world.caller.post(path, body).code() == "unknown_member");
}

TEST_CASE("an action asked about a refused credential was not judged, and the verdict says so",
          "[node][api][verify]") {
  World world;
  Json changed = world.credential();
  changed.set("validUntil", "2026-11-21T09:00:01Z");
  const Json action = Json::object({{"action", Json::object({{"name", "a:b"}})}});
  const Answer answer = world.verify(changed, action);
  check_refused(answer, "bad_proof");
  const Json& last = answer.body.find("checks")->as_array()->back();
  CHECK(*last.find_string("name") == "action");
  CHECK(*last.find_string("outcome") == "undetermined");
}

TEST_CASE("a presentation over a challenge of this node is accepted once [VP-01]",
          "[node][api][verify][VP-01]") {
  World world;
  const std::string challenge = world.ask_for_challenge();
  const Json presentation = world.present(challenge, world.domain);
  CHECK(world.verify_presentation(presentation).status == 200);
  check_refused(world.verify_presentation(presentation), "challenge_used");
}

TEST_CASE("the domain is this node's whatever the request says [VP-09]",
          "[node][api][verify][VP-09]") {
  World world;
  const std::string elsewhere = "decentralized_identifier:did:web:orgc.example";
  const Json relayed = world.present(world.ask_for_challenge(), elsewhere);
  check_refused(world.verify_presentation(relayed), "domain");
  check_refused(world.verify_presentation(relayed, Json::object({{"domain", elsewhere}})),
                "domain");
}

TEST_CASE("an action is answered within the same verdict", "[node][api][verify]") {
  World world;
  const auto refund = [&](int minor) {
    return Json::object(
        {{"action",
          Json::object(
              {{"name", "billing:refund"},
               {"resource", "orga:orders/7"},
               {"parameters", Json::object({{"amount", Json::object({{"minor", minor},
                                                                     {"currency", "USD"}})}})}})}});
  };
  const auto presented = [&] { return world.present(world.ask_for_challenge(), world.domain); };
  const Answer within = world.verify_presentation(presented(), refund(10'000));
  CHECK(within.status == 200);
  CHECK(*within.body.find("decision")->find("allowed") == Json(true));
  const Answer beyond = world.verify_presentation(presented(), refund(10'001));
  CHECK(beyond.status == 400);
  CHECK(*beyond.body.find("verified") == Json(false));
  CHECK(*beyond.body.find("decision")->find("allowed") == Json(false));
  CHECK(*beyond.body.find("checks")->as_array()->back().find_string("name") == "action");

  Json changed = world.credential();
  changed.set("validUntil", "2026-11-21T09:00:01Z");
  check_refused(world.verify(changed, refund(1)), "bad_proof");
  // A credential without its holder is somebody's copy.
  check_refused(world.verify(world.credential(), refund(1)), "not_presented");
}

TEST_CASE("a challenge names the domain to sign and its end", "[node][api][verify]") {
  World world;
  const Answer answer = world.caller.post_text("/challenges", "");
  CHECK(answer.status == 200);
  CHECK(*answer.body.find_string("domain") == world.domain);
  CHECK(*answer.body.find_string("expiresAt") == "2026-11-21T08:31:00Z");
}

TEST_CASE("a node with as many open challenges as it keeps answers 429 [VP-18]",
          "[node][api][verify][VP-18]") {
  World world;
  const auto filled = world.database->write([&](core::Transaction& tx) {
    tx.query(
          "INSERT INTO challenge(value, expires) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL "
          "SELECT i + 1 FROM n WHERE i < 10000) SELECT 'filler-' || i, ? FROM n")
        .bind(std::int64_t{(world.now + std::chrono::seconds(60)).time_since_epoch().count()})
        .run();
    return core::Result<void, core::Error>();
  });
  REQUIRE(filled);
  const Answer busy = world.caller.post_text("/challenges", "");
  CHECK(busy.status == 429);
  CHECK(busy.header("Retry-After") == "60");
  world.clock.advance(std::chrono::seconds(61));
  CHECK(world.caller.post_text("/challenges", "").status == 200);
}

TEST_CASE("nothing of a refused credential is repeated in the answer", "[node][api][verify]") {
  World world;
  Json credential = world.draft();
  Json subject = world.subject();
  subject.set("note", "the-secret-marker");
  credential.set("credentialSubject", subject);
  Json signed_one = world.sign(credential);
  signed_one.set("name", "the-secret-marker");
  const Answer answer = world.verify(signed_one);
  CHECK(answer.status == 400);
  CHECK(answer.text.find("the-secret-marker") == std::string::npos);
}

}  // namespace
}  // namespace avow::node::api::verify_routes_test
