// What a replica takes beside statements: the entries of members' logs, and heads.

#include <algorithm>
#include <tuple>
#include <utility>

#include "registry/internal/counted_branch.h"
#include "registry/internal/replica_work.h"

namespace avow::registry {
namespace {

std::tuple<std::int64_t, std::int64_t, core::Instant> age_order(const Head& head) {
  return {head.epoch, head.sequence, head.time};
}

}  // namespace

/// As this transaction has it; null if that is no member's.
const MemberLog* Replica::log_of(const Work& work, std::string_view feed) const {
  if (!work.charter->members.contains(feed)) return nullptr;
  const auto gone_on = work.logs.find(feed);
  return gone_on != work.logs.end() ? gone_on->second.get() : working_->log(feed);
}

void Replica::need_entries(Work& work, const std::string& feed) const {
  work.receipt.need.insert({feed, kLogEpoch, log_of(work, feed)->newest_counted() + 1});
}

void Replica::take_entry(Work& work, const UnverifiedEntry& entry) {
  auto& receipt = work.receipt;
  const auto* log = log_of(work, entry.feed);
  if (log == nullptr) {
    receipt.rejected.push_back(
        {entry.hash, Error{ErrorCode::unknown_feed, "no member has this log"}});
    return;
  }
  auto judged = judge_log_entry(entry, *log, work.now, allow_localhost_);
  if (auto* accepted = std::get_if<EntryAccepted>(&judged)) {
    accept_entry(work, *log, std::move(accepted->entry));
  } else if (std::holds_alternative<EntryDuplicate>(judged)) {
    receipt.duplicate.push_back(entry.hash);
  } else if (const auto* fault = std::get_if<Error>(&judged)) {
    receipt.rejected.push_back({entry.hash, *fault});
  } else {
    if (std::holds_alternative<EntryNeeds>(judged)) need_entries(work, entry.feed);
    held_entries_.hold(entry);
    receipt.held.insert(entry.hash);
  }
}

void Replica::accept_entry(Work& work, const MemberLog& log, LogEntryPtr entry) {
  const std::string feed = entry->webvh.scid;
  queue_for_peers(work, work.store.put_log_entry(feed, *entry));
  work.receipt.accepted.push_back(entry->webvh.entry_hash);
  work.touched.insert(feed);
  auto longer = std::make_shared<MemberLog>(log);
  longer->add(std::move(entry));
  if (longer->fork() != log.fork()) {
    work.changed.insert(feed);
    work.receipt.frozen.push_back(feed);
  }
  work.logs.insert_or_assign(feed, longer);
  work.effects.emplace_back([feed, shared = std::shared_ptr<const MemberLog>(longer)](View& view) {
    view.set_log(feed, shared);
  });
  for (const auto& held : held_entries_.take(feed)) take_entry(work, held);
}

void Replica::take_head(Work& work, const Head& head) {
  auto& receipt = work.receipt;
  const auto reject = [&](ErrorCode code, std::string detail) {
    receipt.rejected.push_back({head.id_hash, Error{code, std::move(detail)}});
  };
  if (head.network != charter_->network) {
    return reject(ErrorCode::wrong_network, "it belongs to another network");
  }
  const auto* log = log_of(work, head.feed);
  if (log == nullptr) {
    return reject(ErrorCode::unknown_feed, "no member has this feed");
  }
  const bool is_unknown = log->of_version(head.epoch).empty();
  if (is_unknown || head.time > work.now + kMaxAhead) {
    // Not kept: its author signs another soon.
    receipt.held.insert(head.id_hash);
    if (is_unknown) need_entries(work, head.feed);
    return;
  }
  if (work.charter->is_beyond_cut(head.feed, head.epoch, head.sequence)) {
    return reject(ErrorCode::beyond_cut, "its author was evicted before it");
  }
  if (head.epoch < counted_epoch(work.store, head.feed, *log)) {
    return reject(ErrorCode::epoch_closed, "a later epoch of its feed is open");
  }
  const auto fork = work.store.fork(head.feed, head.epoch);
  if (fork && head.sequence >= fork->sequence) {
    return reject(ErrorCode::beyond_fork, "at or above a proven fork of its feed");
  }
  if (const auto text = work.store.head(head.feed)) {
    const auto known = parse_head(*text);
    if (known && age_order(head) <= age_order(*known)) {
      receipt.duplicate.push_back(head.id_hash);
      return;
    }
  }
  const auto good = log->check_key(head.epoch, head.key, [&](const core::Ed25519PublicKey& key) {
    return has_good_signature(head, key);
  });
  if (!good) return reject(good.error().code, good.error().detail);
  const auto hash_there = work.store.hash_at(head.feed, head.epoch, head.sequence);
  if (const auto agrees = working_->check_head(head, hash_there); !agrees) {
    return reject(agrees.error().code, agrees.error().detail);
  }
  queue_for_peers(work, work.store.put_head(head));
  receipt.accepted.push_back(head.id_hash);
  const bool is_ahead = hash_there.empty();
  if (is_ahead) {
    const auto tip = work.store.tip(head.feed, head.epoch);
    receipt.need.insert({head.feed, head.epoch, tip ? tip->sequence + 1 : 0});
  }
  const auto shared = std::make_shared<const Head>(head);
  work.effects.emplace_back([shared, is_ahead](View& view) { view.take_head(*shared, is_ahead); });
}

/// What it said before the slot that admitted it came was refused.
void Replica::want_newcomer(const MemberLog& log, const std::string& scid, Receipt& receipt) const {
  const auto newest = log.newest_counted();
  receipt.need.insert({scid, kLogEpoch, newest + 1});
  for (const auto epoch : {std::int64_t{1}, newest}) receipt.need.insert({scid, epoch, 0});
}

Receipt Replica::wanted(core::Connection& connection) const {
  Receipt receipt;
  const auto current = view();
  if (!current) return receipt;
  FeedReader store(connection);
  for (const auto& [scid, member] : current->charter().members) {
    if (current->charter().is_evicted(scid))
      continue;  // a walk seeks the cut, and nothing else is taken
    const auto* fold = current->feed(scid);
    if (fold == nullptr && member.slot > 1) want_newcomer(*current->log(scid), scid, receipt);
    const auto counted = fold == nullptr ? 1 : fold->position()->epoch;
    for (const auto& [epoch, sequence] : store.forks(scid)) {
      const auto fork = epoch < counted ? std::nullopt : store.fork(scid, epoch);
      const auto proof = fork ? parse_fork_proof(fork->text) : fail(Error{});
      if (proof) add_missing_ancestors(store, *proof, receipt);
    }
    if (const auto* ahead = current->head_ahead(scid)) {
      const auto tip = store.tip(scid, ahead->epoch);
      receipt.need.insert({scid, ahead->epoch, tip ? tip->sequence + 1 : 0});
    }
  }
  const std::lock_guard lock(mutex_);
  for (const auto& [key, walk] : walks_) need_ancestors(store, key.first, walk.next, receipt);
  return receipt;
}

}  // namespace avow::registry
