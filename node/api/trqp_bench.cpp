#include <memory>

#include "core/data_integrity.h"
#include "core/testing/fake_clock.h"
#include "node/api/trqp_routes.h"
#include "node/testing/benches.h"
#include "node/trust/authority.h"
#include "registry/testing/node.h"

// From the bytes of a TRQP query to those of its answer: the members that TRQP asks for, and with the node's proof.

namespace avow::node::testing {
namespace {

using core::Json;
using registry::testing::Consortium;
using registry::testing::kNow;

/// Globex's node, asked about itself: Acme accredited it.
struct GivenQueries {
  explicit GivenQueries(bool with_proof) {
    const auto& charter = replica.replica->view()->charter();
    const auto& globex = consortium.organisations[1];
    registry::testing::Author acme(consortium.organisations[0], charter.network);
    replica.receive({acme.open(), acme.next("accredit", registry::testing::accredit_body(
                                                            globex.did, "Badge", 0))});
    api::add_trqp_routes(
        table, {*replica.replica, clock, [&globex, with_proof](const Json& answer) {
                  if (!with_proof) return answer;
                  const core::ProofOptions options{.verification_method = globex.key_id,
                                                   .proof_purpose = "assertionMethod",
                                                   .created = core::format_seconds(kNow)};
                  return core::with_proof(answer, core::create_proof(answer, options, globex.key));
                }});
    request.method = "POST";
    request.path = "/authorization";
    request.body = core::to_canonical(Json::object({{"entity_id", globex.did},
                                                    {"authority_id", authority_id(charter)},
                                                    {"action", "issue"},
                                                    {"resource", "Badge"}}));
  }
  void ask() const {
    const auto found = table.find(request.method, request.path);
    const auto answer = std::get<http::RouteMatch>(found).route->handler(request);
    core::testing::must_hold(answer.body.find(R"("authorized":true)") != std::string::npos,
                             answer.body);
  }

  const Consortium consortium;
  registry::testing::Node replica{consortium.charter()};
  core::testing::FakeClock clock{kNow};
  http::RouteTable table;
  http::Request request;
};

core::testing::Bench trqp_bench(const char* name, const char* what, bool with_proof) {
  return {.name = name,
          .what = what,
          .run = [given = std::make_shared<GivenQueries>(with_proof)](std::size_t count) {
            for (std::size_t i = 0; i < count; ++i) given->ask();
          }};
}

}  // namespace

core::testing::Benches trqp_benches() {
  return {trqp_bench("trqp_authorization", "answer a TRQP authorization query, from body to body",
                     false),
          trqp_bench("trqp_authorization_signed", "the same, the answer signed", true)};
}

}  // namespace avow::node::testing
