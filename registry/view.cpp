#include "registry/view.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <tuple>

#include "core/canonical_json.h"
#include "registry/feed.h"
#include "registry/internal/signed_object.h"

namespace avow::registry {
namespace {

std::string row(core::Json::Array cells) {
  return core::to_canonical(core::Json::array(std::move(cells)));
}

std::string row_of(const EmergencyInterval& one) {
  return row({"emergency", one.scid, core::format_milliseconds(one.from),
              core::format_milliseconds(one.until)});
}

std::string root_of(std::vector<std::string> rows) {
  std::sort(rows.begin(), rows.end());
  MerkleFrontier tree;
  for (const auto& text : rows) tree.append(leaf_hash(core::as_bytes(text)));
  return hash_text(tree.root());
}

}  // namespace

View::View(std::shared_ptr<const Charter> charter) : charter_(std::move(charter)) {
  for (const auto& [scid, member] : charter_->members) {
    feeds_[scid].log = std::make_shared<const MemberLog>(member.entry);
    unsettled_.insert(scid);
  }
  sort_grants();
}

void View::sort_grants() {
  auto grants = std::make_shared<Grants>();
  for (const auto& grant : charter_->grants) {
    for (const auto& type : grant.types) (*grants)[{grant.member, type}].push_back(&grant);
  }
  granted_ = std::move(grants);
}

void View::govern(std::shared_ptr<const Charter> charter,
                  std::vector<EmergencyInterval> emergencies) {
  charter_ = std::move(charter);
  emergencies_ = std::move(emergencies);
  // Members go only if the slot that admitted them turns out to be forked.
  std::erase_if(feeds_,
                [this](const auto& feed) { return !charter_->members.contains(feed.first); });
  unsettled_.clear();
  for (const auto& [scid, member] : charter_->members) {
    auto& state = feeds_[scid];
    if (!state.log) state.log = std::make_shared<const MemberLog>(member.entry);
    unsettled_.insert(scid);
  }
  sort_grants();
}

void View::suspend(const std::string& scid, const std::vector<EmergencyInterval>& emergencies) {
  std::vector<EmergencyInterval> after;
  for (const auto& one : emergencies_) {
    if (one.scid != scid) after.push_back(one);
  }
  after.insert(after.end(), emergencies.begin(), emergencies.end());
  std::sort(after.begin(), after.end());
  if (after == emergencies_) return;
  emergencies_ = std::move(after);
  is_suspended_otherwise_ = true;
}

std::optional<Suspension> View::suspension(std::string_view scid, core::Instant at) const {
  for (const auto& one : charter_->standing_of(scid).suspensions) {
    if (one.in_force(at)) return one;
  }
  for (const auto& one : emergencies_) {
    const Suspension suspension{one.from, one.until, 0};
    if (one.scid == scid && suspension.in_force(at)) return suspension;
  }
  return std::nullopt;
}

const View::FeedState* View::state(std::string_view scid) const {
  const auto found = feeds_.find(scid);
  return found == feeds_.end() ? nullptr : &found->second;
}

void View::apply(const Statement& statement) {
  const auto found = feeds_.find(statement.feed);
  assert(found != feeds_.end());
  auto& state = found->second;
  assert(!state.frozen || !state.frozen->covers(statement.epoch, statement.sequence));
  state.fold.edit().apply(statement, charter_->members.find(statement.feed)->second);
  unsettled_.insert(statement.feed);
  count_head_if_reached(state);
}

void View::replace(const std::string& scid, FeedFold fold, std::optional<Frozen> frozen) {
  auto& state = feeds_.find(scid)->second;
  state.frozen = frozen;
  state.fold.edit() = std::move(fold);
  // A head of another epoch than the counted one may speak of an abandoned branch; its author signs another soon.
  const auto& position = state.fold->position();
  const auto end = position ? std::pair(position->epoch, position->sequence)
                            : std::pair(std::int64_t{1}, std::int64_t{-1});
  for (auto* head : {&state.counted, &state.ahead}) {
    if (!*head) continue;
    const auto at = std::pair((*head)->epoch, (*head)->sequence);
    const bool is_of_branch = head == &state.ahead ? at > end : at.first == end.first;
    const bool is_cut = charter_->is_beyond_cut(scid, at.first, at.second);
    if (!is_of_branch || is_cut || (frozen && frozen->covers(at.first, at.second))) head->reset();
  }
  unsettled_.insert(scid);
}

void View::set_log(const std::string& scid, std::shared_ptr<const MemberLog> log) {
  const auto found = feeds_.find(scid);
  if (found == feeds_.end()) return;
  found->second.log = std::move(log);
  unsettled_.insert(scid);
}

void View::forget_heads(const std::string& scid) {
  const auto found = feeds_.find(scid);
  if (found == feeds_.end()) return;
  found->second.counted.reset();
  found->second.ahead.reset();
}

bool View::contradicts(const Head& head, const FeedState& state) const {
  const auto& position = state.fold->position();
  if (!position || position->epoch != head.epoch || position->sequence != head.sequence) {
    return false;
  }
  auto fold = state.fold.get();
  fold.settle();
  return head.hash != position->hash || head.root != hash_text(fold.merkle_root()) ||
         head.status_root != root_of(fold.status_rows(head.feed));
}

Result<void, Error> View::check_head(const Head& head, std::string_view hash_there) const {
  const auto* of = state(head.feed);
  if (hash_there.empty() || of == nullptr) return {};
  if (hash_there == head.hash && !contradicts(head, *of)) return {};
  return fail(Error{ErrorCode::consistency_failure, "a head signed for sequence " +
                                                        std::to_string(head.sequence) +
                                                        " contradicts the statements of its feed"});
}

void View::take_head(const Head& head, bool is_ahead) {
  const auto found = feeds_.find(head.feed);
  if (found == feeds_.end()) return;
  auto& state = found->second;
  if (state.frozen && state.frozen->covers(head.epoch, head.sequence)) return;
  if (charter_->is_beyond_cut(head.feed, head.epoch, head.sequence)) return;
  // Compared again: what it speaks of may have come in the same transaction, after check_head.
  if (!is_ahead && contradicts(head, state)) return;
  const auto order = [](const Head& h) { return std::tuple(h.epoch, h.sequence, h.time); };
  auto& newest = is_ahead ? state.ahead : state.counted;
  if (!newest || order(*newest) < order(head)) newest = std::make_shared<const Head>(head);
  count_head_if_reached(state);
}

/// A head that was ahead counts from the moment at which its statement is applied, if it agrees.
void View::count_head_if_reached(FeedState& state) {
  const auto& position = state.fold->position();
  if (!state.ahead || !position) return;
  const auto at = std::pair(position->epoch, position->sequence);
  const auto reached = std::pair(state.ahead->epoch, state.ahead->sequence);
  if (at < reached) return;
  // One that was passed by speaks of statements that a later epoch has abandoned.
  if (at == reached && !contradicts(*state.ahead, state)) state.counted = state.ahead;
  state.ahead.reset();
}

void View::settle(const std::string& scid, FeedState& state) {
  state.fold.edit().settle();
  const auto& fold = state.fold.get();
  auto rows = fold.status_rows(scid);
  if (const auto fork = state.log->fork()) {
    rows.push_back(row({"logfork", scid, *fork}));
  } else {
    const auto& entry = state.log->current().webvh;
    rows.push_back(row({"log", scid, entry.version, entry.entry_hash}));
  }
  rows.push_back(row({"fold", scid, fold.interval_digest()}));
  const auto& position = fold.position();
  if (position) {
    rows.push_back(row({"feed", scid, position->epoch, position->sequence, position->hash}));
  }
  if (const auto frozen = frozen_statements(state)) {
    const bool reaches =
        position && position->epoch == frozen->epoch && position->sequence == frozen->sequence - 1;
    rows.push_back(row({"frozen", scid, frozen->epoch, frozen->sequence,
                        reaches ? position->hash : std::string()}));
  }
  state.digest = root_of(rows);
  state.rows = std::make_shared<const std::vector<std::string>>(std::move(rows));
}

std::vector<std::string> View::slot_rows() const {
  std::vector<std::string> rows{row({"network", charter_->network, charter_->rules})};
  for (std::size_t i = 0; i < charter_->slot_hashes.size(); ++i) {
    rows.push_back(row({"slot", static_cast<std::int64_t>(i + 1), charter_->slot_hashes[i]}));
  }
  if (charter_->forked_slot) rows.push_back(row({"slotfork", *charter_->forked_slot}));
  return rows;
}

std::string View::compute_root() const {
  auto rows = slot_rows();
  for (const auto& one : emergencies_) rows.push_back(row_of(one));
  for (const auto& [scid, state] : feeds_) {
    rows.insert(rows.end(), state.rows->begin(), state.rows->end());
  }
  return root_of(std::move(rows));
}

std::vector<ViewPart> View::parts() const {
  std::map<std::string_view, std::vector<std::string>> called;
  for (const auto& one : emergencies_) called[one.scid].push_back(row_of(one));
  std::vector<ViewPart> parts{{"", root_of(slot_rows())}};
  for (const auto& [scid, state] : feeds_) {
    const auto found = called.find(scid);
    if (found == called.end()) {
      parts.push_back({scid, state.digest});
    } else {
      auto rows = *state.rows;
      rows.insert(rows.end(), found->second.begin(), found->second.end());
      parts.push_back({scid, root_of(std::move(rows))});
    }
  }
  return parts;
}

std::shared_ptr<const View> View::snapshot() {
  for (const auto& scid : unsettled_) settle(scid, feeds_.find(scid)->second);
  if (!unsettled_.empty() || is_suspended_otherwise_) root_ = compute_root();
  unsettled_.clear();
  is_suspended_otherwise_ = false;
  return std::make_shared<const View>(*this);
}

const Member* View::member_for(std::string_view did) const {
  // Locations do not overlap, except that somebody may have come to that of an evicted member.
  const Member* evicted = nullptr;
  for (const auto& [scid, member] : charter_->members) {
    if (did == member.did) return &member;
    if (did != "did:web:" + member.location && !is_in_namespace_of(did, member)) continue;
    if (!charter_->is_evicted(scid)) return &member;
    evicted = &member;
  }
  return evicted;
}

const FeedFold* View::feed(std::string_view scid) const {
  const auto* of = state(scid);
  return of == nullptr || !of->fold->position() ? nullptr : &of->fold.get();
}

std::optional<Frozen> View::frozen(std::string_view scid) const {
  const auto* of = state(scid);
  return of == nullptr ? std::nullopt : frozen(*of);
}

std::optional<Frozen> View::frozen_statements(const FeedState& state) {
  // Only what lies below a fork is folded, so a base that is in the fold is lower.
  if (const auto& base = state.fold->takes_back()) return Frozen{base->epoch, base->sequence};
  return state.frozen;
}

std::optional<Frozen> View::frozen(const FeedState& state) {
  const auto frozen = frozen_statements(state);
  const auto log_fork = state.log->fork();
  // The feed counts below the log's fork only, so where both are forked the feed's is lower.
  if (frozen || !log_fork) return frozen;
  return Frozen{*log_fork, 0};
}

const MemberLog* View::log(std::string_view scid) const {
  const auto* of = state(scid);
  return of == nullptr ? nullptr : of->log.get();
}

std::string View::status_root(std::string_view scid) const {
  const auto* of = state(scid);
  return of == nullptr ? root_of({}) : root_of(of->fold->status_rows(scid));
}

const Head* View::counted_head(std::string_view scid) const {
  const auto* of = state(scid);
  return of == nullptr ? nullptr : of->counted.get();
}

const Head* View::head_ahead(std::string_view scid) const {
  const auto* of = state(scid);
  return of == nullptr ? nullptr : of->ahead.get();
}

FeedAge View::freshness(std::string_view scid, core::Instant at) const {
  FeedAge out;
  const auto* of = state(scid);
  if (of == nullptr) return out;
  out.frozen = frozen(*of).has_value();
  out.behind = of->ahead != nullptr;
  const auto& position = of->fold->position();
  if (!position) return out;
  out.as_of = position->time;
  out.epoch = position->epoch;
  out.sequence = position->sequence;
  if (of->counted && of->counted->time > out.as_of) {
    out.as_of = of->counted->time;
    out.epoch = of->counted->epoch;
    out.sequence = of->counted->sequence;
    out.by_head = true;
  }
  out.age = std::max(core::Milliseconds(0), at - out.as_of);
  out.ahead_of_clock = out.as_of > at + kMaxAhead;
  return out;
}

std::optional<ListAnswer> View::list_at(std::string_view issuer_did, std::string_view url) const {
  const auto look_in = [url](const Member& member,
                             const FeedState& state) -> std::optional<ListAnswer> {
    const ListState* list = state.fold->list_at(url);
    if (list == nullptr) return std::nullopt;
    return ListAnswer{&member,        list->purpose, list->bits.share(),
                      list->sequence, frozen(state), list->incomplete_since};
  };
  if (const auto* issuer = member(issuer_did)) {
    if (auto own = look_in(*issuer, *state(issuer->scid))) return own;
  }
  for (const auto& [scid, of] : feeds_) {
    if (auto found = look_in(charter_->members.find(scid)->second, of)) return found;
  }
  return std::nullopt;
}

std::optional<DocumentAnswer> View::document(std::string_view did) const {
  const Member* publisher = member_for(did);
  if (publisher == nullptr) return std::nullopt;
  const auto* of = state(publisher->scid);
  const auto* known = of->fold->document(did);
  if (known == nullptr && !of->fold->lacks_documents()) return std::nullopt;
  return DocumentAnswer{publisher, known, frozen(*of)};
}

}  // namespace avow::registry
