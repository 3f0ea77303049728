// What follows when governance names the entry of a log that counts: what others signed with keys of another entry of that
// version goes, and what its owner says counts again.

#include <algorithm>
#include <utility>

#include "registry/internal/replica_work.h"

namespace avow::registry {
namespace {

/// The lowest version of which other entries speak than before, if some did.
std::optional<std::int64_t> lowest_change(const MemberLog& before, const MemberLog& now) {
  for (std::int64_t version = 2; !before.of_version(version).empty(); ++version) {
    const auto& were = before.of_version(version);
    const auto& are = now.of_version(version);
    const bool is_same =
        std::is_permutation(were.begin(), were.end(), are.begin(), are.end(),
                            [](const LogEntryPtr& one, const LogEntryPtr& other) {
                              return one->webvh.entry_hash == other->webvh.entry_hash;
                            });
    if (!is_same) return version;
  }
  return std::nullopt;
}

}  // namespace

/// Another slot has named entries; or, for two values of one are decided, those that it named are not any more.
void Replica::note_settlements(Work& work, const Charter& before) {
  for (const auto& [scid, member] : work.charter->members) {
    if (work.charter->settlements_of(scid) == before.settlements_of(scid)) continue;
    reload_log(work, member);
    for (const auto& [version, hash] : work.charter->settlements_of(scid)) {
      if (!log_of(work, scid)->lacks_named(version)) continue;
      work.receipt.need.insert({scid, kLogEpoch, version});
      // It may have been refused here as a third.
      const auto spare = spares_.find(scid, hash);
      auto entry = spare ? parse_log_entry(spare->text) : fail(Error{});
      if (entry) judge_held(work, {std::move(*entry)});
    }
    need_entries(work, scid);
    judge_held(work, held_entries_.take(scid));
  }
}

/// Takes a member's log as it stands with what is named now.
void Replica::reload_log(Work& work, const Member& member) {
  const auto& scid = member.scid;
  auto log = load_log(work.store, member, *work.charter);
  if (!log) return;  // the file was changed by other hands: load() says so
  const auto* before = log_of(work, scid);
  const auto change = before == nullptr ? std::nullopt : lowest_change(*before, **log);
  work.logs.insert_or_assign(scid, *log);
  ++work.news[scid];
  ask_anew(work);
  work.changed.insert(scid);
  work.touched.insert(scid);
  work.effects.emplace_back(
      [scid, shared = std::move(*log)](View& view) { view.set_log(scid, shared); });
  if (change) judge_anew(work, scid, *change);
}

/// Statements of these epochs were accepted with keys that may speak no more: those go, with the forks that they made, and
/// the rest is taken as if it came now.
void Replica::judge_anew(Work& work, const std::string& feed, std::int64_t from_epoch) {
  const auto* counted = working_->feed(feed);
  if (counted != nullptr && counted->position() && counted->position()->epoch >= from_epoch)
    work.abandoned.emplace(feed, *counted);
  const auto withdrawn = work.store.withdraw(feed, from_epoch);
  const std::shared_ptr<const MemberLog> log = work.logs.at(feed);
  std::vector<Statement> statements;
  const auto keep = [&](Statement statement) {
    if (check_signature(statement, *log)) statements.push_back(std::move(statement));
  };
  for (const auto& text : withdrawn.statements) {
    if (auto statement = parse_statement(text)) keep(std::move(*statement));
  }
  std::vector<Statement> refused;
  for (const auto& text : withdrawn.refused) {
    auto statement = parse_statement(text);
    if (!statement) continue;
    if (statement->sequence == 0 && statement->epoch > 1) {
      keep(std::move(*statement));  // the key of what it continues may be good now
    } else if (check_signature(*statement, *log)) {
      refused.push_back(std::move(*statement));
    }
  }
  // Beside their chains first: what a later opening continues must be there when it is judged.
  for (const auto& statement : statements) work.store.put_ancestor(statement);
  for (const auto& statement : refused) keep_refused(work, statement);
  std::vector<ForkProof> proofs;
  for (const auto& text : withdrawn.proofs) {
    auto proof = parse_fork_proof(text);
    if (!proof) continue;
    keep(proof->a);
    keep(proof->b);
    proofs.push_back(std::move(*proof));
  }
  std::erase_if(work.walks, [&](const auto& walk) {
    const auto& [key, of] = walk;
    if (key.first != feed || !of.opening || key.second < from_epoch) return false;
    keep(*of.opening);
    work.has_made_room = true;
    return true;
  });
  // What was held before this batch is none of what its sender asked about.
  take_ready(work);
  auto receipt = std::exchange(work.receipt, {});
  for (const auto& statement : statements) take(work, statement);
  take_ready(work);
  for (const auto& proof : proofs) take_proof(work, proof);
  note_refused(work.receipt);
  receipt.frozen.insert(receipt.frozen.end(), work.receipt.frozen.begin(),
                        work.receipt.frozen.end());
  receipt.need.merge(work.receipt.need);
  receipt.need_hashes.merge(work.receipt.need_hashes);
  work.receipt = std::move(receipt);
  // What was refused while those keys did not count.
  for (auto epoch = from_epoch; !log->of_version(epoch).empty(); ++epoch) {
    const auto tip = work.store.tip(feed, epoch);
    work.receipt.need.insert({feed, epoch, tip ? tip->sequence + 1 : 0});
  }
  work.effects.emplace_back([feed](View& view) { view.forget_heads(feed); });
}

}  // namespace avow::registry
