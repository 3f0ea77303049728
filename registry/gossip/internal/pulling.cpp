#include "registry/gossip/internal/pulling.h"

#include <utility>

namespace avow::registry::gossip {
namespace {

constexpr core::Milliseconds kReadAnewEvery = std::chrono::seconds(10);
constexpr int kReadAnewAfter = 4;   // pulls that ended in doubt of what a peer has of ours
constexpr int kMaxRoundsAnew = 16;  // of a pull, for what is read anew

}  // namespace

Next Reading::next(Here& here, const Outcome& outcome) {
  Memory& memory = here.memory;
  if (page_) {
    auto next = page_->next(here, outcome);
    if (!next || *next) return next;
    SinceAnswer& answer = page_->answer();
    memory.log.take_at_end(answer.changes);
    ++memory.pages;
    if (!answer.changes.more) memory.pull.last = std::move(answer);
  } else if (memory.log.end() == 0) {
    // What was refused before that is read with the rest.
    memory.asks = here.parts.replica.asks();
  }
  if (!memory.pull.last && ++rounds_ <= Link::kMaxRounds)
    return page_.emplace(memory.log.end()).next(here, Begun{});
  // Of a long log the rest comes with the next pulls; one that has no end tells us nothing, and is not heard.
  if (memory.pull.last) memory.pages = 0;
  here.news.emplace_back(LogGoesOn{memory.pages});
  return over();
}

Next Filling::next(Here& here, const Outcome& outcome) {
  if (std::holds_alternative<Begun>(outcome)) {
    Receipt& wanted = here.memory.pull.wanted;
    wanted = here.parts.replica.wanted(here.connection);
    for (const auto& look : std::exchange(here.memory.looks, {})) {
      wanted.need.insert(look->need.begin(), look->need.end());
      wanted.need_hashes.insert(look->need_hashes.begin(), look->need_hashes.end());
    }
    parts_ = apart(wanted.need, wanted.need_hashes, here.memory.asked);
  } else {
    auto next = fetching_->next(here, outcome);
    if (!next || *next) return next;
  }
  while (!parts_.empty()) {
    fetching_.emplace(std::move(parts_.back()));
    parts_.pop_back();
    auto next = fetching_->next(here, Begun{});
    if (!next || *next) return next;
  }
  return over();
}

Next Hearing::next(Here& here, const Outcome& outcome) {
  Memory& memory = here.memory;
  if (giving_) return giving_->next(here, outcome);
  if (std::holds_alternative<Begun>(outcome)) {
    const SinceAnswer& last = *memory.pull.last;
    Hear hear{last.node, last.changes.withheld, memory.log.shown(), {}, memory.in_vain};
    if (!memory.pull.is_filled) hear.unfilled = std::move(memory.pull.wanted);
    return Ask(std::move(hear));
  }
  const auto& heard = std::get<PeerHeard>(outcome);
  if (heard.is_in_doubt) ++memory.in_vain;
  if (heard.lacking.empty()) return over();
  return giving_.emplace(heard.lacking).next(here, Begun{});
}

void ReadingAnew::begin_if_due(Here& here) {
  Memory& memory = here.memory;
  const auto asks = here.parts.replica.asks();
  const bool is_due = asks != memory.asks || memory.in_vain >= kReadAnewAfter;
  if (!is_due || !memory.pull.last || memory.log.anew() || here.now < memory.next_reading) return;
  memory.asks = asks;
  memory.next_reading = here.now + kReadAnewEvery;
  memory.log.begin_anew();
}

Next ReadingAnew::next(Here& here, const Outcome& outcome) {
  Memory& memory = here.memory;
  if (page_) {
    auto next = page_->next(here, outcome);
    if (!next || *next) return next;
    if (memory.log.take_anew(page_->answer().changes)) memory.in_vain = 0;
  } else {
    begin_if_due(here);
  }
  const auto cursor = memory.log.anew();
  if (!cursor || rounds_++ == kMaxRoundsAnew) return over();
  return page_.emplace(*cursor).next(here, Begun{});
}

}  // namespace avow::registry::gossip
