#include "node/trust/disputes.h"

#include <map>
#include <utility>
#include <vector>

#include "registry/decided_slot.h"
#include "registry/fork_proof.h"

namespace avow::node {
namespace {

core::Json dispute(const char* kind, std::string where, bool is_open) {
  return core::Json::object(
      {{"kind", kind}, {"where", std::move(where)}, {"state", is_open ? "open" : "settled"}});
}

void add_feed_forks(const registry::Member& member, const registry::View& view,
                    registry::FeedReader& store, core::Json& rows) {
  const auto frozen = view.frozen(member.scid);
  for (const auto& [epoch, sequence] : store.forks(member.scid)) {
    core::Json row = dispute("feed", std::to_string(epoch) + "/" + std::to_string(sequence),
                             frozen && frozen->covers(epoch, sequence));
    row.set("did", member.did);
    const auto stored = store.fork(member.scid, epoch);
    // What was stored has been parsed before.
    if (const auto proof = registry::parse_fork_proof(stored ? stored->text : ""))
      row.set("hashes", core::Json::array({proof->a.hash, proof->b.hash}));
    rows.push_back(std::move(row));
  }
}

void add_taken_back(const registry::Member& member, const registry::View& view, core::Json& rows) {
  const registry::FeedFold* fold = view.feed(member.scid);
  if (fold == nullptr || !fold->takes_back()) return;
  const registry::SaidAt& at = *fold->takes_back();
  core::Json row =
      dispute("base", std::to_string(at.epoch) + "/" + std::to_string(at.sequence), true);
  row.set("did", member.did);
  rows.push_back(std::move(row));
}

void add_log_fork(const registry::Member& member, const registry::View& view, core::Json& rows) {
  const registry::MemberLog* log = view.log(member.scid);
  const auto version = log != nullptr ? log->fork() : std::nullopt;
  if (!version) return;
  core::Json row = dispute("log", "version " + std::to_string(*version), true);
  row.set("did", member.did);
  core::Json hashes = core::Json::array();
  for (const auto& entry : log->of_version(*version)) hashes.push_back(entry->webvh.entry_hash);
  row.set("hashes", std::move(hashes));
  rows.push_back(std::move(row));
}

void add_slot_fork(std::int64_t slot, const registry::View& view, registry::FeedReader& store,
                   core::Json& rows) {
  core::Json row = dispute("slot", "slot " + std::to_string(slot), true);
  core::Json hashes = core::Json::array();
  std::map<std::string, std::size_t> commits;  // by governor: to how many of the two
  for (const std::string& text : store.decisions_of(slot)) {
    const auto decided = registry::parse_decision(text);
    if (!decided) continue;  // what was stored has been parsed before
    hashes.push_back(decided->slot.hash);
    for (const registry::Vote& vote : decided->commits) ++commits[vote.governor];
  }
  core::Json signed_both = core::Json::array();
  for (const auto& [scid, count] : commits) {
    const registry::Member* governor = view.member(scid);
    if (count > 1) signed_both.push_back(governor != nullptr ? governor->did : scid);
  }
  row.set("hashes", std::move(hashes));
  row.set("signedBoth", std::move(signed_both));
  rows.push_back(std::move(row));
}

}  // namespace

core::Json disputes(const registry::View& view, registry::FeedReader& store) {
  core::Json rows = core::Json::array();
  if (const auto slot = view.charter().forked_slot) add_slot_fork(*slot, view, store, rows);
  for (const auto& [scid, member] : view.charter().members) {
    add_feed_forks(member, view, store, rows);
    add_taken_back(member, view, rows);
    add_log_fork(member, view, rows);
  }
  return rows;
}

}  // namespace avow::node
