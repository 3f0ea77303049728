#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "core/json.h"
#include "interop-tests/harness/agent.h"
#include "interop-tests/harness/node.h"

namespace avow::interop {

/// What somebody who changes credentials knows of one: what it was told last, and what it asked for without an answer.
struct KnownCredential {
  core::Json credential;
  std::string acknowledged = "active";
  std::optional<std::string> unanswered = {};
  /// When its last stop was acknowledged; nothing once it was asked to be resumed.
  std::optional<std::chrono::steady_clock::time_point> stopped = {};
};

/// Issues, suspends, resumes and revokes over the admin socket until it is told to stop, and remembers what was
/// acknowledged. Its credentials are its own: nobody else changes them.
class Changes {
 public:
  /// `rest`: so long at most it waits before each.
  Changes(const Node& node, const Agent& agent, std::uint64_t seed,
          std::chrono::milliseconds rest = {});

  void go_on(const std::atomic<bool>& stop);
  const Node& node() const { return node_; }
  /// May be called while it goes on.
  std::vector<KnownCredential> known() const;
  std::size_t acknowledged() const { return acknowledged_; }

  /// The states that are not what was acknowledged, in words, of the credentials from this one on: what was not
  /// acknowledged may have happened or not, and is known now. Empty if nothing was lost.
  std::string lost(std::size_t from);
  /// The same of those whose state hangs in the air.
  std::string lost_of_unanswered();

 private:
  void issue();
  void change();
  std::string compare(KnownCredential& known);

  const Node& node_;
  const Agent& agent_;
  const std::chrono::milliseconds rest_;
  std::mt19937_64 random_;
  mutable std::mutex mutex_;  // guards known_
  std::vector<KnownCredential> known_;
  std::atomic<std::size_t> acknowledged_ = 0;
};

}  // namespace avow::interop
