#include "registry/gossip/internal/giving.h"

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <utility>

#include "core/canonical_json.h"
#include "core/printable.h"
#include "registry/gossip/internal/fetching.h"

namespace avow::registry::gossip {
namespace {

Ask push_of(const Here& here, const Objects& objects) {
  const auto view = here.parts.replica.view();  // there is one: nobody is asked before
  return Call{"POST", "/gossip/v1/push",
              core::to_canonical(to_json(Push{here.parts.own_url, view->root(), objects}))};
}

std::size_t count_of(const Objects& objects) {
  return objects.log_entries.size() + objects.statements.size() + objects.proofs.size() +
         objects.heads.size() + objects.slots.size() + objects.votes.size() +
         objects.emergencies.size() + objects.witness_proofs.size();
}

}  // namespace

Next Serving::next(Here& here, const Outcome& outcome) {
  if (std::holds_alternative<Begun>(outcome)) {
    parts_ = apart({answer_.need.begin(), answer_.need.end()},
                   {answer_.need_hashes.begin(), answer_.need_hashes.end()}, here.memory.given);
  } else {
    const auto answer = parse_push_answer(json_in(outcome));
    if (!answer) return core::fail(other_form(answer.error()));
    has_taken_ = has_taken_ || !answer->accepted.empty();
  }
  while (!parts_.empty()) {
    const Fetch part = std::move(parts_.back());
    parts_.pop_back();
    const auto objects =
        here.parts.replica.fetch(here.connection, part.want, part.hashes, kMaxTextBytes);
    if (!objects.empty()) return push_of(here, objects);
  }
  return over();
}

Next Giving::next(Here& here, const Outcome& outcome) {
  if (std::holds_alternative<Begun>(outcome)) return send(here);
  if (!serving_) {
    auto answer = parse_push_answer(json_in(outcome));
    if (!answer) return core::fail(other_form(answer.error()));
    auto needed = serving_.emplace(std::move(*answer)).next(here, Begun{});
    if (!needed || *needed) return needed;
  } else {
    auto needed = serving_->next(here, outcome);
    if (!needed || *needed) return needed;
  }
  serving_.reset();
  return send(here);
}

Next Giving::send(Here& here) {
  while (objects_.empty() && given_ < hashes_.size()) {
    const auto rest = std::span<const std::string>(hashes_).subspan(given_);
    objects_ = here.parts.replica.fetch(here.connection, {}, rest, kMaxTextBytes);
    // As many of the first as there was room for; none where something newer has taken its place.
    given_ += std::clamp<std::size_t>(count_of(objects_), 1, rest.size());
  }
  if (objects_.empty()) return over();
  return push_of(here, std::exchange(objects_, {}));
}

Next Pushing::next(Here& here, const Outcome& outcome) {
  switch (awaited_) {
    case Awaited::nothing:
      awaited_ = Awaited::settled;
      return Ask(Settle{});
    case Awaited::settled:
      return send(here);
    case Awaited::answer: {
      auto answer = parse_push_answer(json_in(outcome));
      if (!answer) return core::fail(other_form(answer.error()));
      tell_rejected(here, *answer);
      auto ns = settled_by(*answer);
      serving_.emplace(std::move(*answer));
      awaited_ = Awaited::acknowledged;
      if (!ns.empty()) return Ask(Acknowledge{std::move(ns)});
      return serve(here, Begun{});
    }
    case Awaited::acknowledged:
      return serve(here, Begun{});
    case Awaited::served:
      return serve(here, outcome);
  }
  return over();
}

Next Pushing::send(Here& here) {
  awaited_ = Awaited::answer;
  if (rounds_++ == Link::kMaxRounds) return over();
  queued_ = here.parts.replica.outgoing(here.connection, here.parts.peer, kMaxBatch, kMaxTextBytes,
                                        here.memory.unanswered);
  if (queued_.empty()) return over();
  Objects objects;
  for (const Outgoing& one : queued_) objects.of(one.object_class).push_back(one.text);
  return push_of(here, objects);
}

Next Pushing::serve(Here& here, const Outcome& outcome) {
  awaited_ = Awaited::served;
  auto next = serving_->next(here, outcome);
  if (!next || *next) return next;
  // What it neither takes nor refuses must not stand before what comes after it.
  if (!serving_->has_taken()) {
    for (const Outgoing& one : queued_) here.memory.unanswered.insert(one.n);
  }
  return send(here);
}

/// What the peer has durably, or will never take, leaves the queue.
std::vector<std::int64_t> Pushing::settled_by(const PushAnswer& answer) const {
  std::set<std::string, std::less<>> settled(answer.accepted.begin(), answer.accepted.end());
  settled.insert(answer.duplicate.begin(), answer.duplicate.end());
  for (const auto& rejected : answer.rejected) settled.insert(rejected.first);
  std::vector<std::int64_t> ns;
  for (const Outgoing& one : queued_) {
    if (settled.contains(one.hash)) ns.push_back(one.n);
  }
  return ns;
}

/// Of what was sent, each once: the rest of the answer is a peer's words, as many as it likes.
void Pushing::tell_rejected(Here& here, const PushAnswer& answer) const {
  const std::map<std::string, std::string> rejected(answer.rejected.begin(), answer.rejected.end());
  for (const auto& one : queued_) {
    const auto found = rejected.find(one.hash);
    if (found != rejected.end())
      here.news.emplace_back(PeerRejected{one.hash, core::shortened(found->second, 64)});
  }
}

}  // namespace avow::registry::gossip
