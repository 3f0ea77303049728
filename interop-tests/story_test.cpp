#include <set>

#include <catch2/catch.hpp>

#include "core/canonical_json.h"
#include "core/data_integrity.h"
#include "core/testing/tree.h"
#include "interop-tests/harness/agent.h"
#include "interop-tests/harness/consortium.h"
#include "interop-tests/harness/wait.h"

namespace story_test {

using namespace avow;
using namespace avow::interop;
using core::Json;

namespace {

/// Acme ↔ Globex ↔ Initech: Acme's agent speaks to Initech, which never hears Acme itself.
struct Story {
  explicit Story(std::chrono::seconds freshness = std::chrono::minutes(15))
      : consortium(options(freshness)) {
    consortium.start();
    agent = std::make_unique<Agent>(acme, "CustomerSupportAgent", 1);
  }

  static ConsortiumOptions options(std::chrono::seconds freshness) {
    ConsortiumOptions line;
    line.freshness = freshness;
    return line;
  }

  /// A credential that Initech accepts.
  Json accepted_credential() {
    Json credential = agent->issue();
    if (!eventually([&] { return verify_credential(initech, credential).status == 200; }))
      throw std::runtime_error(verify_credential(initech, credential).text);
    return credential;
  }

  Consortium consortium;
  Node& acme = consortium[0];
  Node& globex = consortium[1];
  Node& initech = consortium[2];
  std::unique_ptr<Agent> agent;
};

Json refund_of(std::int64_t minor) {
  return Json::object(
      {{"name", "billing:refund"},
       {"resource", "orders/4711"},
       {"parameters",
        Json::object({{"amount", Json::object({{"minor", minor}, {"currency", "USD"}})}})}});
}

std::string outcome(const Reply& verdict) {
  const std::string* text = verdict.body.find_string("outcome");
  return text != nullptr ? *text : verdict.text;
}

/// The text of a member of `decision`.
std::string decided(const Reply& verdict, std::string_view member) {
  const Json* decision = verdict.body.find("decision");
  const std::string* text = decision != nullptr ? decision->find_string(member) : nullptr;
  return text != nullptr ? *text : verdict.text;
}

void check_refused(const Reply& verdict, const std::string& code) {
  INFO(verdict.text);
  CHECK(verdict.status == 400);
  CHECK(outcome(verdict) == "rejected");
  CHECK(verdict.code() == code);
  CHECK(*verdict.body.find("verified") == Json(false));
}

Json signed_by(Json document, const core::Ed25519SigningKey& key, const std::string& method) {
  document.erase("proof");
  core::ProofOptions options;
  options.verification_method = method;
  options.proof_purpose = "assertionMethod";
  options.created = core::format_seconds(now());
  return core::with_proof(document, core::create_proof(document, options, key));
}

/// What a command of Acme's admin prints; it must end well.
std::string told(const Story& story, const std::vector<std::string>& words) {
  const Finished finished = story.acme.avow(words);
  CAPTURE(words, finished.out, finished.err);
  CHECK(finished.exit_code == 0);
  return finished.out;
}
/// The same with --json.
Json told_as_json(const Story& story, std::vector<std::string> words) {
  words.emplace_back("--json");
  const auto json = core::parse_json(told(story, words));
  CAPTURE(words);
  REQUIRE(json);
  return *json;
}
bool has(const std::string& text, std::string_view words) {
  return text.find(words) != std::string::npos;
}

/// As `avow vc issue` writes it.
Json credential_issued_by_command(const Story& story) {
  const auto claims = story.consortium.folder() / "claims.json";
  const auto file = story.consortium.folder() / "credential.json";
  write_file(claims, core::to_canonical(support_claims()));
  const std::string issued = told(story, {"vc", "issue", "--agent", story.agent->name(), "--claims",
                                          claims.string(), "--ttl", "1h", "--out", file.string()});
  const auto credential = core::parse_json(read_file(file));
  REQUIRE(credential);
  CHECK(has(issued, *credential->find_string("id")));
  return *credential;
}

/// Each command that only shows something, for people and for programs.
void check_what_the_admin_is_shown(const Story& story, const std::string& revoked) {
  struct Row {
    std::vector<std::string> words;
    std::string for_people;
    std::string member;
  };
  const std::string type = "AgentCapabilityCredential";
  const Row rows[] = {
      {{"did", "show"}, "did:web:" + story.acme.domain(), "did"},
      {{"vc", "list"}, "revoked", "credentials"},
      {{"vc", "show", revoked}, "revoked", "verifiableCredential"},
      {{"trust", "list"}, type, "rows"},
      {{"trust", "query", "--entity", story.globex.did(), "--resource", type}, "yes", "authorized"},
      {{"peer", "list"}, story.globex.peer_url(), "peers"},
      {{"audit", "tail"}, "credential.revoke", "rows"}};
  for (const Row& row : rows) {
    const std::string shown = told(story, row.words);
    CAPTURE(row.words, shown);
    CHECK(has(shown, row.for_people));
    CHECK(told_as_json(story, row.words).find(row.member) != nullptr);
  }
}

/// Acme's admin has the word of both others, whose heads are due in minutes only; Initech's came through Globex.
void check_all_have_said_that_they_have_it(const Story& story, const std::string& id) {
  const auto shown = [&] { return told_as_json(story, {"vc", "propagation", id}); };
  CHECK(eventually([&] { return *shown().find("heard") == Json(2); }));
  const Json known = shown();
  CAPTURE(core::to_canonical(known));
  CHECK(*known.find("of") == Json(2));
  std::set<std::string> members;
  for (const Json& member : *known.find("members")->as_array()) {
    CHECK(*member.find("heard") == Json(true));
    CHECK(*member.find_string("since") >= *known.find("statement")->find_string("time"));
    members.insert(*member.find_string("member"));
  }
  CHECK(members == std::set<std::string>{story.globex.did(), story.initech.did()});
  const auto& peers = *known.find("peers")->as_array();
  REQUIRE(peers.size() == 1);  // Initech is none of Acme's
  CHECK(*peers.front().find_string("url") == story.globex.peer_url());
  CHECK(*peers.front().find("waits") == Json(false));
  CHECK(has(told(story, {"vc", "propagation", id}), "known    to 2 of 2 other members"));
}

Json with_changed_version(Json credential) {
  Json subject = *credential.find("credentialSubject");
  Json agent = *subject.find("agent");
  agent.set("version", "2.4");
  subject.set("agent", agent);
  credential.set("credentialSubject", subject);
  return credential;
}

}  // namespace

TEST_CASE("an agent proves itself to an organisation that never met its own", "[story]") {
  Story story;
  const Json credential = story.accepted_credential();

  const Reply verdict = present_and_verify(*story.agent, credential, story.initech);
  INFO(verdict.text);
  CHECK(verdict.status == 200);
  CHECK(outcome(verdict) == "accepted");
  CHECK(verdict.body.find("checks")->as_array()->size() >= 8);

  CHECK(present_and_verify(*story.agent, credential, story.initech, refund_of(4200)).status == 200);
  CHECK(present_and_verify(*story.agent, credential, story.initech, refund_of(10000)).status ==
        200);
  const Reply too_much =
      present_and_verify(*story.agent, credential, story.initech, refund_of(10001));
  check_refused(too_much, "constraint_violated");
  CHECK(decided(too_much, "code") == "constraint_violated");
  const Json* constraint = too_much.body.find("decision")->find("constraint");
  REQUIRE(constraint != nullptr);
  CHECK(*constraint->find_string("type") == "max");
}

TEST_CASE("each way to cheat is refused with its own code", "[story]") {
  Story story;
  const Agent& agent = *story.agent;
  const Json credential = story.accepted_credential();
  const auto forged = [&](const Json& document, const std::string& method) {
    return verify_credential(story.initech, signed_by(document, agent.key(), method));
  };
  const auto verify = [&](const Json& presentation) {
    return verify_presentation(story.initech, presentation);
  };

  // A stranger with a credential that it made itself; one that signs in the name of a member.
  const std::string multikey = agent.key().public_key().to_multikey();
  Json own = credential;
  own.set("issuer", "did:key:" + multikey);
  check_refused(forged(own, "did:key:" + multikey + "#" + multikey), "issuer_unknown");
  check_refused(forged(credential, story.acme.did() + "#key-1"), "bad_proof");
  check_refused(forged(credential, story.acme.did() + "#key-2"), "key_not_found");

  // A presentation a second time; over a challenge that nobody gave.
  const Challenge challenge = challenge_of(story.initech);
  const Json presentation = agent.present(credential, challenge.challenge, challenge.domain);
  CHECK(verify(presentation).status == 200);
  check_refused(verify(presentation), "challenge_used");
  check_refused(verify(agent.present(credential, "AAAAAAAAAAAAAAAAAAAAAA", challenge.domain)),
                "challenge_unknown");

  // Made for another verifier; over our own challenge, but for another's domain.
  const std::string elsewhere = challenge_of(story.globex).domain;
  check_refused(verify(agent.present_to(story.globex, credential)), "domain");
  check_refused(verify(agent.present(credential, challenge_of(story.initech).challenge, elsewhere)),
                "domain");

  // One character changed.
  check_refused(verify(agent.present_to(story.initech, with_changed_version(credential))),
                "bad_proof");

  // A credential of somebody else.
  const Agent other(story.acme, "OtherAgent", 2);
  story.consortium.settle();
  check_refused(present_and_verify(other, credential, story.initech), "holder_binding");
}

TEST_CASE("an expired credential is refused as expired", "[story]") {
  Story story;
  // Sixty seconds of skew are allowed, so one that ended earlier is asked for.
  const Reply issued = story.acme.admin().post(
      "/v1/credentials",
      Json::object({{"agent", story.agent->name()},
                    {"type", "AgentCapabilityCredential"},
                    {"lifetimeSeconds", 60},
                    {"validFrom", core::format_seconds(now() - std::chrono::minutes(5))},
                    {"claims", support_claims()}}));
  INFO(issued.text);
  REQUIRE(issued.status == 201);
  const Json credential = *issued.body.find("verifiableCredential");
  story.consortium.settle();
  check_refused(present_and_verify(*story.agent, credential, story.initech), "expired");
}

TEST_CASE("what an admin suspends, resumes and revokes is seen two hops away", "[story]") {
  Story story;
  const Json other = story.accepted_credential();
  const Json credential = credential_issued_by_command(story);
  const std::string id = *credential.find_string("id");
  const auto becomes = [&](const std::string& code) {
    return eventually([&] { return verify_credential(story.initech, credential).code() == code; });
  };
  CHECK(becomes(""));
  const Json suspended = told_as_json(story, {"vc", "suspend", id});
  CHECK(*suspended.find_string("state") == "suspended");
  REQUIRE(suspended.find("propagation") != nullptr);
  CHECK(*suspended.find("propagation")->find("of") == Json(2));
  CHECK(becomes("suspended"));
  const std::string resumed = told(story, {"vc", "resume", id, "--no-wait"});
  CHECK(has(resumed, "active"));
  CHECK_FALSE(has(resumed, "other members"));
  CHECK(becomes(""));
  CHECK(present_and_verify(*story.agent, credential, story.initech).status == 200);
  CHECK(story.acme.avow({"vc", "revoke", id}).exit_code == 2);  // nobody has confirmed it
  const std::string revoked = told(story, {"vc", "revoke", id, "--yes"});
  CHECK(has(revoked, "revoked"));
  CHECK(has(revoked, " of 2 other members"));
  CHECK(becomes("revoked"));
  check_all_have_said_that_they_have_it(story, id);
  CHECK(story.acme.avow({"vc", "resume", id}).exit_code == 7);
  check_refused(present_and_verify(*story.agent, credential, story.initech), "revoked");
  CHECK(verify_credential(story.initech, other).status == 200);
  check_what_the_admin_is_shown(story, id);
}

TEST_CASE("an issuer that is down is believed for a while, then stale, then believed again",
          "[story]") {
  Story story(std::chrono::seconds(15));
  const Json credential = story.accepted_credential();
  const Json revoked = story.accepted_credential();
  REQUIRE(change_status(story.acme, revoked, "revoke").status == 200);
  story.acme.kill();
  CHECK(verify_credential(story.initech, credential).status == 200);
  REQUIRE(eventually([&] { return verify_credential(story.initech, credential).status != 200; }));
  const Reply stale = verify_credential(story.initech, credential);
  INFO(stale.text);
  CHECK(stale.code() == "registry_stale");
  CHECK(outcome(stale) == "undetermined");

  story.acme.start();
  CHECK(eventually([&] { return verify_credential(story.initech, credential).status == 200; }));
  CHECK(eventually([&] { return verify_credential(story.initech, revoked).code() == "revoked"; }));
  // Nothing that was acknowledged is missing.
  const Reply list = story.acme.admin().get("/v1/credentials");
  REQUIRE(list.body.find("credentials") != nullptr);
  CHECK(list.body.find("credentials")->as_array()->size() == 2);
  CHECK(present_and_verify(*story.agent, credential, story.initech).status == 200);
}

TEST_CASE("what other software signed is judged by the W3C's rules, on a day when it was valid",
          "[story]") {
  Consortium consortium(two_members_apart());
  Node& initech = consortium[0];
  initech.start();
  const std::string certificate =
      core::testing::source_tree() / "fixtures/vc/verify/valid/supplier-certificate-ed25519.json";
  const auto verify = [&](std::vector<std::string> words) {
    words.insert(words.begin(),
                 {avow_binary(), "verify", certificate, "--node", initech.public_url()});
    return run(words);
  };

  const Finished of_no_member = verify({});
  INFO(of_no_member.out + of_no_member.err);
  CHECK(of_no_member.exit_code == 3);
  CHECK(has(of_no_member.out, "[issuer_unknown]"));
  const Finished then = verify({"--profile", "w3c", "--at", "2025-06-01T00:00:00Z"});
  INFO(then.out + then.err);
  CHECK(then.exit_code == 0);
  CHECK(has(then.out, "ACCEPTED"));
  CHECK(has(then.out, "- not checked: whether the issuer may issue this"));
  const Finished today = verify({"--profile", "w3c"});
  INFO(today.out + today.err);
  CHECK(today.exit_code == 3);
  CHECK(has(today.out, "[expired]"));
}

}  // namespace story_test
