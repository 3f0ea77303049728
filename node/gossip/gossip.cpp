#include "node/gossip/gossip.h"

#include <algorithm>
#include <map>

#include "node/gossip/link.h"
#include "node/transaction.h"
#include "node/trust/authority.h"
#include "registry/gossip/serving.h"

namespace avow::node::gossip {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

constexpr core::Milliseconds kHousekeeping = 1s;
constexpr core::Milliseconds kCatchUpEvery = 60s;
constexpr core::Milliseconds kLookAtIssuedEvery = 10s;

/// One row for each list of which bits lapsed: what was refused because of them is accepted again, unless restated.
Result<void, Error> audit_lapsed(core::Transaction& transaction, const Gossip::Parts& parts,
                                 const registry::Receipt& receipt) {
  constexpr std::size_t kMaxNamed = 1'000;
  const auto view = parts.replica.view();
  for (const registry::LapsedBits& lapsed : receipt.lapsed) {
    const registry::Member* member = view->member(lapsed.feed);
    core::Json indexes = core::Json::array();
    for (std::size_t i = 0; i < std::min(lapsed.indexes.size(), kMaxNamed); ++i)
      indexes.push_back(static_cast<std::int64_t>(lapsed.indexes[i].value()));
    parts.audit.append(
        transaction, parts.clock.now(),
        {member->did, "revocation_abandoned", member->did,
         core::Json::object({{"epoch", lapsed.epoch},
                             {"list", lapsed.list},
                             {"count", static_cast<std::int64_t>(lapsed.indexes.size())},
                             {"indexes", std::move(indexes)}})});
  }
  return {};
}

std::string root_of(const registry::Replica& replica) {
  const auto view = replica.view();
  return view != nullptr ? view->root() : std::string();
}

}  // namespace

Gossip::Gossip(Parts parts) : parts_(std::move(parts)), name_(core::random_uuid(parts_.random)) {
  for (const std::string& url : parts_.peers) {
    links_.push_back(std::make_unique<LinkThread>(
        parts_, name_, url, [this](const registry::Objects& objects, const std::string& from) {
          return store(objects, from);
        }));
  }
}

Gossip::~Gossip() {
  stop();
}

void Gossip::start() {
  report_unknown_rules();
  if (parts_.membership.joined()) {
    for (const auto& link : links_) link->start();
  } else if (!links_.empty()) {
    // A peer has nothing for who belongs to no consortium, and takes nothing from him.
    parts_.log.warning("peers_not_asked",
                       core::Json::object({{"why", "there is no charter: give --charter"}}));
  }
  housekeeper_ = std::jthread([this](const std::stop_token& stop) { keep_house(stop); });
}

void Gossip::stop() {
  housekeeper_.request_stop();
  for (const auto& link : links_) link->request_stop();
  if (housekeeper_.joinable()) housekeeper_.join();
  for (const auto& link : links_) link->join();
}

void Gossip::wake() {
  for (const auto& link : links_) link->wake();
}

Result<registry::Receipt, Error> Gossip::store(const registry::Objects& objects,
                                               const std::string& from) {
  registry::Receipt receipt;
  const auto done = transact(
      parts_.database, "cannot store what a peer sent",
      [&](core::Transaction& transaction) -> Result<void, Error> {
        auto taken = parts_.replica.receive(transaction, objects, from, parts_.clock.now());
        if (!taken) return fail(from_registry(taken.error(), "cannot take what a peer sent"));
        receipt = std::move(*taken);
        return audit_lapsed(transaction, parts_, receipt);
      });
  if (!done) return fail(done.error());
  report_changes(receipt);
  report_contradictions(objects, receipt);
  // Also if nothing was accepted: what is held tells as much.
  const std::string own = "\"feed\":\"" + parts_.membership.feed() + "\"";
  const auto names_us = [&](const std::string& text) {
    return text.find(own) != std::string::npos;
  };
  if (std::any_of(objects.statements.begin(), objects.statements.end(), names_us) ||
      std::any_of(objects.heads.begin(), objects.heads.end(), names_us))
    parts_.membership.look_at(objects);
  if (!receipt.accepted.empty()) {
    wake();
    const std::lock_guard lock(housekeeping_);
    is_news_ = true;
    has_come_.notify_all();
  }
  return receipt;
}

void Gossip::report_changes(const registry::Receipt& receipt) {
  for (const std::int64_t slot : receipt.decided)
    parts_.log.info("slot_decided", core::Json::object({{"slot", slot}}));
  if (!receipt.decided.empty()) report_unknown_rules();
  if (receipt.forked_slot)
    parts_.log.error("slot_forked", core::Json::object({{"slot", *receipt.forked_slot}}));
  for (const std::string& feed : receipt.frozen)
    parts_.log.error("fork_proven", core::Json::object({{"feed", feed}}));
  const auto view = parts_.replica.view();
  const std::lock_guard lock(reporting_);
  for (const auto& [scid, member] : view->charter().members) {
    const registry::FeedFold* feed = view->feed(scid);
    if (feed == nullptr || !feed->takes_back()) continue;
    const registry::SaidAt& base = *feed->takes_back();
    if (!taken_back_.emplace(scid, base).second) continue;
    parts_.log.error(
        "revocation_taken_back",
        core::Json::object({{"feed", scid}, {"epoch", base.epoch}, {"sequence", base.sequence}}));
  }
}

/// At each start too: a person must see to it.
void Gossip::report_unknown_rules() const {
  const auto view = parts_.replica.view();
  if (view == nullptr || !view->charter().unknown_rules()) return;
  parts_.log.error("rules_unknown", core::Json::object({{"slot", view->charter().slot()},
                                                        {"rules", view->charter().rules},
                                                        {"fix", kUpdate}}));
}

void Gossip::report_contradictions(const registry::Objects& objects,
                                   const registry::Receipt& receipt) {
  std::map<std::string, std::string, std::less<>> contradicting;  // hash → why
  for (const registry::RejectedObject& rejected : receipt.rejected) {
    if (rejected.error.code == registry::ErrorCode::consistency_failure)
      contradicting.emplace(rejected.hash, rejected.error.detail);
  }
  if (contradicting.empty()) return;
  for (const std::string& text : objects.heads) {
    const auto head = registry::parse_head(text);
    const auto found = head ? contradicting.find(head->id_hash) : contradicting.end();
    if (found == contradicting.end()) continue;
    const std::lock_guard lock(reporting_);
    if (!reported_.emplace(head->feed, head->epoch).second) continue;
    parts_.log.error("consistency_failure", core::Json::object({{"feed", head->feed},
                                                                {"epoch", head->epoch},
                                                                {"sequence", head->sequence},
                                                                {"head", head->id_hash},
                                                                {"why", found->second}}));
  }
}

Result<PushAnswer, Error> Gossip::receive(const registry::Objects& objects,
                                          const std::string& from) {
  // One at a time: judging a batch takes the writer's thread up to a fifth of a second, and a flood of them must not
  // stand before a revocation of ours, nor before what is pulled.
  const std::lock_guard turn(receiving_);
  // Whoever only claims to be a peer is not believed: what he pushed is queued for every peer.
  auto receipt = store(objects, from);
  if (!receipt) return fail(receipt.error());
  return answer_to_push(std::move(*receipt), root_of(parts_.replica), asked_);
}

std::vector<PeerState> Gossip::peers() const {
  std::vector<PeerState> states;
  states.reserve(links_.size());
  for (const auto& link : links_) states.push_back(link->state());
  return states;
}

/// Perhaps nobody who has it was asked when that came which waits for it, and no peer lists it again.
void Gossip::want(registry::Receipt&& look) {
  if (look.need.empty() && look.need_hashes.empty()) return;
  const auto needs = std::make_shared<registry::Receipt>();
  needs->need = std::move(look.need);
  needs->need_hashes = std::move(look.need_hashes);
  for (const auto& link : links_) link->want(needs);
}

void Gossip::look_at_held() {
  registry::Receipt receipt;
  const auto looked =
      transact(parts_.database, "cannot look at what is held",
               [&](core::Transaction& transaction) -> Result<void, Error> {
                 auto taken = parts_.replica.retry_held(transaction, parts_.clock.now());
                 if (!taken)
                   return fail(from_registry(taken.error(), "cannot look at what is held"));
                 receipt = std::move(*taken);
                 return audit_lapsed(transaction, parts_, receipt);
               });
  if (!looked) {
    parts_.log.warning("held_not_looked_at", core::Json::object({{"why", looked.error().why}}));
    return;
  }
  report_changes(receipt);
  want(std::move(receipt));
}

void Gossip::sign_head_if_due(HeadSchedule& schedule) {
  const auto now = Steady::now();
  const auto view = parts_.replica.view();
  if (!schedule.is_due(now, parts_.membership.has_news_to_say())) return;
  const auto signed_head = parts_.membership.sign_head();
  if (!signed_head && schedule.is_due(now))
    parts_.log.warning("head_not_signed", core::Json::object({{"why", signed_head.error().why}}));
  schedule.take(now, signed_head.has_value(),
                parts_.membership.head_interval().value_or(kHousekeeping),
                view->charter().members.size());
}

void Gossip::wait_until(const std::stop_token& stop, Steady::time_point until) {
  std::unique_lock lock(housekeeping_);
  has_come_.wait_until(lock, stop, until, [this] { return is_news_; });
  is_news_ = false;
}

void Gossip::keep_house(const std::stop_token& stop) {
  HeadSchedule heads(Steady::now(), parts_.membership.head_interval().value_or(kHousekeeping));
  Steady::time_point next_look = Steady::now();
  Steady::time_point next_catch_up = Steady::now() + kCatchUpEvery;
  Steady::time_point next_issued = Steady::now() + kLookAtIssuedEvery;
  while (!stop.stop_requested()) {
    if (Steady::now() >= next_look) {
      next_look = Steady::now() + kHousekeeping;
      if (parts_.membership.joined()) look_at_held();
    }
    if (parts_.membership.joined()) {
      sign_head_if_due(heads);
      if (parts_.membership.is_behind() && Steady::now() >= next_catch_up) {
        const auto caught_up = parts_.membership.catch_up();
        if (!caught_up)
          parts_.log.warning("feed_behind", core::Json::object({{"why", caught_up.error().why}}));
        next_catch_up = Steady::now() + kCatchUpEvery;
      }
      if (Steady::now() >= next_issued) {
        const auto published = parts_.membership.publish_issued_if_due();
        if (!published)
          parts_.log.warning("issued_not_published",
                             core::Json::object({{"why", published.error().why}}));
        next_issued = Steady::now() + kLookAtIssuedEvery;
      }
    }
    const bool joined = parts_.membership.joined();
    wait_until(stop, joined ? std::min(next_look, heads.next(parts_.membership.has_news_to_say()))
                            : next_look);
  }
}

}  // namespace avow::node::gossip
