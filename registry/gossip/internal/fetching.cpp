#include "registry/gossip/internal/fetching.h"

#include <utility>

#include "core/canonical_json.h"

namespace avow::registry::gossip {
namespace {

/// Of everything that came, whatever became of it.
std::set<std::string> hashes_of(const Receipt& receipt) {
  std::set<std::string> hashes = receipt.held;
  hashes.insert(receipt.accepted.begin(), receipt.accepted.end());
  hashes.insert(receipt.duplicate.begin(), receipt.duplicate.end());
  for (const RejectedObject& rejected : receipt.rejected) hashes.insert(rejected.hash);
  return hashes;
}

}  // namespace

std::vector<Fetch> apart(const std::set<MissingRange>& need, const std::set<std::string>& hashes,
                         LastAsked& last) {
  return {{{}, fair_hashes(hashes, last)}, {fair_request(need, last), {}}};
}

Next Fetching::next(Here& /*here*/, const Outcome& outcome) {
  if (std::holds_alternative<Begun>(outcome)) return ask();
  if (std::holds_alternative<core::Json>(outcome)) {
    auto objects = parse_objects(json_in(outcome));
    if (!objects) return core::fail(other_form(objects.error()));
    if (objects->empty()) return over();
    return Ask(Store{std::move(*objects)});
  }
  return take(std::get<Receipt>(outcome)) ? ask() : over();
}

Next Fetching::ask() {
  if ((fetch_.hashes.empty() && fetch_.want.empty()) || rounds_++ == Link::kMaxRounds)
    return over();
  return Ask(Call{"POST", "/gossip/v1/fetch", core::to_canonical(to_json(fetch_))});
}

/// gives whether that brought anything
bool Fetching::take(const Receipt& receipt) {
  // An answer is cut at a size: what was asked for by hash and has not come is asked for again, whatever became of
  // what came. Else a few large texts that are refused here would hide all that follows them. It comes first: the
  // cursor does not come back to it.
  const std::set<std::string> came = hashes_of(receipt);
  Fetch rest{fair_request(receipt.need, last_), {}};
  std::set<std::string> hashes;
  for (const std::string& hash : fetch_.hashes) {
    if (!came.contains(hash) && hashes.insert(hash).second) rest.hashes.push_back(hash);
  }
  bool brought = !receipt.accepted.empty() || rest.hashes.size() < fetch_.hashes.size();
  for (std::string& hash : fair_hashes(receipt.need_hashes, last_)) {
    if (rest.hashes.size() < kMaxBatch && hashes.insert(hash).second)
      rest.hashes.push_back(std::move(hash));
  }
  // What is not kept until something else is here, as a second decision, comes again beside it.
  for (const auto& range : fetch_.want) asked_.insert({range.feed, range.epoch, range.from});
  for (const auto& range : rest.want)
    brought = brought || !asked_.contains({range.feed, range.epoch, range.from});
  fetch_ = std::move(rest);
  return brought;
}

Next PageReading::next(Here& here, const Outcome& outcome) {
  if (fetching_) return fetching_->next(here, outcome);
  if (std::holds_alternative<Begun>(outcome))
    return Ask(Call{"GET", "/gossip/v1/since?cursor=" + std::to_string(cursor_) +
                               "&max=" + std::to_string(Link::kMaxPulled) +
                               (feed_ ? "&feed=" + *feed_ : "")});
  auto answer = parse_since_answer(json_in(outcome));
  if (!answer) return core::fail(other_form(answer.error()));
  answer_ = std::move(*answer);
  Fetch fetch;
  for (auto& id : here.parts.replica.missing(here.connection, answer_->changes.ids))
    fetch.hashes.push_back(std::move(id.hash));
  return fetching_.emplace(std::move(fetch)).next(here, Begun{});
}

}  // namespace avow::registry::gossip
