// The side of a replica that holds emergencies. What is kept of them is judged anew when the charter or a governor's log
// changes, from records: no text is read, and no signature checked, a second time.

#include <algorithm>
#include <map>
#include <utility>

#include "registry/internal/governor_signature.h"
#include "registry/internal/replica_work.h"

namespace avow::registry {

void Replica::take_emergency(Work& work, const std::string& text) {
  auto& receipt = work.receipt;
  const auto emergency = parse_emergency(text);
  if (!emergency) {
    receipt.rejected.push_back({"", emergency.error()});
    return;
  }
  if (work.store.object(ObjectClass::emergency, emergency->hash)) {
    receipt.duplicate.push_back(emergency->hash);
    return;
  }
  const auto record = check_emergency(*emergency, *work.charter,
                                      [&](std::string_view scid) { return log_of(work, scid); });
  if (record) return keep_emergency(work, *record, text);
  const auto code = record.error().code;
  // A slot that is still to come may admit whom it names.
  if (code == ErrorCode::epoch_unknown || code == ErrorCode::unknown_feed) {
    return hold_signed(work, ObjectClass::emergency, text, emergency->hash,
                       {{emergency->json, emergency->governor, emergency->epoch, emergency->key}},
                       check_member_signature);
  }
  // Of nobody whom the charter knows no change makes it good.
  if (work.charter->find(emergency->governor) != nullptr) is_any_refused_ = true;
  receipt.rejected.push_back({emergency->hash, record.error()});
}

void Replica::keep_emergency(Work& work, const EmergencyRecord& record, const std::string& text) {
  auto& receipt = work.receipt;
  auto with_it = work.store.emergencies_about(record.scid);
  std::erase_if(with_it, [&](const auto& one) { return one.governor != record.governor; });
  with_it.push_back(record);
  std::map<std::string, EmergencyRecord> by_hash;
  for (const auto& one : with_it) by_hash.emplace(one.hash, one);
  const auto surplus = without_room(std::move(with_it), *work.charter,
                                    [&](std::string_view scid) { return log_of(work, scid); });
  is_any_refused_ = is_any_refused_ || !surplus.empty();
  const bool has_room = std::find(surplus.begin(), surplus.end(), record.hash) == surplus.end();
  if (!has_room) {
    receipt.duplicate.push_back(record.hash);  // later ones have taken its place
    return;
  }
  for (const auto& hash : surplus) work.store.drop_emergency(by_hash.at(hash));
  const auto n = work.store.put_emergency(record, text);
  work.called.insert(record.scid);
  receipt.accepted.push_back(record.hash);
  queue_for_peers(work, n);
}

void Replica::drop_emergencies_by(Work& work, const std::string& governor) {
  for (const auto& one : work.store.emergencies_by(governor)) work.store.drop_emergency(one);
}

/// What was refused, or had no room, by the charter and the logs of before may be taken now.
void Replica::ask_anew(Work& work) {
  work.effects.emplace_back([this](View&) {
    if (std::exchange(is_any_refused_, false)) ++asks_;
  });
}

/// What the emergencies suspend, as far as this batch changed it: of single members as effects.
/// gives all of it if the charter changed
std::vector<EmergencyInterval> Replica::count_emergencies(Work& work) {
  const LogOf of = [&](std::string_view scid) { return log_of(work, scid); };
  // Which of a governor's keys count, its log says.
  for (const auto& [feed, log] : work.logs) {
    const auto* before = working_->log(feed);
    if (work.charter->governor(feed) != nullptr &&
        (before == nullptr || before->fork() != log->fork() ||
         before->first_disputed() != log->first_disputed()))
      ask_anew(work);
    for (auto& scid : work.store.called_suspended_by(feed)) work.called.insert(std::move(scid));
  }
  if (work.governs) {
    const auto held = work.store.emergencies();
    emergencies_judged_ += held.size();
    return suspended_by(held, *work.charter, of);
  }
  for (const auto& scid : work.called) {
    const auto held = work.store.emergencies_about(scid);
    emergencies_judged_ += held.size();
    work.effects.emplace_back([scid, intervals = suspended_by(held, *work.charter, of)](
                                  View& view) { view.suspend(scid, intervals); });
  }
  return {};
}

}  // namespace avow::registry
