#include "registry/own_feed.h"

#include <algorithm>
#include <utility>

#include "registry/internal/counted_branch.h"
#include "registry/internal/replica_work.h"
#include "registry/propagation.h"

namespace avow::registry {
namespace {

Error refused(ErrorCode code, std::string detail) {
  return {code, std::move(detail)};
}

Error foreign(std::int64_t sequence) {
  return refused(ErrorCode::foreign_statement,
                 "statement " + std::to_string(sequence) +
                     " of our feed was not made by this node, or it has forgotten it: a backup was "
                     "restored, or our key "
                     "is used elsewhere");
}

/// Nothing was accepted: why.
Error refusal_in(const Receipt& receipt) {
  if (!receipt.rejected.empty()) return receipt.rejected.front().error;
  return refused(ErrorCode::already_signed, "this position is taken");
}

}  // namespace

OwnFeed::OwnFeed(Replica& replica, GuardFile& guard, const core::Ed25519SigningKey& key,
                 std::string scid, std::string key_id, std::int64_t epoch)
    : replica_(replica),
      guard_(guard,
             [&replica](const GuardMark& mark) { replica.release(mark.epoch, mark.sequence); }),
      key_(key),
      scid_(std::move(scid)),
      key_id_(std::move(key_id)),
      epoch_(epoch) {
  replica_.guard(scid_);
}

/// The mark of the guard file, if it and the database agree.
Result<std::optional<GuardMark>, Error> OwnFeed::compare(FeedReader& store) const {
  auto mark = guard_.in_file();
  if (!mark) return mark;
  const auto tip = store.tip(scid_, epoch_);
  if (*mark) {
    const auto& seen = **mark;
    const auto here = store.hash_at(scid_, seen.epoch, seen.sequence);
    if (here != seen.hash && may_lose(seen)) return mark;
    if (here.empty()) {
      return fail(refused(ErrorCode::restored_backup,
                          "the guard file knows of our statement " + std::to_string(seen.sequence) +
                              ", the database only of " +
                              (tip ? std::to_string(tip->sequence) : "none") +
                              ": a backup was restored, or another copy of this node runs"));
    }
    if (here != seen.hash) {
      return fail(refused(ErrorCode::restored_backup, "the guard file knows of another statement " +
                                                          std::to_string(seen.sequence) +
                                                          " than the database"));
    }
  }
  const auto elsewhere = made_elsewhere_from(store, tip);
  if (!elsewhere) return mark;
  if (tip && tip->sequence == *elsewhere && *mark && (*mark)->hash == tip->hash) {
    // Peers gave back what we said, but not the records and indexes that were written with it.
    return fail(
        refused(ErrorCode::restored_backup,
                "our statement " + std::to_string(tip->sequence) +
                    " came back from others, the database is older: a backup was restored"));
  }
  return fail(foreign(*elsewhere));
}

Result<void, Error> OwnFeed::check(core::Connection& connection) {
  FeedReader store(connection);
  const auto mark = compare(store);
  if (!mark) {
    guard_.refuse(mark.error());
    // What the guard file knows of has left long ago. Held back, the oldest of it would stop the
    // change log for everybody's statements after it.
    const auto seen = guard_.in_file();
    if (seen && *seen) {
      const auto here = store.hash_at(scid_, (*seen)->epoch, (*seen)->sequence);
      if (here.empty() || here == (*seen)->hash) {
        replica_.release((*seen)->epoch, (*seen)->sequence);
      }
    }
    return fail(mark.error());
  }
  auto last = store.last_own_signature(scid_, epoch_);
  if (const auto tip = store.tip(scid_, epoch_)) last = GuardMark{epoch_, tip->sequence, tip->hash};
  guard_.agree(*mark, last);
  return guard_.bring_forward();
}

Result<std::optional<GuardLoss>, Error> OwnFeed::guard_loss(core::Connection& connection) const {
  const auto mark = guard_.in_file();
  if (!mark) return fail(mark.error());
  return guard_.loss(*mark, FeedReader(connection).last_own_signature(scid_, epoch_ + 1));
}

bool OwnFeed::is_ours(FeedReader& store, const ChainTip& tip) const {
  return store.own_signature(scid_, epoch_, tip.sequence) == tip.hash;
}

/// Where our key signed something that this node did not, at the end of the chain or beyond: what was refused there counts
/// for nothing, but one of ours at its place would be a fork.
std::optional<std::int64_t> OwnFeed::made_elsewhere_from(FeedReader& store,
                                                         const std::optional<ChainTip>& tip) const {
  if (tip && !is_ours(store, *tip)) return tip->sequence;
  return store.first_made_elsewhere(scid_, epoch_, tip ? tip->sequence + 1 : 0);
}

std::optional<Error> OwnFeed::find_made_elsewhere(core::Connection& connection,
                                                  const Objects& objects) const {
  const auto view = replica_.view();
  const auto* log = view != nullptr ? view->log(scid_) : nullptr;
  if (log == nullptr) return std::nullopt;
  FeedReader store(connection);
  // What an earlier epoch's key signs elsewhere was abandoned when this epoch was opened, and never counts again.
  const auto is_news = [&](const auto& one, const std::string& hash) {
    return one.feed == scid_ && one.epoch >= epoch_ &&
           store.own_signature(scid_, one.epoch, one.sequence) != hash;
  };
  for (const auto& text : objects.statements) {
    if (text.find(scid_) == std::string::npos) continue;
    const auto one = parse_statement(text);
    if (one && is_news(*one, one->hash) && check_signature(*one, *log)) {
      return foreign(one->sequence);
    }
  }
  for (const auto& text : objects.heads) {
    if (text.find(scid_) == std::string::npos) continue;
    const auto one = parse_head(text);
    if (one && is_news(*one, one->hash) &&
        log->check_key(one->epoch, one->key, [&](const core::Ed25519PublicKey& key) {
          return has_good_signature(*one, key);
        })) {
      return foreign(one->sequence);
    }
  }
  return std::nullopt;
}

Result<void, Error> OwnFeed::may_append(FeedReader& store) const {
  if (!replica_.charter_) {
    return fail(refused(ErrorCode::no_charter, "this node has no charter yet"));
  }
  if (!replica_.charter_->members.contains(scid_)) {
    return fail(refused(ErrorCode::not_a_member, "the charter does not admit " + scid_));
  }
  if (replica_.charter_->is_evicted(scid_)) {
    return fail(refused(ErrorCode::not_a_member, "the network has evicted " + scid_));
  }
  if (auto may = guard_.may_sign(); !may) return may;
  if (store.fork(scid_, epoch_)) {
    return fail(refused(ErrorCode::feed_frozen, "our feed is forked; a new epoch must settle it"));
  }
  const auto tip = store.tip(scid_, epoch_);
  if (const auto elsewhere = made_elsewhere_from(store, tip)) return fail(foreign(*elsewhere));
  const auto next = tip ? tip->sequence + 1 : 0;
  // In memory alone: a statement that waits for its time or for what is before it, an opening for what it continues.
  if (replica_.has_waiting(scid_, epoch_, next)) return fail(foreign(next));
  return {};
}

/// Of an earlier epoch, known to the guard file alone, and given up by a person.
bool OwnFeed::may_lose(const GuardMark& mark) const {
  return agreed_ && agreed_->epoch == epoch_ && mark.epoch < epoch_ && agreed_->lost == mark.hash;
}

Result<void, Error> OwnFeed::check_abandons_as_agreed(FeedReader& store) const {
  const auto made = made_elsewhere(store, scid_, epoch_);
  if (made.empty()) return {};
  if (agreed_ && agreed_->epoch == epoch_ && covers(*agreed_, made)) return {};
  const auto& last = made.back().statement;
  return fail(refused(ErrorCode::restored_backup,
                      "statement " + std::to_string(last.sequence) + " of epoch " +
                          std::to_string(last.epoch) +
                          " of our feed was not signed by this node, or it has forgotten it: a new "
                          "epoch takes it back, with every revocation in it, when a person has "
                          "seen what it says"));
}

Result<bool, Error> OwnFeed::open_epoch(core::Transaction& transaction, core::Instant now) {
  FeedReader store(transaction);
  if (auto may = may_append(store); !may) return fail(may.error());
  if (store.tip(scid_, epoch_)) return false;
  if (auto whole = check_abandons_as_agreed(store); !whole) return fail(whole.error());
  auto opened = append_after(transaction, std::nullopt, name_of(StatementKind::epoch_open),
                             core::Json::object(), now);
  if (!opened) return fail(opened.error());
  return true;
}

/// What members will make of our feed up to its tip, of which the last statements may be this transaction's.
const FeedFold& OwnFeed::fold_up_to(FeedReader& store, const ChainTip& tip) {
  const auto* committed = replica_.working_->feed(scid_);
  if (committed != nullptr && committed->position()->hash == tip.hash) {
    uncommitted_.reset();
    return *committed;
  }
  const auto is_on_chain = [&](const FeedFold& fold) {
    const auto& at = fold.position();
    return at && at->epoch == epoch_ && store.hash_at(scid_, epoch_, at->sequence) == at->hash;
  };
  const auto& member = replica_.charter_->members.find(scid_)->second;
  if (!uncommitted_ || !is_on_chain(*uncommitted_)) {
    if (committed != nullptr && is_on_chain(*committed)) {
      uncommitted_ = *committed;
    } else {
      // The epoch was opened just now: what counts may be another branch than before.
      const auto branch = counted_branch(store, scid_, *replica_.working_->log(scid_),
                                         /*cut=*/std::nullopt);
      uncommitted_ = replica_.fold(store, member, branch).value_or(FeedFold{});
    }
  }
  const auto& at = uncommitted_->position();
  store.each_statement(scid_, epoch_, at ? at->sequence + 1 : 0, tip.sequence + 1,
                       [&](std::string_view text) {
                         if (const auto statement = parse_statement(text)) {
                           uncommitted_->apply(*statement, member);
                         }
                         return true;
                       });
  return *uncommitted_;
}

/// What the next statement follows.
struct OwnFeed::Place {
  std::int64_t sequence = 0;
  std::string previous;
  std::optional<core::Instant> not_before = {};
};

OwnFeed::Place OwnFeed::place_after(FeedReader& store, const std::optional<ChainTip>& tip) const {
  if (tip) return {tip->sequence + 1, tip->hash, tip->time};
  const auto last = store.last_own_signature(scid_, epoch_);
  const auto held = last ? store.place_of(scid_, last->hash) : std::nullopt;
  if (!held) return {0, replica_.charter_->network};
  return {0, last->hash, held->place.time};
}

Result<Statement, Error> OwnFeed::append(core::Transaction& transaction, std::string_view kind,
                                         core::Json body, core::Instant now) {
  FeedReader store(transaction);
  if (auto may = may_append(store); !may) return fail(may.error());
  const auto tip = store.tip(scid_, epoch_);
  if (!tip) return fail(refused(ErrorCode::feed_not_open, "our feed has no opening yet"));
  return append_after(transaction, tip, kind, std::move(body), now);
}

Result<Statement, Error> OwnFeed::append_after(core::Transaction& transaction,
                                               const std::optional<ChainTip>& tip,
                                               std::string_view kind, core::Json body,
                                               core::Instant now) {
  FeedWriter store(transaction);
  const auto place = place_after(store, tip);
  StatementDraft draft;
  draft.network = replica_.charter_->network;
  draft.feed = scid_;
  draft.epoch = epoch_;
  draft.sequence = place.sequence;
  draft.previous = place.previous;
  draft.key = key_id_;
  draft.time = place.not_before ? std::max(now, *place.not_before) : now;
  draft.kind = std::string(kind);
  draft.body = std::move(body);
  if (tip) {
    const auto taken = fold_up_to(store, *tip)
                           .check(kind_named(draft.kind), draft.body, draft.time,
                                  replica_.charter_->members.find(scid_)->second);
    if (!taken) return fail(taken.error());
  }
  if (store.own_signature(scid_, epoch_, draft.sequence)) {
    return fail(refused(ErrorCode::already_signed, "position " + std::to_string(draft.sequence) +
                                                       " of our feed was signed before"));
  }
  auto statement = sign_statement(draft, key_);
  if (!statement) return statement;
  // Judged like everybody's, but never held for its time: a clock that went back is our own fault.
  const auto receipt = replica_.run(transaction, "", draft.time, [&](Replica::Work& work) {
    work.just_signed = statement->hash;
    replica_.take(work, *statement);
  });
  if (!receipt) return fail(receipt.error());
  if (receipt->accepted.empty()) return fail(refusal_in(*receipt));
  // After it was judged: a caller may go on after a refusal, and the position must still be free then.
  if (auto first = store.put_own_signature(*statement); !first) return fail(first.error());
  guard_.sign(transaction, {epoch_, draft.sequence, statement->hash});
  return statement;
}

bool OwnFeed::has_room(core::Connection& connection, StatementKind kind, core::Instant now,
                       const HourLimits& most) const {
  const auto tip = FeedReader(connection).tip(scid_, epoch_);
  if (!tip) return false;
  const auto use = use_in_hour_of(std::max(now, tip->time), tip->use);
  if (priority_of(kind) <= 1) return use.urgent < most.urgent;
  return use.others < most.others && use.other_bytes < most.other_bytes;
}

Result<void, Error> OwnFeed::release() {
  return guard_.release();
}

Result<Head, Error> OwnFeed::sign_head(core::Transaction& transaction, std::chrono::seconds ttl,
                                       core::Instant now) {
  FeedReader store(transaction);
  if (auto may = may_append(store); !may) return fail(may.error());
  const auto tip = store.tip(scid_, epoch_);
  if (!tip) return fail(refused(ErrorCode::feed_not_open, "our feed has no opening yet"));
  const auto view = replica_.view();
  const auto* fold = view->feed(scid_);
  const auto released = guard_.released();
  const bool is_out = released && released->hash == tip->hash;
  if (!is_out || fold == nullptr || fold->position()->hash != tip->hash) {
    return fail(refused(ErrorCode::not_released, "our last statement has not left yet"));
  }
  Head draft;
  draft.network = replica_.charter_->network;
  draft.feed = scid_;
  draft.epoch = epoch_;
  draft.sequence = tip->sequence;
  draft.hash = tip->hash;
  draft.size = tip->sequence + 1;
  draft.root = core::to_multibase(fold->merkle_root());
  draft.status_root = view->status_root(scid_);
  draft.time = std::max(now, tip->time);
  draft.ttl = ttl.count();
  draft.key = key_id_;
  draft.heard = words_to_say(*view, scid_, draft.time);
  auto head = registry::sign_head(draft, key_);
  if (!head) return head;
  const auto receipt = replica_.run(transaction, "", draft.time,
                                    [&](Replica::Work& work) { replica_.take_head(work, *head); });
  if (!receipt) return fail(receipt.error());
  if (receipt->accepted.empty() && receipt->duplicate.empty()) return fail(refusal_in(*receipt));
  return head;
}

}  // namespace avow::registry
