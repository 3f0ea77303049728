#include <memory>
#include <sstream>

#include <catch2/catch.hpp>

#include "node/cli/commands.h"
#include "node/http/listener.h"
#include "node/trust/authority.h"
#include "registry/testing/consortium.h"
#include "registry/view.h"

namespace avow::node::cli::trust_commands_test {
namespace {

using namespace std::chrono_literals;
using registry::testing::accredit_body;
using registry::testing::Author;
using registry::testing::Consortium;
using registry::testing::kNow;

/// A node that answers questions about authority: Acme (granted Badges, two links deep) accredited Globex for an hour,
/// one link deep, and Globex Initech, whom it gave up after half of it. Then Globex accredited it for Diplomas, without
/// authority of its own.
struct AskedNode {
  AskedNode() {
    auto charter = std::make_shared<const registry::Charter>(consortium.charter());
    view = std::make_unique<registry::View>(charter);
    Author acme(consortium.organisations[0], charter->network);
    Author globex(consortium.organisations[1], charter->network);
    view->apply(acme.open());
    view->apply(acme.next("accredit", accredit_body(did(1), "Badge", 1, "2026-11-21T09:00:00Z")));
    view->apply(globex.open());
    view->apply(globex.next("accredit", accredit_body(did(2), "Badge", 0)));
    const auto end =
        core::Json::object({{"subject", did(2)}, {"types", core::Json::array({"Badge"})}});
    view->apply(globex.next("accredit.revoke", end, kNow + 30min));
    view->apply(globex.next("accredit", accredit_body(did(2), "Diploma", 0), kNow + 30min));
    listener = *http::Listener::on_tcp({"127.0.0.1", 0}, {});
    http::RouteTable routes;
    routes.add({"POST", "/v1/trust/query",
                [this](const http::Request& request) {
                  const auto body = *core::parse_json(request.body);
                  const std::string* at = body.find_string("at");
                  return http::json_response(
                      200, explain(*view,
                                   {*body.find_string("entity"), *body.find_string("action"),
                                    *body.find_string("resource"),
                                    at != nullptr ? *core::parse_rfc3339(*at) : kNow, kNow + 30min},
                                   15min));
                },
                4096});
    listener->start(std::move(routes));
    options.target.node = "http://127.0.0.1:" + std::to_string(listener->port());
    options.resource = "Badge";
  }
  const std::string& did(std::size_t of) const { return consortium.organisations[of].did; }

  using Command = int (*)(const TrustQueryOptions&, const Console&);
  /// Gives the exit code; what was said is in `out`.
  int run(Command command, std::size_t of, const std::string& at = "") {
    options.entity = did(of);
    options.at = at;
    out.str("");
    std::ostringstream err;
    return command(options, Console(out, err, /*json=*/false));
  }

  const Consortium consortium;
  std::unique_ptr<registry::View> view;
  std::unique_ptr<http::Listener> listener;
  TrustQueryOptions options;
  std::ostringstream out;
};

}  // namespace

TEST_CASE("trust query ends with 3 if the answer is no", "[node][cli][trust]") {
  AskedNode node;
  CHECK(node.run(trust_query, 2) == 0);
  CHECK(node.out.str() == "yes  by 3 links from the charter\n");
  CHECK(node.run(trust_query, 2, "2026-11-21T08:15:00Z") == 0);
  CHECK(node.run(trust_query, 2, "2026-11-21T07:59:59Z") == 3);
  CHECK(node.out.str() == "NO   no statement that counts here says so\n");
  CHECK(node.run(trust_query, 2, "yesterday") == 2);
}

TEST_CASE("trust explain names the statement of each link, and whose it is", "[node][cli][trust]") {
  AskedNode node;
  CHECK(node.run(trust_explain, 2) == 0);
  const std::string from = " for Badge from 2026-11-21T08:00:00.000Z until 2026-11-21T";
  CHECK(node.out.str() ==
        "yes  by 3 links from the charter\n"
        "by the authority " +
            authority_id(node.view->charter()) +
            ", at 2026-11-21T08:00:00.000Z\n"
            "  charter grants " +
            node.did(0) +
            " for Badge, slot 1, 2 links left\n"
            "  " +
            node.did(0) + " accredited " + node.did(1) + from +
            "09:00:00.000Z, statement 1/1, 1 link left\n"
            "  " +
            node.did(1) + " accredited " + node.did(2) + from +
            "08:30:00.000Z, statement 1/1, 0 links left\n");
}

TEST_CASE("trust explain says what ended an accreditation, or that there never was one",
          "[node][cli][trust]") {
  AskedNode node;
  CHECK(node.run(trust_explain, 2, "2026-11-21T08:30:00Z") == 3);
  CHECK_THAT(node.out.str(), Catch::Contains(node.did(1) + " accredited " + node.did(2)) &&
                                 Catch::Contains("statement 1/1; that had ended, by its "
                                                 "statement 1/2\n"));
  CHECK(node.run(trust_explain, 1, "2026-11-21T09:00:00Z") == 3);
  CHECK_THAT(node.out.str(), Catch::Contains("statement 1/1; that had ended\n"));
  CHECK(node.run(trust_explain, 1, "2026-11-21T07:00:00Z") == 3);
  CHECK_THAT(node.out.str(), Catch::Contains("; that had not begun\n"));
  node.options.resource = "Diploma";
  CHECK(node.run(trust_explain, 0) == 3);
  CHECK_THAT(node.out.str(),
             Catch::Contains("nobody ever accredited " + node.did(0) + " for Diploma"));
}

TEST_CASE("trust explain shows who accredited whom it is asked about, though without authority",
          "[node][cli][trust]") {
  AskedNode node;
  node.options.resource = "Diploma";
  CHECK(node.run(trust_explain, 2, "2026-11-21T08:30:00Z") == 3);
  CHECK_THAT(
      node.out.str(),
      Catch::Contains("  " + node.did(1) + " accredited " + node.did(2) +
                      " for Diploma from 2026-11-21T08:30:00.000Z, statement 1/3; but " +
                      node.did(1) + " has no authority for that itself\n  nobody ever accredited " +
                      node.did(1) + " for Diploma, nor did the charter\n"));
}

TEST_CASE("trust explain says what stands about who governs and who operates a node",
          "[node][cli][trust]") {
  AskedNode node;
  Author acme(node.consortium.organisations[0], node.view->charter().network);
  acme.open();
  acme.next("accredit", accredit_body(node.did(1), "Badge", 1, "2026-11-21T09:00:00Z"));
  node.view->apply(acme.next(
      "node.set", core::Json::object({{"urls", core::Json::array({"https://node.acme.example"})}}),
      kNow + 30min));
  const std::string now = "2026-11-21T08:30:00Z";
  node.options.action = "operate-node";
  node.options.resource = "https://node.acme.example";
  CHECK(node.run(trust_explain, 0, now) == 0);
  const std::string decided = "  decided by node.set of " + node.did(0) + ", statement 1/2\n";
  CHECK_THAT(node.out.str(), Catch::Contains(decided));
  node.options.resource = "https://other.acme.example";
  CHECK(node.run(trust_explain, 0, now) == 3);
  CHECK_THAT(node.out.str(), Catch::Contains(decided));
  node.options.action = "govern";
  node.options.resource = authority_id(node.view->charter());
  CHECK(node.run(trust_explain, 0, now) == 0);
  CHECK_THAT(node.out.str(),
             Catch::Contains("  decided by the slots up to 1 (avow govern history)\n"));
}

TEST_CASE("trust explain says where the feed that decides is frozen", "[node][cli][trust]") {
  AskedNode node;
  const auto& globex = node.consortium.organisations[1];
  node.view->replace(globex.scid, registry::FeedFold(), registry::Frozen{3, 41});
  CHECK(node.run(trust_explain, 1) == 3);
  CHECK_THAT(node.out.str(), Catch::Contains("  the feed " + globex.scid +
                                             " is forked at 3/41 (avow trust disputes)\n"));
}

TEST_CASE("trust explain says who called an emergency", "[node][cli][trust]") {
  AskedNode node;
  const auto& all = node.consortium.organisations;
  node.view->suspend(all[1].scid, {{all[1].scid,
                                    registry::testing::at("2026-11-21T08:00:00Z"),
                                    registry::testing::at("2026-11-21T09:00:00Z"),
                                    {all[0].scid, all[2].scid}}});
  CHECK(node.run(trust_explain, 2) == 3);
  CHECK_THAT(node.out.str(),
             Catch::Contains("  " + all[1].did +
                             " is suspended from 2026-11-21T08:00:00.000Z until "
                             "2026-11-21T09:00:00.000Z, in an emergency, by the word of " +
                             all[0].did + ", " + all[2].did + "\n"));
}

}  // namespace avow::node::cli::trust_commands_test
