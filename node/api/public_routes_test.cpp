#include "node/api/public_routes.h"

#include <catch2/catch.hpp>

#include "core/data_integrity.h"
#include "core/testing/temp_dir.h"
#include "node/testing/rooms.h"
#include "node/testing/route_caller.h"
#include "vc/avow_context.h"

namespace avow::node::api::public_routes_test {
namespace {

using testing::Answer;
using testing::must;

/// An organisation that has issued one credential, and the route of its lists.
struct World {
  World() {
    const Agent agent = must(rooms.enrolment->add(rooms.request("Support"), "uid 1"));
    credential = must(rooms.issuer->issue(rooms.draft(agent), "uid 1"));
    http::RouteTable routes;
    add_status_list_routes(routes, publisher, *rooms.membership, rooms.clock);
    caller.emplace(std::move(routes));
  }
  Answer get(const std::string& name, const std::string& etag = "") {
    http::NamedValues headers;
    if (!etag.empty()) headers.emplace_back("if-none-match", etag);
    return caller->get("/status/" + name, std::move(headers));
  }
  std::string first_list() const { return rooms.lists->lists().front().declaration.list; }

  const registry::testing::Organisation acme{1, "acme.example"};
  const core::testing::TempDir folder;
  testing::Rooms rooms{acme, folder.path()};
  revocation::StatusListPublisher publisher{
      *rooms.lists, [this](const core::Json& unsigned_list) {
        const core::ProofOptions options{
            .verification_method = rooms.organisation.assertion_method(),
            .proof_purpose = "assertionMethod",
            .created = core::format_seconds(rooms.clock.now())};
        return core::with_proof(unsigned_list,
                                core::create_proof(unsigned_list, options, rooms.key));
      }};
  core::Json credential;
  std::optional<testing::RouteCaller> caller;
};

TEST_CASE("a status list is served as a signed credential with an ETag", "[node][api][status]") {
  World world;
  const Answer answer = world.get(world.first_list());
  CHECK(answer.status == 200);
  CHECK(answer.content_type == "application/vc");
  CHECK(answer.body.find("proof") != nullptr);
  CHECK(*answer.body.find_string("issuer") == world.rooms.organisation.did().text());
  CHECK(*answer.body.find_string("id") == "https://acme.example/status/" + world.first_list());
  CHECK(answer.header("Cache-Control") == "max-age=450");  // half of 15 minutes

  const std::string etag = answer.header("ETag");
  const Answer known = world.get(world.first_list(), etag);
  CHECK(known.status == 304);
  CHECK(known.text.empty());
  CHECK(world.get(world.first_list(), "\"other\"").status == 200);
}

TEST_CASE("a revocation changes the list and its ETag at once [STATUS-18]",
          "[node][api][status][STATUS-18]") {
  World world;
  const auto record = world.rooms.credentials().front();
  const std::string name = record.slots.revocation.list;
  const Answer before = world.get(name);
  must(world.rooms.issuer->change(record.id, CredentialIssuer::Change::revoke, "", "uid 1"));
  const Answer after = world.get(name, before.header("ETag"));
  CHECK(after.status == 200);
  CHECK(after.header("ETag") != before.header("ETag"));
  CHECK(after.text != before.text);
}

TEST_CASE("a list that was never opened is 404", "[node][api][status]") {
  World world;
  for (const char* name : {"none", "r999", "%2e%2e", "a%00b"}) CHECK(world.get(name).status == 404);
  CHECK(world.caller->get("/status").status == 404);
  CHECK(world.caller->post("/status/" + world.first_list(), core::Json::object()).status == 405);
}

TEST_CASE("our JSON-LD context is served at the path of its URL", "[node][api]") {
  http::RouteTable routes;
  add_context_route(routes);
  const testing::RouteCaller caller(std::move(routes));
  const Answer answer = caller.get("/ns/v1");
  CHECK(answer.status == 200);
  CHECK(answer.content_type == "application/ld+json");
  CHECK(answer.text == vc::avow_context());
  CHECK(answer.body.find("@context") != nullptr);
  CHECK(caller.get("/ns/v2").status == 404);
}

TEST_CASE("a node is ready when all of it is", "[node][api][health]") {
  std::vector<Readiness> parts{{"storage", true, ""}, {"signing", true, ""}};
  http::RouteTable routes;
  add_health_routes(routes, [&parts] { return parts; });
  const testing::RouteCaller caller(std::move(routes));
  CHECK(caller.get("/healthz").status == 200);
  CHECK(caller.get("/readyz").status == 200);
  parts[1] = {"signing", false, "a restored backup signs nothing"};
  const Answer answer = caller.get("/readyz");
  CHECK(answer.status == 503);
  CHECK(*answer.body.find("ready") == core::Json(false));
  CHECK(*answer.body.find("checks")->find_string("storage") == "ok");
  CHECK(*answer.body.find("checks")->find_string("signing") == "a restored backup signs nothing");
  CHECK(caller.get("/healthz").status == 200);
}

}  // namespace
}  // namespace avow::node::api::public_routes_test
