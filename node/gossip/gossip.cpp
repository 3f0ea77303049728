#include "node/gossip/gossip.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <set>

#include "core/canonical_json.h"
#include "node/gossip/log_reading.h"
#include "node/transaction.h"
#include "node/trust/authority.h"

namespace avow::node::gossip {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

constexpr core::Milliseconds kPullEvery = 2s;
constexpr core::Milliseconds kDeadline = 5s;
constexpr core::Milliseconds kHousekeeping = 1s;
constexpr core::Milliseconds kCatchUpEvery = 60s;
constexpr core::Milliseconds kReadAnewEvery = 10s;
constexpr core::Milliseconds kLookAtIssuedEvery = 10s;
constexpr int kReadAnewAfter = 4;   // pulls that ended in doubt of what a peer has of ours
constexpr int kMaxRounds = 64;      // of one push or pull; the rest waits for the next turn
constexpr int kMaxRoundsAnew = 16;  // of a pull, for what is read anew
/// Ids taken from a change log at a time: so many texts, each as large as it may be, arrive within kMaxRounds.
constexpr std::size_t kMaxPulled = 256;

/// Of what is held, for a peer that is not reached: each names at most what the pool of held statements has room for.
constexpr std::size_t kMaxLooks = 8;

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

/// Of everything that came, whatever became of it.
std::set<std::string> hashes_of(const registry::Receipt& receipt) {
  std::set<std::string> hashes = receipt.held;
  hashes.insert(receipt.accepted.begin(), receipt.accepted.end());
  hashes.insert(receipt.duplicate.begin(), receipt.duplicate.end());
  for (const registry::RejectedObject& rejected : receipt.rejected) hashes.insert(rejected.hash);
  return hashes;
}

std::string root_of(const registry::Replica& replica) {
  const auto view = replica.view();
  return view != nullptr ? view->root() : std::string();
}

}  // namespace

core::Milliseconds pause_after(int failures) {
  constexpr int kDoublings = 5;  // from 250 ms to 8 s
  return 250ms * (1 << std::min(failures - 1, kDoublings));
}

/// One peer and the thread that serves it.
class Gossip::Link {
 public:
  Link(Gossip& gossip, std::string url) : gossip_(gossip), parts_(gossip.parts_) {
    state_.url = std::move(url);
  }

  void start() {
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }
  void request_stop() { thread_.request_stop(); }
  void join() {
    if (thread_.joinable()) thread_.join();
  }
  void wake() {
    {
      const std::lock_guard lock(mutex_);
      woken_ = true;
    }
    condition_.notify_all();
  }
  PeerState state() const {
    const std::lock_guard lock(mutex_);
    return state_;
  }
  /// What a look at held things wants is asked for with the next pull. The oldest look of many makes room.
  void want(std::shared_ptr<const registry::Receipt> look) {
    const std::lock_guard lock(mutex_);
    looks_.push_back(std::move(look));
    if (looks_.size() > kMaxLooks) looks_.pop_front();
  }

 private:
  void run(const std::stop_token& stop) {
    int failures = 0;  // in a row
    Steady::time_point next_pull = Steady::now();
    while (!stop.stop_requested()) {
      // What the peer did not settle is tried again now and then, not whenever there is something new.
      if (Steady::now() >= next_pull) unanswered_.clear();
      auto done = push();
      // A peer that does not take what we have may still have what we need.
      if (Steady::now() >= next_pull) {
        if (auto pulled = pull(); done) done = std::move(pulled);
        next_pull = Steady::now() + pull_pause();
      }
      note(done);
      std::unique_lock lock(mutex_);
      if (done) {
        failures = 0;
        condition_.wait_until(lock, stop, next_pull, [this] { return woken_; });
      } else {
        // Waking does not shorten this: a peer that is down is not asked more often because we have more to say.
        condition_.wait_for(lock, stop, pause_after(++failures), [] { return false; });
        // With nothing to push only a pull shows whether it is back.
        next_pull = Steady::now();
      }
      woken_ = false;
    }
  }

  core::Milliseconds pull_pause() {
    return kPullEvery * 8 / 10 + core::Milliseconds(core::uniform(parts_.random, 801));
  }

  void note(const Result<void, Error>& done) {
    std::int64_t queued = 0;
    const auto read = parts_.database.read([&](core::Connection& connection) {
      queued = registry::FeedReader(connection).outbox_size(state_.url);
    });
    const std::lock_guard lock(mutex_);
    if (read) state_.queued = queued;
    const bool was_reachable = state_.reachable;
    state_.reachable = done.has_value();
    state_.last_error = endless_;
    if (!done) {
      state_.last_error =
          done.error().what + (done.error().why.empty() ? "" : ": " + done.error().why);
    }
    // Logged when it changes, not at every try.
    if (was_reachable && !done)
      parts_.log.warning("peer_lost",
                         core::Json::object({{"peer", state_.url}, {"why", state_.last_error}}));
    if (!was_reachable && done)
      parts_.log.info("peer_reached", core::Json::object({{"peer", state_.url}}));
  }

  Result<core::Json, Error> exchange(std::string method, const std::string& path,
                                     std::string body) {
    core::HttpRequest request;
    request.method = std::move(method);
    request.url = state_.url + path;
    if (request.method == "POST") request.headers = {{"Content-Type", "application/json"}};
    request.body = std::move(body);
    request.max_response_bytes = 2 * kMaxBodyBytes;
    request.deadline = kDeadline;
    const auto response = parts_.fetcher.fetch(request);
    if (!response)
      return fail(
          Error{ErrorCode::unreachable, "cannot reach the peer", response.error().detail, ""});
    if (response->status != 200)
      return fail(Error{ErrorCode::unreachable,
                        "the peer answered with HTTP status " + std::to_string(response->status),
                        "", ""});
    auto json = core::parse_json(response->body, {2 * kMaxBodyBytes, 16, 100'000});
    if (!json)
      return fail(
          Error{ErrorCode::unreachable, "the peer's answer is not JSON", json.error().detail, ""});
    const std::lock_guard lock(mutex_);
    state_.last_success = parts_.clock.now();
    return std::move(*json);
  }

  Result<PushAnswer, Error> send(const registry::Objects& objects) {
    const auto body = exchange(
        "POST", "/gossip/v1/push",
        core::to_canonical(to_json(Push{parts_.own_url, root_of(parts_.replica), objects})));
    if (!body) return fail(body.error());
    auto answer = parse_push_answer(*body);
    if (!answer)
      return fail(Error{ErrorCode::unreachable, "the peer's answer has another form",
                        answer.error().detail, ""});
    return std::move(*answer);
  }

  /// Sends what is queued until nothing is left or the peer takes no more of it.
  Result<void, Error> push() {
    if (auto settled = parts_.membership.settle(); !settled) return settled;
    for (int round = 0; round < kMaxRounds; ++round) {
      std::vector<registry::Outgoing> queued;
      const auto read = parts_.database.read([&](core::Connection& connection) {
        queued = parts_.replica.outgoing(connection, state_.url, registry::kMaxBatch, kMaxTextBytes,
                                         unanswered_);
      });
      if (!read) return fail(from_core(read.error(), "cannot read the outbox"));
      if (queued.empty()) return {};
      const auto answer = send(objects_of(queued));
      if (!answer) return fail(answer.error());
      for (const auto& [hash, code] : answer->rejected) {
        parts_.log.warning(
            "peer_rejected",
            core::Json::object({{"peer", state_.url}, {"hash", hash}, {"code", code}}));
      }
      const auto acknowledged = acknowledge(queued, *answer);
      if (!acknowledged) return fail(acknowledged.error());
      const auto served = send_what_is_needed(*answer);
      if (!served) return fail(served.error());
      // What it neither takes nor refuses must not stand before what comes after it.
      if (!*served) {
        for (const registry::Outgoing& one : queued) unanswered_.insert(one.n);
      }
    }
    return {};
  }

  static registry::Objects objects_of(const std::vector<registry::Outgoing>& queued) {
    registry::Objects objects;
    for (const registry::Outgoing& one : queued) objects.of(one.object_class).push_back(one.text);
    return objects;
  }

  /// What the peer has durably, or will never take, leaves the queue. gives how many that were
  Result<std::size_t, Error> acknowledge(const std::vector<registry::Outgoing>& queued,
                                         const PushAnswer& answer) {
    std::set<std::string, std::less<>> settled(answer.accepted.begin(), answer.accepted.end());
    settled.insert(answer.duplicate.begin(), answer.duplicate.end());
    for (const auto& rejected : answer.rejected) settled.insert(rejected.first);
    std::vector<std::int64_t> ns;
    for (const registry::Outgoing& one : queued) {
      if (settled.contains(one.hash)) ns.push_back(one.n);
    }
    if (ns.empty()) return std::size_t{0};
    const auto done = transact(parts_.database, "cannot clear the outbox",
                               [&](core::Transaction& transaction) -> Result<void, Error> {
                                 parts_.replica.acknowledge(transaction, state_.url, ns);
                                 return {};
                               });
    if (!done) return fail(done.error());
    return ns.size();
  }

  /// The peer lacks what comes before. gives whether it took any of it
  Result<bool, Error> send_what_is_needed(const PushAnswer& answer) {
    bool has_taken = false;
    // As in fill_gaps().
    for (const Fetch& part :
         {Fetch{fair_request({answer.need.begin(), answer.need.end()}, given_), {}},
          Fetch{{}, fair_hashes({answer.need_hashes.begin(), answer.need_hashes.end()}, given_)}}) {
      registry::Objects objects;
      const auto read = parts_.database.read([&](core::Connection& connection) {
        objects = parts_.replica.fetch(connection, part.want, part.hashes, kMaxTextBytes);
      });
      if (!read) return fail(from_core(read.error(), "cannot read the replica"));
      if (objects.empty()) continue;
      const auto taken = send(objects);
      if (!taken) return fail(taken.error());
      has_taken = has_taken || !taken->accepted.empty();
    }
    return has_taken;
  }

  /// Takes what the peer has and we do not, by its change log; then the gaps that something signed names.
  Result<void, Error> pull() {
    // What was refused before that is read with the rest.
    if (log_.end() == 0) asks_ = parts_.replica.asks();
    std::optional<SinceAnswer> last;
    for (int round = 0; round < kMaxRounds && !last; ++round) {
      auto page = take_page(log_.end());
      if (!page) return fail(page.error());
      log_.take_at_end(page->changes);
      ++pages_;
      if (!page->changes.more) last = std::move(*page);
    }
    auto done = fill_gaps_and_hear(last);
    // After that: how long the log is, and who makes us read it again, must not keep what is new from coming.
    auto read = read_anew(/*is_at_end=*/last.has_value());
    return done ? std::move(read) : std::move(done);
  }

  /// What the change log lists after `cursor`, once what is missing of it was fetched.
  Result<SinceAnswer, Error> take_page(std::int64_t cursor) {
    const auto body = exchange(
        "GET",
        "/gossip/v1/since?cursor=" + std::to_string(cursor) + "&max=" + std::to_string(kMaxPulled),
        "");
    if (!body) return fail(body.error());
    auto answer = parse_since_answer(*body);
    if (!answer)
      return fail(Error{ErrorCode::unreachable, "the peer's answer has another form",
                        answer.error().detail, ""});
    Fetch fetch;
    const auto read = parts_.database.read([&](core::Connection& connection) {
      for (const auto& id : parts_.replica.missing(connection, answer->changes.ids))
        fetch.hashes.push_back(id.hash);
    });
    if (!read) return fail(from_core(read.error(), "cannot read the replica"));
    if (auto taken = take(std::move(fetch)); !taken) return fail(taken.error());
    return std::move(*answer);
  }

  /// `last`: the page with which its change log ends; nothing if it goes on.
  Result<void, Error> fill_gaps_and_hear(const std::optional<SinceAnswer>& last) {
    registry::Receipt wanted;
    bool is_any_ours = false;
    const auto read = parts_.database.read([&](core::Connection& connection) {
      wanted = parts_.replica.wanted(connection);
      for (const auto& look : taken_looks()) {
        wanted.need.insert(look->need.begin(), look->need.end());
        wanted.need_hashes.insert(look->need_hashes.begin(), look->need_hashes.end());
      }
      registry::FeedReader store(connection);
      is_any_ours = may_be_ours(wanted, *parts_.replica.view(), store, parts_.membership.feed());
    });
    if (!read) return fail(from_core(read.error(), "cannot read the replica"));
    auto filled = fill_gaps(wanted);
    tell_if_endless(/*is_at_end=*/last.has_value());
    // What it does not give of others says nothing of us.
    if (!last || (!filled && is_any_ours)) return filled;
    auto heard = hear(*last);
    return filled ? std::move(heard) : std::move(filled);
  }

  std::deque<std::shared_ptr<const registry::Receipt>> taken_looks() {
    const std::lock_guard lock(mutex_);
    return std::exchange(looks_, {});
  }

  /// Of a long log the rest comes with the next pulls; one that has no end tells us nothing, and is not heard.
  void tell_if_endless(bool is_at_end) {
    if (is_at_end) {
      pages_ = 0;
      endless_.clear();
      return;
    }
    const std::string why =
        "says after " + std::to_string(pages_) + " answers that its change log goes on";
    const bool is_news = !std::exchange(is_endless_told_, true);
    endless_ = "the peer " + why;
    if (parts_.membership.awaits_peers())
      parts_.membership.doubt(state_.url, {Doubt::Kind::goes_on, why});
    else if (is_news)
      parts_.log.warning(
          "peer_not_read",
          core::Json::object(
              {{"peer", state_.url},
               {"why", why},
               {"fix",
                "wait, if much was said in this network: the rest is read with the pulls "
                "that follow (see: avow peer list). If it stays so, ask who runs that peer, "
                "or start without that --peer"}}));
  }

  /// A bounded part of a reading from the beginning, if one is due or under way: when what was refused may be taken now, or
  /// when the peer stays in doubt.
  Result<void, Error> read_anew(bool is_at_end) {
    const auto asks = parts_.replica.asks();
    const bool is_due = asks != asks_ || in_vain_ >= kReadAnewAfter;
    if (is_due && is_at_end && !log_.anew() && Steady::now() >= next_reading_) {
      asks_ = asks;
      next_reading_ = Steady::now() + kReadAnewEvery;
      log_.begin_anew();
    }
    for (int round = 0; round < kMaxRoundsAnew && log_.anew(); ++round) {
      const auto page = take_page(*log_.anew());
      if (!page) return fail(page.error());
      if (log_.take_anew(page->changes)) in_vain_ = 0;
    }
    return {};
  }

  /// Its whole change log was read: is it to be counted as heard?
  Result<void, Error> hear(const SinceAnswer& answer) {
    if (!parts_.membership.awaits_peers()) return {};
    auto doubt = doubt_about({answer.node == gossip_.name_, answer.changes.withheld, log_.shown()},
                             *parts_.replica.view(), parts_.membership.feed());
    if (!doubt) {
      auto word = word_of_witness();
      // That the signing cannot begin is no fault of the peer's, and told there.
      static_cast<void>(parts_.membership.heard_from_peer(state_.url, word.value_or("")));
      if (!word) doubt = std::move(word.error());
    } else if (doubt->kind == Doubt::Kind::knows_less) {
      return give_our_end();
    }
    if (!doubt || doubt->kind == Doubt::Kind::knows_less) return {};
    const bool is_of_ours =
        doubt->kind == Doubt::Kind::gives_not || doubt->kind == Doubt::Kind::knows_more;
    // What has come there since its change log was read comes with the next pull.
    if (is_of_ours && ++in_vain_ == 1) return {};
    parts_.membership.doubt(state_.url, *doubt);
    return {};
  }

  /// Our last statement, for a peer that knows less; it asks for the rest.
  Result<void, Error> give_our_end() {
    const auto view = parts_.replica.view();
    const auto* end = own_end(*view, parts_.membership.feed());
    if (end == nullptr) return {};
    registry::Objects ours;
    const auto read = parts_.database.read([&](core::Connection& connection) {
      auto text = registry::FeedReader(connection)
                      .statement_at(parts_.membership.feed(), end->epoch, end->sequence);
      if (text) ours.statements.push_back(std::move(*text));
    });
    if (!read) return fail(from_core(read.error(), "cannot read the replica"));
    const auto answer = send(ours);
    if (!answer) return fail(answer.error());
    return send_what_is_needed(*answer).map([](bool) {});
  }

  /// The charter's witness whose word this peer gives.
  /// gives its Multikey; "" if none is asked for
  core::Result<std::string, Doubt> word_of_witness() {
    const auto witnesses = parts_.membership.awaited_witnesses();
    if (witnesses.empty()) return "";
    const auto& feed = parts_.membership.feed();
    const auto challenge = core::random_uuid(parts_.random);
    const auto answer = exchange(
        "POST", "/gossip/v1/holding",
        core::to_canonical(core::Json::object({{"feed", feed}, {"challenge", challenge}})));
    if (!answer)
      return core::fail(
          Doubt{Doubt::Kind::no_word, "gives no witness's word: " + answer.error().what});
    core::Result<std::string, Doubt> witness = core::fail(Doubt{});
    // What cannot be read here is nothing to tell of the peer.
    static_cast<void>(parts_.database.read([&](core::Connection& connection) {
      registry::FeedReader store(connection);
      witness = judge_word(*answer, challenge, witnesses, feed, *parts_.replica.view(), store);
    }));
    return witness;
  }

  Result<void, Error> fill_gaps(const registry::Receipt& wanted) {
    // What is named by its hash is given first, and an answer is cut at a size: asked for together, these could keep the
    // others from coming.
    if (auto taken = take({fair_request(wanted.need, asked_), {}}); !taken) return taken;
    return take({{}, fair_hashes(wanted.need_hashes, asked_)});
  }

  /// Fetches, and what the fetched turns out to need, for as long as that brings anything new.
  Result<void, Error> take(Fetch fetch) {
    LastAsked last;
    std::set<registry::MissingRange> asked;
    for (int round = 0; round < kMaxRounds && !(fetch.hashes.empty() && fetch.want.empty());
         ++round) {
      const auto body = exchange("POST", "/gossip/v1/fetch", core::to_canonical(to_json(fetch)));
      if (!body) return fail(body.error());
      const auto objects = parse_objects(*body);
      if (!objects)
        return fail(Error{ErrorCode::unreachable, "the peer's answer has another form",
                          objects.error().detail, ""});
      if (objects->empty()) return {};
      const auto taken = gossip_.store(*objects, state_.url);
      if (!taken) return fail(taken.error());
      // An answer is cut at a size: what was asked for by hash and has not come is asked for again, whatever became of
      // what came. Else a few large texts that are refused here would hide all that follows them. It comes first: the
      // cursor does not come back to it.
      const std::set<std::string> came = hashes_of(*taken);
      Fetch rest{fair_request(taken->need, last), {}};
      std::set<std::string> hashes;
      for (const std::string& hash : fetch.hashes) {
        if (!came.contains(hash) && hashes.insert(hash).second) rest.hashes.push_back(hash);
      }
      bool brought = !taken->accepted.empty() || rest.hashes.size() < fetch.hashes.size();
      for (std::string& hash : fair_hashes(taken->need_hashes, last)) {
        if (rest.hashes.size() < registry::kMaxBatch && hashes.insert(hash).second)
          rest.hashes.push_back(std::move(hash));
      }
      // What is not kept until something else is here, as a second decision, comes again beside it.
      for (const auto& range : fetch.want) asked.insert({range.feed, range.epoch, range.from});
      for (const auto& range : rest.want)
        brought = brought || !asked.contains({range.feed, range.epoch, range.from});
      if (!brought) return {};
      fetch = std::move(rest);
    }
    return {};
  }

  Gossip& gossip_;
  const Parts& parts_;
  LogReading log_{parts_.membership.feed()};
  LastAsked asked_;  // of the peer, to fill gaps
  LastAsked given_;  // of what it needs
  /// Queued for the peer, sent to it since a pull was last due, and not settled by its answer.
  std::set<std::int64_t> unanswered_;
  std::int64_t asks_ = 0;  // of the replica, when the change log was last read from the beginning
  Steady::time_point next_reading_;
  int in_vain_ = 0;         // pulls that ended in doubt since then
  std::int64_t pages_ = 0;  // of the change log, since it was last read to its end
  std::string endless_;     // says so, if it was not
  bool is_endless_told_ = false;
  mutable std::mutex mutex_;
  std::condition_variable_any condition_;
  bool woken_ = false;
  std::deque<std::shared_ptr<const registry::Receipt>> looks_;
  PeerState state_;
  std::jthread thread_;
};

Gossip::Gossip(Parts parts) : parts_(std::move(parts)), name_(core::random_uuid(parts_.random)) {
  for (const std::string& url : parts_.peers) links_.push_back(std::make_unique<Link>(*this, url));
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
  if (!receipt.accepted.empty()) wake();
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

Result<PushAnswer, Error> Gossip::receive(const registry::Objects& objects) {
  // One at a time: judging a batch takes the writer's thread up to a fifth of a second, and a flood of them must not
  // stand before a revocation of ours, nor before what is pulled.
  const std::lock_guard turn(receiving_);
  // Whoever claims to be a peer is not believed, so what was pushed is queued for every peer.
  auto receipt = store(objects, "");
  if (!receipt) return fail(receipt.error());
  PushAnswer answer;
  answer.accepted = std::move(receipt->accepted);
  answer.duplicate = std::move(receipt->duplicate);
  answer.need = fair_ranges(receipt->need, asked_);
  answer.need_hashes = fair_hashes(receipt->need_hashes, asked_);
  for (const auto& rejected : receipt->rejected)
    answer.rejected.emplace_back(rejected.hash, registry::code_name(rejected.error.code));
  answer.root = root_of(parts_.replica);
  return answer;
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

void Gossip::keep_house(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any condition;
  Steady::time_point next_head =
      Steady::now() + parts_.membership.head_interval().value_or(kHousekeeping);
  Steady::time_point next_catch_up = Steady::now() + kCatchUpEvery;
  Steady::time_point next_issued = Steady::now() + kLookAtIssuedEvery;
  while (!stop.stop_requested()) {
    if (parts_.membership.joined()) {
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
      if (looked) {
        report_changes(receipt);
        want(std::move(receipt));
      } else {
        parts_.log.warning("held_not_looked_at", core::Json::object({{"why", looked.error().why}}));
      }
      if (Steady::now() >= next_head) {
        const auto interval = parts_.membership.head_interval().value_or(kHousekeeping);
        const auto signed_head = parts_.membership.sign_head();
        if (!signed_head)
          parts_.log.warning("head_not_signed",
                             core::Json::object({{"why", signed_head.error().why}}));
        // A statement said in the same moment is the usual reason: soon again.
        next_head = Steady::now() + (signed_head ? interval : interval / 4);
      }
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
    std::unique_lock lock(mutex);
    condition.wait_for(
        lock, stop,
        std::min<core::Milliseconds>(kHousekeeping,
                                     parts_.membership.head_interval().value_or(kHousekeeping) / 2),
        [] { return false; });
  }
}

}  // namespace avow::node::gossip
