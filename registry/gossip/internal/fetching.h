#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "registry/gossip/internal/conversation.h"

namespace avow::registry::gossip {

/// Both kinds of what is missing, each by itself and the last one first: what is named by its hash is given first, and an
/// answer is cut at a size, so that together these could keep the others from coming.
std::vector<Fetch> apart(const std::set<MissingRange>& need, const std::set<std::string>& hashes,
                         LastAsked& last);

/// Fetches, and what the fetched turns out to need, for as long as that brings anything new.
class Fetching final : public Conversation {
 public:
  explicit Fetching(Fetch fetch) : fetch_(std::move(fetch)) {}
  Next next(Here& here, const Outcome& outcome) override;

 private:
  Next ask();
  bool take(const Receipt& receipt);

  Fetch fetch_;
  int rounds_ = 0;
  LastAsked last_;
  std::set<MissingRange> asked_;
};

/// One page of a change log, of all feeds or of one, and what is missing here of what it lists.
class PageReading final : public Conversation {
 public:
  explicit PageReading(std::int64_t cursor, std::optional<std::string> feed = {})
      : cursor_(cursor), feed_(std::move(feed)) {}
  Next next(Here& here, const Outcome& outcome) override;
  /// Once it is over.
  SinceAnswer& answer() { return *answer_; }

 private:
  std::int64_t cursor_;
  std::optional<std::string> feed_;
  std::optional<SinceAnswer> answer_;
  std::optional<Fetching> fetching_;
};

}  // namespace avow::registry::gossip
