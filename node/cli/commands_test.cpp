#include "node/cli/commands.h"

#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <utility>

#include <catch2/catch.hpp>

#include "core/canonical_json.h"
#include "core/testing/temp_dir.h"
#include "node/audit/audit_log.h"
#include "node/data_directory.h"
#include "node/http/listener.h"
#include "node/http/testing/tls_server.h"
#include "node/log_witness.h"
#include "node/recovery/unsaid_statements.h"
#include "node/schema.h"

namespace avow::node::cli::commands_test {
namespace {

using core::testing::TempDir;
using http::testing::CertificateAuthority;
using http::testing::TlsServer;
using http::testing::TrustedAuthority;

/// What a command said and the exit code that it ended with.
struct Ended {
  int exit_code = 0;
  std::string out;
  std::string err;
};

template <class Command>
Ended run(const Command& command, bool json = false) {
  std::ostringstream out;
  std::ostringstream err;
  const int code = command(Console(out, err, json));
  return {code, out.str(), err.str()};
}

/// Three lines: what, why and how to mend it.
void check_fault(const Ended& ended, int exit_code, const std::string& what) {
  INFO(ended.err);
  CHECK(ended.exit_code == exit_code);
  CHECK(ended.out.empty());
  std::istringstream lines(ended.err);
  std::string error;
  std::string why;
  std::string fix;
  std::getline(lines, error);
  std::getline(lines, why);
  std::getline(lines, fix);
  CHECK_THAT(error, Catch::StartsWith("error: ") && Catch::Contains(what));
  CHECK_THAT(why, Catch::StartsWith("why:   "));
  CHECK_THAT(fix, Catch::StartsWith("fix:   "));
  CHECK(lines.peek() == std::istringstream::traits_type::eof());
}

std::filesystem::path written(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary) << text;
  return file;
}

constexpr std::string_view kVerdict = R"({"verified":true,"outcome":"accepted"})";

/// A node that answers whatever it is asked with one answer.
class AnsweringNode {
 public:
  explicit AnsweringNode(const http::Response& answer) {
    auto bound = http::Listener::on_tcp({"127.0.0.1", 0}, {});
    REQUIRE(bound);
    listener_ = std::move(*bound);
    http::RouteTable routes;
    for (const char* path : {"/credentials/verify", "/v1/credentials",
                             "/v1/credentials/{id}/suspend", "/v1/trust/accredit"})
      routes.add({"POST", path, [answer](const http::Request&) { return answer; }, 1024});
    routes.add(
        {"GET", "/1.0/identifiers/{did}", [answer](const http::Request&) { return answer; }});
    for (const char* path : {"/v1/issued/{leaf}", "/v1/revocations/{id}/propagation", "/v1/status"})
      routes.add({"GET", path, [answer](const http::Request&) { return answer; }});
    listener_->start(std::move(routes));
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(listener_->port()); }

 private:
  std::unique_ptr<http::Listener> listener_;
};

/// A credential file and options that a node accepts; the tests then spoil one of them.
struct Verification {
  TempDir folder;
  AnsweringNode node{{200, "application/json", {}, std::string(kVerdict)}};
  VerifyCommandOptions options;

  Verification() {
    options.target.node = node.url();
    options.file = written(folder / "credential.json", "{}").string();
  }
  Ended run() const {
    return commands_test::run([this](const Console& console) { return verify(options, console); });
  }
};

}  // namespace

TEST_CASE("who has a stop is told by name, with since when, or why that is not known",
          "[node][cli][propagation]") {
  const AnsweringNode node({200, "application/json", {}, R"({
    "id": "urn:uuid:1", "heard": 1, "of": 4,
    "statement": {"feed": "Qm", "epoch": 2, "sequence": 41, "hash": "u", "time": "T0"},
    "members": [
      {"member": "did:1", "name": "a.example", "heard": true, "since": "T1", "lastHead": "T2"},
      {"member": "did:7", "name": "g.example", "heard": true, "by": "T4", "lastHead": "T5"},
      {"member": "did:2", "name": "bb.example", "heard": false, "reason": "no_word", "lastHead": "T3"},
      {"member": "did:3", "name": "c.example", "heard": false, "reason": "no_word"},
      {"member": "did:4", "name": "d.example", "heard": false, "reason": "forked"},
      {"member": "did:5", "name": "e.example", "heard": false, "reason": "evicted"},
      {"member": "did:6", "name": "f.example", "heard": false, "reason": "suspended"}],
    "peers": [
      {"url": "http://10.0.0.2:8444", "state": "reachable", "waits": false},
      {"url": "http://10.0.0.3:8444", "state": "unreachable", "waits": true, "lastError": "timeout"}]})"});
  Target target;
  target.node = node.url();
  const Ended shown =
      run([&](const Console& console) { return vc_propagation(target, "urn:uuid:1", console); });
  CHECK(shown.exit_code == 0);
  CHECK(shown.out ==
        "feed     statement 2/41, said T0\n"
        "known    to 1 of 4 other members, by their word\n"
        "  ✔ a.example   since T1\n"
        "  ✔ g.example   by T4\n"
        "  ✗ bb.example  no word yet, last head T3\n"
        "  ✗ c.example   no word yet, nor any head\n"
        "  ✗ d.example   its feed is forked, so its word counts for nothing\n"
        "  ✗ e.example   evicted, so it is not waited for\n"
        "  ✗ f.example   no word yet, suspended\n"
        "queued   for http://10.0.0.3:8444, unreachable: timeout\n");
}

TEST_CASE("verify drops no check that was asked for", "[node][cli][verify]") {
  Verification asked;
  REQUIRE(asked.run().exit_code == 0);
  SECTION("a resource without an action") {
    asked.options.resource = "orders";
    check_fault(asked.run(), 2, "--resource");
  }
  SECTION("parameters without an action") {
    asked.options.parameters = "{}";
    check_fault(asked.run(), 2, "--parameters");
  }
  SECTION("an action without a value") {
    asked.options.action = "";
    check_fault(asked.run(), 2, "--action");
  }
  SECTION("a challenge without a value") {
    asked.options.challenge = "";
    check_fault(asked.run(), 2, "--challenge");
  }
  SECTION("parameters that are no object") {
    asked.options.action = "order";
    for (const char* text : {"[]", "{", "5"}) {
      asked.options.parameters = text;
      check_fault(asked.run(), 2, "--parameters");
    }
  }
  SECTION("all three together are asked") {
    asked.options.action = "order";
    asked.options.resource = "orders";
    asked.options.parameters = R"({"amount":100})";
    CHECK(asked.run().exit_code == 0);
  }
}

TEST_CASE("a time that is none is the option's fault, not the node's", "[node][cli]") {
  Verification asked;
  asked.options.as_of = "yesterday";
  check_fault(asked.run(), 2, "--at yesterday");
  asked.options.as_of = "2026-11-21T08:00:00Z";
  CHECK(asked.run().exit_code == 0);
  check_fault(run([&](const Console& console) {
                return did_resolve(asked.options.target, "did:web:acme.example", "2026", console);
              }),
              2, "--at 2026");
}

TEST_CASE("what the node says instead of a verdict keeps its meaning", "[node][cli][verify]") {
  Verification asked;
  const AnsweringNode refusing(http::problem(400, "bad_datetime", "/options/asOf: is no time"));
  asked.options.target.node = refusing.url();
  const Ended ended = asked.run();
  CHECK(ended.exit_code == 2);
  CHECK_THAT(ended.err, Catch::Contains("no verdict") && Catch::Contains("/options/asOf"));
}

TEST_CASE("who asks the wrong listener for a verdict is told which one gives it",
          "[node][cli][verify]") {
  Verification asked;
  auto listener = *http::Listener::on_tcp({"127.0.0.1", 0}, {});
  http::RouteTable routes;
  routes.add({"GET", "/gossip/heads",
              [](const http::Request&) { return http::json_response(200, core::Json::object()); }});
  listener->start(std::move(routes));
  asked.options.target.node = "http://127.0.0.1:" + std::to_string(listener->port());
  const Ended ended = asked.run();
  check_fault(ended, exit_code(ErrorCode::not_found), "gave no verdict");
  CHECK_THAT(ended.err, Catch::Contains("not a public listener (serve --listen)"));
}

TEST_CASE("a --node that is no URL of a node is refused before it is asked", "[node][cli]") {
  Verification asked;
  for (const char* url : {"acme.example", "ftp://acme.example", "http://", "http://a b",
                          "https://acme.example:99999", "https://acme.example/?a=b"}) {
    CAPTURE(url);
    asked.options.target.node = url;
    check_fault(asked.run(), 2, "--node");
  }
}

TEST_CASE("a node behind TLS is reached, if its certificate is one that we trust", "[node][cli]") {
  Verification asked;
  const CertificateAuthority authority;
  authority.write_to(asked.folder / "ca.pem");
  const TrustedAuthority trusted(asked.folder / "ca.pem");
  const auto answer = [](const std::string&) {
    return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
           std::to_string(kVerdict.size()) + "\r\n\r\n" + std::string(kVerdict);
  };
  const TlsServer server(authority.issue("localhost"), answer);
  asked.options.target.node = server.url("/");
  const Ended ended = asked.run();
  INFO(ended.err);
  CHECK(ended.exit_code == 0);
  REQUIRE(server.requests().size() == 1);
  CHECK_THAT(server.requests()[0], Catch::StartsWith("POST /credentials/verify "));

  const TlsServer other(CertificateAuthority().issue("localhost"), answer);
  asked.options.target.node = other.url("/");
  check_fault(asked.run(), 4, "cannot reach");
}

TEST_CASE("who could not resolve a DID is told by the exit code", "[node][cli]") {
  const auto resolve = [](int status, const std::string& body) {
    const AnsweringNode node({status, "application/did-resolution", {}, body});
    return run([&](const Console& console) {
      return did_resolve({"", node.url()}, "did:web:acme.example", "", console);
    });
  };
  const std::string none =
      R"({"didDocument":null,"didResolutionMetadata":{"error":{"type":"x","detail":"that is why"}}})";
  CHECK(resolve(200, R"({"didDocument":{},"didResolutionMetadata":{}})").exit_code == 0);
  for (const int status : {400, 403, 406, 501})
    check_fault(resolve(status, none), 2, "did:web:acme.example");
  for (const int status : {404, 410}) check_fault(resolve(status, none), 6, "did:web:acme.example");
  for (const int status : {429, 500, 502, 504})
    check_fault(resolve(status, none), 4, "did:web:acme.example");
  // A problem of the listener before the resolver was asked.
  CHECK(resolve(429, R"({"title":"Too Many Requests","status":429})").exit_code != 0);
}

namespace {

/// An organisation made by `init`, whose log a charter can be drafted from.
struct Founder {
  TempDir folder;
  InitOptions options;

  Founder() {
    options.data = folder / "acme";
    options.organisation = "Acme";
    options.domain = "acme.example";
    options.passphrase.file =
        written(folder / "passphrase", "correct horse battery staple\n").string();
    std::filesystem::permissions(folder / "passphrase", std::filesystem::perms(0600));
    options.weak_key_derivation = true;
  }
  Ended init() const {
    return run([this](const Console& console) { return cli::init(options, console); });
  }
  Ended draft(std::int64_t freshness_normal_seconds) const {
    CharterDraftOptions draft;
    draft.founders = {options.data / "did.jsonl"};
    draft.freshness_normal_seconds = freshness_normal_seconds;
    draft.out = folder / "charter.json";
    std::filesystem::remove(draft.out);
    return run([&](const Console& console) { return charter_draft(draft, console); });
  }
};

/// `vc issue` at a node that answers with this.
Ended issue(const http::Response& answer, const std::function<void(VcIssueOptions&)>& change = {}) {
  const TempDir folder;
  const AnsweringNode node(answer);
  VcIssueOptions options;
  options.target.node = node.url();
  options.agent = "buyer-7";
  options.claims = written(folder / "claims.json", "{}");
  if (change) change(options);
  return run([&](const Console& console) { return vc_issue(options, console); });
}

/// What a node answers to a member that it does not take.
http::Response field_problem(const std::string& pointer) {
  return http::problem(400, "out_of_range", pointer + ": that is why", {{pointer, "that is why"}});
}

}  // namespace

TEST_CASE("what a node does not take is named as the person gave it", "[node][cli][vc]") {
  REQUIRE(issue({201, "application/json", {}, R"({"verifiableCredential":{}})"}).exit_code == 0);
  check_fault(issue(field_problem("/lifetimeSeconds"), [](auto& o) { o.ttl = "48h"; }), 2,
              "--ttl 48h");
  check_fault(
      issue(field_problem("/validFrom"), [](auto& o) { o.valid_from = "2026-11-21T08:00:00Z"; }), 2,
      "--valid-from 2026-11-21T08:00:00Z");
  check_fault(issue(field_problem("/type")), 2, "--type AgentCapabilityCredential");
  for (const char* pointer : {"/claims", "/claims/x", "/credentialSubject/capabilities/0"}) {
    const Ended ended = issue(field_problem(pointer));
    check_fault(ended, 2, "claims.json");
    CHECK_THAT(ended.err, Catch::Contains("that is why"));
  }
  const auto refused =
      http::problem(Error{ErrorCode::invalid_input, "this cannot be issued",
                          "invalid_claims: that is why (at /credentialSubject/x)"});
  check_fault(issue(refused), 2, "claims.json");
  check_fault(issue({}, [](auto& o) { o.valid_from = "tomorrow"; }), 2, "--valid-from tomorrow");
}

TEST_CASE("a node's doubt about what it did is shown to people and to programs",
          "[node][cli][vc]") {
  const http::Response issued{
      201, "application/json", {}, R"({"verifiableCredential":{},"warning":"believed by nobody"})"};
  const Ended ended = issue(issued);
  CHECK(ended.exit_code == 0);
  CHECK(ended.err == "warning: believed by nobody\n");
  CHECK(issue({201, "application/json", {}, R"({"verifiableCredential":{}})"}).err.empty());

  const AnsweringNode node(
      {200, "application/json", {}, R"({"epoch":2,"sequence":3,"warning":"no effect"})"});
  AccreditOptions options;
  options.target.node = node.url();
  options.subject = "did:web:globex.example";
  options.types = {"Foo"};
  const auto accredited =
      run([&](const Console& console) { return trust_accredit(options, console); });
  CHECK(accredited.exit_code == 0);
  CHECK_THAT(accredited.out,
             Catch::StartsWith("accredited  did:web:globex.example  (statement 2/3)\n"));
  CHECK(accredited.err == "warning: no effect\n");
}

TEST_CASE("status names statements as other commands take them", "[node][cli]") {
  const AnsweringNode node({200, "application/json", {}, R"({"name":"Acme","members":[
        {"did":"did:web:globex.example","epoch":2,"sequence":41,"fresh":false,
         "frozenAt":{"epoch":2,"sequence":42}},
        {"did":"did:web:initech.example","epoch":1,"sequence":5,"ageSeconds":3,"fresh":true}]})"});
  const auto shown = run([&](const Console& console) { return status({"", node.url()}, console); });
  CHECK(shown.exit_code == 0);
  std::istringstream lines(shown.out);
  std::vector<std::vector<std::string>> members;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    if (line.starts_with("did:"))
      members.push_back({std::istream_iterator<std::string>(words), {}});
  }
  const std::vector<std::vector<std::string>> expected{
      {"did:web:globex.example", "2/41", "false", "2/42"},
      {"did:web:initech.example", "1/5", "3", "true"}};
  CHECK(members == expected);
}

TEST_CASE("a file that is not what was meant is told what it should hold", "[node][cli]") {
  const TempDir folder;
  const auto file = written(folder / "other.txt", "hello");
  const Target nobody{"", "http://127.0.0.1:1"};
  const auto fix_of_fault = [&](const std::function<int(const Console&)>& command) {
    const Ended ended = run(command);
    check_fault(ended, 2, "other.txt");
    return ended.err.substr(ended.err.find("fix:   "));
  };
  CHECK_THAT(fix_of_fault([&](const Console& c) { return charter_show(file, c); }),
             Catch::Contains("avow charter found"));
  CHECK_THAT(fix_of_fault([&](const Console& c) {
               return member_admit({nobody, file, true}, c);
             }),
             Catch::Contains("did.jsonl that avow init made"));
  CHECK_THAT(fix_of_fault([&](const Console& c) {
               return govern_propose({nobody, file, true}, c);
             }),
             Catch::Contains("avow govern propose --help"));
  CHECK_THAT(fix_of_fault([&](const Console& c) {
               return did_update(nobody, "did:web:acme.example:agents:a", file, c);
             }),
             Catch::Contains("DID document"));
  CHECK_THAT(fix_of_fault([&](const Console& c) {
               VcIssueOptions options;
               options.target = nobody;
               options.claims = file;
               return vc_issue(options, c);
             }),
             Catch::Contains("\"capabilities\""));
  CHECK_THAT(fix_of_fault([&](const Console& c) {
               CharterDraftOptions draft;
               draft.founders = {file};
               draft.out = folder / "charter.json";
               return charter_draft(draft, c);
             }),
             Catch::Contains("did.jsonl that avow init made"));
}

TEST_CASE("a rule about nobody and nothing is refused before the node is asked",
          "[node][cli][trust]") {
  LocalRuleOptions options;
  options.target.node = "http://127.0.0.1:1";
  for (auto* change : {trust_deny, trust_allow}) {
    const Ended ended = run([&](const Console& console) { return change(options, console); });
    check_fault(ended, 2, "nothing is named");
    CHECK_THAT(ended.err, Catch::Contains("give --did DID, --type TYPE or both"));
  }
  options.type = "Badge";
  CHECK(run([&](const Console& console) { return trust_deny(options, console); }).exit_code == 4);
}

TEST_CASE("where there is nothing to recover or to witness, no command says that there is",
          "[node][cli]") {
  Founder acme;
  REQUIRE(acme.init().exit_code == 0);
  const auto collected = run([&](const Console& console) {
    return witness_collect({acme.options.data, {}}, console);
  });
  CHECK(collected.exit_code == 0);
  CHECK_THAT(collected.out, Catch::Contains("names no witnesses"));
  CHECK(collected.out.find("next") == std::string::npos);

  KeyRecoverOptions recovering;
  recovering.data = acme.options.data;
  recovering.passphrase.file =
      written(acme.folder / "wrong", "not the right passphrase\n").string();
  recovering.yes = true;
  const auto recovered =
      run([&](const Console& console) { return key_recover(recovering, console); });
  CHECK(recovered.exit_code != 0);
  CHECK_THAT(recovered.out, Catch::Contains("There is nothing to recover: this only rotates"));
}

TEST_CASE("key recover strikes out what waits of an earlier recovery, and makes no new key for it",
          "[node][cli]") {
  Founder acme;
  REQUIRE(acme.init().exit_code == 0);
  const auto open = [&] {
    auto database =
        core::Database::open(DataDirectory{acme.options.data}.database(), all_migrations());
    REQUIRE(database);
    return std::move(*database);
  };
  REQUIRE(open()->write([](core::Transaction& transaction) -> core::Result<void, core::Error> {
    UnsaidStatements::add_ends(transaction, "did:web:globex.example", {"Badge", "Pass"});
    return {};
  }));
  const auto waiting = [&] {
    std::vector<std::string> names;
    REQUIRE(open()->read([&](core::Connection& connection) {
      for (const auto& one : UnsaidStatements::waiting(connection)) names.push_back(one.name);
    }));
    return names;
  };
  const auto recover = [&](std::vector<std::string> strikes) {
    KeyRecoverOptions recovering;
    recovering.data = acme.options.data;
    recovering.passphrase.file = acme.folder / "none";
    recovering.strikes = std::move(strikes);
    recovering.yes = true;
    return run([&](const Console& console) { return key_recover(recovering, console); });
  };
  const auto shown = recover({});
  CHECK(shown.exit_code == 0);
  CHECK_THAT(shown.out, Catch::Contains("1 statement of an earlier recovery") &&
                            Catch::Contains("did:web:globex.example=Badge") &&
                            Catch::Contains("did:web:globex.example=Pass") &&
                            Catch::Contains("Nothing is changed"));
  check_fault(recover({"did:web:globex.example=Other"}), 2, "nothing is called");
  CHECK(waiting().size() == 2);

  const auto struck = recover({"did:web:globex.example=Badge"});
  CHECK(struck.exit_code == 0);
  CHECK_THAT(struck.out, Catch::Contains("the key stays"));
  CHECK(waiting() == std::vector<std::string>{"did:web:globex.example=Pass"});
}

TEST_CASE(
    "audit verify names the first bad row of a node that does not run, and ends with 3 [STORE-10]",
    "[node][cli][audit]") {
  const TempDir folder;
  const auto changed = [&](const std::function<void(core::Transaction&)>& change) {
    auto database = core::Database::open(DataDirectory{folder.path()}.database(), all_migrations());
    REQUIRE(database);
    REQUIRE((*database)->write([&](core::Transaction& in) -> core::Result<void, core::Error> {
      change(in);
      return {};
    }));
  };
  const auto verify = [&](bool json) {
    return run(
        [&](const Console& console) {
          return audit_verify({folder.path(), ""}, console);
        },
        json);
  };
  changed([](core::Transaction& in) {
    for (const char* id : {"c-1", "c-2", "c-3"})
      AuditLog().append(in, core::Instant{}, {"uid 1", "credential.revoke", id, {}});
  });
  const Ended good = verify(false);
  CHECK(good.exit_code == 0);
  CHECK_THAT(good.out, Catch::StartsWith("audit ok   3 rows"));

  // What somebody with the file in hand could do.
  changed([](core::Transaction& in) {
    in.run("DROP TRIGGER audit_keeps_contents");
    in.run("UPDATE audit SET subject = 'c-9' WHERE seq = 2");
  });
  const Ended broken = verify(false);
  CHECK(broken.exit_code == 3);
  CHECK_THAT(broken.out, Catch::StartsWith("AUDIT BROKEN at row 2: "));
  const Ended for_programs = verify(true);
  CHECK(for_programs.exit_code == 3);
  const auto report = core::parse_json(for_programs.out);
  REQUIRE(report);
  CHECK(*report->find("ok") == core::Json(false));
  CHECK(*report->find("firstBadRow") == core::Json(2));
}

TEST_CASE("a key file is made with a passphrase that is long enough", "[node][cli]") {
  Founder acme;
  AgentAddOptions agent;
  agent.name = "buyer-7";
  agent.key_out = acme.folder / "agent.key";
  agent.passphrase = acme.options.passphrase;
  const auto add = [&] {
    return run([&](const Console& console) { return agent_add(agent, console); });
  };
  written(acme.options.passphrase.file, "12345678901\n");
  check_fault(acme.init(), 2, "passphrase");
  check_fault(add(), 2, "passphrase");
  CHECK_FALSE(std::filesystem::exists(acme.options.data));
  CHECK_FALSE(std::filesystem::exists(agent.key_out));
  written(acme.options.passphrase.file, "123456789012\n");
  CHECK(acme.init().exit_code == 0);
}

TEST_CASE("a passphrase file that others can read is taken with a warning", "[node][cli]") {
  const Founder acme;
  std::filesystem::permissions(acme.options.passphrase.file, std::filesystem::perms(0444));
  const Ended ended = acme.init();
  CHECK(ended.exit_code == 0);
  CHECK_THAT(ended.err,
             Catch::StartsWith("warning: ") && Catch::Contains(acme.options.passphrase.file));
}

TEST_CASE("a name of no bytes or of too many is told what it may have", "[node][cli]") {
  Founder acme;
  for (const std::size_t size : {std::size_t{0}, std::size_t{201}}) {
    acme.options.organisation = std::string(size, 'a');
    const Ended ended = acme.init();
    check_fault(ended, 2, "name of the organisation");
    CHECK_THAT(ended.err, Catch::Contains("1 to 200 bytes"));
  }
}

TEST_CASE("the tiers beside --freshness-normal give way to it", "[node][cli][charter]") {
  const Founder acme;
  REQUIRE(acme.init().exit_code == 0);
  CHECK_THAT(acme.draft(5).out, Catch::Contains("low 86400 s, normal 5 s, high 5 s"));
  CHECK_THAT(acme.draft(60).out, Catch::Contains("low 86400 s, normal 60 s, high 60 s"));
  CHECK_THAT(acme.draft(61).out, Catch::Contains("low 86400 s, normal 61 s, high 60 s"));
  CHECK_THAT(acme.draft(86'401).out, Catch::Contains("low 86401 s, normal 86401 s, high 60 s"));
  CHECK(acme.draft(2'678'400).exit_code == 0);
  std::filesystem::remove(acme.folder / "charter.json");
  for (const std::int64_t seconds : {-1, 0, 2'678'401})
    check_fault(acme.draft(seconds), 2, "--freshness-normal " + std::to_string(seconds));
  CHECK_FALSE(std::filesystem::exists(acme.folder / "charter.json"));
}

TEST_CASE("a draft that would not hold is refused without naming a file that is not there",
          "[node][cli][charter]") {
  const Founder acme;
  REQUIRE(acme.init().exit_code == 0);
  CharterDraftOptions draft;
  draft.founders = {acme.options.data / "did.jsonl"};
  draft.grants = {"acme.example="};
  draft.out = acme.folder / "charter.json";
  const Ended ended = run([&](const Console& console) { return charter_draft(draft, console); });
  check_fault(ended, 1, "would not be a valid charter");
  CHECK(ended.err.find("charter.json") == std::string::npos);
  CHECK_FALSE(std::filesystem::exists(draft.out));
}

TEST_CASE("a draft is not written over a charter that others may have signed",
          "[node][cli][charter]") {
  const Founder acme;
  REQUIRE(acme.init().exit_code == 0);
  CharterDraftOptions draft;
  draft.founders = {acme.options.data / "did.jsonl"};
  draft.out = written(acme.folder / "charter.json", "signed by all");
  const Ended ended = run([&](const Console& console) { return charter_draft(draft, console); });
  check_fault(ended, 7, "charter.json");
  CHECK(*read_text_file(draft.out, 100) == "signed by all");
}

TEST_CASE("nothing is issued when its file could not be written", "[node][cli][vc]") {
  const TempDir folder;
  std::filesystem::create_directory(folder / "a-folder");
  VcIssueOptions options;
  options.target.node = "http://127.0.0.1:1";  // whoever asks it says that it cannot be reached
  options.agent = "buyer-7";
  for (const auto& [out, code] :
       {std::pair(folder / "a-folder", 2), std::pair(folder / "missing" / "x.json", 1)}) {
    options.out = out;
    check_fault(run([&](const Console& console) { return vc_issue(options, console); }), code,
                "cannot write " + out.string());
  }
  options.out = folder / "x.json";
  check_fault(run([&](const Console& console) { return vc_issue(options, console); }), 4, "reach");
}

TEST_CASE("an emergency that is too long is told the units that its option takes", "[node][cli]") {
  EmergencyOptions options;
  options.target.node = "http://127.0.0.1:1";  // nobody is asked
  options.member = "did:web:globex.example";
  options.yes = true;
  const auto emergency = [&](const char* duration) {
    options.duration = duration;
    return run([&](const Console& console) { return govern_emergency(options, console); });
  };
  for (const char* duration : {"4d", "73h", "4321m"}) {
    const auto ended = emergency(duration);
    check_fault(ended, 2, std::string("--for ") + duration);
    CHECK_THAT(ended.err, Catch::Contains("72h or 3d"));
  }
  check_fault(emergency("3 days"), 2, "--for");
  CHECK_THAT(emergency("3 days").err, Catch::Contains("s, m, h or d"));
  CHECK(emergency("3d").exit_code == 4);  // only now the node is looked for
}

TEST_CASE("a witness's key is there with its guard file, or not at all", "[node][cli][witness]") {
  const TempDir folder;
  WitnessCreateOptions options;
  options.key_out = folder / "witness.key.json";
  options.passphrase.file = written(folder / "passphrase", "correct horse battery staple\n");
  std::filesystem::permissions(options.passphrase.file, std::filesystem::perms(0600));
  options.weak_key_derivation = true;
  const auto file = LogWitness::guard_of(options.key_out);
  const auto create = [&](bool json = false) {
    return run([&](const Console& console) { return witness_create(options, console); }, json);
  };
  /// Of the key that is there it says that nothing was signed.
  const auto check_made = [&](const Ended& ended) {
    INFO(ended.err);
    REQUIRE(ended.exit_code == 0);
    const auto id = *core::parse_json(ended.out)->find_string("id");
    const registry::DiskGuardFile guard(file, id.substr(std::string("did:key:").size()));
    CHECK(guard.presence().value() == registry::GuardPresence::own);
    CHECK_FALSE(guard.read().value());
    CHECK(std::filesystem::exists(options.key_out));
  };
  const registry::GuardMark mark{1, 1, "u" + std::string(43, 'A')};
  SECTION("of a creation that ended before the guard file nothing is left") {
    std::filesystem::create_directory(file.string() + ".new");
    check_fault(create(), 1, "cannot make the key's guard file");
    CHECK_FALSE(std::filesystem::exists(options.key_out));
    std::filesystem::remove(file.string() + ".new");
    check_made(create(/*json=*/true));
  }
  SECTION("what one left that ended before the key is replaced") {
    const auto beside = options.key_out.string() + ".new";
    std::filesystem::create_directories(beside + "/within");
    CHECK(create().exit_code == 1);
    CHECK(std::filesystem::exists(file));
    CHECK_FALSE(std::filesystem::exists(options.key_out));
    std::filesystem::remove_all(beside);
    check_made(create(/*json=*/true));
  }
  SECTION("a key that is there gets no guard file") {
    check_made(create(/*json=*/true));
    std::filesystem::remove(file);
    check_fault(create(), 7, "witness.key.json is already there");
    CHECK_FALSE(std::filesystem::exists(file));
  }
  SECTION("nor loses the one that it has") {
    check_made(create(/*json=*/true));
    REQUIRE(registry::DiskGuardFile(file, "").write(mark));
    check_fault(create(), 7, "witness.key.json is already there");
    CHECK(registry::DiskGuardFile(file, "").read().value() == mark);
  }
  SECTION("what a key has signed that is not there is not written over") {
    REQUIRE(registry::DiskGuardFile(file, "").write(mark));
    check_fault(create(), 7, "witness.key.json.guard is already there");
    CHECK(registry::DiskGuardFile(file, "").read().value() == mark);
    CHECK_FALSE(std::filesystem::exists(options.key_out));
  }
  SECTION("nor what nobody can read") {
    written(file, "{");
    check_fault(create(), 1, "cannot read what is beside the key");
    CHECK_FALSE(std::filesystem::exists(options.key_out));
  }
}

TEST_CASE("what is no URL of a peer listener is no witness, before anything is made",
          "[node][cli]") {
  const TempDir folder;
  for (const char* witness : {"foo", "acme.example:9443", "https://acme.example:9443", "",
                              "http://", "https://acme.example:9443#z6Mk"}) {
    CAPTURE(witness);
    const auto what = std::string("--witness ") + witness + " is no witness";
    KeyRotateOptions rotating;
    rotating.data = folder.path();
    rotating.witnesses = {"http://127.0.0.1:1", witness};
    check_fault(run([&](const Console& console) { return key_rotate(rotating, console); }), 2,
                what);
    KeyRecoverOptions recovering;
    recovering.data = folder.path();
    recovering.witnesses = rotating.witnesses;
    check_fault(run([&](const Console& console) { return key_recover(recovering, console); }), 2,
                what);
    const WitnessCollectOptions collecting{folder.path(), rotating.witnesses};
    check_fault(run([&](const Console& console) { return witness_collect(collecting, console); }),
                2, what);
  }
}

TEST_CASE("what is revoked already is told so, and nobody is asked to confirm it",
          "[node][cli][vc]") {
  std::string state = "revoked";
  auto listener = *http::Listener::on_tcp({"127.0.0.1", 0}, {});
  http::RouteTable routes;
  routes.add({"GET", "/v1/credentials/{id}", [&](const http::Request&) {
                return http::json_response(200, core::Json::object({{"state", state}}));
              }});
  routes.add({"POST", "/v1/credentials/{id}/revoke",
              [&](const http::Request&) {
                const auto before = std::exchange(state, "revoked");
                return http::json_response(
                    200, core::Json::object({{"before", before}, {"state", state}, {"audit", 7}}));
              },
              1024});
  listener->start(std::move(routes));
  VcChangeOptions options;
  options.target.node = "http://127.0.0.1:" + std::to_string(listener->port());
  options.id = "urn:uuid:1";
  options.change = CredentialIssuer::Change::revoke;
  const auto change = [&](const Console& console) { return vc_change(options, console); };
  // A console for programs asks nobody: who would have to confirm is refused.
  CHECK(run(change, /*json=*/true).exit_code == 0);
  CHECK_THAT(run(change).out, Catch::StartsWith("already revoked  urn:uuid:1\n"));
  for (const char* before : {"suspended", "active"}) {
    state = before;
    options.yes = false;
    check_fault(run(change), 2, "at the terminal");
    CHECK(state == before);
    options.yes = true;
    CHECK_THAT(run(change).out,
               Catch::StartsWith(std::string(before) + " -> revoked  urn:uuid:1\n"));
  }
}

TEST_CASE("a stop is said to be queued for the peers that there are, not handed to them",
          "[node][cli][vc]") {
  VcChangeOptions options;
  options.id = "urn:uuid:1";
  options.change = CredentialIssuer::Change::suspend;
  options.no_wait = true;
  const auto told = [&](std::int64_t peers) {
    const auto answer = core::Json::object({{"before", "active"},
                                            {"state", "suspended"},
                                            {"audit", 7},
                                            {"peers", peers},
                                            {"epoch", 1},
                                            {"sequence", 10}});
    const AnsweringNode node({200, "application/json", {}, core::to_canonical(answer)});
    options.target.node = node.url();
    return run([&](const Console& console) { return vc_change(options, console); }).out;
  };
  // Whether any of them can be reached the node does not know yet.
  CHECK_THAT(told(1), Catch::Contains("feed     statement 1/10, queued for 1 peer\n"));
  CHECK_THAT(told(2), Catch::Contains("feed     statement 1/10, queued for 2 peers\n"));
}

TEST_CASE("where no organisation was made, no node is said to be missing", "[node][cli]") {
  const TempDir folder;
  VcIssueOptions options;
  options.agent = "buyer-7";
  const auto issue = [&](const Console& console) { return vc_issue(options, console); };
  for (const auto& data : {folder.path(), folder / "absent"}) {
    options.target.data = data;
    const auto ended = run(issue);
    check_fault(ended, exit_code(ErrorCode::not_initialised),
                "there is no organisation in " + data.string());
    CHECK_THAT(ended.err, Catch::Contains("avow init --data " + data.string()));
  }
  options.target.data = folder.path();
  written(folder / "organisation.json", "{}");
  const auto standing_still = run(issue);
  check_fault(standing_still, exit_code(ErrorCode::unreachable), "cannot reach the node");
  CHECK_THAT(standing_still.err, Catch::Contains("try again in a moment"));
}

TEST_CASE("of a credential that the node has not published it is said what may help",
          "[node][cli]") {
  const TempDir folder;
  const auto file = written(folder / "credential.json", "{}");
  const AnsweringNode node(http::problem(404, "not_found", "no such leaf"));
  const auto ended = run([&](const Console& console) {
    return vc_published({"", node.url()}, file, console);
  });
  check_fault(ended, 6, "not published");
  CHECK_THAT(ended.err, Catch::Contains("five minutes") && Catch::Contains("--node URL"));
}

}  // namespace avow::node::cli::commands_test
