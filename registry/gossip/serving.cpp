#include "registry/gossip/serving.h"

#include <utility>

namespace avow::registry::gossip {

PushAnswer answer_to_push(Receipt receipt, std::string root, LastAsked& asked) {
  PushAnswer answer;
  answer.accepted = std::move(receipt.accepted);
  answer.duplicate = std::move(receipt.duplicate);
  answer.need = fair_ranges(receipt.need, asked);
  answer.need_hashes = fair_hashes(receipt.need_hashes, asked);
  for (const auto& rejected : receipt.rejected)
    answer.rejected.emplace_back(rejected.hash, code_name(rejected.error.code));
  answer.root = std::move(root);
  return answer;
}

}  // namespace avow::registry::gossip
