#include "node/gossip/link.h"

#include <utility>
#include <variant>

#include "core/canonical_json.h"
#include "node/problem.h"
#include "node/transaction.h"

namespace avow::node::gossip {
namespace {

using Steady = std::chrono::steady_clock;

std::string joined(const std::string& first, const std::string& second) {
  return first + (first.empty() || second.empty() ? "" : ": ") + second;
}
std::string in_words(const Refusal& refusal) {
  return joined(refusal.code, refusal.words);
}
std::string in_words(const Fault& fault) {
  return joined(fault.what, fault.why);
}
Fault fault_of(const Error& error) {
  return {error.what, error.why};
}

core::Milliseconds steady_now() {
  return std::chrono::floor<core::Milliseconds>(Steady::now().time_since_epoch());
}

Event written(const Result<void, Error>& done) {
  if (!done) return Written{core::fail(fault_of(done.error()))};
  return Written{};
}

}  // namespace

LinkThread::LinkThread(const Gossip::Parts& parts, std::string own_name, const std::string& url,
                       Store store)
    : parts_(parts),
      own_name_(std::move(own_name)),
      store_(std::move(store)),
      link_({parts.replica, parts.random, parts.membership.feed(), url, parts.own_url,
             parts.pull_every}) {
  state_.url = url;
}

void LinkThread::start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void LinkThread::request_stop() {
  thread_.request_stop();
}

void LinkThread::join() {
  if (thread_.joinable()) thread_.join();
}

void LinkThread::wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  condition_.notify_all();
}

PeerState LinkThread::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

void LinkThread::want(std::shared_ptr<const registry::Receipt> look) {
  const std::lock_guard lock(mutex_);
  looks_.push_back(std::move(look));
}

void LinkThread::run(const std::stop_token& stop) {
  stop_ = stop;
  Event event = Timer{};
  while (true) {
    const Effects effects = step(std::move(event));
    // What failed for that says nothing of the peer.
    if (!effects.ask && stop.stop_requested()) return;
    for (const News& news : effects.news) std::visit([this](const auto& one) { tell(one); }, news);
    event = effects.ask
                ? std::visit([this](const auto& ask) { return carry_out(ask); }, *effects.ask)
                : rest_until(effects.wake_at);
  }
}

Effects LinkThread::step(Event event) {
  std::deque<std::shared_ptr<const registry::Receipt>> looks;
  {
    const std::lock_guard lock(mutex_);
    looks.swap(looks_);
  }
  for (auto& look : looks) link_.want(std::move(look));
  Effects effects;
  const auto read = parts_.database.read([&](core::Connection& connection) {
    effects = link_.step(connection, std::move(event), steady_now());
  });
  if (read) return effects;
  return link_.give_up(fault_of(from_core(read.error(), "cannot read the replica")), steady_now());
}

Event LinkThread::rest_until(core::Milliseconds wake_at) {
  std::unique_lock lock(mutex_);
  condition_.wait_until(lock, stop_, Steady::time_point(wake_at), [this] { return woken_; });
  if (std::exchange(woken_, false)) return Wake{};
  return Timer{};
}

Event LinkThread::carry_out(const Call& call) {
  auto answer = exchange(call.method, call.path, call.body);
  if (!answer) return Answered{call.number, core::fail(fault_of(answer.error()))};
  return Answered{call.number, std::move(*answer)};
}

Event LinkThread::carry_out(const registry::gossip::Store& asked) {
  auto taken = store_(asked.objects, state_.url);
  if (!taken) return Stored{core::fail(fault_of(taken.error()))};
  return Stored{std::move(*taken)};
}

Event LinkThread::carry_out(const Acknowledge& asked) {
  return written(transact(parts_.database, "cannot clear the outbox",
                          [&](core::Transaction& transaction) -> Result<void, Error> {
                            parts_.replica.acknowledge(transaction, state_.url, asked.ns);
                            return {};
                          }));
}

Event LinkThread::carry_out(const Settle& /*asked*/) {
  return written(parts_.membership.settle());
}

Event LinkThread::carry_out(const Hear& asked) {
  return hear(asked);
}

Result<core::Json, Error> LinkThread::exchange(std::string method, const std::string& path,
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
  request.deadline = Link::kDeadline;
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

PeerHeard LinkThread::hear(const Hear& asked) {
  if (!parts_.membership.awaits_peers()) return {};
  const auto view = parts_.replica.view();
  const auto& feed = parts_.membership.feed();
  // What it does not give of others says nothing of us.
  bool is_any_ours = false;
  if (asked.unfilled) {
    const auto read = parts_.database.read([&](core::Connection& connection) {
      registry::FeedReader store(connection);
      is_any_ours = may_be_ours(*asked.unfilled, *view, store, feed);
    });
    if (!read || is_any_ours) return {};
  }
  auto doubt = doubt_about({asked.node == own_name_, asked.withheld, asked.shown}, *view, feed);
  if (!doubt) {
    auto word = word_of_witness();
    // That the signing cannot begin is no fault of the peer's, and told there.
    static_cast<void>(parts_.membership.heard_from_peer(state_.url, word.value_or("")));
    if (!word) doubt = std::move(word.error());
  } else if (doubt->kind == Doubt::Kind::knows_less) {
    return {false, our_end()};
  }
  if (!doubt || doubt->kind == Doubt::Kind::knows_less) return {};
  const bool is_of_ours =
      doubt->kind == Doubt::Kind::gives_not || doubt->kind == Doubt::Kind::knows_more;
  // What has come there since its change log was read comes with the next pull.
  if (!is_of_ours || asked.in_vain > 0) parts_.membership.doubt(state_.url, *doubt);
  return {is_of_ours, {}};
}

registry::Objects LinkThread::our_end() const {
  registry::Objects ours;
  const auto view = parts_.replica.view();
  const auto& feed = parts_.membership.feed();
  const auto* end = own_end(*view, feed);
  if (end == nullptr) return ours;
  // What cannot be read here is given with a later pull.
  static_cast<void>(parts_.database.read([&](core::Connection& connection) {
    auto text = registry::FeedReader(connection).statement_at(feed, end->epoch, end->sequence);
    if (text) ours.statements.push_back(std::move(*text));
  }));
  return ours;
}

core::Result<std::string, Doubt> LinkThread::word_of_witness() {
  const auto witnesses = parts_.membership.awaited_witnesses();
  if (witnesses.empty()) return "";
  const auto& feed = parts_.membership.feed();
  const auto challenge = core::random_uuid(parts_.random);
  const auto answer =
      exchange("POST", "/gossip/v1/holding",
               core::to_canonical(core::Json::object({{"feed", feed}, {"challenge", challenge}})));
  if (!answer)
    return core::fail(Doubt{Doubt::Kind::no_word,
                            "gives no witness's word: " + in_words(fault_of(answer.error()))});
  core::Result<std::string, Doubt> witness = core::fail(Doubt{});
  // What cannot be read here is nothing to tell of the peer.
  static_cast<void>(parts_.database.read([&](core::Connection& connection) {
    registry::FeedReader store(connection);
    witness = judge_word(*answer, challenge, witnesses, feed, *parts_.replica.view(), store);
  }));
  return witness;
}

void LinkThread::tell(const PeerRejected& news) {
  parts_.log.warning(
      "peer_rejected",
      core::Json::object({{"peer", state_.url}, {"hash", news.hash}, {"code", news.code}}));
}

void LinkThread::tell(const LogGoesOn& news) {
  if (news.pages == 0) {
    endless_.clear();
    return;
  }
  const std::string why =
      "says after " + std::to_string(news.pages) + " answers that its change log goes on";
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

void LinkThread::tell(const ViewRepaired& news) {
  parts_.log.info("view_repaired", core::Json::object({{"peer", state_.url}, {"part", news.part}}));
}

void LinkThread::tell(const ViewNotRepaired& news) {
  parts_.log.warning("view_not_repaired",
                     core::Json::object({{"peer", state_.url}, {"why", news.why}}));
}

void LinkThread::tell(const TurnEnded& news) {
  const std::lock_guard lock(mutex_);
  if (news.queued) state_.queued = *news.queued;
  const bool was_reachable = state_.reachable;
  state_.reachable = !news.fault;
  state_.last_error = news.fault ? in_words(*news.fault) : endless_;
  // Logged when it changes, not at every try.
  if (was_reachable && news.fault)
    parts_.log.warning("peer_lost",
                       core::Json::object({{"peer", state_.url}, {"why", state_.last_error}}));
  if (!was_reachable && !news.fault)
    parts_.log.info("peer_reached", core::Json::object({{"peer", state_.url}}));
}

}  // namespace avow::node::gossip
