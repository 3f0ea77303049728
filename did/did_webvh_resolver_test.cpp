// did:webvh over HTTPS: what is fetched, held and believed.

#include "did/did_webvh_resolver.h"

#include <catch2/catch.hpp>

#include "core/testing/fake_clock.h"
#include "core/testing/scripted_fetcher.h"
#include "core/testing/vectors.h"
#include "did/testing/webvh_entries.h"

namespace did_webvh_resolver_test {

using namespace avow;
using namespace avow::did;
using namespace avow::did::testing;
using namespace std::chrono_literals;

namespace {

const std::string kLogUrl = "https://acme.example/.well-known/did.jsonl";
const std::string kWitnessUrl = "https://acme.example/.well-known/did-witness.json";

core::HttpResponse answer(int status, std::string body = "") {
  return {status, {}, std::move(body)};
}

/// acme.example with a log of key 1, which a test makes longer.
struct World {
  explicit World(const Json& first = finished(preliminary())) : entries{first} { publish(); }

  void add(Json parameters = Json::object()) {
    entries.push_back(next_with(entries.back(), std::move(parameters), 1));
    publish();
  }
  void publish() { publish(entries); }
  void publish(const std::vector<Json>& what, const std::string& after = "") {
    std::string text;
    for (const Json& entry : what) text += core::to_canonical(entry) + '\n';
    network.respond(kLogUrl, text + after);
  }
  /// These, and after them a line that does not hold.
  void publish_with_fault(const std::vector<Json>& what) { publish(what, "x"); }
  void publish_proof(std::uint8_t witness) {
    const std::string& id = *entries.back().find_string("versionId");
    const Json proof = create_webvh_witness_proof(id, key(witness), kLater);
    network.respond(kWitnessUrl, core::to_canonical(Json::array({Json::object(
                                     {{"versionId", id}, {"proof", Json::array({proof})}})})));
  }
  std::string did() const { return *entries.front().find("state")->find_string("id"); }
  Result<Resolution, Error> resolve(const ResolutionOptions& options = {}) {
    return resolver.resolve(*Did::parse(did()), options);
  }
  ErrorCode fault(const ResolutionOptions& options = {}) {
    const auto refused = resolve(options);
    REQUIRE_FALSE(refused);
    CHECK_FALSE(refused.error().detail.empty());
    return refused.error().code;
  }
  std::string version(const ResolutionOptions& options = {}) {
    const auto found = resolve(options);
    if (!found) UNSCOPED_INFO(found.error().detail);
    return found ? found->version.substr(0, 1) : std::string(code_name(found.error().code));
  }
  std::size_t fetches() const { return network.requests().size(); }

  std::vector<Json> entries;
  core::testing::ScriptedFetcher network;
  core::testing::FakeClock clock{kLater};
  WebvhLogCache cache;
  DidWebvhResolver resolver{network, cache, clock};
};

}  // namespace

TEST_CASE("a did:webvh is read where the method says its log stands", "[did][webvh]") {
  for (const auto& [place, url] : std::vector<std::pair<std::string, std::string>>{
           {"acme.example", kLogUrl},
           {"acme.example%3A3000", "https://acme.example:3000/.well-known/did.jsonl"},
           {"acme.example:issuers:a%20b", "https://acme.example/issuers/a%20b/did.jsonl"}}) {
    INFO(place);
    World world(finished(preliminary(place)));
    world.network.respond(url, core::to_canonical(world.entries.front()));
    const auto found = world.resolve();
    REQUIRE(found);
    CHECK(found->document->id().text() == world.did());
    REQUIRE(world.fetches() == 1);
    CHECK(world.network.requests().back().url == url);
    CHECK(world.network.requests().back().max_response_bytes == std::size_t{5} << 20);
  }
}

TEST_CASE("any version of a fetched log is told", "[did][webvh]") {
  World world;
  world.add();
  CHECK(world.version() == "2");
  CHECK(world.version({.version_number = 1}) == "1");
  CHECK(world.version({.version_id = *world.entries[0].find_string("versionId")}) == "1");
  CHECK(world.version({.version_time = kNow}) == "1");
  CHECK(world.version({.version_number = 3}) == "version_not_found");
  CHECK(world.version({.version_time = kNow - 1s}) == "version_not_found");
  CHECK(world.fault({.version_time = kNow, .version_number = 1}) == ErrorCode::invalid_options);
  CHECK(world.fetches() == 1);
}

TEST_CASE("the witness file is read if an entry asks for witnesses, and only then",
          "[did][webvh]") {
  World world(finished(with_parameter("witness", witness_rule(1, {5}))));
  CHECK(world.fault() == ErrorCode::unavailable);
  world.network.respond(kWitnessUrl, answer(404));
  CHECK(world.fault() == ErrorCode::invalid_log);
  world.network.respond(kWitnessUrl, answer(200, "no JSON"));
  CHECK(world.fault() == ErrorCode::invalid_log);
  world.publish_proof(6);
  CHECK(world.fault() == ErrorCode::invalid_log);
  world.publish_proof(5);
  CHECK(world.version() == "1");
  CHECK(world.network.requests().back().url == kWitnessUrl);

  World alone;
  CHECK(alone.version() == "1");
  CHECK(alone.fetches() == 1);
}

TEST_CASE("an entry that its witnesses have not approved yet holds up the newest version alone",
          "[did][webvh]") {
  World world(finished(with_parameter("witness", witness_rule(1, {5}))));
  world.publish_proof(5);
  world.add();
  CHECK(world.fault() == ErrorCode::invalid_log);
  CHECK(world.version({.version_number = 1}) == "1");
  world.publish_proof(5);
  CHECK(world.version() == "2");
}

TEST_CASE("a log is held as long as its ttl says, and five minutes at most", "[did][webvh]") {
  struct Row {
    std::int64_t ttl;
    core::Milliseconds held;
  };
  const auto row = GENERATE(values<Row>({{60, 60s}, {3600, 5min}, {0, 0s}}));
  INFO(row.ttl);
  World world(finished(with_parameter("ttl", row.ttl)));
  CHECK(world.version() == "1");
  world.add();
  if (row.held > 0s) {
    world.clock.advance(row.held - 1ms);
    CHECK(world.version() == "1");
    CHECK(world.fetches() == 1);
    world.clock.advance(1ms);
  }
  CHECK(world.version() == "2");
  CHECK(world.fetches() == 2);
}

TEST_CASE("a refresh passes what is held, once in ten seconds", "[did][webvh]") {
  World world;
  world.version();
  world.add();
  CHECK(world.version({.refresh = true}) == "1");
  world.clock.advance(10s);
  CHECK(world.version({.refresh = true}) == "2");
  CHECK(world.version({.refresh = true}) == "2");
  CHECK(world.fetches() == 2);
}

TEST_CASE("errors are not remembered", "[did][webvh]") {
  World world;
  world.network.respond(kLogUrl, answer(404));
  CHECK(world.fault() == ErrorCode::not_found);
  world.publish({world.entries[0], world.entries[0]});
  CHECK(world.fault() == ErrorCode::invalid_log);
  world.publish();
  CHECK(world.version() == "1");
}

TEST_CASE("a log that was cut back or rewritten is a rollback [DID-42]", "[did][webvh]") {
  World world;
  world.add();
  world.add();
  CHECK(world.version() == "3");
  world.clock.advance(5min);
  world.publish({world.entries[0], world.entries[1]});
  CHECK(world.fault() == ErrorCode::rollback_detected);
  world.publish({world.entries[0], world.entries[1],
                 next_with(world.entries[1], Json::object({{"ttl", 61}}), 1)});
  CHECK(world.fault() == ErrorCode::rollback_detected);
  // Nor is it forgotten when nothing is held any more.
  world.network.respond(kLogUrl, answer(404));
  CHECK(world.fault() == ErrorCode::not_found);
  world.publish({world.entries[0], world.entries[1]});
  CHECK(world.fault() == ErrorCode::rollback_detected);
  world.publish();
  CHECK(world.version() == "3");
  world.add();
  world.clock.advance(5min);
  CHECK(world.version() == "4");
}

TEST_CASE(
    "a log that was cut back is a rollback whatever follows, and whatever is held of it [DID-42]",
    "[did][webvh]") {
  const Json whole = preliminary();
  const bool is_large = GENERATE(false, true);
  CAPTURE(is_large);
  // Five of these are more than is held.
  const std::string filling(is_large ? 60'000 : 1, 'x');
  World world(
      finished(with_member(whole, "state", with_member(*whole.find("state"), "x", filling))));
  for (int i = 0; i < 4; ++i) world.add();
  CHECK(world.version() == "5");
  const auto cut = std::vector<Json>(world.entries.begin(), world.entries.begin() + 2);
  world.clock.advance(5min);
  SECTION("nothing happened since") {}
  SECTION("it was gone") {
    world.network.respond(kLogUrl, answer(404));
    CHECK(world.fault() == ErrorCode::not_found);
  }
  SECTION("a line that does not hold has followed it once") {
    world.publish_with_fault(world.entries);
    CHECK(world.fault() == ErrorCode::invalid_log);
    CHECK(world.version({.version_number = 2}) == "2");
  }
  SECTION("other DIDs were resolved, as many as are held") {
    for (int i = 0; i < 32; ++i) {
      const std::string host = "n" + std::to_string(i) + ".example";
      const Json first = finished(preliminary(host));
      world.network.respond("https://" + host + "/.well-known/did.jsonl",
                            core::to_canonical(first));
      CHECK(world.resolver.resolve(*Did::parse(*first.find("state")->find_string("id"))));
    }
  }
  world.publish_with_fault(cut);
  CHECK(world.fault({.version_time = world.clock.now()}) == ErrorCode::rollback_detected);
  CHECK(world.fault({.version_number = 1}) == ErrorCode::rollback_detected);
  CHECK(world.fault() == ErrorCode::rollback_detected);
  // One entry that is another, where the newest stood.
  auto rewritten = world.entries;
  rewritten.back() = next_with(rewritten[3], Json::object({{"ttl", 61}}), 1);
  world.publish_with_fault(rewritten);
  CHECK(world.fault({.version_number = 1}) == ErrorCode::rollback_detected);
  // Cut back to nothing that holds.
  world.publish_with_fault({});
  CHECK(world.fault({.version_number = 1}) == ErrorCode::rollback_detected);
  // With all that was seen it is a log with a fault, and no more.
  world.publish_with_fault(world.entries);
  CHECK(world.version({.version_number = 4}) == "4");
  CHECK(world.fault() == ErrorCode::invalid_log);
}

TEST_CASE("a rollback does not end what is held", "[did][webvh]") {
  World world;
  world.add();
  CHECK(world.version() == "2");
  world.publish({world.entries[0]});
  world.clock.advance(10s);
  CHECK(world.fault({.refresh = true}) == ErrorCode::rollback_detected);
  CHECK(world.version() == "2");
}

TEST_CASE("a log of another DID is refused, and nothing is remembered of it [DID-38, DID-39]",
          "[did][webvh]") {
  World world;
  const Json other = finished(preliminary("other.example"));
  world.publish({other});
  CHECK(world.fault() == ErrorCode::invalid_log);
  world.publish();
  CHECK(world.version() == "1");
}

TEST_CASE("a silent host lets a held log live on until it is too old", "[did][webvh]") {
  World world;
  CHECK(world.version() == "1");
  world.network.refuse(kLogUrl, {core::ErrorCode::unreachable, "no answer"});
  world.clock.advance(5min - 1ms);
  CHECK(world.version() == "1");
  CHECK(world.fault({.refresh = true}) == ErrorCode::unavailable);
  CHECK(world.version() == "1");
  world.clock.advance(1ms);
  CHECK(world.fault() == ErrorCode::resolution_stale);
}

TEST_CASE("what keeps a log from being fetched is told apart", "[did][webvh]") {
  World world;
  for (const auto& [why, told] : std::vector<std::pair<core::ErrorCode, ErrorCode>>{
           {core::ErrorCode::blocked_address, ErrorCode::blocked_address},
           {core::ErrorCode::tls_failure, ErrorCode::tls_failure},
           {core::ErrorCode::too_many_fetches, ErrorCode::too_many_fetches},
           {core::ErrorCode::timed_out, ErrorCode::timed_out},
           {core::ErrorCode::response_too_large, ErrorCode::document_too_large},
           {core::ErrorCode::unreachable, ErrorCode::unavailable}}) {
    world.network.refuse(kLogUrl, {why, "as scripted"});
    CHECK(world.fault() == told);
  }
  for (const int status : {302, 500, 204}) {
    world.network.respond(kLogUrl, answer(status, "x"));
    CHECK(world.fault() == ErrorCode::unavailable);
  }
}

TEST_CASE("a log larger than 256 KiB is resolved and not held", "[did][webvh]") {
  const std::string filling(60'000, 'x');
  const Json whole = preliminary();
  World world(
      finished(with_member(whole, "state", with_member(*whole.find("state"), "x", filling))));
  for (int i = 0; i < 3; ++i) world.add();
  CHECK(world.version() == "4");
  CHECK(world.version() == "4");
  CHECK(world.fetches() == 1);
  world.add();
  world.clock.advance(5min);
  CHECK(world.version() == "5");
  CHECK(world.version() == "5");
  CHECK(world.fetches() == 3);
}

TEST_CASE("a DID that is none is not asked for", "[did][webvh]") {
  World world;
  const auto refused = world.resolver.resolve(*Did::parse("did:webvh:x:acme.example"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::invalid_did);
  CHECK(world.fetches() == 0);
}

TEST_CASE("the official DID that climbs out of its host's folders is none",
          "[did][webvh][DID-17]") {
  const auto folder = core::testing::vectors_folder();
  if (!folder) {
    WARN("AVOW_VECTORS is not set: the did:webvh vectors were not read");
    return;
  }
  const std::string script = core::testing::read_file(
      *folder / "did-webvh" / "negative-path-traversal-did" / "script.yaml");
  REQUIRE(script.find("expectError: invalidDid") != std::string::npos);
  const auto begin = script.find("did:webvh:", script.find("op: resolve-did"));
  const std::string official = script.substr(begin, script.find('"', begin) - begin);
  const std::string path = ":example.com:..:..:admin";
  REQUIRE(official.ends_with(path));
  World world;
  const auto code = [&](const std::string& text) {
    const auto refused = world.resolver.resolve(*Did::parse(text));
    return refused ? ErrorCode::not_found : refused.error().code;
  };
  CHECK(code(official) == ErrorCode::invalid_did);
  // Its SCID is none either. With one that is, the path alone is at fault.
  const std::string scid = "did:webvh:" + std::string(kOtherHash);
  CHECK(code(scid + path) == ErrorCode::invalid_did);
  CHECK(world.fetches() == 0);
  CHECK(code(scid + ":example.com:admin") == ErrorCode::unavailable);
  REQUIRE(world.fetches() == 1);
  CHECK(world.network.requests().back().url == "https://example.com/admin/did.jsonl");
}

}  // namespace did_webvh_resolver_test
