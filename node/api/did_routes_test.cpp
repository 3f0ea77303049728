#include "node/api/did_routes.h"

#include <catch2/catch.hpp>

#include "core/testing/temp_dir.h"
#include "node/testing/rooms.h"
#include "node/testing/route_caller.h"
#include "vc/testing/fakes.h"

namespace avow::node::api {
namespace {

using testing::Answer;
using testing::must;

const std::string kOrganisation = "did:web:acme.example";
const std::string kAgent = "did:web:acme.example:agents:Support";
const std::string kWithPort = "did:web:acme.example%3A8443";
const std::string kDidKey =
    "did:key:z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd";  // RFC 8032, test 1

/// The routes of an organisation at acme.example with one agent.
struct World {
  World() {
    must(rooms.enrolment->add(rooms.request("Support"), "uid 1"));
    const auto own = *did::Did::parse(kOrganisation);
    rooms.write([&](core::Transaction& tx) {
      REQUIRE(rooms.documents->put(tx, own, did::parallel_did_web(rooms.organisation.entry),
                                   rooms.clock.now()));
    });
    const auto key = core::Ed25519SigningKey::generate(rooms.random)->public_key();
    resolver.add(kAgent, rooms.documents->current(*did::Did::parse(kAgent))->document->json());
    resolver.add(kWithPort, key);
    resolver.refuse("did:web:broken.example", did::ErrorCode::unavailable);
    http::RouteTable routes;
    const DidServices services{resolver, *rooms.documents, "acme.example", "{\"log\":1}\n"};
    add_resolution_routes(routes, services);
    add_document_routes(routes, services);
    caller.emplace(std::move(routes));
  }
  Answer resolve(const std::string& did, const std::string& accept = "") {
    http::NamedValues headers;
    if (!accept.empty()) headers.emplace_back("accept", accept);
    return caller->get("/1.0/identifiers/" + did, std::move(headers));
  }
  Answer document(const std::string& path, const std::string& etag = "") {
    http::NamedValues headers;
    if (!etag.empty()) headers.emplace_back("if-none-match", etag);
    return caller->get(path, std::move(headers));
  }

  const registry::testing::Organisation acme{1, "acme.example"};
  const core::testing::TempDir folder;
  testing::Rooms rooms{acme, folder.path()};
  vc::testing::FakeResolver resolver;
  std::optional<testing::RouteCaller> caller;
};

/// The last part of the type of a resolution error.
std::string error_of(const Answer& answer) {
  CHECK(answer.body.find("didDocument")->is_null());
  CHECK(answer.body.find("didDocumentMetadata")->as_object()->empty());
  const core::Json* error = answer.body.find("didResolutionMetadata")->find("error");
  REQUIRE(error != nullptr);
  const std::string* type = error->find_string("type");
  REQUIRE(type != nullptr);
  const std::string space = "https://www.w3.org/ns/did#";
  CHECK(type->rfind(space, 0) == 0);
  return type->substr(space.size());
}

TEST_CASE("the bare document is given in each of its media types", "[node][api][did]") {
  World world;
  for (const char* accept :
       {"application/did", "application/did+json", "application/did+ld+json", "application/json",
        "application/ld+json", "text/html, application/did+json;q=0.5"}) {
    CAPTURE(accept);
    const Answer answer = world.resolve(kAgent, accept);
    CHECK(answer.status == 200);
    CHECK(*answer.body.find_string("id") == kAgent);
    CHECK(std::string(accept).find(answer.content_type) != std::string::npos);
  }
  for (const char* accept : {"", "*/*", "text/html, */*;q=0.1"}) {
    const Answer answer = world.resolve(kAgent, accept);
    CHECK(answer.status == 200);
    CHECK(answer.content_type == "application/did");
  }
}

TEST_CASE("the triple is given on request, with its own content type", "[node][api][did]") {
  World world;
  const Answer answer = world.resolve(kAgent, "application/did-resolution");
  CHECK(answer.status == 200);
  CHECK(answer.content_type == "application/did-resolution");
  CHECK(*answer.body.find("didDocument")->find_string("id") == kAgent);
  CHECK(answer.body.find("didDocumentMetadata")->find_string("versionId") != nullptr);
  CHECK(*answer.body.find("didResolutionMetadata")->find_string("contentType") ==
        "application/did");

  const std::string legacy = "application/ld+json;profile=\"https://w3id.org/did-resolution\"";
  const Answer older =
      world.resolve(kAgent, "application/ld+json; profile=\"https://w3id.org/did-resolution\"");
  CHECK(older.status == 200);
  CHECK(older.content_type == legacy);
  CHECK(older.body.find("didDocument") != nullptr);
}

TEST_CASE("a representation that is not served is 406", "[node][api][did]") {
  World world;
  for (const char* accept :
       {"text/html", "application/did+cbor", "application/did-url-dereferencing",
        "application/did-resolutions", "application/jsonx", "xapplication/json"}) {
    CAPTURE(accept);
    const Answer answer = world.resolve(kAgent, accept);
    CHECK(answer.status == 406);
    CHECK(error_of(answer) == "REPRESENTATION_NOT_SUPPORTED");
  }
}

TEST_CASE("each resolution error has its status, its type and its form", "[node][api][did]") {
  World world;
  struct Row {
    std::string did;
    int status;
    std::string type;
    std::string legacy;
  };
  const std::vector<Row> rows{
      {"did:web", 400, "INVALID_DID", "invalidDid"},
      {"DID:web:acme.example", 400, "INVALID_DID", "invalidDid"},
      {"not-a-did", 400, "INVALID_DID", "invalidDid"},
      {"did:web:nobody.example", 404, "NOT_FOUND", "notFound"},
      {"did:example:123", 404, "NOT_FOUND", "notFound"},
      {"did:web:broken.example", 500, "INTERNAL_ERROR", "internalError"},
      {"did%3Akey%3Az6Mk%23", 400, "INVALID_DID_URL", "invalidDidUrl"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.did);
    for (const char* accept : {"application/did-resolution", "application/did", ""}) {
      const Answer answer = world.resolve(row.did, accept);
      CHECK(answer.content_type == "application/did-resolution");
      if (row.type == "INVALID_DID_URL") {
        CHECK(answer.status == 400);
        continue;
      }
      CHECK(answer.status == row.status);
      CHECK(error_of(answer) == row.type);
    }
    if (row.type == "INVALID_DID_URL") continue;
    const Answer older =
        world.resolve(row.did, "application/ld+json;profile=\"https://w3id.org/did-resolution\"");
    CHECK(older.status == row.status);
    CHECK(*older.body.find("didResolutionMetadata")->find_string("error") == row.legacy);
  }
}

TEST_CASE("a DID is taken raw or percent-encoded, also where it holds a port", "[node][api][did]") {
  World world;
  CHECK(world.resolve("did%3Aweb%3Aacme.example%3Aagents%3ASupport").status == 200);
  CHECK(world.resolve(kDidKey).status == 200);
  for (const char* form : {"did:web:acme.example%3A8443", "did:web:acme.example%253A8443",
                           "did%3Aweb%3Aacme.example%253A8443"}) {
    CAPTURE(form);
    const Answer answer = world.resolve(form, "application/did");
    CHECK(answer.status == 200);
    CHECK(*answer.body.find_string("id") == kWithPort);
  }
  CHECK(world.resolve("did:web:acme.example%3A8444").status == 404);
}

TEST_CASE("a DID URL or an option is refused in words, never resolved as the DID alone [DID-36]",
          "[node][api][did]") {
  World world;
  CHECK(error_of(world.resolve(kAgent + "?versionId=1")) == "INVALID_OPTIONS");
  CHECK(error_of(world.resolve("did%3Aweb%3Aacme.example%23key-1")) == "INVALID_OPTIONS");
  CHECK(world.resolve(kAgent + "?versionId=1").status == 400);
}

TEST_CASE("an own document is served with an ETag, and 304 when it is known", "[node][api][did]") {
  World world;
  for (const auto& [path, did] :
       {std::pair<std::string, std::string>{"/.well-known/did.json", kOrganisation},
        {"/agents/Support/did.json", kAgent},
        {"/people/maria-rossi/did.json", "did:web:acme.example:people:maria-rossi"}}) {
    CAPTURE(path);
    const Answer answer = world.document(path);
    CHECK(answer.status == 200);
    CHECK(answer.content_type == "application/did+json");
    CHECK(*answer.body.find_string("id") == did);
    const std::string etag = answer.header("ETag");
    CHECK(etag.size() > 2);
    const Answer known = world.document(path, etag);
    CHECK(known.status == 304);
    CHECK(known.text.empty());
    CHECK(known.header("ETag") == etag);
    CHECK(world.document(path, "\"other\"").status == 200);
  }
  CHECK(world.document("/agents/Support/did.json").header("ETag") !=
        world.document("/people/maria-rossi/did.json").header("ETag"));
}

TEST_CASE("what is not there is 404, whatever the path tries", "[node][api][did]") {
  World world;
  for (const char* path : {"/agents/Nobody/did.json", "/agents/support/did.json",
                           "/agents/did.json", "/agents%2FSupport%2Fx/did.json", "/%2e%2e/did.json",
                           "/agents//did.json", "/a:b/did.json", "/.well-known/x/did.json"}) {
    CAPTURE(path);
    CHECK(world.document(path).status == 404);
  }
  CHECK(world.document("/.well-known/did.jsonl").text == "{\"log\":1}\n");
}

}  // namespace
}  // namespace avow::node::api
