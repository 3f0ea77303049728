#include "node/strangers.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "core/canonical_json.h"
#include "core/data_integrity.h"
#include "core/testing/fake_clock.h"
#include "core/testing/scripted_fetcher.h"
#include "node/api/did_routes.h"
#include "node/testing/route_caller.h"
#include "registry/testing/consortium.h"
#include "revocation/status_list_credential.h"
#include "vc/testing/world.h"

namespace avow::node::strangers_test {
namespace {

using core::Json;
using namespace std::chrono_literals;

/// No list is known.
class NoLists final : public revocation::StatusSource {
 public:
  revocation::Result<revocation::KnownList, revocation::Error> find(const std::string&,
                                                                    const std::string&,
                                                                    core::Instant) const override {
    return core::fail(
        revocation::Error{revocation::ErrorCode::status_retrieval_error, "not known here"});
  }
};

std::string url_of(const std::string& did) {
  return "https://" + did.substr(std::string_view("did:web:").size()) + "/.well-known/did.json";
}

Json document_of(const std::string& did, const core::Ed25519PublicKey& key) {
  const Json method = did + "#key-1";
  return Json::object({{"id", did},
                       {"verificationMethod",
                        Json::array({Json::object({{"id", method},
                                                   {"type", "Multikey"},
                                                   {"controller", did},
                                                   {"publicKeyMultibase", key.to_multikey()}})})},
                       {"assertionMethod", Json::array({method})},
                       {"authentication", Json::array({method})}});
}

/// A node that knows nobody, and a stranger who publishes a document and a list of each purpose.
struct World : vc::testing::World {
  World() {
    publish_key(key_of_stranger);
    publish_list({});
  }

  void publish_key(const core::Ed25519SigningKey& key) {
    network.respond(url_of(stranger), core::to_canonical(document_of(stranger, key.public_key())));
  }
  void publish_list(std::initializer_list<std::uint32_t> set) {
    publish_list(set, key_of_stranger);
  }
  void publish_list(std::initializer_list<std::uint32_t> set, const core::Ed25519SigningKey& key) {
    revocation::StatusBits bits;
    for (const auto index : set) bits.set(revocation::StatusListIndex(index));
    const Json list = revocation::make_status_list_credential(
        {stranger, list_url, revocation::StatusPurpose::revocation, now - 1h, now + 24h},
        bits.bytes());
    network.respond(list_url, core::to_canonical(sign(list, key)));
  }
  Json sign(const Json& json, const core::Ed25519SigningKey& key) const {
    return core::with_proof(
        json, core::create_proof(json, {stranger + "#key-1", "assertionMethod"}, key));
  }
  Json credential() const { return credential(key_of_stranger); }
  Json credential(const core::Ed25519SigningKey& key, std::uint64_t index = 7) const {
    return sign(
        Json::object({{"@context", Json::array({vc::kCredentialsV2Context})},
                      {"type", Json::array({"VerifiableCredential"})},
                      {"issuer", stranger},
                      {"credentialSubject", Json::object({{"id", "did:example:subject"}})},
                      {"credentialStatus", vc::make_status_entry("revocation", list_url, index)}}),
        key);
  }

  /// As a request of its own.
  vc::Verdict verify(const Json& json) {
    vc::VerifyOptions options;
    options.profile = vc::Profile::w3c;
    options.now = clock.now();
    const StrangerContext looking(strangers, context());
    return vc::verify_credential(json, looking.context(), options);
  }
  did::Result<did::Resolution, did::Error> resolve(const std::string& did) {
    return StrangerResolver(strangers, Strangers::Purpose::resolution)
        .resolve(*did::Did::parse(did));
  }
  std::size_t fetches(const std::string& url) const {
    std::size_t count = 0;
    for (const auto& request : network.requests()) count += request.url == url ? 1 : 0;
    return count;
  }

  const std::string stranger = "did:web:stranger.example";
  const std::string list_url = "https://stranger.example/status/1";
  const core::Ed25519SigningKey key_of_stranger = vc::testing::key_from(9);
  core::testing::ScriptedFetcher network;
  core::testing::FakeClock clock{now};
  NoLists no_lists;
  std::shared_ptr<const registry::View> view;  // null: there is no consortium
  Strangers strangers{{network, network, clock, resolver, no_lists, [this] { return view; },
                       "orga.example", "https://node.orga.example"}};
};

TEST_CASE("a stranger's credential is verified with what its host and its list say",
          "[node][strangers]") {
  World world;
  const vc::Verdict verdict = world.verify(world.credential());
  INFO(core::to_canonical(verdict.to_json()));
  CHECK(verdict.outcome() == vc::Outcome::accepted);
  CHECK(world.network.requests().size() == 2);
  CHECK(world.verify(world.credential()).outcome() == vc::Outcome::accepted);
  CHECK(world.network.requests().size() == 2);

  world.publish_list({7});
  world.clock.advance(60s);
  CHECK(world.verify(world.credential()).code() == "revoked");
  CHECK(world.verify(world.credential(world.key_of_stranger, 8)).outcome() ==
        vc::Outcome::accepted);
}

TEST_CASE("a host that redirects or says nothing is at fault, not who asks for its DID [DID-15]",
          "[node][strangers][api]") {
  World world;
  http::RouteTable routes;
  api::add_resolution_routes(routes, {world.resolver, world.resolver, "orga.example", "",
                                      world.clock, &world.strangers, ""});
  const testing::RouteCaller caller(std::move(routes));
  const auto status_of = [&](const std::string& did) {
    return caller.get("/1.0/identifiers/" + did).status;
  };
  core::HttpResponse elsewhere;
  elsewhere.status = 302;
  elsewhere.headers = {{"location", "https://169.254.169.254/"}};
  world.network.respond(url_of("did:web:moved.example"), elsewhere);
  CHECK(status_of("did:web:moved.example") == 502);
  CHECK(world.network.requests().size() == 1);
  CHECK(status_of("did:web:silent.example") == 502);
  CHECK(status_of(world.stranger) == 200);
  // What is kept here and cannot be read is this node's own fault.
  world.resolver.refuse("did:web:held.example", did::ErrorCode::unavailable);
  CHECK(status_of("did:web:held.example") == 500);
}

TEST_CASE("what is known here is not fetched, nor anything of the own domain [DID-34]",
          "[node][strangers]") {
  World world;
  CHECK(world.resolve(world.issuer_did));
  CHECK(world.resolve("did:web:orga.example:people:nobody").error().code ==
        did::ErrorCode::not_found);
  CHECK(world.fetches("https://orga.example/people/nobody/did.json") == 0);

  world.resolver.refuse("did:web:held.example", did::ErrorCode::unavailable);
  CHECK(world.resolve("did:web:held.example").error().code == did::ErrorCode::unavailable);
  CHECK(world.fetches(url_of("did:web:held.example")) == 0);

  const StrangerResolver resolver(world.strangers, Strangers::Purpose::verification);
  const vc::VerifyContext context = world.context();
  const StrangerLists lists(resolver, context);
  const std::size_t before = world.network.requests().size();
  CHECK_FALSE(lists.find(world.issuer_did, "https://node.orga.example/status/r9", world.now));
  CHECK(world.network.requests().size() == before);
  CHECK_FALSE(lists.find(world.issuer_did, "https://node.orga.example.evil/r9", world.now));
  CHECK(world.network.requests().size() == before + 1);
}

TEST_CASE("of a member's DIDs and lists its feed alone tells, forked or not", "[node][strangers]") {
  const registry::testing::Consortium consortium;
  const auto& acme = consortium.organisations[0];
  registry::View view(std::make_shared<const registry::Charter>(consortium.charter()));
  registry::testing::Author author{acme, view.charter().network};
  view.apply(author.open());
  World world;
  const std::string agent = "did:web:acme.example:agents:later";
  const auto check = [&] {
    const std::size_t before = world.network.requests().size();
    CHECK_FALSE(world.resolve(agent));
    CHECK_FALSE(world.resolve("did:web:acme.example"));
    const StrangerResolver resolver(world.strangers, Strangers::Purpose::verification);
    const vc::VerifyContext context = world.context();
    const StrangerLists lists(resolver, context);
    // Wherever it lies.
    for (const char* url : {"https://acme.example/status/r9", "https://cdn.example/r9"}) {
      for (const std::string& issuer : {acme.did, agent, std::string("did:web:acme.example")})
        CHECK_FALSE(lists.find(issuer, url, world.now));
    }
    CHECK(world.network.requests().size() == before);
  };
  world.view = view.snapshot();
  check();
  view.replace(acme.scid, registry::FeedFold(), registry::Frozen{1, 0});
  world.view = view.snapshot();
  check();
  // Names beside the member's are strangers', and so were the member's own if there were no consortium.
  for (const char* did : {"did:web:acme.example.evil:agents:later", "did:web:www.acme.example",
                          "did:web:acme.example%3A8443"}) {
    const std::size_t before = world.network.requests().size();
    CHECK_FALSE(world.resolve(did));
    CHECK(world.network.requests().size() == before + 1);
  }
  world.view = nullptr;
  const std::size_t before = world.network.requests().size();
  CHECK_FALSE(world.resolve(agent));
  CHECK(world.network.requests().size() == before + 1);
}

TEST_CASE("only did:web and did:webvh are fetched, the latter where its log stands",
          "[node][strangers]") {
  World world;
  const std::string scid = "Qmdxt11AjZewCNXX69bpEDobgjySeZ7eFwjf4tgpF6p2Dg";
  CHECK(world.resolve("did:example:1").error().code == did::ErrorCode::not_found);
  CHECK(world.resolve("did:webvh:x:stranger.example").error().code == did::ErrorCode::invalid_did);
  // The own domain's, which nobody but this node could tell.
  CHECK(world.resolve("did:webvh:" + scid + ":orga.example").error().code ==
        did::ErrorCode::not_found);
  CHECK(world.network.requests().empty());
  CHECK_FALSE(world.resolve("did:webvh:" + scid + ":stranger.example:a"));
  CHECK(world.network.requests().back().url == "https://stranger.example/a/did.jsonl");
}

TEST_CASE("one request looks at eight hosts at most, the next has its own eight [DID-33]",
          "[node][strangers]") {
  World world;
  const auto resolve_many = [&] {
    const StrangerResolver resolver(world.strangers, Strangers::Purpose::verification);
    int refused = 0;
    for (int i = 0; i < 1000; ++i) {
      const auto did = did::Did::parse("did:web:h" + std::to_string(i) + ".evil.example");
      const auto answer = resolver.resolve(*did);
      if (!answer && answer.error().code == did::ErrorCode::too_many_fetches) ++refused;
    }
    return refused;
  };
  CHECK(resolve_many() == 992);
  CHECK(world.network.requests().size() == 8);
  CHECK(resolve_many() == 992);
  CHECK(world.network.requests().size() == 16);
}

TEST_CASE("names are looked up apart for verification and for resolution", "[node][strangers]") {
  World world;
  core::testing::ScriptedFetcher full;
  for (const std::string& url : {url_of(world.stranger), world.list_url})
    full.refuse(url, {core::ErrorCode::too_many_fetches, "64 lookups"});
  const auto view = [] { return std::shared_ptr<const registry::View>(); };
  Strangers resolution_is_full{{world.network, full, world.clock, world.resolver, world.no_lists,
                                view, "orga.example", "https://node.orga.example"}};
  vc::VerifyOptions options;
  options.profile = vc::Profile::w3c;
  options.now = world.now;
  const did::Did did = *did::Did::parse(world.stranger);
  CHECK(StrangerResolver(resolution_is_full, Strangers::Purpose::resolution)
            .resolve(did)
            .error()
            .code == did::ErrorCode::too_many_fetches);
  const StrangerContext looking(resolution_is_full, world.context());
  CHECK(vc::verify_credential(world.credential(), looking.context(), options).outcome() ==
        vc::Outcome::accepted);
  CHECK(full.requests().size() == 1);

  Strangers verification_is_full{{full, world.network, world.clock, world.resolver, world.no_lists,
                                  view, "orga.example", "https://node.orga.example"}};
  CHECK(StrangerResolver(verification_is_full, Strangers::Purpose::resolution).resolve(did));
  CHECK_FALSE(StrangerResolver(verification_is_full, Strangers::Purpose::verification)
                  .resolve(*did::Did::parse("did:web:other.example")));
  CHECK(full.requests().size() == 2);
}

/// Hosts that do not answer until they are told to, beside those of a script.
class SlowHosts final : public core::HttpFetcher {
 public:
  explicit SlowHosts(core::HttpFetcher& others) : others_(others) {}
  core::Result<core::HttpResponse, core::Error> fetch(const core::HttpRequest& request) override {
    if (request.url.find("slow") == std::string::npos) return others_.fetch(request);
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return answer_; });
    return core::fail(core::Error{core::ErrorCode::timed_out, "slow"});
  }
  void answer() {
    const std::scoped_lock lock(mutex_);
    answer_ = true;
    changed_.notify_all();
  }

 private:
  core::HttpFetcher& others_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool answer_ = false;
};

TEST_CASE("whoever resolves slow hosts does not keep a verification from fetching, nor the reverse",
          "[node][strangers]") {
  using Purpose = Strangers::Purpose;
  for (const auto purpose : {Purpose::resolution, Purpose::verification}) {
    World world;
    SlowHosts hosts(world.network);
    Strangers strangers{{hosts, hosts, world.clock, world.resolver, world.no_lists,
                         [] { return std::shared_ptr<const registry::View>(); }, "orga.example",
                         "https://node.orga.example"}};
    const auto code_of = [&](const std::string& did, Purpose asks) {
      const auto found = StrangerResolver(strangers, asks).resolve(*did::Did::parse(did));
      return found ? "" : std::string(did::code_name(found.error().code));
    };
    {
      // More than may fetch at once, until one is refused.
      std::atomic<bool> is_full = false;
      std::vector<std::jthread> threads;
      for (int i = 0; i < 200; ++i) {
        threads.emplace_back([&, i] {
          const std::string did = "did:web:slow" + std::to_string(i) + ".example";
          if (code_of(did, purpose) == "too_many_fetches") is_full = true;
        });
      }
      while (!is_full) std::this_thread::yield();
      CHECK(code_of(world.stranger, purpose) == "too_many_fetches");
      CHECK(code_of(world.stranger,
                    purpose == Purpose::resolution ? Purpose::verification : Purpose::resolution)
                .empty());
      hosts.answer();
    }
  }
}

TEST_CASE("a credential by a key that its host has rotated in is verified after one refresh",
          "[node][strangers]") {
  World world;
  REQUIRE(world.resolve(world.stranger));
  const core::Ed25519SigningKey fresh = vc::testing::key_from(10);
  world.publish_key(fresh);
  world.publish_list({}, fresh);
  const std::string host = url_of(world.stranger);

  // The document that is held was fetched just now.
  CHECK(world.verify(world.credential(fresh)).code() == "bad_proof");
  CHECK(world.fetches(host) == 1);
  world.clock.advance(10s);
  CHECK(world.verify(world.credential(fresh)).outcome() == vc::Outcome::accepted);
  CHECK(world.fetches(host) == 2);
  // Whoever still signs with the old key makes nobody ask again, nor does anybody else who cannot sign.
  for (int i = 0; i < 3; ++i) CHECK(world.verify(world.credential()).code() == "bad_proof");
  CHECK(world.fetches(host) == 2);
  world.clock.advance(10s - 1ms);
  CHECK(world.verify(world.credential()).code() == "bad_proof");
  CHECK(world.fetches(host) == 2);
  world.clock.advance(1ms);
  for (int i = 0; i < 3; ++i) CHECK(world.verify(world.credential()).code() == "bad_proof");
  CHECK(world.fetches(host) == 3);
}

TEST_CASE("a signature that fails while its host is silent is undetermined, and gone is gone",
          "[node][strangers][DID-32]") {
  World world;
  REQUIRE(world.verify(world.credential()).outcome() == vc::Outcome::accepted);
  world.clock.advance(10s);
  world.network.refuse(url_of(world.stranger), {core::ErrorCode::unreachable, "down"});
  vc::Verdict verdict = world.verify(world.credential(vc::testing::key_from(10)));
  CHECK(verdict.outcome() == vc::Outcome::undetermined);
  CHECK(verdict.code() == "unavailable");
  // The old key is believed for as long as its document is held.
  CHECK(world.verify(world.credential()).outcome() == vc::Outcome::accepted);

  world.clock.advance(10s);
  world.network.respond(url_of(world.stranger), core::HttpResponse{404, {}, ""});
  verdict = world.verify(world.credential(vc::testing::key_from(10)));
  CHECK(verdict.outcome() == vc::Outcome::rejected);
  CHECK(verdict.code() == "key_not_found");
  CHECK(world.verify(world.credential()).code() == "key_not_found");

  world.publish_key(world.key_of_stranger);
  REQUIRE(world.verify(world.credential()).outcome() == vc::Outcome::accepted);
  world.clock.advance(5min);
  world.network.refuse(url_of(world.stranger), {core::ErrorCode::unreachable, "down"});
  verdict = world.verify(world.credential());
  CHECK(verdict.outcome() == vc::Outcome::undetermined);
  CHECK(verdict.code() == "resolution_stale");
}

TEST_CASE("a host or a list that does not answer leaves the verdict undetermined",
          "[node][strangers]") {
  World world;
  world.network.refuse(world.list_url, {core::ErrorCode::unreachable, "down"});
  vc::Verdict verdict = world.verify(world.credential());
  CHECK(verdict.outcome() == vc::Outcome::undetermined);
  CHECK(verdict.code() == "STATUS_RETRIEVAL_ERROR");

  for (const auto& [cause, code] : std::vector<std::pair<core::ErrorCode, std::string>>{
           {core::ErrorCode::unreachable, "unavailable"},
           {core::ErrorCode::timed_out, "timed_out"},
           {core::ErrorCode::tls_failure, "tls_failure"},
           {core::ErrorCode::too_many_fetches, "too_many_fetches"}}) {
    World other;
    other.network.refuse(url_of(other.stranger), {cause, "why"});
    verdict = other.verify(other.credential());
    CHECK(verdict.outcome() == vc::Outcome::undetermined);
    CHECK(verdict.code() == code);
  }
  World blocked;
  blocked.network.refuse(url_of(blocked.stranger), {core::ErrorCode::blocked_address, "private"});
  verdict = blocked.verify(blocked.credential());
  CHECK(verdict.outcome() == vc::Outcome::rejected);
  CHECK(verdict.code() == "blocked_address");
}

}  // namespace
}  // namespace avow::node::strangers_test
