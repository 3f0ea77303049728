#include "node/gossip/link.h"

#include <algorithm>
#include <map>
#include <utility>

#include "core/canonical_json.h"
#include "core/printable.h"
#include "node/problem.h"
#include "node/transaction.h"

namespace avow::node::gossip {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

constexpr core::Milliseconds kDeadline = 5s;
constexpr core::Milliseconds kReadAnewEvery = 10s;
constexpr int kReadAnewAfter = 4;   // pulls that ended in doubt of what a peer has of ours
constexpr int kMaxRoundsAnew = 16;  // of a pull, for what is read anew

/// Of what is held, for a peer that is not reached: each names at most what the pool of held statements has room for.
constexpr std::size_t kMaxLooks = 8;

/// Of everything that came, whatever became of it.
std::set<std::string> hashes_of(const registry::Receipt& receipt) {
  std::set<std::string> hashes = receipt.held;
  hashes.insert(receipt.accepted.begin(), receipt.accepted.end());
  hashes.insert(receipt.duplicate.begin(), receipt.duplicate.end());
  for (const registry::RejectedObject& rejected : receipt.rejected) hashes.insert(rejected.hash);
  return hashes;
}

std::string joined(const std::string& first, const std::string& second) {
  return first + (first.empty() || second.empty() ? "" : ": ") + second;
}
std::string in_words(const Refusal& refusal) {
  return joined(refusal.code, refusal.words);
}
std::string in_words(const Error& error) {
  return joined(error.what, error.why);
}

}  // namespace

core::Milliseconds pause_after(int failures) {
  constexpr int kDoublings = 5;  // from 250 ms to 8 s
  return 250ms * (1 << std::min(failures - 1, kDoublings));
}

Link::Link(const Gossip::Parts& parts, std::string own_name, std::string url, Store store)
    : parts_(parts), own_name_(std::move(own_name)), store_(std::move(store)) {
  state_.url = std::move(url);
}

void Link::start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void Link::request_stop() {
  thread_.request_stop();
}

void Link::join() {
  if (thread_.joinable()) thread_.join();
}

void Link::wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  condition_.notify_all();
}

PeerState Link::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

void Link::want(std::shared_ptr<const registry::Receipt> look) {
  const std::lock_guard lock(mutex_);
  looks_.push_back(std::move(look));
  if (looks_.size() > kMaxLooks) looks_.pop_front();
}

void Link::run(const std::stop_token& stop) {
  stop_ = stop;
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
    if (stop.stop_requested()) return;  // what failed for that says nothing of the peer
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

core::Milliseconds Link::pull_pause() {
  const auto every = parts_.pull_every;
  const auto spread = static_cast<std::uint32_t>(every.count() * 4 / 10);
  return every * 8 / 10 + core::Milliseconds(core::uniform(parts_.random, spread + 1));
}

void Link::note(const Result<void, Error>& done) {
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
    state_.last_error = in_words(done.error());
  }
  // Logged when it changes, not at every try.
  if (was_reachable && !done)
    parts_.log.warning("peer_lost",
                       core::Json::object({{"peer", state_.url}, {"why", state_.last_error}}));
  if (!was_reachable && done)
    parts_.log.info("peer_reached", core::Json::object({{"peer", state_.url}}));
}

Result<core::Json, Error> Link::exchange(std::string method, const std::string& path,
                                         std::string body) {
  // A pull is many exchanges, and who ends the node waits for one at most.
  if (stop_.stop_requested())
    return fail(Error{ErrorCode::unreachable, "the peer was not asked", "the node ends", ""});
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
  auto json = core::parse_json(response->body, {2 * kMaxBodyBytes, 16, 100'000});
  if (response->status != 200)
    return fail(Error{ErrorCode::unreachable,
                      "the peer answered with HTTP status " + std::to_string(response->status),
                      in_words(json ? refusal_in(*json) : Refusal{}), ""});
  if (!json)
    return fail(
        Error{ErrorCode::unreachable, "the peer's answer is not JSON", json.error().detail, ""});
  const std::lock_guard lock(mutex_);
  state_.last_success = parts_.clock.now();
  return std::move(*json);
}

Result<PushAnswer, Error> Link::send(const registry::Objects& objects) {
  const auto view = parts_.replica.view();  // there is one: nobody is asked before
  const auto body =
      exchange("POST", "/gossip/v1/push",
               core::to_canonical(to_json(Push{parts_.own_url, view->root(), objects})));
  if (!body) return fail(body.error());
  auto answer = parse_push_answer(*body);
  if (!answer)
    return fail(Error{ErrorCode::unreachable, "the peer's answer has another form",
                      answer.error().detail, ""});
  return std::move(*answer);
}

Result<void, Error> Link::push() {
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
    tell_rejected(queued, *answer);
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

/// Of what was sent, each once: the rest of the answer is a peer's words, as many as it likes.
void Link::tell_rejected(const std::vector<registry::Outgoing>& queued,
                         const PushAnswer& answer) const {
  const std::map<std::string, std::string> rejected(answer.rejected.begin(), answer.rejected.end());
  for (const auto& one : queued) {
    const auto found = rejected.find(one.hash);
    if (found == rejected.end()) continue;
    parts_.log.warning("peer_rejected",
                       core::Json::object({{"peer", state_.url},
                                           {"hash", one.hash},
                                           {"code", core::shortened(found->second, 64)}}));
  }
}

registry::Objects Link::objects_of(const std::vector<registry::Outgoing>& queued) {
  registry::Objects objects;
  for (const registry::Outgoing& one : queued) objects.of(one.object_class).push_back(one.text);
  return objects;
}

Result<std::size_t, Error> Link::acknowledge(const std::vector<registry::Outgoing>& queued,
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

Result<bool, Error> Link::send_what_is_needed(const PushAnswer& answer) {
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

Result<void, Error> Link::pull() {
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
  if (done) done = std::move(read);
  if (done && last) repair(last->root);
  return done;
}

Result<SinceAnswer, Error> Link::take_page(std::int64_t cursor,
                                           const std::optional<std::string>& feed) {
  const auto body = exchange("GET",
                             "/gossip/v1/since?cursor=" + std::to_string(cursor) + "&max=" +
                                 std::to_string(kMaxPulled) + (feed ? "&feed=" + *feed : ""),
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

Result<void, Error> Link::fill_gaps_and_hear(const std::optional<SinceAnswer>& last) {
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

std::deque<std::shared_ptr<const registry::Receipt>> Link::taken_looks() {
  const std::lock_guard lock(mutex_);
  return std::exchange(looks_, {});
}

void Link::tell_if_endless(bool is_at_end) {
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

Result<void, Error> Link::read_anew(bool is_at_end) {
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

Result<void, Error> Link::hear(const SinceAnswer& answer) {
  if (!parts_.membership.awaits_peers()) return {};
  auto doubt = doubt_about({answer.node == own_name_, answer.changes.withheld, log_.shown()},
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

Result<void, Error> Link::give_our_end() {
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

core::Result<std::string, Doubt> Link::word_of_witness() {
  const auto witnesses = parts_.membership.awaited_witnesses();
  if (witnesses.empty()) return "";
  const auto& feed = parts_.membership.feed();
  const auto challenge = core::random_uuid(parts_.random);
  const auto answer =
      exchange("POST", "/gossip/v1/holding",
               core::to_canonical(core::Json::object({{"feed", feed}, {"challenge", challenge}})));
  if (!answer)
    return core::fail(
        Doubt{Doubt::Kind::no_word, "gives no witness's word: " + in_words(answer.error())});
  core::Result<std::string, Doubt> witness = core::fail(Doubt{});
  // What cannot be read here is nothing to tell of the peer.
  static_cast<void>(parts_.database.read([&](core::Connection& connection) {
    registry::FeedReader store(connection);
    witness = judge_word(*answer, challenge, witnesses, feed, *parts_.replica.view(), store);
  }));
  return witness;
}

Result<void, Error> Link::fill_gaps(const registry::Receipt& wanted) {
  // What is named by its hash is given first, and an answer is cut at a size: asked for together, these could keep the
  // others from coming.
  if (auto taken = take({fair_request(wanted.need, asked_), {}}); !taken) return taken;
  return take({{}, fair_hashes(wanted.need_hashes, asked_)});
}

Result<void, Error> Link::take(Fetch fetch) {
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
    const auto taken = store_(*objects, state_.url);
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

}  // namespace avow::node::gossip
