#include <memory>

#include "core/testing/temp_dir.h"
#include "did/composite_resolver.h"
#include "did/did_key.h"
#include "node/api/request_body.h"
#include "node/api/verify_routes.h"
#include "node/own_resolver.h"
#include "node/testing/benches.h"
#include "node/testing/rooms.h"
#include "node/trust/known_lists.h"
#include "node/trust/registry_trust_policy.h"
#include "registry/registry_resolver.h"
#include "revocation/status_list_checker.h"
#include "vc/issue.h"
#include "vc/namespace.h"
#include "vc/present.h"
#include "vc/status_entry.h"
#include "vc/testing/world.h"

// From the bytes of a document to the verdict, in the consortium profile, with what a node has behind the ports: the
// registry, the members' lists, the resolvers. Only the clock stands still.

namespace avow::node::testing {
namespace {

using core::Json;
using core::testing::Bench;
using core::testing::must_hold;
using registry::testing::Author;
using registry::testing::Consortium;
using registry::testing::kNow;

constexpr std::size_t kCredentials = 64;
constexpr const char* kListUrl = "https://acme.example/status/";

Consortium consortium_of_two() {
  Consortium consortium(2);
  consortium.draft.grants.push_back(
      {consortium.organisations[0].scid, {std::string(vc::kAgentCapabilityCredential)}, 0});
  return consortium;
}

/// What Acme issued to an agent with a did:key, told apart by their ids.
struct Issued {
  Issued() {
    const vc::testing::World example;
    const auto& acme = consortium.organisations[0];
    core::testing::SeededRandom random(1);
    for (std::size_t i = 0; i < kCredentials; ++i) {
      Json draft = example.draft();
      for (const char* given : {"id", "issuer", "credentialStatus"}) draft.erase(given);
      Json subject = example.subject();
      subject.set("id", agent_did);
      draft.set("credentialSubject", std::move(subject));
      draft.set("validFrom", "2026-11-21T08:00:00Z");
      vc::IssueOptions options;
      options.now = kNow;
      options.status = {
          vc::make_status_entry("revocation", std::string(kListUrl) + "r1", 90'000 + i),
          vc::make_status_entry("suspension", std::string(kListUrl) + "s1", 40'000 + i)};
      credentials.push_back(
          vc::issue(std::move(draft), {acme.did, acme.key_id, acme.key}, options, random).value());
      texts.push_back(core::to_canonical(credentials.back()));
    }
  }

  const Consortium consortium = consortium_of_two();
  const core::Ed25519SigningKey agent_key = vc::testing::key_from(42);
  const std::string agent_did = did::did_key_of(agent_key.public_key()).text();
  const std::string agent_method = did::did_key_method_of(agent_key.public_key());
  std::vector<Json> credentials;
  std::vector<std::string> texts;
};

/// Globex's node, which has heard of Acme's lists.
struct Globex {
  explicit Globex(const Issued& issued) : rooms(issued.consortium.organisations[1], folder.path()) {
    must(rooms.join(issued.consortium.charter()));
    Author acme{issued.consortium.organisations[0], rooms.replica.view()->charter().network};
    registry::Objects heard{.statements = {acme.open().text}};
    for (const auto& [name, purpose] :
         {std::pair("r1", "revocation"), std::pair("s1", "suspension")})
      heard.statements.push_back(
          acme.next("status.list", registry::testing::list_body(name, purpose)).text);
    rooms.write([&](core::Transaction& tx) {
      must_hold(rooms.replica.receive(tx, heard, "http://10.0.0.2:8444", kNow).has_value(),
                "Acme's feed");
    });
  }

  const core::testing::TempDir folder;
  Rooms rooms;
  SqliteChallengeBook durable_challenges{*rooms.database, rooms.random};
  const KnownLists known_lists{*rooms.lists, *rooms.membership, rooms.replica};
  const revocation::StatusListChecker status{known_lists};
  const RegistryTrustPolicy trust{rooms.replica, *rooms.local_rules, *rooms.stops, *rooms.issued};
  const OwnOrganisationResolver own{rooms.own_log};
  const registry::RegistryResolver members{[this] { return rooms.replica.view(); }};
  const std::string domain = "decentralized_identifier:" + rooms.organisation.did().text();
};

/// What a node remembers of keys, documents and signatures.
struct Memory {
  Memory(const Globex& globex, std::size_t max_signatures)
      : signatures(max_signatures), of(globex) {}

  vc::VerifyContext context() { return {resolver, keys, signatures, of.status, of.trust}; }

  core::PublicKeyCache keys;
  vc::SignatureCache signatures;
  const Globex& of;
  const did::DidKeyResolver key_resolver{keys};
  const did::CompositeResolver resolver{{{"key", &key_resolver},
                                         {"webvh", &of.own},
                                         {"webvh", &of.members},
                                         {"web", of.rooms.documents.get()},
                                         {"web", &of.members}}};
};

constexpr std::size_t kForgetful =
    kCredentials / 2;  // signatures: each is forgotten before its next turn
constexpr std::size_t kUsual = 100'000;

struct GivenCredentials {
  void verify_credential(std::size_t i, Memory& memory) const {
    auto json = core::parse_json(issued.texts[i % kCredentials]);
    vc::VerifyOptions options;
    options.now = kNow;
    const auto verdict = vc::verify_credential(std::move(*json), memory.context(), options);
    must_hold(verdict.outcome() == vc::Outcome::accepted, verdict.code());
  }

  /// `count` presentations, each over a challenge of its own.
  void present(std::size_t count, const std::function<std::string()>& new_challenge) {
    presentations.clear();
    for (std::size_t i = 0; i < count; ++i) {
      const auto presentation =
          vc::present({issued.credentials[i % kCredentials]},
                      {issued.agent_did, issued.agent_method, issued.agent_key},
                      {new_challenge(), globex.domain, kNow});
      presentations.push_back(core::to_canonical(presentation.value()));
    }
  }
  void present(std::size_t count) {
    challenges = vc::testing::FakeChallenges();
    present(count, [this] {
      std::string challenge = "challenge-in-memory-" + std::to_string(++issued_challenges);
      challenges.issue(challenge, kNow + std::chrono::seconds(60));
      return challenge;
    });
  }
  void verify_presentation(std::size_t i, Memory& memory, vc::ChallengeBook& book) const {
    auto json = core::parse_json(presentations[i]);
    vc::VerifyOptions options;
    options.now = kNow;
    options.expected_domain = globex.domain;
    const auto verdict = vc::verify_presentation(std::move(*json), memory.context(), options, book);
    must_hold(verdict.outcome() == vc::Outcome::accepted, verdict.code());
  }

  const Issued issued;
  Globex globex{issued};
  Memory forgetful{globex, kForgetful};
  Memory usual{globex, kUsual};
  vc::testing::FakeChallenges challenges;
  std::uint64_t issued_challenges =
      0;  // none twice, or its presentation's signature would be known
  std::vector<std::string> presentations;
};
using Shared = std::shared_ptr<GivenCredentials>;

/// run() from one verification.
template <class Verify>
std::function<void(std::size_t)> repeat(Verify verify) {
  return [verify](std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) verify(i);
  };
}

core::testing::Benches credential_benches(const Shared& given) {
  return {{.name = "verify_vc_warm",
           .what = "verify a credential of " + std::to_string(given->issued.texts.front().size()) +
                   " bytes, every check",
           .run = repeat([given](std::size_t i) { given->verify_credential(i, given->forgetful); }),
           .goal = {.must = "0.65",
                    .ambitious = "0.80",
                    .bound = "0.83-0.93",
                    .peer = "Digital Bazaar vc 0.117"}},
          {.name = "verify_vc_cold",
           .what = "the same, its issuer's key never seen",
           .run = repeat([given](std::size_t i) {
             Memory none(given->globex, kForgetful);
             given->verify_credential(i, none);
           })},
          {.name = "verify_vc_cached",
           .what = "the same, its signature seen before",
           .run = repeat([given](std::size_t i) { given->verify_credential(i, given->usual); })}};
}

core::testing::Benches presentation_benches(const Shared& given) {
  const auto prepare = [given](std::size_t count) { given->present(count); };
  return {{.name = "verify_vp_warm",
           .what = "verify a presentation of one credential over a challenge",
           .run = repeat([given](std::size_t i) {
             given->verify_presentation(i, given->forgetful, given->challenges);
           }),
           .goal = {.must = "0.33", .ambitious = "0.42", .bound = "0.50", .peer = "0.080"},
           .prepare = prepare},
          {.name = "verify_vp_cold",
           .what = "the same, neither key ever seen",
           .run = repeat([given](std::size_t i) {
             Memory none(given->globex, kForgetful);
             given->verify_presentation(i, none, given->challenges);
           }),
           .prepare = prepare},
          {.name = "verify_vp_cached",
           .what = "the same, the credential's signature seen before",
           .run = repeat([given](std::size_t i) {
             given->verify_presentation(i, given->usual, given->challenges);
           }),
           .goal = {.must = "0.55", .ambitious = "0.80", .bound = "0.93"},
           .prepare = prepare},
          {.name = "verify_vp_durable",
           .what = "the same, the challenge used up on disk, nobody sharing the commit",
           .run = repeat([given](std::size_t i) {
             given->verify_presentation(i, given->usual, given->globex.durable_challenges);
           }),
           .prepare = [given](std::size_t count) {
             given->present(count, [given] {
               return given->globex.durable_challenges.issue(kNow).value().value().value;
             });
           }}};
}

/// The handler of POST /credentials/verify: the body that a listener read, and the answer it would write.
Bench route_bench(const Shared& given) {
  struct Route {
    http::RouteTable table;
    std::vector<http::Request> requests;
  };
  const auto route = std::make_shared<Route>();
  auto& globex = given->globex;
  api::add_verify_routes(route->table,
                         {given->forgetful.context(), globex.durable_challenges, globex.rooms.clock,
                          vc::Profile::consortium, globex.domain});
  for (const std::string& text : given->issued.texts) {
    http::Request request;
    request.method = "POST";
    request.path = "/credentials/verify";
    request.body = R"({"verifiableCredential":)" + text + "}";
    route->requests.push_back(std::move(request));
  }
  return {.name = "verify_vc_route",
          .what = "verify a credential, from the request's body to the answer's",
          .run = repeat([given, route](std::size_t i) {
            const auto& request = route->requests[i % kCredentials];
            const auto found = route->table.find(request.method, request.path);
            const auto answer = std::get<http::RouteMatch>(found).route->handler(request);
            must_hold(answer.status == 200, answer.body);
          })};
}

}  // namespace

core::testing::Benches verify_benches() {
  const auto given = std::make_shared<GivenCredentials>();
  auto benches = credential_benches(given);
  benches.push_back(route_bench(given));
  for (auto& bench : presentation_benches(given)) benches.push_back(std::move(bench));
  return benches;
}

}  // namespace avow::node::testing
