#include "vc/capability.h"

#include <catch2/catch.hpp>

#include "vc/testing/world.h"

namespace capability_test {

namespace {

using namespace avow;  // NOLINT(google-build-using-namespace)
using core::Json;
using vc::Action;
using vc::Decision;
using vc::Verdict;
using vc::testing::World;

Action refund(std::int64_t minor, const char* currency = "USD") {
  const Json amount = Json::object({{"minor", minor}, {"currency", currency}});
  return {"billing:refund", "orga:orders/12345", Json::object({{"amount", amount}})};
}

/// The verdict on a presentation of that credential by its agent.
Verdict verified(World& world, const Json& credential) {
  vc::testing::FakeChallenges challenges;
  challenges.issue(world.challenge, world.now);
  Verdict verdict = vc::verify_presentation(world.presentation_of({credential}), world.context(),
                                            world.options(), challenges);
  CAPTURE(verdict.code());
  REQUIRE(verdict.outcome() == vc::Outcome::accepted);
  return verdict;
}

Decision decide(World& world, const Action& action) {
  return vc::authorise(verified(world, world.credential()), action, world.now);
}

/// The decision of an agent whose subject has one member replaced.
Decision decide_with(World& world, std::string_view member, Json value, const Action& action) {
  Json subject = world.subject();
  subject.set(member, std::move(value));
  return vc::authorise(verified(world, world.credential_with("credentialSubject", subject)), action,
                       world.now);
}

Json capability(const char* action, Json constraints = {}) {
  Json json = Json::object({{"action", action}});
  if (!constraints.is_null()) json.set("constraints", std::move(constraints));
  return json;
}

}  // namespace

TEST_CASE("authorise allows 42.00 and 100.00 USD, refuses 100.01, and names the constraint",
          "[vc][capability]") {
  World world;
  CHECK(decide(world, refund(4200)).allowed);
  CHECK(decide(world, refund(10000)).allowed);
  const Decision decision = decide(world, refund(10001));
  CHECK_FALSE(decision.allowed);
  CHECK(decision.code == "constraint_violated");
  CHECK(decision.detail == "max /amount/minor: 10001 is over 10000");
  CHECK(decision.capability == "/verifiableCredential/0/credentialSubject/capabilities/1");
  CHECK(*decision.constraint.find_string("type") == "max");
  CHECK(decide(world, refund(4200, "EUR")).detail == R"(eq /amount/currency: "EUR" is not "USD")");
}

TEST_CASE("an action that was asked about is one more check of the verdict", "[vc][capability]") {
  World world;
  const auto asked = [&](Verdict verdict, const Action& action) {
    const std::size_t before = verdict.checks.size();
    const Decision decision = vc::check_action(verdict, action, world.now);
    REQUIRE(verdict.checks.size() == before + 1);
    CHECK(verdict.checks.back().name == "action");
    CHECK(verdict.checks.back().code == decision.code);
    CHECK(decision.allowed == (verdict.outcome() == vc::Outcome::accepted));
    CHECK(decision.allowed == verdict.checks.back().remedy.empty());
    return verdict;
  };
  CHECK(asked(verified(world, world.credential()), refund(10000)).outcome() ==
        vc::Outcome::accepted);
  const Verdict refused = asked(verified(world, world.credential()), refund(10001));
  CHECK(refused.outcome() == vc::Outcome::rejected);
  CHECK(refused.code() == "constraint_violated");
  // What was open before stays so: whoever mends it may ask again.
  Verdict open;
  CHECK(asked(open, refund(1)).checks.back().outcome == vc::CheckOutcome::undetermined);
  CHECK(asked(open, refund(1)).code() == "not_accepted");
}

TEST_CASE("authorise reads every credential of a presentation", "[vc][capability]") {
  World world;
  const Json ordinary = world.credential_with("type", Json::array({vc::kVerifiableCredential}));
  const Verdict verdict =
      vc::verify_presentation(world.presentation_of({ordinary, world.credential()}),
                              world.context(), world.options(), world.challenges);
  CHECK(vc::authorise(verdict, refund(10000), world.now).allowed);
  CHECK(vc::authorise(verdict, refund(10001), world.now).capability ==
        "/verifiableCredential/1/credentialSubject/capabilities/1");
}

TEST_CASE("authorise grants nothing without an accepted consortium verdict", "[vc][capability]") {
  World world;
  CHECK(vc::authorise(Verdict{}, refund(1), world.now).code == "not_accepted");
  Verdict revoked = verified(world, world.credential());
  revoked.checks.push_back(vc::Check::failed("status", "revoked", "", ""));
  CHECK(vc::authorise(revoked, refund(1), world.now).code == "not_accepted");
  Verdict open = verified(world, world.credential());
  open.checks.push_back(vc::Check::undetermined("status", "STATUS_RETRIEVAL_ERROR", "", ""));
  CHECK(vc::authorise(open, refund(1), world.now).code == "not_accepted");
  const Verdict w3c =
      vc::verify_credential(world.credential(), world.context(), world.options(vc::Profile::w3c));
  REQUIRE(w3c.outcome() == vc::Outcome::accepted);
  CHECK(vc::authorise(w3c, refund(1), world.now).code == "not_consortium");
}

TEST_CASE("authorise grants nothing where no capability is named", "[vc][capability]") {
  World world;
  CHECK(decide(world, {"account:close", "orga:orders/12345"}).code == "no_capability");
  CHECK(decide(world, {"billing:refund2", "orga:orders/12345"}).code == "no_capability");
  CHECK(decide(world, {"billing", "orga:orders/12345"}).code == "no_capability");
  Json subject = world.subject();
  subject.erase("capabilities");
  const Verdict verdict = verified(world, world.credential_with("credentialSubject", subject));
  CHECK(vc::authorise(verdict, refund(1), world.now).code == "no_capability");
  CHECK(decide_with(world, "capabilities", Json::array(), refund(1)).code == "no_capability");
}

TEST_CASE("authorise covers a request without resource only by a capability without one",
          "[vc][capability]") {
  World world;
  CHECK(decide(world, {"human:escalate"}).allowed);
  CHECK(decide(world, {"human:escalate", "orga:tickets/1"}).code == "no_capability");
  CHECK(decide(world, {"customer_records:read", "orga:tickets/assigned/7"}).allowed);
  CHECK(decide(world, {"customer_records:read"}).code == "no_capability");
}

TEST_CASE("what a request lacks or has too much of a resource is told, with what helps",
          "[vc][capability]") {
  World world;
  const auto told = [&](const Action& action) {
    Verdict verdict = verified(world, world.credential());
    vc::check_action(verdict, action, world.now);
    return verdict.checks.back();
  };
  const auto forgotten = told({"customer_records:read"});
  CHECK(forgotten.detail ==
        "resource: the request names no resource; the capability is for "
        "\"orga:tickets/assigned/*\"");
  CHECK(forgotten.remedy == "name one with --resource (in a request: the action's \"resource\")");

  const std::string ask = "ask the agent's organisation for a credential that covers this";
  const auto other = told({"customer_records:read", "orga:tickets/1"});
  CHECK(other.detail ==
        "resource: \"orga:tickets/1\" is not covered by \"orga:tickets/assigned/*\"");
  CHECK(other.remedy == ask);
  const auto too_much = told({"human:escalate", "orga:tickets/1"});
  CHECK(too_much.detail ==
        "resource: \"orga:tickets/1\" is named, and the capability covers only requests that name "
        "none");
  CHECK(too_much.remedy == ask);
  // No resource helps where nothing is granted for the action.
  CHECK(told({"account:close"}).remedy == ask);
}

TEST_CASE("authorise wants one capability satisfied wholly, not several in part",
          "[vc][capability]") {
  World world;
  const auto limit = [](const char* type, const char* param, Json value) {
    return Json::object({{"type", type}, {"param", param}, {"value", std::move(value)}});
  };
  const Json either = Json::array(
      {capability("pay", Json::array({limit("max", "/n", 10), limit("eq", "/to", "a")})),
       capability("pay", Json::array({limit("max", "/n", 100), limit("eq", "/to", "b")}))});
  const auto pay = [&](std::int64_t n, const char* to) {
    return decide_with(world, "capabilities", either,
                       {"pay", {}, Json::object({{"n", n}, {"to", to}})});
  };
  CHECK(pay(10, "a").allowed);
  CHECK(pay(100, "b").allowed);
  CHECK_FALSE(pay(11, "a").allowed);
  CHECK_FALSE(pay(101, "b").allowed);
}

TEST_CASE("authorise denies what it does not understand", "[vc][capability]") {
  World world;
  const auto code_with = [&world](Json constraint) {
    return decide_with(world, "capabilities",
                       Json::array({capability("x", Json::array({std::move(constraint)}))}), {"x"})
        .code;
  };
  CHECK(code_with(Json::object({{"type", "requireApproval"}})) == "unknown_constraint");
  CHECK(code_with(Json::object({{"type", "max"}})) == "constraint_malformed");
  CHECK(code_with("max") == "constraint_malformed");
  CHECK(decide_with(world, "limits", Json::object({{"maxSpend", 1}}), {"human:escalate"}).code ==
        "limits");
  CHECK(
      decide_with(world, "limits", Json::object({{"maxDelegationDepth", "2"}}), {"human:escalate"})
          .code == "limits");
}

TEST_CASE("authorise keeps the operating hours of the limits", "[vc][capability]") {
  World world;  // 08:30 on a Saturday
  const auto hours = [](const char* from, const char* to) {
    return Json::object(
        {{"operatingHours", Json::object({{"tz", "UTC"}, {"from", from}, {"to", to}})},
         {"maxDelegationDepth", 2},
         {"nonDelegable", Json::array({"account:close"})}});
  };
  CHECK(decide_with(world, "limits", hours("08:30", "08:31"), {"human:escalate"}).allowed);
  CHECK(decide_with(world, "limits", hours("08:31", "24:00"), {"human:escalate"}).code == "limits");
  CHECK(decide_with(world, "limits", hours("00:00", "08:30"), {"human:escalate"}).code == "limits");
}

TEST_CASE("a resource pattern covers whole segments", "[vc][capability]") {
  struct Row {
    const char* pattern;
    const char* resource;
    bool expected;
  };
  const std::vector<Row> rows{
      {"orga:tickets/7", "orga:tickets/7", true},
      {"orga:tickets/7", "orga:tickets/77", false},
      {"orga:tickets/7", "orga:tickets/7/a", false},
      {"orga:tickets/assigned/*", "orga:tickets/assigned/7", true},
      {"orga:tickets/assigned/*", "orga:tickets/assigned/7/notes", true},
      {"orga:tickets/assigned/*", "orga:tickets/assigned/7:a", true},
      {"orga:tickets/assigned/*", "orga:tickets/assigned", false},
      {"orga:tickets/assigned/*", "orga:tickets/assigned/", false},
      {"orga:tickets/assigned/*", "orga:tickets/assigned2/7", false},
      {"orga:tickets/assigned/*", "orga:tickets/assigned:7", false},
      {"orga:tickets/assigned/*", "orga:tickets/assigned/*", false},
      {"orga:tickets/assigned/*", "orga:tickets/assigned/../all", false},
      {"orga:tickets/assigned/*", "orga:tickets/assigned/./7", false},
      {"orga:tickets/assigned/*", "orga:tickets/assigned//7", false},
      {"orga:tickets/assigned/*", "orga:tickets/assigned/%2e%2e/all", false},
      {"orga:tickets/assigned/*", "orga:tickets/assigned/..%2Fall", false},
      {"orga:tickets/assigned/*", "orga:tickets/assigned/..\\all", false},
      {"orga:tickets/assigned/*", "ORGA:tickets/assigned/7", false},
      {"orga:*", "orga:tickets", true},
      {"*", "orga", false},
      {"orga:t*", "orga:tickets", false},
      {"orga:*/7", "orga:tickets/7", false},
      {"orga:tickets/..", "orga:tickets/..", false},
      {"", "", false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.pattern, row.resource);
    CHECK(vc::resource_covers(row.pattern, row.resource) == row.expected);
  }
}

TEST_CASE("authorise grants nothing on a credential that nobody presented",
          "[vc][capability][VP-11]") {
  World world;
  const Verdict alone = vc::verify_credential(world.credential(), world.context(), world.options());
  REQUIRE(alone.outcome() == vc::Outcome::accepted);
  CHECK(vc::authorise(alone, {"human:escalate"}, world.now).code == "not_presented");
  CHECK(vc::authorise(verified(world, world.credential()), {"human:escalate"}, world.now).allowed);
}

TEST_CASE("credentials that lie unproven in a credential grant nothing", "[vc][capability]") {
  World world;
  // What a member may issue without any accreditation carries what it may not, signed by nobody.
  Json carrier = world.draft();
  carrier.set("type", Json::array({vc::kVerifiableCredential}));
  carrier.set("credentialSubject", Json::object({{"id", world.agent_did}}));
  carrier.set("verifiableCredential", Json::array({world.draft()}));
  const Verdict verdict =
      vc::verify_credential(world.sign(carrier), world.context(), world.options());
  CHECK_FALSE(vc::authorise(verdict, {"human:escalate"}, world.now).allowed);
  CHECK(verdict.code() == "nested_presentation");

  // Without them it is an ordinary credential, which grants nothing either.
  carrier.erase("verifiableCredential");
  const Verdict ordinary = verified(world, world.sign(carrier));
  CHECK(vc::authorise(ordinary, {"human:escalate"}, world.now).code == "no_capability");
}

}  // namespace capability_test
