// The side of a replica that waits with governors: what cannot be judged yet is held, and looked at again when more is known.

#include <algorithm>
#include <utility>

#include "registry/internal/governor_signature.h"
#include "registry/internal/replica_work.h"

namespace avow::registry {

/// Where that text is held, of any of its signers; null if it is not. Each pass over what is held asks, so that none of it
/// is held once more.
const HeldTexts::Text* Replica::find_held(const Work& work, const std::string& text,
                                          const std::vector<SignedBy>& signers,
                                          bool is_checked) const {
  for (const auto* texts : {&work.newly_held, &held_texts_}) {
    for (const auto& one : signers) {
      const auto* found = texts->find({ObjectClass::vote, one.signer, text, is_checked});
      if (found != nullptr) return found;
    }
  }
  return nullptr;
}

/// Room is taken only by what a member has signed: a signature that is bad is refused at once. Where the key is not known
/// here yet, or the charter has ended its say, whoever governs has a little room for what may be its own; of everybody else
/// nothing is kept. What is not
/// kept is not acknowledged, so who pushed it tries again.
void Replica::hold_signed(Work& work, ObjectClass object_class, const std::string& text,
                          const std::string& hash, const std::vector<SignedBy>& signers,
                          CheckSignature check, const std::vector<std::string>& waits_for) {
  work.receipt.held.insert(hash);
  work.held_again.insert(text);
  const auto* held = find_held(work, text, signers, /*is_checked=*/true);
  // Another charter may have ended the say of the key that it takes room by.
  if (held != nullptr && held->judged_after == work.charter->slot_hash()) return;
  const LogOf logs = [&](std::string_view scid) { return log_of(work, scid); };
  const std::string* author = nullptr;
  const std::string* claimed = nullptr;
  // A decision holds without the commits that are bad, as check_decision counts them.
  const auto needed = std::min(signers.size(), static_cast<std::size_t>(work.charter->quorum));
  std::size_t bad = 0;
  for (const auto& one : signers) {
    const auto good = check(one, logs);
    if (good && has_say(one, *good, logs, *work.charter)) {
      const bool is_here = held != nullptr && held->signer == one.signer;
      author = author == nullptr || is_here ? &one.signer : author;
    } else if (good) {
      claimed = &one.signer;
    } else if (good.error().code != ErrorCode::epoch_unknown) {
      if (++bad + needed <= signers.size()) continue;
      work.receipt.held.erase(hash);
      work.held_again.erase(text);
      work.receipt.rejected.push_back({hash, good.error()});
      return;
    } else if (log_of(work, one.signer) != nullptr) {
      need_keys(work, one.signer, one.epoch);
      if (work.charter->governor(one.signer) != nullptr) claimed = &one.signer;
    }
  }
  if (author != nullptr) {
    work.newly_held.hold({object_class, *author, text, true, waits_for, work.charter->slot_hash()});
    return;
  }
  if (held != nullptr) work.held_again.erase(text);  // it gives its room back, and may come again
  if (claimed == nullptr) is_any_refused_ = true;    // of people nobody here knows as yet
  if (claimed != nullptr && find_held(work, text, signers, /*is_checked=*/false) == nullptr)
    work.newly_held.hold({object_class, *claimed, text, false, waits_for});
}

void Replica::hold_decision(Work& work, const DecidedSlot& decided) {
  std::vector<SignedBy> signers;
  std::vector<std::string> waits_for;
  for (const auto& vote : decided.commits) {
    signers.push_back(signed_by(vote));
    waits_for.push_back(vote.governor);
  }
  hold_signed(work, ObjectClass::slot, decided.text, decided.hash, signers, check_commit_signature,
              waits_for);
  needs_look(work, {ObjectClass::slot, "", decided.text, false, std::move(waits_for)});
}

/// May a look at it bring another judgement than the last one? Each look at a decision checks all its signatures, and
/// whoever made it up gets eight held for each governor.
bool Replica::needs_look(Work& work, const HeldTexts::Text& held) {
  if (held.signers.empty()) return true;
  const auto news_of = [&](std::string_view whom) {
    const auto found = work.news.find(whom);
    return found == work.news.end() ? 0 : found->second;
  };
  auto news = news_of(Work::kEverybody);
  for (const auto& signer : held.signers) news += news_of(signer);
  return std::exchange(work.looked_at[held.text], news) != news;
}

/// What is held, as this transaction has it.
std::vector<HeldTexts::Text> Replica::held_in(const Work& work) const {
  auto texts = held_texts_.all();
  const auto newly_held = work.newly_held.all();
  texts.insert(texts.end(), newly_held.begin(), newly_held.end());
  std::erase_if(texts, [&](const auto& one) { return work.settled.contains(one.text); });
  return texts;
}

void Replica::take_held(Work& work, const HeldTexts::Text& held) {
  if (work.settled.contains(held.text)) return;
  work.held_again.erase(held.text);
  if (held.object_class == ObjectClass::vote) {
    take_vote(work, held.text);
  } else if (held.object_class == ObjectClass::slot) {
    take_slot(work, held.text);
  } else {
    take_emergency(work, held.text);
  }
  if (!work.held_again.contains(held.text)) work.settled.insert(held.text);
}

/// Decides what can be, and takes what was held for it, until nothing more follows.
void Replica::settle_votes(Work& work) {
  auto& receipt = work.receipt;
  for (bool moved = true; moved;) {
    moved = false;
    if (!work.charter->forked_slot) {
      if (const auto decided = election_of(work).decided()) {
        decide(work, *decided);
        moved = true;
      }
    }
    const auto taken_before = receipt.accepted.size();
    // What was held before this batch is none of what its sender asked about, unless it is taken now.
    const auto held_of_batch = receipt.held;
    const auto rejected_of_batch = receipt.rejected;
    for (const auto& held : held_in(work)) {
      if (needs_look(work, held)) take_held(work, held);
    }
    note_refused(receipt);
    receipt.held = held_of_batch;
    receipt.rejected = rejected_of_batch;
    moved = moved || receipt.accepted.size() > taken_before;
  }
  for (const auto& hash : receipt.accepted) receipt.held.erase(hash);
}

/// Once committed: another batch of the same commit may have changed what is held meanwhile.
void Replica::keep_held(const std::set<std::string>& settled,
                        const std::vector<HeldTexts::Text>& newly_held) {
  const auto dropped_before = held_texts_.dropped();
  for (const auto& one : held_texts_.all()) {
    if (settled.contains(one.text)) held_texts_.erase(one);
  }
  for (const auto& one : newly_held) {
    if (settled.contains(one.text)) continue;
    if (held_texts_.hold(one)) ++held_anew_;
  }
  // Nobody gives again what had no room.
  is_any_refused_ = is_any_refused_ || held_texts_.dropped() > dropped_before;
}

}  // namespace avow::registry
