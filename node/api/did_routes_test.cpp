#include "node/api/did_routes.h"

#include <catch2/catch.hpp>

#include "core/testing/temp_dir.h"
#include "did/composite_resolver.h"
#include "node/own_resolver.h"
#include "node/testing/rooms.h"
#include "node/testing/route_caller.h"
#include "vc/testing/fakes.h"

namespace avow::node::api::did_routes_test {
namespace {

using testing::Answer;
using testing::must;

const std::string kOrganisation = "did:web:acme.example";
const std::string kAgent = "did:web:acme.example:agents:Support";
const std::string kWithPort = "did:web:acme.example%3A8443";
const std::string kDidKey =
    "did:key:z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd";  // RFC 8032, test 1

const std::string kMovedTo = "did:webvh:Qmdxt11AjZewCNXX69bpEDobgjySeZ7eFwjf4tgpF6p2Dg:new.example";
const std::string kMovedFrom =
    "did:webvh:Qmdxt11AjZewCNXX69bpEDobgjySeZ7eFwjf4tgpF6p2Dg:old.example";

/// Answers for an earlier name with the document of the later one, as the log of a portable DID does.
class MovedResolver final : public did::Resolver {
 public:
  did::Result<did::Resolution, did::Error> resolve(
      const did::Did& did, const did::ResolutionOptions& = {}) const override {
    if (did.text() != kMovedFrom)
      return core::fail(did::Error{did::ErrorCode::not_found, "another DID"});
    did::Resolution out;
    out.document = std::make_shared<const did::Document>(*did::Document::from_json(
        core::Json::object({{"id", kMovedTo}}), *did::Did::parse(kMovedTo)));
    return out;
  }
};

/// The routes of an organisation at acme.example with one agent.
struct World {
  World() {
    must(rooms.enrolment->add(rooms.request("Support"), "uid 1"));
    const auto organisation = *did::Did::parse(kOrganisation);
    rooms.write([&](core::Transaction& tx) {
      REQUIRE(rooms.documents->put(
          tx, organisation, *did::parallel_did_web(rooms.organisation.entry), rooms.clock.now()));
    });
    const auto key = core::Ed25519SigningKey::generate(rooms.random)->public_key();
    resolver.add(kWithPort, key);
    resolver.refuse("did:web:broken.example", did::ErrorCode::unavailable);
    resolver.refuse("did:web:slow.example", did::ErrorCode::timed_out);
    resolver.refuse("did:web:old.example", did::ErrorCode::resolution_stale);
    resolver.refuse("did:web:wrong.example", did::ErrorCode::invalid_did_document);
    resolver.refuse("did:web:huge.example", did::ErrorCode::document_too_large);
    resolver.refuse("did:web:localhost%3A8080", did::ErrorCode::blocked_address);
    resolver.refuse("did:web:ninth.example", did::ErrorCode::too_many_fetches);
    resolver.refuse("did:web:forged.example", did::ErrorCode::tls_failure);
    resolver.refuse("did:web:shorter.example", did::ErrorCode::rollback_detected);
    http::RouteTable routes;
    const DidServices services{composite, *rooms.documents, "acme.example", "{\"log\":1}\n",
                               rooms.clock};
    add_resolution_routes(routes, services);
    add_did_file_routes(routes, services);
    caller.emplace(std::move(routes));
  }
  Answer resolve(const std::string& did, const std::string& accept = "") {
    http::NamedValues headers;
    if (!accept.empty()) headers.emplace_back("accept", accept);
    return caller->get("/1.0/identifiers/" + did, std::move(headers));
  }
  /// A second version of the agent's document, with a name and a service.
  void change_agent(const std::string& name) {
    const auto did = *did::Did::parse(kAgent);
    core::Json document = rooms.documents->current(did)->document->json();
    document.set("name", name);
    document.set("service", core::Json::array({core::Json::object(
                                {{"id", "#files"},
                                 {"type", "Files"},
                                 {"serviceEndpoint", "https://files.acme.example/shelf/a"}})}));
    rooms.clock.advance(std::chrono::seconds(60));
    rooms.write([&](core::Transaction& tx) {
      REQUIRE(rooms.documents->put(tx, did, document, rooms.clock.now()));
    });
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
  const OwnOrganisationResolver own{rooms.own_log};
  const MovedResolver moved;
  const did::CompositeResolver composite{{{"web", rooms.documents.get()},
                                          {"web", &resolver},
                                          {"webvh", &own},
                                          {"webvh", &moved},
                                          {"key", &resolver},
                                          {"example", &resolver}}};
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
  for (const char* accept : {"", "*/*", "application/*", "text/html, */*;q=0.1"}) {
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
       {"text/html", "application/did+cbor", "application/did;q=0", "application/did;q=2", ", ,",
        "application/did;q", "application/did-resolutions", "application/jsonx",
        "xapplication/json"}) {
    CAPTURE(accept);
    const Answer answer = world.resolve(kAgent, accept);
    CHECK(answer.status == 406);
    CHECK(error_of(answer) == "REPRESENTATION_NOT_SUPPORTED");
  }
}

TEST_CASE("a whole document is no list of URLs", "[node][api][did]") {
  World world;
  const Answer answer = world.resolve(kAgent, "text/uri-list");
  CHECK(answer.status == 406);
  CHECK(answer.content_type == "application/did-url-dereferencing");
  CHECK(*answer.body.find("dereferencingMetadata")->find("error")->find_string("type") ==
        "https://www.w3.org/ns/did#REPRESENTATION_NOT_SUPPORTED");
}

TEST_CASE(
    "each resolution error has its status, its type and its form [DID-10] [DID-29] "
    "[DID-32] [DID-44]",
    "[node][api][did]") {
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
      {"did:web:slow.example", 504, "INTERNAL_ERROR", "timed_out"},
      {"did:web:old.example", 502, "INTERNAL_ERROR", "resolution_stale"},
      {"did:web:wrong.example", 500, "INVALID_DID_DOCUMENT", "invalidDidDocument"},
      {"did:web:huge.example", 500, "INVALID_DID_DOCUMENT", "invalidDidDocument"},
      {"did:web:localhost%3A8080", 403, "INTERNAL_ERROR", "blocked_address"},
      {"did:web:ninth.example", 429, "INTERNAL_ERROR", "too_many_fetches"},
      {"did:web:forged.example", 502, "INTERNAL_ERROR", "tls_failure"},
      {"did:web:shorter.example", 502, "INTERNAL_ERROR", "rollback_detected"},
      {"did:other:1", 501, "METHOD_NOT_SUPPORTED", "methodNotSupported"},
      {"did%3Akey%3Az6Mk%23%22", 400, "INVALID_DID_URL", "invalidDidUrl"},
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

TEST_CASE("of several representations the best liked is given", "[node][api][did]") {
  World world;
  const std::string triple = "application/did-resolution";
  CHECK(world.resolve(kAgent, "application/did;q=0.5, " + triple).content_type == triple);
  CHECK(world.resolve(kAgent, triple + ";q=0.4,application/did;q=0.5").content_type ==
        "application/did");
  CHECK(world.resolve(kAgent, "*/*;q=0.1, " + triple).content_type == triple);
  CHECK(world.resolve(kAgent, triple + ", */*").content_type == triple);
  CHECK(world.resolve(kAgent, "Application/DID-Resolution").content_type == triple);
  CHECK(world.resolve(kAgent, "application/json;x=\"a,application/did\"").content_type ==
        "application/json");
  CHECK(world
            .resolve(kAgent,
                     "application/ld+json;profile=\"https://www.w3.org/ns/did/v1\", " + triple)
            .content_type == "application/ld+json");
}

TEST_CASE("a version is resolved by its id or a time, and says what follows it",
          "[node][api][did]") {
  World world;
  world.change_agent("later");
  for (const char* query : {"?versionId=1", "%3FversionId=1", "%3FversionId%3D1"}) {
    CAPTURE(query);
    const Answer answer = world.resolve(kAgent + query, "application/did-resolution");
    REQUIRE(answer.status == 200);
    CHECK(answer.body.find("didDocument")->find("name") == nullptr);
    const core::Json& metadata = *answer.body.find("didDocumentMetadata");
    CHECK(*metadata.find_string("versionId") == "1");
    CHECK(*metadata.find_string("nextVersionId") == "2");
    CHECK(metadata.find_string("updated") == nullptr);
    CHECK(metadata.find_string("nextUpdate") != nullptr);
    CHECK(metadata.find("deactivated") == nullptr);
  }
  const Answer now = world.resolve(kAgent, "application/did-resolution");
  CHECK(now.body.find("didDocument")->find("name") != nullptr);
  CHECK(*now.body.find("didDocumentMetadata")->find_string("versionId") == "2");
  CHECK(now.body.find("didDocumentMetadata")->find_string("updated") != nullptr);
  const std::string written = *now.body.find("didDocumentMetadata")->find_string("updated");
  CHECK(*world.resolve(kAgent + "?versionTime=" + written, "application/did-resolution")
             .body.find("didDocumentMetadata")
             ->find_string("versionId") == "2");
  CHECK(error_of(world.resolve(kAgent + "?versionTime=2001-01-01T00:00:00Z")) == "NOT_FOUND");
  CHECK(error_of(world.resolve(kAgent + "?versionId=3")) == "NOT_FOUND");
  CHECK(world.resolve(kAgent + "?versionId=3").status == 404);
}

TEST_CASE("what is not understood in a DID URL is refused, never ignored [DID-36]",
          "[node][api][did]") {
  World world;
  CHECK(error_of(world.resolve(kAgent + "?color=red")) == "INVALID_DID_URL");
  CHECK(error_of(world.resolve(kAgent + "?versionTime=9999-01-01T00:00:00Z")) == "INVALID_DID_URL");
  CHECK(error_of(world.resolve(kAgent + "%3FversionId=1?versionId=1")) == "INVALID_DID_URL");
  CHECK(error_of(world.resolve(kAgent + "?versionId=1&versionTime=2026-01-01T00:00:00Z")) ==
        "INVALID_OPTIONS");
  const Answer unsupported = world.resolve(kAgent + "?expandRelativeUrls=true");
  CHECK(unsupported.status == 501);
  CHECK(error_of(unsupported) == "FEATURE_NOT_SUPPORTED");
}

TEST_CASE("a fragment gives the verification method, raw or encoded", "[node][api][did]") {
  World world;
  const std::string encoded = "did%3Aweb%3Aacme.example%3Aagents%3ASupport%23key-1";
  for (const std::string& form : {kAgent + "%23key-1", encoded}) {
    CAPTURE(form);
    const Answer bare = world.resolve(form, "application/did");
    CHECK(bare.status == 200);
    CHECK(*bare.body.find_string("id") == kAgent + "#key-1");
    const Answer result = world.resolve(form, "application/did-url-dereferencing");
    CHECK(result.status == 200);
    CHECK(result.content_type == "application/did-url-dereferencing");
    CHECK(*result.body.find("content")->find_string("id") == kAgent + "#key-1");
    CHECK(*result.body.find("dereferencingMetadata")->find_string("contentType") ==
          "application/did");
    CHECK(result.body.find("contentMetadata")->find_string("versionId") != nullptr);
  }
  CHECK(world.resolve(kWithPort + "%23key-1", "application/did").status == 200);
  // A verification method is no DID document, so a resolution result cannot hold it.
  CHECK(world.resolve(encoded, "application/did-resolution").status == 406);
  CHECK(world.resolve(encoded, "application/did-resolution, application/did").status == 200);
  const Answer missing = world.resolve(kAgent + "%23key-2", "application/did-url-dereferencing");
  CHECK(missing.status == 404);
  CHECK(missing.content_type == "application/did-url-dereferencing");
  CHECK(missing.body.find("content")->is_null());
  CHECK(missing.body.find("contentMetadata")->as_object()->empty());
  CHECK(*missing.body.find("dereferencingMetadata")->find("error")->find_string("type") ==
        "https://www.w3.org/ns/did#NOT_FOUND");
}

TEST_CASE("a service sends the client to its endpoint", "[node][api][did]") {
  World world;
  world.change_agent("later");
  const std::string files = kAgent + "?service=files";
  for (const char* accept : {"", "*/*", "text/uri-list", "application/did-url-dereferencing"}) {
    CAPTURE(accept);
    const Answer answer = world.resolve(files + "&relativeRef=%2Fcv.pdf", accept);
    CHECK(answer.status == 303);
    CHECK(answer.header("Location") == "https://files.acme.example/cv.pdf");
    CHECK(answer.text.empty());
  }
  CHECK(
      world.resolve(kAgent + "%3Fservice%3Dfiles%26relativeRef%3D%252Fcv.pdf%253Fpage%253D2%23top")
          .header("Location") == "https://files.acme.example/cv.pdf?page=2#top");
  const Answer document = world.resolve(files, "application/did");
  CHECK(document.status == 200);
  CHECK(document.body.find("service")->as_array()->size() == 1);
  CHECK(world.resolve(kAgent + "?service=nothing").status == 404);
  CHECK(error_of(world.resolve(files + "&relativeRef=%2F%2Fevil.example")) == "INVALID_DID_URL");
}

TEST_CASE("a deactivated DID's service leads nowhere any more", "[node][api][did]") {
  World world;
  world.change_agent("later");
  world.rooms.clock.advance(std::chrono::seconds(60));
  world.rooms.write([&](core::Transaction& tx) {
    REQUIRE(
        world.rooms.documents->deactivate(tx, *did::Did::parse(kAgent), world.rooms.clock.now()));
  });
  for (const char* accept : {"", "*/*", "text/uri-list", "application/did-url-dereferencing"}) {
    CAPTURE(accept);
    const Answer answer = world.resolve(kAgent + "?service=files", accept);
    CHECK(answer.status == 410);
    CHECK(answer.header("Location").empty());
  }
}

TEST_CASE("a deactivated DID is 410 with its document, and as of earlier 200 [DID-45]",
          "[node][api][did]") {
  World world;
  world.rooms.clock.advance(std::chrono::seconds(60));
  world.rooms.write([&](core::Transaction& tx) {
    REQUIRE(
        world.rooms.documents->deactivate(tx, *did::Did::parse(kAgent), world.rooms.clock.now()));
  });
  const Answer triple = world.resolve(kAgent, "application/did-resolution");
  CHECK(triple.status == 410);
  CHECK(*triple.body.find("didDocument")->find_string("id") == kAgent);
  CHECK(*triple.body.find("didDocumentMetadata")->find("deactivated")->as_boolean());
  CHECK(triple.body.find("didResolutionMetadata")->find("error") == nullptr);
  CHECK(world.resolve(kAgent, "application/did").status == 410);
  CHECK(world.resolve(kAgent + "%23key-1", "application/did-url-dereferencing").status == 410);
  CHECK(world.resolve(kAgent + "?versionId=1").status == 200);
  const Answer file = world.document("/agents/Support/did.json");
  CHECK(file.status == 410);
  CHECK(*file.body.find_string("code") == "deactivated");
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

TEST_CASE("the log is not sent again to who has it", "[node][api][did]") {
  World world;
  const Answer log = world.document("/.well-known/did.jsonl");
  CHECK(log.status == 200);
  CHECK(log.content_type == "text/jsonl");
  REQUIRE_FALSE(log.header("ETag").empty());
  const Answer known = world.document("/.well-known/did.jsonl", log.header("ETag"));
  CHECK(known.status == 304);
  CHECK(known.text.empty());
}

TEST_CASE("a member's did:webvh has the services that every did:webvh has", "[node][api][did]") {
  World world;
  const std::string did = world.acme.did;
  const Answer whole = world.resolve(did, "application/did");
  REQUIRE(whole.status == 200);
  // did:webvh v1.0 "relativeRef Service", "whois LinkedVP Service".
  std::map<std::string, core::Json> services;
  for (const core::Json& service : *whole.body.find("service")->as_array())
    services.emplace(*service.find_string("id"), service);
  REQUIRE(services.size() == 2);
  CHECK(*services.at(did + "#files").find_string("serviceEndpoint") == "https://acme.example/");
  CHECK(*services.at(did + "#whois").find_string("serviceEndpoint") ==
        "https://acme.example/whois.vp");
  const Answer found = world.resolve(did + "?service=whois", "text/uri-list");
  CHECK(found.status == 303);
  CHECK(found.header("Location") == "https://acme.example/whois.vp");
  CHECK(world.resolve(did + "%23files", "application/did-url-dereferencing").status == 200);
  // What signs is the document of the entry.
  CHECK(world.rooms.organisation.entry.document->json().find("service") == nullptr);
}

TEST_CASE("a did:webvh that has moved is resolved by its earlier name", "[node][api][did]") {
  World world;
  const Answer moved = world.resolve(kMovedFrom, "application/did");
  REQUIRE(moved.status == 200);
  CHECK(*moved.body.find_string("id") == kMovedTo);
  const auto& services = *moved.body.find("service")->as_array();
  REQUIRE(services.size() == 2);
  CHECK(*services.back().find_string("serviceEndpoint") == "https://new.example/whois.vp");
}

}  // namespace
}  // namespace avow::node::api::did_routes_test
