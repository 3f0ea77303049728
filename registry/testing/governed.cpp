#include "registry/testing/governed.h"

#include <stdexcept>
#include <utility>

namespace avow::registry::testing {

Ballots Governed::slot(core::Json::Array actions) const {
  return ballots_for(governors(), node.replica->view()->charter(), std::move(actions));
}

void Governed::decide(core::Json::Array actions) {
  const auto receipt = give(node, slot(std::move(actions)).decision);
  if (receipt.decided.size() != 1) throw std::runtime_error("the slot was not decided");
}

Standing Governed::standing(const Organisation& issuer, const char* moment) const {
  return node.replica->view()->may_issue(issuer.did, "Badge", at(moment)).standing;
}

std::string code_of(const Receipt& receipt) {
  return receipt.rejected.empty() ? ""
                                  : std::string(code_name(receipt.rejected.front().error.code));
}

}  // namespace avow::registry::testing
