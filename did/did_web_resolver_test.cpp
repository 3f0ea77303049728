#include "did/did_web_resolver.h"

#include <catch2/catch.hpp>

#include "core/testing/fake_clock.h"
#include "core/testing/scripted_fetcher.h"

namespace did_web_resolver_test {

using namespace avow;
using namespace avow::did;
using namespace std::chrono_literals;

namespace {

const std::string kDid = "did:web:acme.example";
const std::string kUrl = "https://acme.example/.well-known/did.json";

/// As a host would write it; `more` are further members, each with a comma before it.
std::string document(const std::string& id = kDid, const std::string& more = "") {
  return R"({"@context":["https://www.w3.org/ns/did/v1"],"id":")" + id + "\"" + more + "}";
}

core::HttpResponse answer(int status, std::string body, const std::string& type = "") {
  core::HttpResponse response{status, {}, std::move(body)};
  if (!type.empty()) response.headers.emplace_back("content-type", type);
  return response;
}

struct World {
  core::testing::ScriptedFetcher network;
  core::testing::FakeClock clock{*core::parse_rfc3339("2026-11-21T08:00:00Z")};
  WebDocumentCache cache;
  DidWebResolver resolver{network, cache, clock};

  Result<Resolution, Error> resolve(const std::string& did = kDid,
                                    const ResolutionOptions& options = {}) {
    return resolver.resolve(*Did::parse(did), options);
  }
  ErrorCode fault(const std::string& did = kDid) {
    const auto refused = resolve(did);
    REQUIRE_FALSE(refused);
    INFO(refused.error().detail);
    CHECK_FALSE(refused.error().detail.empty());
    return refused.error().code;
  }
  std::size_t fetches() const { return network.requests().size(); }

  /// Whoever is to ask the host now; the host is not asked.
  WebDocumentCache::Asked turn(bool refresh = true) {
    return std::get<WebDocumentCache::Asked>(
        cache.get(*Did::parse(kDid), refresh, clock.now()).value());
  }
  bool is_held() {
    const auto looked = cache.get(*Did::parse(kDid), /*refresh=*/false, clock.now());
    return std::holds_alternative<Resolution>(looked.value());
  }
};

}  // namespace

TEST_CASE("a did:web is read where the method says its document stands", "[did][web]") {
  World world;
  // did:web Method Specification "Read (Resolve)", its examples with our names.
  for (const auto& [did, url] : std::vector<std::pair<std::string, std::string>>{
           {"did:web:w3c-ccg.example", "https://w3c-ccg.example/.well-known/did.json"},
           {"did:web:w3c-ccg.example:user:alice", "https://w3c-ccg.example/user/alice/did.json"},
           {"did:web:example.com%3A3000:user:alice",
            "https://example.com:3000/user/alice/did.json"}}) {
    world.network.respond(url, answer(200, document(did), "application/did+json"));
    const auto found = world.resolve(did);
    REQUIRE(found);
    CHECK(found->document->id().text() == did);
    CHECK(world.network.requests().back().url == url);
    CHECK_FALSE(found->deactivated);
  }
}

TEST_CASE("a fetched document of another DID is refused [DID-21]", "[did][web]") {
  World world;
  for (const char* id : {"did:web:other.example", "did:web:acme.example:x", "did:web:ACME.example",
                         "did:web:acme.example%3A443", "did:key:z6Mk"}) {
    world.network.respond(kUrl, answer(200, document(id)));
    CAPTURE(id);
    CHECK(world.fault() == ErrorCode::invalid_did_document);
  }
  world.network.respond(kUrl, answer(200, "{}"));
  CHECK(world.fault() == ErrorCode::invalid_did_document);
}

TEST_CASE("what is no JSON is not taken for a document [DID-30]", "[did][web]") {
  World world;
  for (const char* type : {"application/did+json", "application/did+ld+json", "application/did",
                           "application/json", "Application/JSON; charset=utf-8", ""}) {
    world.network.respond(kUrl, answer(200, document(), type));
    CAPTURE(type);
    CHECK(DidWebResolver(world.network, *std::make_unique<WebDocumentCache>(), world.clock)
              .resolve(*Did::parse(kDid)));
  }
  for (const char* type : {"text/html", "text/plain", "application/xml", "application/jsonp",
                           "image/svg+json", "json"}) {
    world.network.respond(kUrl, answer(200, document(), type));
    CAPTURE(type);
    CHECK(world.fault() == ErrorCode::representation_not_supported);
  }
  const std::string utf_16("{\0}\0", 4);
  for (const std::string& body : {std::string("<html>"), utf_16, std::string(), document() + "x"}) {
    world.network.respond(kUrl, answer(200, body, "application/json"));
    CHECK(world.fault() == ErrorCode::representation_not_supported);
  }
  world.network.refuse(kUrl, {core::ErrorCode::unsupported_content_encoding, "compressed"});
  CHECK(world.fault() == ErrorCode::representation_not_supported);
}

TEST_CASE("a document of 64 KiB is read, one byte more is too large [DID-28]", "[did][web]") {
  World world;
  const std::size_t empty = document(kDid, R"(,"a":"")").size();
  const auto of_size = [&](std::size_t size) {
    return document(kDid, R"(,"a":")" + std::string(size - empty, 'x') + "\"");
  };
  world.network.respond(kUrl, answer(200, of_size(std::size_t{64} * 1024)));
  CHECK(world.resolve());
  world.network.respond(kUrl, answer(200, of_size(std::size_t{64} * 1024 + 1)));
  CHECK(world.fault() == ErrorCode::document_too_large);
}

TEST_CASE("each fault of a host has its code [DID-10] [DID-15] [DID-31]", "[did][web]") {
  World world;
  for (const int status : {404, 410}) {
    world.network.respond(kUrl, answer(status, document()));
    CHECK(world.fault() == ErrorCode::not_found);
  }
  for (const int status : {201, 204, 301, 302, 307, 308, 400, 401, 403, 429, 500, 503}) {
    world.network.respond(kUrl, answer(status, document()));
    CAPTURE(status);
    CHECK(world.fault() == ErrorCode::unavailable);
  }
  for (const auto& [cause, code] : std::vector<std::pair<core::ErrorCode, ErrorCode>>{
           {core::ErrorCode::unreachable, ErrorCode::unavailable},
           {core::ErrorCode::blocked_address, ErrorCode::blocked_address},
           {core::ErrorCode::timed_out, ErrorCode::timed_out},
           {core::ErrorCode::tls_failure, ErrorCode::tls_failure},
           {core::ErrorCode::too_many_fetches, ErrorCode::too_many_fetches}}) {
    world.network.refuse(kUrl, {cause, "why"});
    CHECK(world.fault() == code);
  }
}

TEST_CASE("what is no did:web by its own rules is not looked for", "[did][web]") {
  World world;
  for (const char* did : {"did:web:127.0.0.1", "did:web:acme.example:..:admin",
                          "did:web:acme.example%2fevil.example", "did:key:z6Mk"}) {
    CAPTURE(did);
    CHECK(world.fault(did) == ErrorCode::invalid_did);
  }
  CHECK(world.fetches() == 0);
}

TEST_CASE("controllers and aliases of a document are not followed [DID-35]", "[did][web]") {
  World world;
  world.network.respond(kUrl,
                        answer(200, document(kDid, R"(,"controller":"did:web:b.example",)"
                                                   R"("alsoKnownAs":["did:web:c.example"])")));
  CHECK(world.resolve());
  CHECK(world.fetches() == 1);
}

TEST_CASE("a document is held for five minutes, and no fault is [DID-32]", "[did][web]") {
  World world;
  world.network.respond(kUrl, answer(404, ""));
  CHECK(world.fault() == ErrorCode::not_found);
  world.network.respond(kUrl, answer(200, document()));
  const auto first = world.resolve();
  REQUIRE(first);
  CHECK(world.fetches() == 2);
  world.network.refuse(kUrl, {core::ErrorCode::unreachable, "down"});
  world.clock.advance(5min - 1ms);
  const auto held = world.resolve();
  REQUIRE(held);
  CHECK(held->version == first->version);
  CHECK(world.fetches() == 2);
  world.clock.advance(1ms);
  CHECK(world.fault() == ErrorCode::resolution_stale);
  CHECK(world.fetches() == 3);
  world.network.refuse(kUrl, {core::ErrorCode::timed_out, "slow"});
  CHECK(world.fault() == ErrorCode::resolution_stale);
  // Only silence makes it stale: other reasons are told as they are, and so is silence about what is not known.
  world.network.refuse(kUrl, {core::ErrorCode::tls_failure, "expired"});
  CHECK(world.fault() == ErrorCode::tls_failure);
  CHECK(world.fault("did:web:b.example") == ErrorCode::unavailable);
}

TEST_CASE("what a host says takes effect, whatever is held; its silence does not", "[did][web]") {
  const std::string large(std::size_t{64} * 1024 + 1, ' ');
  for (const auto& [said, code] : std::vector<std::pair<core::HttpResponse, ErrorCode>>{
           {answer(404, ""), ErrorCode::not_found},
           {answer(410, document()), ErrorCode::not_found},
           {answer(200, "<html>"), ErrorCode::representation_not_supported},
           {answer(200, document(), "text/html"), ErrorCode::representation_not_supported},
           {answer(200, document("did:web:other.example")), ErrorCode::invalid_did_document},
           {answer(200, large), ErrorCode::document_too_large}}) {
    World world;
    world.network.respond(kUrl, answer(200, document()));
    REQUIRE(world.resolve());
    world.clock.advance(10s);
    world.network.respond(kUrl, said);
    CHECK(world.resolve());
    CHECK(world.resolve(kDid, {.refresh = true}).error().code == code);
    CHECK(world.fault() == code);
    CHECK(world.fetches() == 3);
    world.network.respond(kUrl, answer(200, document()));
    CHECK(world.resolve());
  }
  for (const auto cause :
       {core::ErrorCode::unreachable, core::ErrorCode::timed_out, core::ErrorCode::tls_failure,
        core::ErrorCode::blocked_address, core::ErrorCode::too_many_fetches}) {
    World world;
    world.network.respond(kUrl, answer(200, document()));
    REQUIRE(world.resolve());
    world.clock.advance(10s);
    world.network.refuse(kUrl, {cause, "why"});
    CHECK_FALSE(world.resolve(kDid, {.refresh = true}));
    CHECK(world.resolve());
  }
}

TEST_CASE("a document that is too large to be held leaves none of before", "[did][web]") {
  World world;
  world.network.respond(kUrl, answer(200, document()));
  const auto before = world.resolve();
  REQUIRE(before);
  world.clock.advance(10s);
  const std::string large(std::size_t{16} * 1024, 'x');
  world.network.respond(kUrl, answer(200, document(kDid, R"(,"a":")" + large + "\"")));
  REQUIRE(world.resolve(kDid, {.refresh = true}));
  CHECK(world.resolve()->version != before->version);
  CHECK(world.fetches() == 3);
}

TEST_CASE("a refresh that its own request may not fetch for does not count", "[did][web]") {
  World world;
  world.network.respond(kUrl, answer(200, document()));
  REQUIRE(world.resolve());
  world.clock.advance(10s);
  world.network.refuse(kUrl, {core::ErrorCode::too_many_fetches, "eight"});
  for (int i = 0; i < 2; ++i) {
    CHECK(world.resolve(kDid, {.refresh = true}).error().code == ErrorCode::too_many_fetches);
  }
  world.network.respond(kUrl, answer(200, document(kDid, R"(,"a":1)")));
  CHECK(world.resolve(kDid, {.refresh = true}));
  CHECK(world.fetches() == 4);
}

TEST_CASE("while a host is asked anew, nobody takes what is held for its last word", "[did][web]") {
  World world;
  world.network.respond(kUrl, answer(200, document()));
  const auto held = world.resolve();
  REQUIRE(held);
  const Did did = *Did::parse(kDid);
  world.clock.advance(10s);
  const auto asked = world.turn();
  const auto now = world.clock.now();
  CHECK(world.cache.get(did, /*refresh=*/true, now).error().code == ErrorCode::unavailable);
  CHECK(world.is_held());
  world.cache.put(did, *held, asked);
  CHECK(world.cache.get(did, /*refresh=*/true, now));
}

TEST_CASE("an answer that was long under way does not undo a newer one", "[did][web]") {
  World world;
  world.network.respond(kUrl, answer(200, document()));
  const auto old = world.resolve();
  REQUIRE(old);
  const Did did = *Did::parse(kDid);
  world.clock.advance(10s);
  const auto first = world.turn();
  world.clock.advance(10s);
  const auto second = world.turn();
  world.cache.put(did, std::nullopt, second);
  world.cache.put(did, *old, first);
  CHECK_FALSE(world.is_held());
  world.cache.put(did, *old, second);
  CHECK(world.is_held());
  // Nor does a failure.
  for (const auto code : {ErrorCode::unavailable, ErrorCode::tls_failure})
    CHECK(world.cache.not_confirmed(did, {code, "down"}, first, second.at).code == code);
  CHECK(world.cache.get(did, /*refresh=*/true, second.at));
}

TEST_CASE("that there is no document holds against a slower, older answer, whatever was held",
          "[did][web]") {
  World world;
  world.network.respond(kUrl, answer(200, document()));
  const auto old = world.resolve();
  REQUIRE(old);
  World other;
  const Did did = *Did::parse(kDid);
  const auto first = other.turn(/*refresh=*/false);
  const auto second = other.turn(/*refresh=*/false);
  other.cache.put(did, std::nullopt, second);
  other.cache.put(did, *old, first);
  CHECK_FALSE(other.is_held());
}

TEST_CASE("after the clock was set back, what a host says then is believed, and nothing of before",
          "[did][web]") {
  World world;
  world.network.respond(kUrl, answer(200, document()));
  const auto before = world.resolve();
  REQUIRE(before);
  world.clock.advance(-1h);
  world.network.respond(kUrl, answer(200, document(kDid, R"(,"a":1)")));
  const auto newer = world.resolve();
  REQUIRE(newer);
  CHECK(newer->version != before->version);
  world.network.respond(kUrl, answer(404, ""));
  CHECK(world.resolve()->version == newer->version);
  CHECK(world.fetches() == 2);
  world.clock.advance(10s);
  CHECK(world.resolve(kDid, {.refresh = true}).error().code == ErrorCode::not_found);
  world.clock.advance(1h);
  CHECK(world.fault() == ErrorCode::not_found);

  // Nor is it if the host was silent in between.
  World silent;
  silent.network.respond(kUrl, answer(200, document()));
  REQUIRE(silent.resolve());
  silent.network.refuse(kUrl, {core::ErrorCode::unreachable, "down"});
  silent.clock.advance(-1h);
  CHECK(silent.fault() == ErrorCode::unavailable);
  silent.clock.advance(1h);
  CHECK(silent.fault() == ErrorCode::unavailable);
}

TEST_CASE("a host has not been silent for others if one request had less than five seconds for it",
          "[did][web]") {
  for (const auto& [waited, fetches] :
       std::vector<std::pair<core::Milliseconds, std::size_t>>{{4999ms, 2}, {5s, 1}}) {
    World world;
    world.network.respond(kUrl, answer(200, document()));
    REQUIRE(world.resolve());
    world.clock.advance(10s);
    const auto asked = world.turn();
    world.clock.advance(waited);
    const Error why{ErrorCode::timed_out, "slow"};
    CHECK(world.cache.not_confirmed(*Did::parse(kDid), why, asked, world.clock.now()).code ==
          ErrorCode::timed_out);
    const auto next = world.resolve(kDid, {.refresh = true});
    CHECK(next.has_value() == (fetches == 2));
    CHECK(world.fetches() == fetches);
  }
}

TEST_CASE("a clock that is set back does not make a held document young", "[did][web]") {
  World world;
  world.network.respond(kUrl, answer(200, document()));
  REQUIRE(world.resolve());
  world.clock.advance(-1ms);
  REQUIRE(world.resolve());
  CHECK(world.fetches() == 2);
}

TEST_CASE("a refresh passes the cache, once in ten seconds for each DID", "[did][web]") {
  World world;
  const ResolutionOptions refresh{.refresh = true};
  world.network.respond(kUrl, answer(200, document()));
  const auto old = world.resolve();
  REQUIRE(old);
  world.network.respond(kUrl, answer(200, document(kDid, R"(,"a":1)")));
  world.clock.advance(10s - 1ms);
  CHECK(world.resolve(kDid, refresh)->version == old->version);
  CHECK(world.fetches() == 1);
  world.clock.advance(1ms);
  const auto fresh = world.resolve(kDid, refresh);
  REQUIRE(fresh);
  CHECK(fresh->version != old->version);
  CHECK(world.resolve()->version == fresh->version);
  CHECK(world.fetches() == 2);

  // One that fails counts too, says so to all who ask for one, and takes nothing from those who do not.
  world.network.refuse(kUrl, {core::ErrorCode::unreachable, "down"});
  world.clock.advance(10s);
  CHECK(world.resolve(kDid, refresh).error().code == ErrorCode::unavailable);
  world.clock.advance(10s - 1ms);
  CHECK(world.resolve(kDid, refresh).error().code == ErrorCode::unavailable);
  CHECK(world.resolve()->version == fresh->version);
  CHECK(world.fetches() == 3);
  world.network.respond(kUrl, answer(200, document()));
  world.clock.advance(1ms);
  CHECK(world.resolve(kDid, refresh)->version == old->version);
  CHECK(world.resolve(kDid, refresh)->version == old->version);

  // Another DID has a rate of its own.
  world.network.respond("https://b.example/.well-known/did.json",
                        answer(200, document("did:web:b.example")));
  CHECK(world.resolve("did:web:b.example", refresh));
}

TEST_CASE("large documents are not held", "[did][web]") {
  World world;
  const std::size_t empty = document(kDid, R"(,"a":"")").size();
  const std::string large(std::size_t{16} * 1024 - empty, 'x');
  world.network.respond(kUrl, answer(200, document(kDid, R"(,"a":")" + large + "\"")));
  REQUIRE(world.resolve());
  REQUIRE(world.resolve());
  CHECK(world.fetches() == 1);
  world.clock.advance(5min);
  world.network.respond(kUrl, answer(200, document(kDid, R"(,"a":")" + large + "x\"")));
  REQUIRE(world.resolve());
  REQUIRE(world.resolve());
  CHECK(world.fetches() == 3);
}

TEST_CASE("an earlier version or a time is not supported, and nothing is fetched for it",
          "[did][web]") {
  World world;
  world.network.respond(kUrl, answer(200, document()));
  for (const ResolutionOptions& options : {ResolutionOptions{.version_id = "1"},
                                           ResolutionOptions{.version_time = world.clock.now()}}) {
    const auto refused = world.resolve(kDid, options);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::feature_not_supported);
  }
  CHECK(world.resolve(kDid, {.version_id = "1", .version_time = world.clock.now()}).error().code ==
        ErrorCode::invalid_options);
  CHECK(world.fetches() == 0);
}

TEST_CASE("localhost is asked over http only where a test allows it, and after https",
          "[did][web]") {
  World world;
  const std::string did = "did:web:localhost%3A8443";
  const std::string plain = "http://localhost:8443/.well-known/did.json";
  const std::string secure = "https://localhost:8443/.well-known/did.json";
  world.network.respond(plain, answer(200, document(did)));
  CHECK(world.fault(did) == ErrorCode::unavailable);
  CHECK(world.network.requests().back().url == secure);

  const DidWebResolver relaxed(world.network, world.cache, world.clock, Localhost::http_too);
  CHECK(relaxed.resolve(*Did::parse(did)));
  CHECK(world.network.requests().back().url == plain);
  world.network.respond("http://acme.example/.well-known/did.json", answer(200, document()));
  CHECK(relaxed.resolve(*Did::parse(kDid)).error().code == ErrorCode::unavailable);
  // An answer over https is an answer.
  world.clock.advance(5min);
  world.network.respond(secure, answer(404, ""));
  CHECK(relaxed.resolve(*Did::parse(did)).error().code == ErrorCode::not_found);
}

}  // namespace did_web_resolver_test
