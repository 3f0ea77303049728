#include <memory>

#include "vc/issue.h"
#include "vc/testing/benches.h"
#include "vc/testing/world.h"

namespace avow::vc::testing {

using core::testing::must_hold;

core::testing::Benches issue_benches() {
  struct Given {
    World world;
    core::Json draft = world.draft();
    std::vector<core::Json> status = *draft.find("credentialStatus")->as_array();
  };
  const auto given = std::make_shared<Given>();
  given->draft.erase("id");
  given->draft.erase("credentialStatus");
  return {{.name = "issue_vc",
           .what = "issue a capability credential, every rule checked",
           .run =
               [given](std::size_t count) {
                 World& world = given->world;
                 for (std::size_t i = 0; i < count; ++i) {
                   const auto issued = issue(
                       given->draft, {world.issuer_did, world.issuer_method, world.issuer_key},
                       {.now = world.now, .status = given->status}, world.random);
                   must_hold(issued.has_value(), "credential");
                 }
               },
           .goal = {.must = "1.5", .ambitious = "2.0", .bound = "2.76", .peer = "0.081"}}};
}

}  // namespace avow::vc::testing
