#include "registry/replica.h"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

namespace avow::registry {
namespace {

constexpr auto kNoEnd = std::numeric_limits<std::int64_t>::max();

std::tuple<std::int64_t, std::int64_t, core::Instant> age_order(const Head& head) {
  return {head.epoch, head.sequence, head.time};
}

/// Is it the link after `position`, the end of the chain so far?
bool follows(const Statement& statement, const std::optional<FeedPosition>& position,
             const std::string& network) {
  if (!position) return statement.sequence == 0 && statement.previous == network;
  return statement.sequence == position->sequence + 1 && statement.previous == position->hash;
}

/// The evidence continues statements other than the one held below it: those forked lower.
void add_missing_ancestors(FeedReader& store, const ForkProof& proof, Receipt& receipt) {
  if (proof.a.sequence == 0) return;
  const auto below = store.hash_at(proof.a.feed, proof.a.epoch, proof.a.sequence - 1);
  if (below.empty()) {
    const auto tip = store.tip(proof.a.feed, proof.a.epoch);
    receipt.need.insert({proof.a.feed, proof.a.epoch, tip ? tip->sequence + 1 : 0});
    return;
  }
  for (const auto* evidence : {&proof.a, &proof.b}) {
    if (evidence->previous != below) receipt.need_hashes.insert(evidence->previous);
  }
}

}  // namespace

struct Replica::Work {
  FeedWriter store;
  std::string_view from;
  core::Instant now;
  Receipt receipt = {};
  /// Feeds that went on: what is held of them is looked at again.
  std::set<std::string> touched = {};
  std::map<std::string, Frozen> frozen = {};             // feeds forked lower than before
  std::vector<std::function<void(View&)>> effects = {};  // on the view, once committed
};

FeedFold Replica::fold_below(FeedReader& store, const Member& member, std::int64_t end) const {
  FeedFold fold;
  store.each_statement(member.scid, 1, 0, end, [&](std::string_view text) {
    const auto statement = parse_statement(text);
    // Stored texts were judged before: if one does not fit, somebody has changed the file.
    if (!statement || !follows(*statement, fold.position(), charter_->network)) return false;
    fold.apply(*statement, member);
    return true;
  });
  return fold;
}

Result<void, Error> Replica::load(core::Connection& connection, bool allow_localhost) {
  FeedReader store(connection);
  const auto text = store.charter_text();
  if (!text) return {};
  // Its entries' times were judged when it was adopted; a clock that went back must not undo that.
  const auto any_time = *core::parse_rfc3339("9999-01-01T00:00:00Z");
  auto charter = verify_charter(*text, any_time, allow_localhost);
  if (!charter) return fail(charter.error());
  charter_ = std::make_shared<const Charter>(std::move(*charter));
  working_.emplace(charter_);
  for (const auto& [scid, member] : charter_->members) {
    const auto fork = store.fork(scid, 1);
    auto frozen = fork ? std::optional(Frozen{1, fork->sequence}) : std::nullopt;
    auto fold = fold_below(store, member, fork ? fork->sequence : kNoEnd);
    const auto tip = store.tip(scid, 1);
    const auto expected = tip ? std::min(tip->sequence + 1, fork ? fork->sequence : kNoEnd) : 0;
    const auto folded = fold.position() ? fold.position()->sequence + 1 : 0;
    const bool whole = folded == expected && (fork || !tip || fold.position()->hash == tip->hash);
    if (!whole) {
      return fail(
          Error{ErrorCode::malformed,
                "the stored feed " + scid + " is broken at sequence " + std::to_string(folded)});
    }
    working_->replace(scid, std::move(fold), frozen);
    const auto head_text = store.head(scid);
    const auto head = head_text ? parse_head(*head_text) : fail(Error{ErrorCode::malformed, ""});
    if (!head) continue;
    const auto hash_there = store.hash_at(scid, head->epoch, head->sequence);
    if (working_->check_head(*head, hash_there)) working_->take_head(*head, hash_there.empty());
  }
  publish();
  return {};
}

Result<void, Error> Replica::adopt(core::Transaction& transaction, Charter charter) {
  FeedWriter store(transaction);
  if (const auto stored = store.network_id()) {
    if (*stored == charter.network) return {};
    return fail(Error{ErrorCode::other_charter, "this node belongs to another network already"});
  }
  store.put_charter(charter);
  auto shared = std::make_shared<const Charter>(std::move(charter));
  transaction.after_commit([this, shared] {
    charter_ = shared;
    working_.emplace(shared);
    publish();
  });
  return {};
}

std::shared_ptr<const View> Replica::view() const {
  const std::lock_guard lock(mutex_);
  return published_;
}

void Replica::publish() {
  auto snapshot = working_->snapshot();
  const std::lock_guard lock(mutex_);
  published_ = std::move(snapshot);
}

Result<Receipt, Error> Replica::run(core::Transaction& transaction, std::string_view from,
                                    core::Instant now, const std::function<void(Work&)>& steps) {
  if (!charter_) return fail(Error{ErrorCode::no_charter, "this node has no charter yet"});
  Work work{FeedWriter(transaction), from, now};
  steps(work);
  finish(transaction, work);
  return std::move(work.receipt);
}

Result<Receipt, Error> Replica::receive(core::Transaction& transaction,
                                        std::span<const std::string> texts, std::string_view from,
                                        core::Instant now) {
  return run(transaction, from, now, [&](Work& work) {
    for (const auto& text : texts.first(std::min(texts.size(), kMaxBatch))) {
      const auto statement = parse_statement(text);
      if (statement) {
        take(work, *statement);
      } else {
        work.receipt.rejected.push_back({"", statement.error()});
      }
    }
  });
}

Result<Receipt, Error> Replica::receive_proofs(core::Transaction& transaction,
                                               std::span<const std::string> texts,
                                               std::string_view from, core::Instant now) {
  return run(transaction, from, now, [&](Work& work) {
    for (const auto& text : texts.first(std::min(texts.size(), kMaxBatch))) {
      const auto proof = parse_fork_proof(text);
      if (proof) {
        take_proof(work, *proof);
      } else {
        work.receipt.rejected.push_back({"", proof.error()});
      }
    }
  });
}

Result<Receipt, Error> Replica::receive_heads(core::Transaction& transaction,
                                              std::span<const std::string> texts,
                                              std::string_view from, core::Instant now) {
  return run(transaction, from, now, [&](Work& work) {
    for (const auto& text : texts.first(std::min(texts.size(), kMaxBatch))) {
      const auto head = parse_head(text);
      if (head) {
        take_head(work, *head);
      } else {
        work.receipt.rejected.push_back({"", head.error()});
      }
    }
  });
}

Result<Receipt, Error> Replica::retry_held(core::Transaction& transaction, core::Instant now) {
  return run(transaction, "", now, [&](Work& work) {
    for (const auto& feed : pool_.feeds()) work.touched.insert(feed);
  });
}

void Replica::take(Work& work, const Statement& statement) {
  FeedFacts facts;
  facts.network = charter_->network;
  const auto member = charter_->members.find(statement.feed);
  if (member != charter_->members.end()) facts.member = &member->second;
  facts.tip = work.store.tip(statement.feed, statement.epoch);
  std::optional<Statement> held_there;
  if (facts.tip && statement.sequence <= facts.tip->sequence) {
    const auto text = work.store.statement_at(statement.feed, statement.epoch, statement.sequence);
    if (auto held = parse_statement(text.value_or(""))) held_there = std::move(*held);
  }
  if (held_there) facts.held_there = &*held_there;
  if (const auto fork = work.store.fork(statement.feed, statement.epoch)) {
    facts.frozen_from = fork->sequence;
    if (const auto proof = parse_fork_proof(fork->text)) {
      facts.evidence_hashes = {proof->a.hash, proof->b.hash};
    }
  }
  auto judgement = judge(statement, facts, work.now);
  auto& receipt = work.receipt;
  if (const auto* accepted = std::get_if<Accepted>(&judgement)) {
    accept(work, statement, accepted->tip);
  } else if (std::holds_alternative<Duplicate>(judgement)) {
    receipt.duplicate.push_back(statement.hash);
  } else if (const auto* range = std::get_if<NeedRange>(&judgement)) {
    if (!pool_.contains(statement.feed, statement.epoch, statement.sequence - 1,
                        statement.previous)) {
      receipt.need.insert({statement.feed, statement.epoch, range->from});
    }
    hold(work, statement, HeldPool::kMaxBytesPerFeed);
  } else if (const auto* need = std::get_if<NeedHash>(&judgement)) {
    receipt.need_hashes.insert(need->hash);
    hold(work, statement, HeldPool::kMaxBytesPerFeed);
  } else if (const auto* held = std::get_if<Held>(&judgement)) {
    hold(work, statement,
         held->reason == HoldReason::unknown_epoch ? HeldPool::kMaxUncheckedBytesPerFeed
                                                   : HeldPool::kMaxBytesPerFeed);
  } else if (const auto* forked = std::get_if<Forked>(&judgement)) {
    receipt.accepted.push_back(statement.hash);
    take_fork(work, forked->proof);
  } else if (auto* rejected = std::get_if<Rejected>(&judgement)) {
    receipt.rejected.push_back({statement.hash, std::move(rejected->error)});
  }
}

void Replica::accept(Work& work, const Statement& statement, const ChainTip& tip) {
  queue_for_peers(work, work.store.put_statement(statement, tip));
  work.receipt.accepted.push_back(statement.hash);
  work.touched.insert(statement.feed);
  const auto shared = std::make_shared<const Statement>(statement);
  work.effects.emplace_back([shared](View& view) { view.apply(*shared); });
}

void Replica::hold(Work& work, const Statement& statement, std::size_t share) {
  pool_.hold(statement, share);
  work.receipt.held.insert(statement.hash);
}

/// Stores a checked proof, unless one at this sequence or lower is known: which pair proves a fork
/// does not matter, and one pair per epoch is evidence enough.
void Replica::take_fork(Work& work, const ForkProof& proof) {
  const auto& at = proof.a;
  const auto known = work.store.fork(at.feed, at.epoch);
  if (known && known->sequence <= at.sequence) return;
  queue_for_peers(work, work.store.put_fork(proof));
  work.frozen.insert_or_assign(at.feed, Frozen{at.epoch, at.sequence});
  work.touched.insert(at.feed);
  add_missing_ancestors(work.store, proof, work.receipt);
}

/// Folds each forked feed anew, once for a batch: a signer of many forks, each lower than the one
/// before, must not have everything folded for each of them.
void Replica::refold(Work& work) {
  for (const auto& [scid, frozen] : work.frozen) {
    work.receipt.frozen.push_back(scid);
    auto fold = fold_below(work.store, charter_->members.find(scid)->second, frozen.sequence);
    work.effects.emplace_back([scid = scid, frozen = frozen, fold = std::move(fold)](View& view) {
      view.replace(scid, fold, frozen);
    });
  }
}

void Replica::take_proof(Work& work, const ForkProof& proof) {
  const auto known = work.store.fork(proof.a.feed, proof.a.epoch);
  if (known && known->sequence <= proof.a.sequence) {
    work.receipt.duplicate.push_back(proof.hash);
    return;
  }
  if (const auto good = check_fork_proof(proof, *charter_); !good) {
    work.receipt.rejected.push_back({proof.hash, good.error()});
    return;
  }
  work.receipt.accepted.push_back(proof.hash);
  take_fork(work, proof);
}

void Replica::take_head(Work& work, const Head& head) {
  auto& receipt = work.receipt;
  const auto reject = [&](ErrorCode code, std::string detail) {
    receipt.rejected.push_back({head.id_hash, Error{code, std::move(detail)}});
  };
  if (head.network != charter_->network) {
    return reject(ErrorCode::wrong_network, "it belongs to another network");
  }
  const auto member = charter_->members.find(head.feed);
  if (member == charter_->members.end()) {
    return reject(ErrorCode::unknown_feed, "no member has this feed");
  }
  const auto* keys = member->second.keys_in(head.epoch);
  if (keys == nullptr || head.time > work.now + kMaxAhead) {
    // Not kept: its author signs another soon.
    receipt.held.insert(head.id_hash);
    return;
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
  const auto key = keys->find(head.key);
  if (key == keys->end()) {
    return reject(ErrorCode::key_not_authorised, "its log entry of that epoch lists no such key");
  }
  if (!has_good_signature(head, key->second)) {
    return reject(ErrorCode::bad_signature, "the signature does not verify");
  }
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

void Replica::queue_for_peers(Work& work, std::int64_t n) {
  for (const auto& peer : peers_) {
    if (peer != work.from) work.store.queue(peer, n);
  }
}

/// What is held of a feed comes in order of position, so one pass accepts all that now fits.
void Replica::retry(Work& work, const std::string& feed) {
  for (const auto& statement : pool_.take(feed)) take(work, statement);
}

void Replica::finish(core::Transaction& transaction, Work& work) {
  const auto touched = std::exchange(work.touched, {});
  for (const auto& feed : touched) retry(work, feed);
  refold(work);
  auto& receipt = work.receipt;
  const std::set<std::string> accepted(receipt.accepted.begin(), receipt.accepted.end());
  std::erase_if(receipt.held, [&](const std::string& hash) { return accepted.contains(hash); });
  std::erase_if(receipt.need_hashes,
                [&](const std::string& hash) { return accepted.contains(hash); });
  std::erase_if(receipt.need, [&](const MissingRange& range) {
    const auto tip = work.store.tip(range.feed, range.epoch);
    return tip && tip->sequence >= range.from;
  });
  if (work.effects.empty()) return;
  transaction.after_commit([this, effects = std::move(work.effects)] {
    for (const auto& effect : effects) effect(*working_);
    publish();
  });
}

Receipt Replica::wanted(core::Connection& connection) const {
  Receipt receipt;
  const auto current = view();
  if (!current) return receipt;
  FeedReader store(connection);
  for (const auto& [scid, member] : current->charter().members) {
    if (const auto fork = store.fork(scid, 1)) {
      if (const auto proof = parse_fork_proof(fork->text)) {
        add_missing_ancestors(store, *proof, receipt);
      }
    }
    if (!current->freshness(scid, core::Instant{}).behind) continue;
    const auto tip = store.tip(scid, 1);
    receipt.need.insert({scid, 1, tip ? tip->sequence + 1 : 0});
  }
  return receipt;
}

}  // namespace avow::registry
