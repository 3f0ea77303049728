#include "interop-tests/harness/changes.h"

#include <utility>

#include "interop-tests/harness/wait.h"

namespace avow::interop {

using core::Json;

Changes::Changes(const Node& node, const Agent& agent, std::uint64_t seed,
                 std::chrono::milliseconds rest)
    : node_(node), agent_(agent), rest_(rest), random_(seed) {}

void Changes::go_on(const std::atomic<bool>& stop) {
  while (!stop) {
    if (rest_.count() > 0)
      pause(std::chrono::milliseconds(random_() % static_cast<std::uint64_t>(rest_.count())));
    if (known_.empty() || random_() % 3 == 0) {
      issue();
    } else {
      change();
    }
  }
}

std::vector<KnownCredential> Changes::known() const {
  const std::lock_guard lock(mutex_);
  return known_;
}

void Changes::issue() {
  const Reply issued =
      node_.admin().post("/v1/credentials", Json::object({{"agent", agent_.name()},
                                                          {"type", "AgentCapabilityCredential"},
                                                          {"lifetimeSeconds", 3600},
                                                          {"claims", support_claims()}}));
  if (!issued.ok()) return;
  ++acknowledged_;
  const std::lock_guard lock(mutex_);
  known_.push_back({*issued.body.find("verifiableCredential")});
}

void Changes::change() {
  struct Change {
    const char* word;
    const char* state;
  };
  static constexpr std::array kChanges{Change{"suspend", "suspended"}, Change{"resume", "active"},
                                       Change{"revoke", "revoked"}};
  const std::size_t which = random_() % known_.size();
  const Change& change = kChanges.at(random_() % (random_() % 4 == 0 ? 3 : 2));
  Json credential;
  {
    const std::lock_guard lock(mutex_);
    auto& known = known_[which];
    // What was not answered is asked about first, after the next start.
    if (known.unanswered || known.acknowledged == "revoked") return;
    known.unanswered = change.state;
    if (known.unanswered == "active") known.stopped.reset();
    credential = known.credential;
  }
  const Reply changed = change_status(node_, credential, change.word);
  if (!changed.ok()) return;
  ++acknowledged_;
  const std::lock_guard lock(mutex_);
  auto& known = known_[which];
  known.acknowledged = change.state;
  known.unanswered.reset();
  if (known.acknowledged != "active" && !known.stopped)
    known.stopped = std::chrono::steady_clock::now();
}

std::string Changes::compare(KnownCredential& known) {
  const std::string& id = *known.credential.find_string("id");
  const std::string state = state_of(node_, id);
  const bool is_as_told =
      state == known.acknowledged || (known.unanswered && state == *known.unanswered);
  std::string complaint;
  if (!is_as_told)
    complaint = id + " is " + state + ", acknowledged was " + known.acknowledged + "\n";
  known.acknowledged = state;
  known.unanswered.reset();
  return complaint;
}

std::string Changes::lost(std::size_t from) {
  const std::lock_guard lock(mutex_);
  std::string lost;
  for (std::size_t i = from; i < known_.size(); ++i) lost += compare(known_[i]);
  return lost;
}

std::string Changes::lost_of_unanswered() {
  const std::lock_guard lock(mutex_);
  std::string lost;
  for (auto& known : known_) {
    if (known.unanswered) lost += compare(known);
  }
  return lost;
}

}  // namespace avow::interop
