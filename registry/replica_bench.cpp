#include <memory>

#include "registry/replica.h"
#include "registry/testing/benches.h"
#include "registry/testing/node.h"

namespace avow::registry::testing {

using core::testing::must_hold;

core::testing::Benches replica_benches() {
  constexpr std::size_t kBatch = 256;
  struct Given {
    Consortium consortium{3};
    Charter charter = consortium.charter();
    Node node{charter};
    Author acme{consortium.organisations[0], charter.network};
    std::vector<std::vector<Statement>> batches;
    core::Instant now = kNow;
  };
  const auto given = std::make_shared<Given>();
  given->node.receive({given->acme.open()});
  return {{.name = "gossip_ingest",
           .what = "take a signed statement in, verified, applied and durable, 256 a transaction",
           .run =
               [given](std::size_t count) {
                 for (std::size_t i = 0; i < count; ++i) {
                   const Receipt receipt =
                       given->node.receive(given->batches[i], "one", given->now);
                   must_hold(receipt.accepted.size() == kBatch, "accepted statements");
                 }
               },
           .goal = {.must = "0.4", .ambitious = "0.55"},
           .prepare =
               [given](std::size_t count) {
                 given->batches.assign(count, {});
                 for (auto& batch : given->batches) {
                   // A feed says at most 3,600 such things an hour.
                   given->now += std::chrono::minutes(5);
                   for (std::size_t i = 0; i < kBatch; ++i)
                     batch.push_back(given->acme.note("note " + std::to_string(i), given->now));
                 }
               },
           .batch = kBatch}};
}

}  // namespace avow::registry::testing
