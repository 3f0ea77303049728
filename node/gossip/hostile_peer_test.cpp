// Peers that answer otherwise than they should, and strangers who push.

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <limits>
#include <mutex>
#include <sstream>
#include <thread>

#include <catch2/catch.hpp>

#include "core/testing/temp_dir.h"
#include "node/api/gossip_routes.h"
#include "node/gossip/link.h"
#include "node/testing/gossip_parts.h"
#include "node/testing/rooms.h"
#include "registry/testing/governors.h"
#include "registry/testing/key_history.h"
#include "registry/testing/node.h"

namespace hostile_peer_test {

using namespace avow;
using namespace avow::node;
using core::Json;

namespace {

constexpr const char* kPeer = "http://10.0.0.2:8444";

/// Takes nothing, and gives one of its texts at a time: the first that is asked for.
class StingyPeer final : public core::HttpFetcher {
 public:
  explicit StingyPeer(std::vector<registry::Statement> log) : log_(std::move(log)) {}

  core::Result<core::HttpResponse, core::Error> fetch(const core::HttpRequest& request) override {
    if (request.url.ends_with("/push")) return core::HttpResponse{413, {}, "{}"};
    const bool asks_what_there_is = request.url.find("/since") != std::string::npos;
    const Json body = asks_what_there_is ? change_log() : first_of(request.body);
    return core::HttpResponse{200, {}, core::to_canonical(body)};
  }
  bool waited_until_all_were_served() {
    std::unique_lock lock(mutex_);
    return served_all_.wait_for(lock, std::chrono::seconds(10),
                                [this] { return served_.size() == log_.size(); });
  }

 private:
  Json change_log() const {
    registry::Changes changes;
    changes.cursor = static_cast<std::int64_t>(log_.size());
    for (const auto& statement : log_) {
      registry::ObjectId id;
      id.hash = statement.hash;
      id.feed = statement.feed;
      changes.ids.push_back(id);
    }
    return gossip::to_json(changes, log_.front().network, "peer");
  }
  Json first_of(const std::string& request) {
    const auto wanted = gossip::parse_fetch(*core::parse_json(request));
    registry::Objects objects;
    for (const std::string& hash : wanted->hashes) {
      const auto found =
          std::find_if(log_.begin(), log_.end(), [&](const auto& one) { return one.hash == hash; });
      if (found == log_.end()) continue;
      objects.statements.push_back(found->text);
      const std::lock_guard lock(mutex_);
      served_.insert(hash);
      served_all_.notify_all();
      break;
    }
    return gossip::to_json(objects);
  }

  const std::vector<registry::Statement> log_;
  std::mutex mutex_;
  std::condition_variable served_all_;
  std::set<std::string> served_;
};

std::vector<Json> alarms_in(const testing::Rooms& rooms, std::string_view event) {
  std::vector<Json> lines;
  std::istringstream log(rooms.logged.str());
  for (std::string line; std::getline(log, line);) {
    const Json json = *core::parse_json(line);
    if (*json.find_string("event") == event) lines.push_back(json);
  }
  return lines;
}

struct World {
  explicit World(std::vector<registry::Statement> (*of)(const World&)) : peer(of(*this)) {
    testing::must(rooms.join(charter));
  }
  registry::testing::Author author(std::size_t of) const {
    return {consortium.organisations[of], charter.network};
  }
  void push(const std::vector<registry::Statement>& statements) {
    registry::Objects objects;
    for (const auto& statement : statements) objects.statements.push_back(statement.text);
    REQUIRE(gossip.receive(objects));
  }
  std::vector<Json> alarms(const std::string& event) const { return alarms_in(rooms, event); }

  registry::testing::Consortium consortium;
  registry::Charter charter = consortium.charter();
  core::testing::TempDir folder;
  testing::Rooms rooms{consortium.organisations[0], folder.path()};
  StingyPeer peer;
  gossip::Gossip gossip{testing::gossip_parts(rooms, peer, {kPeer})};
};

}  // namespace

TEST_CASE("a peer that takes nothing is still asked, for all that it has",
          "[node][gossip][hostile]") {
  World world([](const World& w) {
    // Held or refused here, and before it in the log what must arrive.
    auto ahead = w.author(1);
    auto revocation = w.author(2);
    const auto later = registry::testing::kNow + core::Milliseconds(std::chrono::hours(1));
    return std::vector<registry::Statement>{ahead.open(later), ahead.note("x", later),
                                            revocation.open()};
  });
  world.gossip.start();
  CHECK(world.peer.waited_until_all_were_served());
  world.gossip.stop();
  CHECK(world.rooms.replica.view()->feed(world.consortium.organisations[2].scid) != nullptr);
}

TEST_CASE("a stranger who pushes in a peer's name keeps nothing from that peer",
          "[node][gossip][hostile]") {
  World world([](const World&) { return std::vector<registry::Statement>{}; });
  http::RouteTable routes;
  api::add_gossip_routes(
      routes, {world.gossip, world.rooms.replica, *world.rooms.database, *world.rooms.membership});
  const auto statement = world.author(1).open();
  gossip::Push push;
  push.from = kPeer;
  push.root = world.rooms.replica.view()->root();
  push.objects.statements = {statement.text};
  http::Request request;
  request.body = core::to_canonical(gossip::to_json(push));
  const auto route = routes.find("POST", "/gossip/v1/push");
  REQUIRE(std::get<http::RouteMatch>(route).route->handler(request).status == 200);
  std::vector<std::string> queued;
  world.rooms.read([&](core::Connection& connection) {
    for (const auto& one : world.rooms.replica.outgoing(connection, kPeer, 100, 1'000'000)) {
      queued.push_back(one.hash);
    }
  });
  CHECK(std::find(queued.begin(), queued.end(), statement.hash) != queued.end());
}

namespace {

/// Holds all that it is given, and so acknowledges none of it, but for one text.
class HoldingPeer final : public core::HttpFetcher {
 public:
  explicit HoldingPeer(std::string last) : last_(std::move(last)) {}

  core::Result<core::HttpResponse, core::Error> fetch(const core::HttpRequest& request) override {
    if (!request.url.ends_with("/push")) return core::HttpResponse{503, {}, "{}"};
    const auto push = gossip::parse_push(*core::parse_json(request.body, {2U << 20, 16, 100'000}));
    gossip::PushAnswer answer;
    const std::lock_guard lock(mutex_);
    for (const auto& text : push->objects.statements) {
      ++given_;
      if (registry::parse_statement(text)->hash != last_) continue;
      answer.accepted.push_back(last_);
      has_last_ = true;
    }
    changed_.notify_all();
    return core::HttpResponse{200, {}, core::to_canonical(gossip::to_json(answer))};
  }
  bool was_given_the_last() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [this] { return has_last_; });
  }
  std::size_t given() {
    const std::lock_guard lock(mutex_);
    return given_;
  }

 private:
  const std::string last_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool has_last_ = false;
  std::size_t given_ = 0;
};

}  // namespace

TEST_CASE("what a peer only holds does not stand before what comes after it",
          "[node][gossip][hostile]") {
  const registry::testing::Consortium consortium;
  const auto charter = consortium.charter();
  const core::testing::TempDir folder;
  testing::Rooms rooms(consortium.organisations[0], folder.path());
  testing::must(rooms.join(charter));
  registry::testing::Author author(consortium.organisations[1], charter.network);
  const auto hours_ago = [](int hours) {
    return registry::testing::kNow - core::Milliseconds(std::chrono::hours(hours));
  };
  // Together more than one push carries.
  registry::Objects objects;
  objects.statements = {author.open(hours_ago(40)).text};
  for (int hour = 20; hour > 0; --hour) {
    objects.statements.push_back(author.note(std::string(60'000, 'x'), hours_ago(hour)).text);
  }
  const auto last = author.note("revoked");
  objects.statements.push_back(last.text);
  HoldingPeer peer(last.hash);
  gossip::Gossip gossip(avow::node::testing::gossip_parts(rooms, peer, {kPeer}));
  REQUIRE(gossip.receive(objects)->accepted.size() == objects.statements.size());
  gossip.start();
  CHECK(peer.was_given_the_last());
  gossip.stop();
  CHECK(peer.given() >= objects.statements.size());
}

namespace {

/// Refuses what it is pushed, and much that it was not, in as many words as a message holds.
class RefusingPeer final : public core::HttpFetcher {
 public:
  core::Result<core::HttpResponse, core::Error> fetch(const core::HttpRequest& request) override {
    if (!request.url.ends_with("/push")) return core::HttpResponse{503, {}, "{}"};
    const auto push = gossip::parse_push(*core::parse_json(request.body, {2U << 20, 16, 100'000}));
    gossip::PushAnswer answer;
    for (int i = 0; i < 1'000; ++i)
      answer.rejected.emplace_back("u" + std::to_string(i), std::string(500, 'y'));
    const std::lock_guard lock(mutex_);
    for (const auto& text : push->objects.statements) {
      sent_.push_back(registry::parse_statement(text)->hash);
      answer.rejected.emplace_back(sent_.back(), std::string(5'000, 'y'));
    }
    changed_.notify_all();
    return core::HttpResponse{200, {}, core::to_canonical(gossip::to_json(answer))};
  }
  bool was_pushed() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [this] { return !sent_.empty(); });
  }
  std::vector<std::string> sent() {
    const std::lock_guard lock(mutex_);
    return sent_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> sent_;
};

/// Its change log never ends, and each page of it takes a while.
class SlowPeer final : public core::HttpFetcher {
 public:
  core::Result<core::HttpResponse, core::Error> fetch(const core::HttpRequest& request) override {
    if (request.url.find("/since") == std::string::npos) return core::HttpResponse{503, {}, "{}"};
    registry::Changes changes;
    {
      const std::lock_guard lock(mutex_);
      changes.cursor = ++asked_;
      changed_.notify_all();
    }
    changes.more = true;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return core::HttpResponse{200, {}, core::to_canonical(gossip::to_json(changes, "u1", "slow"))};
  }
  bool was_asked() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [this] { return asked_ > 0; });
  }
  std::int64_t asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::int64_t asked_ = 0;
};

}  // namespace

TEST_CASE("of what a peer refuses only what it was sent is told, each once",
          "[node][gossip][hostile]") {
  const registry::testing::Consortium consortium;
  const auto charter = consortium.charter();
  const core::testing::TempDir folder;
  testing::Rooms rooms(consortium.organisations[0], folder.path());
  testing::must(rooms.join(charter));
  registry::testing::Author author(consortium.organisations[1], charter.network);
  const auto opening = author.open();
  RefusingPeer peer;
  gossip::Gossip gossip(avow::node::testing::gossip_parts(rooms, peer, {kPeer}));
  registry::Objects objects;
  objects.statements = {opening.text};
  REQUIRE(gossip.receive(objects)->accepted.size() == 1);
  gossip.start();
  CHECK(peer.was_pushed());
  gossip.stop();
  std::vector<std::string> told;
  for (const auto& line : alarms_in(rooms, "peer_rejected")) {
    told.push_back(*line.find_string("hash"));
    CHECK(core::to_canonical(line).size() < 1'024);
  }
  const auto sent = peer.sent();
  CHECK(std::find(sent.begin(), sent.end(), opening.hash) != sent.end());
  CHECK(told == sent);
}

TEST_CASE("who ends a node waits for one answer of a slow peer, not for all its pages",
          "[node][gossip][hostile]") {
  const registry::testing::Consortium consortium;
  const core::testing::TempDir folder;
  testing::Rooms rooms(consortium.organisations[0], folder.path());
  testing::must(rooms.join(consortium.charter()));
  SlowPeer peer;
  gossip::Gossip gossip(avow::node::testing::gossip_parts(rooms, peer, {kPeer}));
  gossip.start();
  CHECK(peer.was_asked());
  gossip.stop();
  CHECK(peer.asked() < gossip::Link::kMaxRounds);
}

namespace {

constexpr const char* kSilent = "http://10.0.0.3:8444";

/// Lets whoever asks the silent peer wait until the test is over; `other` answers for all others.
class BesideSilent final : public core::HttpFetcher {
 public:
  explicit BesideSilent(core::HttpFetcher& other) : other_(other) {}

  core::Result<core::HttpResponse, core::Error> fetch(const core::HttpRequest& request) override {
    if (!request.url.starts_with(kSilent)) return other_.fetch(request);
    std::unique_lock lock(mutex_);
    is_asked_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return is_over_; });
    return core::fail(core::Error{core::ErrorCode::timed_out, "no answer"});
  }
  bool silent_was_asked() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [this] { return is_asked_; });
  }
  void end() {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
    changed_.notify_all();
  }

 private:
  core::HttpFetcher& other_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_asked_ = false;
  bool is_over_ = false;
};

}  // namespace

TEST_CASE("a peer that never answers keeps nothing from another", "[node][gossip][hostile]") {
  const registry::testing::Consortium consortium;
  const auto charter = consortium.charter();
  const core::testing::TempDir folder;
  testing::Rooms rooms(consortium.organisations[0], folder.path());
  testing::must(rooms.join(charter));
  const auto said = registry::testing::Author(consortium.organisations[1], charter.network).open();
  HoldingPeer good(said.hash);
  BesideSilent network(good);
  gossip::Gossip gossip(avow::node::testing::gossip_parts(rooms, network, {kSilent, kPeer}));
  gossip.start();
  CHECK(network.silent_was_asked());
  registry::Objects objects;
  objects.statements = {said.text};
  CHECK(gossip.receive(objects));
  CHECK(good.was_given_the_last());
  network.end();
  gossip.stop();
}

namespace {

/// Has a decision, and the log entry with whose key it is signed, which it gives to who asks for that log.
class DecidedElsewhere final : public core::HttpFetcher {
 public:
  DecidedElsewhere(std::string network, std::string decision, std::string entry)
      : network_(std::move(network)), decision_(std::move(decision)), entry_(std::move(entry)) {}

  core::Result<core::HttpResponse, core::Error> fetch(const core::HttpRequest& request) override {
    if (request.url.ends_with("/push"))
      return core::HttpResponse{200, {}, core::to_canonical(gossip::to_json(gossip::PushAnswer{}))};
    if (request.url.find("/since") != std::string::npos) {
      registry::Changes changes;
      changes.cursor = 1;
      registry::ObjectId id;
      id.object_class = registry::ObjectClass::slot;
      id.hash = registry::parse_decision(decision_)->hash;
      if (request.url.find("cursor=0&") != std::string::npos) changes.ids.push_back(id);
      return core::HttpResponse{
          200, {}, core::to_canonical(gossip::to_json(changes, network_, "peer"))};
    }
    const auto wanted = gossip::parse_fetch(*core::parse_json(request.body));
    registry::Objects objects;
    if (!wanted->want.empty()) objects.log_entries = {entry_};
    if (!wanted->hashes.empty()) objects.slots = {decision_};
    return core::HttpResponse{200, {}, core::to_canonical(gossip::to_json(objects))};
  }

 private:
  const std::string network_;
  const std::string decision_;
  const std::string entry_;
};

}  // namespace

TEST_CASE("a second decision that is pulled before the keys it is signed with is seen all the same",
          "[node][gossip]") {
  using namespace registry::testing;
  const Consortium consortium;
  const auto charter = consortium.charter();
  const auto& founders = consortium.organisations;
  const core::testing::TempDir folder;
  avow::node::testing::Rooms rooms(founders[0], folder.path());
  avow::node::testing::must(rooms.join(charter));
  const auto decided = [&](const char* from) {
    return ballots_for({&founders[0], &founders[1], &founders[2]}, charter,
                       {suspend_action(founders[2].scid, from)});
  };
  // Globex signs one of the two with a key that is not known here.
  const KeyHistory keys(founders[1], 2);
  const auto rotated = keys.after(founders[1].entry, kNow - std::chrono::hours(2));
  const auto other = decided("2026-12-02T08:00:00.000Z");
  auto commits = registry::parse_decision(other.decision)->commits;
  for (auto& vote : commits) {
    if (vote.governor != founders[1].scid) continue;
    vote.epoch = 2;
    vote.key = rotated.key_id;
    vote = *registry::sign_vote(vote, rotated.key);
  }
  DecidedElsewhere peer(charter.network, registry::make_decision(other.slot, commits).text,
                        rotated.text());
  gossip::Gossip gossip(avow::node::testing::gossip_parts(rooms, peer, {kPeer}));
  registry::Objects first;
  first.slots = {decided("2026-12-01T08:00:00.000Z").decision};
  REQUIRE(gossip.receive(first));
  REQUIRE(rooms.replica.view()->charter().slot() == 2);
  gossip.start();
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!rooms.replica.view()->charter().forked_slot && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  gossip.stop();
  CHECK(rooms.replica.view()->charter().forked_slot == 2);
  const auto alarms = alarms_in(rooms, "slot_forked");
  REQUIRE(alarms.size() == 1);
  CHECK(*alarms.front().find_string("level") == "error");
  CHECK(*alarms.front().find("slot") == Json(2));
}

TEST_CASE("a decided slot by rules that are not known here raises an alarm, after a restart too",
          "[node][gossip]") {
  World world([](const World&) { return std::vector<registry::Statement>{}; });
  const auto& founders = world.consortium.organisations;
  registry::Objects objects;
  objects.slots = {
      registry::testing::ballots_for({&founders[0], &founders[1], &founders[2]}, world.charter,
                                     registry::testing::slot_of_later_rules(world.charter))
          .decision};
  const auto start_anew = [&] {
    gossip::Gossip gossip(testing::gossip_parts(world.rooms, world.peer, {}));
    gossip.start();
    gossip.stop();
  };
  start_anew();
  CHECK(world.alarms("rules_unknown").empty());
  REQUIRE(world.gossip.receive(objects)->accepted.size() == 1);
  const auto alarms = world.alarms("rules_unknown");
  REQUIRE(alarms.size() == 1);
  CHECK(*alarms.front().find_string("level") == "error");
  CHECK(*alarms.front().find("slot") == Json(2));
  CHECK(*alarms.front().find("rules") == Json(2));
  start_anew();
  CHECK(world.alarms("rules_unknown").size() == 2);
}

namespace {

/// Takes what is pushed to it, and from the first pull on refuses every connection.
class DyingPeer final : public core::HttpFetcher {
 public:
  core::Result<core::HttpResponse, core::Error> fetch(const core::HttpRequest& request) override {
    const std::lock_guard lock(mutex_);
    if (tries_ == 0 && request.url.ends_with("/push")) {
      const auto push = gossip::parse_push(*core::parse_json(request.body));
      gossip::PushAnswer answer;
      for (const auto& text : push->objects.statements)
        answer.accepted.push_back(registry::parse_statement(text)->hash);
      for (const auto& text : push->objects.heads)
        answer.accepted.push_back(registry::parse_head(text)->id_hash);
      return core::HttpResponse{200, {}, core::to_canonical(gossip::to_json(answer))};
    }
    ++tries_;
    changed_.notify_all();
    return core::fail(core::Error{core::ErrorCode::unreachable, "connection refused"});
  }
  bool was_tried(int times) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), [&] { return tries_ >= times; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int tries_ = 0;
};

}  // namespace

TEST_CASE("a peer that stays down is tried ever less, every eight seconds at last",
          "[node][gossip]") {
  using namespace std::chrono_literals;
  std::vector<core::Milliseconds> pauses;
  for (int failures = 1; failures <= 7; ++failures) pauses.push_back(gossip::pause_after(failures));
  CHECK(pauses == std::vector<core::Milliseconds>{250ms, 500ms, 1s, 2s, 4s, 8s, 8s});
  CHECK(gossip::pause_after(std::numeric_limits<int>::max()) == 8s);
}

TEST_CASE("a peer that is down is not called reached because there was nothing to push",
          "[node][gossip]") {
  const core::testing::TempDir folder;
  const registry::testing::Consortium consortium;
  testing::Rooms rooms(consortium.organisations[0], folder.path());
  testing::must(rooms.join(consortium.charter()));
  DyingPeer peer;
  gossip::Gossip gossip(avow::node::testing::gossip_parts(rooms, peer, {kPeer}));
  gossip.start();
  CHECK(peer.was_tried(4));
  gossip.stop();
  REQUIRE(gossip.peers().size() == 1);
  CHECK(gossip.peers().front().queued == 0);
  CHECK_FALSE(gossip.peers().front().reachable);
  CHECK(rooms.logged.str().find("peer_reached") == std::string::npos);
}

TEST_CASE("a member's head that contradicts one signed before raises an alarm, once [GOSSIP-20]",
          "[node][gossip][hostile][GOSSIP-20]") {
  using registry::testing::head_of;
  World world([](const World&) { return std::vector<registry::Statement>{}; });
  const auto& globex = world.consortium.organisations[1];
  const auto& initech = world.consortium.organisations[2];
  auto author = world.author(1);
  const std::vector<registry::Statement> said{author.open(), author.note("one"),
                                              author.note("two")};
  auto branch = world.author(1);
  const std::vector<registry::Statement> other{branch.open(), branch.note("another story")};
  const std::string none = world.rooms.replica.view()->status_root(globex.scid);
  const auto push = [&](const std::vector<registry::Statement>& statements,
                        const registry::Head& head) {
    registry::Objects objects;
    for (const auto& statement : statements) objects.statements.push_back(statement.text);
    objects.heads = {head.text};
    REQUIRE(world.gossip.receive(objects));
  };
  const auto alarms = [&] { return world.alarms("consistency_failure"); };
  const auto head_after = [&](const std::vector<registry::Statement>& log, int seconds) {
    return head_of(globex, log, none, registry::testing::kNow - std::chrono::seconds(60 - seconds));
  };

  push({said[0], said[1]}, head_after({said[0], said[1]}, 0));
  push({}, head_after({said[0], said[1]}, 1));
  push({}, *registry::sign_head(head_after(other, 2), initech.key));  // nobody's word
  push({said[2]}, head_after(said, 3));
  CHECK(alarms().empty());

  const auto contradicting = head_after(other, 4);
  push({}, contradicting);
  REQUIRE(alarms().size() == 1);
  const Json alarm = alarms().front();
  CHECK(*alarm.find_string("level") == "error");
  CHECK(*alarm.find_string("feed") == globex.scid);
  CHECK(*alarm.find("epoch") == Json(1));
  CHECK(*alarm.find("sequence") == Json(1));
  CHECK(*alarm.find_string("head") == contradicting.id_hash);
  push({}, contradicting);
  push({}, head_after(other, 5));
  push({}, head_after(said, 6));
  CHECK(alarms().size() == 1);
  // Another member's is another alarm.
  auto others = registry::testing::Author(initech, world.charter.network);
  const std::vector<registry::Statement> theirs{others.open()};
  auto head = head_of(initech, theirs, none, registry::testing::kNow);
  push(theirs, head);
  head.root = other[1].hash;
  push({}, *registry::sign_head(head, initech.key));
  REQUIRE(alarms().size() == 2);
  CHECK(*alarms().back().find_string("feed") == initech.scid);
}

TEST_CASE("a base that takes a revocation back raises an alarm, once", "[node][gossip][hostile]") {
  using registry::testing::base_body;
  World world([](const World&) { return std::vector<registry::Statement>{}; });
  auto author = world.author(1);
  world.push({author.open(),
              author.next("status.list", registry::testing::list_body("r1", "revocation")),
              author.next("status.delta", registry::testing::delta_body("r1", {7, 9})),
              author.next("status.base", base_body("r1", {7, 8, 9}))});
  CHECK(world.alarms("revocation_taken_back").empty());

  const auto base = author.next("status.base", base_body("r1", {7, 8}));
  world.push({base});
  REQUIRE(world.alarms("revocation_taken_back").size() == 1);
  const Json alarm = world.alarms("revocation_taken_back").front();
  CHECK(*alarm.find_string("level") == "error");
  CHECK(*alarm.find_string("feed") == world.consortium.organisations[1].scid);
  CHECK(*alarm.find("epoch") == Json(1));
  CHECK(*alarm.find("sequence") == Json(4));
  world.push({base});
  world.push({author.next("status.base", base_body("r1", {})), author.note("more")});
  CHECK(world.alarms("revocation_taken_back").size() == 1);
  // Another member's is another alarm.
  auto other = world.author(2);
  world.push({other.open(),
              other.next("status.list", registry::testing::list_body("r1", "revocation")),
              other.next("status.delta", registry::testing::delta_body("r1", {3})),
              other.next("status.base", base_body("r1", {}))});
  CHECK(world.alarms("revocation_taken_back").size() == 2);
}

TEST_CASE("what a member takes back in a new epoch is audited, and its fork is an alarm",
          "[node][gossip][hostile]") {
  using namespace registry::testing;
  World world([](const World&) { return std::vector<registry::Statement>{}; });
  const auto& globex = world.consortium.organisations[1];
  const auto second = KeyHistory(globex, 2).after(globex.entry, kNow - std::chrono::hours(2));
  auto first = world.author(1);
  const auto opening = first.open();
  const auto list = first.next("status.list", list_body("r1", "revocation"));
  const auto kept = first.next("status.delta", delta_body("r1", {1}));
  const auto abandoned = first.next("status.delta", delta_body("r1", {2, 3}));
  const auto push = [&](const std::vector<registry::Statement>& statements) {
    registry::Objects objects;
    objects.log_entries = {second.text()};
    for (const auto& statement : statements) objects.statements.push_back(statement.text);
    REQUIRE(world.gossip.receive(objects));
  };
  push({opening, list, kept, abandoned});
  const auto before = world.rooms.audited();
  CHECK(std::count(before.begin(), before.end(), "revocation_abandoned") == 0);

  auto author = first.in_epoch(2, second.key, second.key_id, kept.hash);
  push({author.open()});
  const auto rows = avow::node::testing::must(world.rooms.audit.tail(*world.rooms.database, 1));
  REQUIRE(rows.size() == 1);
  CHECK(rows.front().entry.action == "revocation_abandoned");
  CHECK(rows.front().entry.actor == globex.did);
  CHECK(
      rows.front().entry.detail ==
      Json::object({{"epoch", 2}, {"list", "r1"}, {"count", 2}, {"indexes", Json::array({2, 3})}}));

  auto twin = author;
  push({author.note("one story")});
  CHECK(world.alarms("fork_proven").empty());
  const auto other = twin.note("another story");
  push({other});
  push({other});
  const auto alarms = world.alarms("fork_proven");
  REQUIRE(alarms.size() == 1);
  CHECK(*alarms.front().find_string("level") == "error");
  CHECK(*alarms.front().find_string("feed") == globex.scid);
}

namespace {

/// Lists nothing, and gives one statement to who asks for what its feed said in that place.
class UnlistingPeer final : public core::HttpFetcher {
 public:
  explicit UnlistingPeer(registry::Statement has) : has_(std::move(has)) {}

  core::Result<core::HttpResponse, core::Error> fetch(const core::HttpRequest& request) override {
    Json body = gossip::to_json(gossip::PushAnswer{});
    if (request.url.find("/since") != std::string::npos)
      body = gossip::to_json(registry::Changes{}, has_.network, "peer");
    if (request.url.ends_with("/fetch")) {
      registry::Objects objects;
      const auto wanted = gossip::parse_fetch(*core::parse_json(request.body));
      for (const auto& range : wanted->want) {
        if (range.feed == has_.feed && range.epoch == has_.epoch && range.from <= has_.sequence &&
            range.to >= has_.sequence)
          objects.statements = {has_.text};
      }
      body = gossip::to_json(objects);
    }
    return core::HttpResponse{200, {}, core::to_canonical(body)};
  }

 private:
  const registry::Statement has_;
};

}  // namespace

TEST_CASE("what is held is asked for until somebody gives what it waits for", "[node][gossip]") {
  const registry::testing::Consortium consortium;
  const auto charter = consortium.charter();
  const core::testing::TempDir folder;
  testing::Rooms rooms(consortium.organisations[0], folder.path());
  testing::must(rooms.join(charter));
  registry::testing::Author author(consortium.organisations[1], charter.network);
  const auto opening = author.open();
  const auto held = author.note("held");
  UnlistingPeer peer(opening);
  gossip::Gossip gossip(avow::node::testing::gossip_parts(rooms, peer, {kPeer}));
  registry::Objects objects;
  objects.statements = {held.text};
  // From a stranger, who has nothing more.
  const auto answer = gossip.receive(objects);
  REQUIRE(answer);
  CHECK(answer->accepted.empty());
  CHECK(answer->need ==
        std::vector<registry::MissingRange>{{consortium.organisations[1].scid, 1, 0}});
  gossip.start();
  const auto ends_with_it = [&] {
    const auto* feed = rooms.replica.view()->feed(held.feed);
    return feed != nullptr && feed->position()->hash == held.hash;
  };
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!ends_with_it() && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  gossip.stop();
  CHECK(ends_with_it());
}

namespace {

/// Lists one id at a time, of statements that it does not give.
class SlowLog final : public core::HttpFetcher {
 public:
  explicit SlowLog(std::int64_t length) : length_(length) {}

  core::Result<core::HttpResponse, core::Error> fetch(const core::HttpRequest& request) override {
    if (request.url.ends_with("/push"))
      return core::HttpResponse{200, {}, core::to_canonical(gossip::to_json(gossip::PushAnswer{}))};
    const auto at = request.url.find("cursor=");
    if (at == std::string::npos)
      return core::HttpResponse{200, {}, core::to_canonical(gossip::to_json(registry::Objects{}))};
    const std::lock_guard lock(mutex_);
    registry::Changes changes;
    changes.cursor = std::min<std::int64_t>(std::stoll(request.url.substr(at + 7)) + 1, length_);
    changes.more = is_endless_ || changes.cursor < length_;
    registry::ObjectId id;
    id.feed = "another's";
    id.hash = "u" + std::to_string(changes.cursor);
    changes.ids = {id};
    asked_.push_back(changes.cursor);
    changed_.notify_all();
    return core::HttpResponse{
        200, {}, core::to_canonical(gossip::to_json(changes, "root", "peer"))};
  }
  /// How often it was asked for what it lists at that place, or only for its end.
  bool was_asked(std::int64_t place, std::ptrdiff_t times) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(30), [&] {
      return std::count(asked_.begin(), asked_.end(), place) >= times;
    });
  }
  std::vector<std::int64_t> asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  void set_endless(bool is_endless) {
    const std::lock_guard lock(mutex_);
    is_endless_ = is_endless;
  }

 private:
  const std::int64_t length_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_endless_ = false;
  std::vector<std::int64_t> asked_;
};

}  // namespace

TEST_CASE("what is new at the end of a change log does not wait until the log was read anew",
          "[node][gossip][hostile]") {
  using namespace registry::testing;
  Consortium consortium(4);
  const auto& founders = consortium.organisations;
  const auto& umbrella = founders[3];
  consortium.draft.governors = {founders[0].scid, founders[1].scid, founders[2].scid};
  const auto charter = consortium.charter();
  const core::testing::TempDir folder;
  avow::node::testing::Rooms rooms(founders[0], folder.path());
  avow::node::testing::must(rooms.join(charter));
  // More than one pull reads.
  constexpr std::int64_t kLength = 80;
  SlowLog peer(kLength);
  gossip::Gossip gossip(avow::node::testing::gossip_parts(rooms, peer, {kPeer}));
  gossip.start();
  REQUIRE(peer.was_asked(kLength, 1));

  // Refused now, and good perhaps when its log has gone on.
  registry::Objects objects;
  objects.emergencies = {emergency_by(umbrella, charter, founders[2].scid,
                                      "2026-11-21T08:00:00.000Z", "2026-11-21T09:00:00.000Z")
                             .text};
  REQUIRE(gossip.receive(objects)->rejected.size() == 1);
  objects = {};
  objects.log_entries = {KeyHistory(umbrella, 4).after(umbrella.entry, kNow).text()};
  REQUIRE(gossip.receive(objects)->accepted.size() == 1);
  REQUIRE(rooms.replica.asks() == 1);
  REQUIRE(peer.was_asked(1, 2));
  // Three parts of it, between which the end is looked at.
  REQUIRE(peer.was_asked(33, 2));
  gossip.stop();
  const auto asked = peer.asked();
  const auto beginning =
      std::find(std::next(std::find(asked.begin(), asked.end(), 1)), asked.end(), 1);
  std::vector<std::int64_t> anew(beginning, std::find(beginning, asked.end(), 33));
  CHECK(std::erase(anew, kLength) >= 1);
  std::vector<std::int64_t> in_order;
  for (std::int64_t place = 1; place < 33; ++place) in_order.push_back(place);
  CHECK(anew == in_order);
}

TEST_CASE("a peer whose change log has no end is told of, once", "[node][gossip][hostile]") {
  const core::testing::TempDir folder;
  const registry::testing::Consortium consortium;
  testing::Rooms rooms(consortium.organisations[0], folder.path());
  testing::must(rooms.join(consortium.charter()));
  SlowLog peer(1'000);
  peer.set_endless(true);
  gossip::Gossip gossip(avow::node::testing::gossip_parts(rooms, peer, {kPeer}));
  gossip.start();
  // Two pulls, and one page of a third.
  REQUIRE(peer.was_asked(129, 1));
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!gossip.peers().front().reachable && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  gossip.stop();
  const auto told = alarms_in(rooms, "peer_not_read");
  REQUIRE(told.size() == 1);
  CHECK(*told.front().find_string("level") == "warning");
  CHECK(*told.front().find_string("peer") == kPeer);
  CHECK(*told.front().find_string("why") == "says after 64 answers that its change log goes on");
  CHECK_FALSE(told.front().find_string("fix")->empty());
  const auto state = gossip.peers().front();
  CHECK(state.reachable);
  CHECK(state.last_error.find("answers that its change log goes on") != std::string::npos);
}

TEST_CASE("who has no peer listener may push too", "[node][gossip]") {
  const auto read = gossip::parse_push(gossip::to_json(gossip::Push{}));
  REQUIRE(read);
  CHECK(read->from.empty());
  CHECK(read->root.empty());
}

}  // namespace hostile_peer_test
