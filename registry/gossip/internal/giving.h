#pragma once

#include <optional>
#include <string>
#include <vector>

#include "registry/gossip/internal/conversation.h"

namespace avow::registry::gossip {

/// What the peer's answer to a push says that it lacks: what comes before.
class Serving final : public Conversation {
 public:
  explicit Serving(PushAnswer answer) : answer_(std::move(answer)) {}
  Next next(Here& here, const Outcome& outcome) override;
  /// Has the peer taken any of it?
  bool has_taken() const { return has_taken_; }

 private:
  PushAnswer answer_;
  std::vector<Fetch> parts_;  // still to be given, the last one first
  bool has_taken_ = false;
};

/// These objects, then what is held here of what is named by these hashes; and what the peer turns out to need.
class Giving final : public Conversation {
 public:
  explicit Giving(Objects objects, std::vector<std::string> hashes = {})
      : objects_(std::move(objects)), hashes_(std::move(hashes)) {}
  Next next(Here& here, const Outcome& outcome) override;

 private:
  Next send(Here& here);

  Objects objects_;
  std::vector<std::string> hashes_;
  std::size_t given_ = 0;  // of the hashes
  std::optional<Serving> serving_;
};

/// Pushes what is queued until nothing is left or the peer takes no more of it.
class Pushing final : public Conversation {
 public:
  Next next(Here& here, const Outcome& outcome) override;

 private:
  enum class Awaited { nothing, settled, answer, acknowledged, served };
  Next send(Here& here);
  Next serve(Here& here, const Outcome& outcome);
  std::vector<std::int64_t> settled_by(const PushAnswer& answer) const;
  void tell_rejected(Here& here, const PushAnswer& answer) const;

  Awaited awaited_ = Awaited::nothing;
  std::vector<Outgoing> queued_;
  std::optional<Serving> serving_;
  int rounds_ = 0;
};

}  // namespace avow::registry::gossip
