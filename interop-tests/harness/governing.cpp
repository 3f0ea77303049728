#include "interop-tests/harness/governing.h"

#include <algorithm>
#include <stdexcept>

#include "interop-tests/harness/wait.h"

namespace avow::interop {

Finished says(const Node& node, std::vector<std::string> words) {
  words.insert(words.end(), {"--yes", "--json"});
  return node.avow(std::move(words));
}

std::int64_t slot_at(const Node& node) {
  const Reply state = node.admin().get("/v1/governance");
  const core::Json* slot = state.body.find("slot");
  return slot != nullptr && slot->as_integer() != nullptr ? *slot->as_integer() : 0;
}

bool is_proposed_at(const Node& node) {
  const Reply state = node.admin().get("/v1/governance");
  const core::Json* open = state.body.find("open");
  return open != nullptr && !open->find("proposals")->as_array()->empty();
}

std::int64_t decide(const std::vector<Node*>& governors, const std::vector<std::string>& words) {
  const Node& proposer = *governors.front();
  const auto slot = slot_at(proposer) + 1;
  const Finished proposed = says(proposer, words);
  if (proposed.exit_code != 0) throw std::runtime_error("nothing is proposed: " + proposed.err);
  const bool is_known = eventually([&] {
    return std::all_of(governors.begin(), governors.end(),
                       [](const Node* node) { return is_proposed_at(*node); });
  });
  if (!is_known) throw std::runtime_error("the proposal does not reach everybody");
  // `vote` does what comes next, or says that others are awaited.
  const bool is_decided = eventually([&] {
    for (const Node* node : governors) says(*node, {"govern", "vote"});
    return slot_at(proposer) == slot;
  });
  if (!is_decided) throw std::runtime_error("slot " + std::to_string(slot) + " is not decided");
  return slot;
}

}  // namespace avow::interop
