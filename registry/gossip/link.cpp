#include "registry/gossip/link.h"

#include <algorithm>
#include <utility>

#include "registry/gossip/internal/conversation.h"
#include "registry/gossip/internal/giving.h"
#include "registry/gossip/internal/pulling.h"
#include "registry/gossip/internal/repairing.h"

namespace avow::registry::gossip {
namespace {

using namespace std::chrono_literals;

/// Of what is held, for a peer that is not reached: each names at most what the pool of held statements has room for.
constexpr std::size_t kMaxLooks = 8;

}  // namespace

core::Milliseconds pause_after(int failures) {
  constexpr int kDoublings = 5;  // from 250 ms to 8 s
  return 250ms * (1 << std::min(failures - 1, kDoublings));
}

struct Link::Came {
  core::Result<Outcome, Fault> what = Begun{};
};

Link::Link(Parts parts)
    : parts_(std::move(parts)), memory_(std::make_unique<Memory>(parts_.feed)) {}
Link::~Link() = default;

void Link::want(std::shared_ptr<const Receipt> look) {
  memory_->looks.push_back(std::move(look));
  if (memory_->looks.size() > kMaxLooks) memory_->looks.pop_front();
}

Effects Link::step(core::Connection& connection, Event event, core::Milliseconds now) {
  Effects effects;
  Here here{connection, parts_, *memory_, effects.news, now};
  auto came = awaited(std::move(event), now);
  while (came) {
    auto next = came->what ? conversation_->next(here, *came->what)
                           : Next(core::fail(std::move(came->what.error())));
    if (next && *next) {
      effects.ask = asked(std::move(**next), now);
      break;
    }
    if (!next) note(next.error(), effects.news);
    enter(after(stage_, !next, now));
    came = Came{};
    if (stage_ != Stage::resting) continue;
    auto& ended = std::get<TurnEnded>(effects.news.emplace_back(end_turn(now)));
    ended.queued = FeedReader(connection).outbox_size(parts_.peer);
    came.reset();
    if (is_woken_ && !ended.fault) came = begin_turn(now);
  }
  effects.wake_at = wake_at_;
  return effects;
}

Effects Link::give_up(const Fault& fault, core::Milliseconds now) {
  Effects effects;
  note(fault, effects.news);
  enter(Stage::resting);
  effects.news.emplace_back(end_turn(now));
  effects.wake_at = wake_at_;
  return effects;
}

/// Nothing, if that is not what is waited for.
std::optional<Link::Came> Link::awaited(Event event, core::Milliseconds now) {
  const bool is_resting = stage_ == Stage::resting;
  if (std::holds_alternative<Wake>(event)) {
    is_woken_ = true;
    // It does not shorten a pause: a peer that is down is not asked more often because we have more to say.
    if (is_resting && failures_ == 0) return begin_turn(now);
  } else if (std::holds_alternative<Timer>(event)) {
    if (now < wake_at_) return std::nullopt;
    if (is_resting) return begin_turn(now);
    if (std::exchange(is_calling_, false))
      return Came{core::fail(Fault{"cannot reach the peer", "it has not answered in time"})};
  } else if (auto* answered = std::get_if<Answered>(&event)) {
    if (answered->number != calls_ || !std::exchange(is_calling_, false)) return std::nullopt;
    return Came{std::move(answered->answer)};
  } else if (is_resting || is_calling_) {
    return std::nullopt;  // nothing else was asked for
  } else if (auto* stored = std::get_if<Stored>(&event)) {
    return Came{std::move(stored->receipt)};
  } else if (auto* written = std::get_if<Written>(&event)) {
    if (!written->done) return Came{core::fail(std::move(written->done.error()))};
    return Came{Written{}};
  } else if (auto* heard = std::get_if<PeerHeard>(&event)) {
    return Came{std::move(*heard)};
  }
  return std::nullopt;
}

Link::Came Link::begin_turn(core::Milliseconds now) {
  is_woken_ = false;
  fault_.reset();
  // What the peer did not settle is tried again now and then, not whenever there is something new.
  if (now >= next_pull_) memory_->unanswered.clear();
  enter(Stage::pushing);
  return {};
}

/// The one place that says what a turn goes on with.
Link::Stage Link::after(Stage stage, bool has_failed, core::Milliseconds now) const {
  const Memory::Pull& pull = memory_->pull;
  switch (stage) {
    case Stage::pushing:
      // A peer that does not take what we have may still have what we need.
      return now >= next_pull_ ? Stage::reading : Stage::resting;
    case Stage::reading:
      return has_failed ? Stage::resting : Stage::filling;
    case Stage::filling:
      return pull.last ? Stage::hearing : Stage::reading_anew;
    case Stage::hearing:
      // After that: how long the log is, and who makes us read it again, must not keep what is new from coming.
      return Stage::reading_anew;
    case Stage::reading_anew:
      return pull.last && pull.went_well ? Stage::repairing : Stage::resting;
    case Stage::repairing:
    case Stage::resting:
      break;
  }
  return Stage::resting;
}

void Link::enter(Stage stage) {
  stage_ = stage;
  switch (stage) {
    case Stage::pushing:
      conversation_ = std::make_unique<Pushing>();
      break;
    case Stage::reading:
      memory_->pull = {};
      conversation_ = std::make_unique<Reading>();
      break;
    case Stage::filling:
      conversation_ = std::make_unique<Filling>();
      break;
    case Stage::hearing:
      conversation_ = std::make_unique<Hearing>();
      break;
    case Stage::reading_anew:
      conversation_ = std::make_unique<ReadingAnew>();
      break;
    case Stage::repairing:
      conversation_ = std::make_unique<Repairing>();
      break;
    case Stage::resting:
      conversation_.reset();
      is_calling_ = false;
      break;
  }
}

/// What it means that this stage has failed.
void Link::note(const Fault& fault, std::vector<News>& news) {
  if (stage_ == Stage::repairing) {
    // The pull went well, and the next comparison tries again. Told when it changes, not at every try.
    if (fault.what != std::exchange(memory_->repair_fault, fault.what))
      news.emplace_back(ViewNotRepaired{fault.what});
    return;
  }
  if (stage_ == Stage::filling) memory_->pull.is_filled = false;
  if (stage_ != Stage::pushing) memory_->pull.went_well = false;
  if (!fault_) fault_ = fault;
}

Ask Link::asked(Ask ask, core::Milliseconds now) {
  auto* call = std::get_if<Call>(&ask);
  is_calling_ = call != nullptr;
  if (call != nullptr) call->number = ++calls_;
  wake_at_ = is_calling_ ? now + kDeadline : core::Milliseconds::max();
  return ask;
}

TurnEnded Link::end_turn(core::Milliseconds now) {
  if (fault_) {
    // With nothing to push only a pull shows whether the peer is back.
    next_pull_ = now + pause_after(++failures_);
  } else {
    failures_ = 0;
    if (now >= next_pull_) next_pull_ = now + pull_pause();
  }
  wake_at_ = next_pull_;
  return {std::exchange(fault_, {}), {}};
}

core::Milliseconds Link::pull_pause() {
  const auto spread = static_cast<std::uint32_t>(parts_.pull_every.count() * 4 / 10);
  return parts_.pull_every * 8 / 10 + core::Milliseconds(core::uniform(parts_.random, spread + 1));
}

}  // namespace avow::registry::gossip
