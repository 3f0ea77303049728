// Two replicas, joined by the machines that node/ drives; what lies between them is written here.

#include "registry/gossip/link.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include <catch2/catch.hpp>

#include "core/testing/seeded_random.h"
#include "registry/gossip/serving.h"
#include "registry/testing/node.h"
#include "registry/testing/peer.h"

namespace avow::registry::gossip::link_test {
namespace {

using namespace std::chrono_literals;
using core::Milliseconds;
using registry::testing::Author;
using registry::testing::Consortium;
using registry::testing::is_push;
using registry::testing::Node;
using Answer = core::Result<core::Json, Fault>;

/// What becomes of a call that reaches nobody, or comes back otherwise.
using Between = std::function<std::optional<Answer>(const Call&)>;

template <class T>
std::vector<T> of_kind(const std::vector<News>& news) {
  std::vector<T> all;
  for (const News& one : news) {
    if (const auto* found = std::get_if<T>(&one)) all.push_back(*found);
  }
  return all;
}

/// A node's link to its one peer. Everything takes no time, but what the test says.
struct Side {
  Side(Node& node, Node& other, std::string feed, std::string peer)
      : here(node),
        there(other),
        link({*node.replica, random, std::move(feed), std::move(peer), "http://here"}) {}

  Effects step(Event event) {
    Effects effects;
    here.read([&](core::Connection& connection) {
      effects = link.step(connection, std::move(event), now);
    });
    news.insert(news.end(), effects.news.begin(), effects.news.end());
    wake_at = effects.wake_at;
    return effects;
  }
  /// What is asked for first, and second … after that event, until the link rests or a call does not come back.
  std::vector<Call> calls_after(Event event) {
    std::vector<Call> calls;
    auto effects = step(std::move(event));
    while (effects.ask) {
      auto next = std::visit([&](const auto& ask) { return become_of(ask); }, *effects.ask);
      if (const auto* call = std::get_if<Call>(&*effects.ask)) calls.push_back(*call);
      if (!next) break;
      effects = step(std::move(*next));
    }
    return calls;
  }
  /// A turn that is due.
  std::vector<Call> turn() {
    now = std::max(now, wake_at);
    return calls_after(Timer{});
  }
  TurnEnded last_turn() const {
    const auto ended = of_kind<TurnEnded>(news);
    REQUIRE_FALSE(ended.empty());
    return ended.back();
  }

  std::optional<Event> become_of(const Call& call) {
    if (is_silent && is_silent(call)) return std::nullopt;
    if (auto answer = between ? between(call) : std::nullopt)
      return Answered{call.number, std::move(*answer)};
    return Answered{call.number, reach(call)};
  }
  core::Json reach(const Call& call) {
    if (is_push(call)) {
      auto receipt = there.receive(registry::testing::pushed_with(call), "");
      return to_json(answer_to_push(std::move(receipt), there.root(), asked));
    }
    core::Json answer;
    there.read([&](core::Connection& connection) {
      answer = registry::testing::answer_of(*there.replica, connection, call);
    });
    return answer;
  }
  std::optional<Event> become_of(const Store& asked_for) {
    if (std::exchange(refuses_write, false))
      return Stored{core::fail(Fault{"cannot store", "full"})};
    return Stored{here.receive(asked_for.objects, "there")};
  }
  std::optional<Event> become_of(const Acknowledge& asked_for) {
    if (std::exchange(refuses_write, false))
      return Written{core::fail(Fault{"cannot write", "full"})};
    here.write([&](core::Transaction& transaction) {
      here.replica->acknowledge(transaction, "there", asked_for.ns);
    });
    return Written{};
  }
  std::optional<Event> become_of(const Settle& /*asked_for*/) { return Written{}; }
  std::optional<Event> become_of(const Hear& asked_for) {
    heard.push_back(asked_for);
    return hears;
  }

  std::int64_t queued() const {
    std::int64_t queued = 0;
    here.read([&](core::Connection& connection) {
      queued = FeedReader(connection).outbox_size("there");
    });
    return queued;
  }

  Node& here;
  Node& there;
  core::testing::SeededRandom random{1};
  Link link;
  LastAsked asked;
  Milliseconds now = 1h;
  Milliseconds wake_at = 1h;
  std::vector<News> news;
  Between between;
  std::function<bool(const Call&)> is_silent;
  bool refuses_write = false;
  std::vector<Hear> heard;
  PeerHeard hears;
};

struct World {
  void said_here(const std::vector<Statement>& statements) { here.receive(statements, ""); }
  bool agree() const { return here.root() == there.root(); }

  const Consortium consortium{3};
  const Charter charter = consortium.charter();
  Author globex{consortium.organisations[1], charter.network};
  Author initech{consortium.organisations[2], charter.network};
  Node here{charter, {"there"}};
  Node there{charter, {"there"}};
  Side side{here, there, consortium.organisations[0].scid, "there"};
  Side back{there, here, consortium.organisations[1].scid, "there"};
};

std::vector<std::string> paths_of(const std::vector<Call>& calls) {
  std::vector<std::string> paths;
  for (const auto& call : calls)
    paths.push_back(call.path.substr(std::string("/gossip/v1/").size(),
                                     call.path.find('?') - std::string("/gossip/v1/").size()));
  return paths;
}
bool is_fetch(const Call& call) {
  return call.path == "/gossip/v1/fetch";
}
using Paths = std::vector<std::string>;

TEST_CASE("one turn gives what is queued and takes what the peer has", "[registry][gossip]") {
  World world;
  world.said_here({world.initech.open(), world.initech.note("here")});
  world.there.receive({world.globex.open()}, "");
  CHECK(paths_of(world.side.turn()) == Paths{"push", "since", "fetch"});
  CHECK(world.agree());
  CHECK(world.side.queued() == 0);
  const auto ended = world.side.last_turn();
  CHECK_FALSE(ended.fault);
  CHECK(ended.queued == 0);
  // Nothing more is to be said, but to ask what is new.
  CHECK(paths_of(world.side.turn()) == Paths{"since"});
}

TEST_CASE("two links bring two replicas together, whoever has what", "[registry][gossip]") {
  World world;
  std::vector<Statement> log{world.initech.open()};
  for (int i = 0; i < 20; ++i) log.push_back(world.initech.note(std::to_string(i)));
  world.said_here({log.begin(), log.begin() + 9});
  world.there.receive({world.globex.open(), world.globex.note("there")}, "");
  world.said_here({log.begin() + 15, log.end()});            // held
  world.there.receive({log.begin() + 9, log.begin() + 15});  // held there
  for (int turn = 0; turn < 3; ++turn) {
    world.side.turn();
    world.back.turn();
  }
  CHECK(world.agree());
  CHECK(world.here.replica->view()->feed(log[0].feed)->position()->hash == log.back().hash);
}

TEST_CASE("the same events at the same times ask for the same", "[registry][gossip]") {
  const auto history = [] {
    World world;
    std::vector<std::string> all;
    world.said_here({world.initech.open()});
    world.there.receive({world.globex.open()}, "");
    for (int turn = 0; turn < 4; ++turn) {
      if (turn == 2) world.said_here({world.initech.note("more")});
      for (const auto& call : world.side.turn())
        all.push_back(std::to_string(call.number) + call.method + call.path + call.body);
      all.push_back(std::to_string(world.side.wake_at.count()));
    }
    return all;
  };
  CHECK(history() == history());
}

TEST_CASE("it pulls every two seconds, more or less, and pushes at once", "[registry][gossip]") {
  World world;
  world.side.turn();
  for (int turn = 0; turn < 30; ++turn) {
    const auto pause = world.side.wake_at - world.side.now;
    CHECK((pause >= 1'600ms && pause <= 2'400ms));
    // Early by as little as there is: nothing; and what is new does not wait, but does not pull either.
    const auto due = world.side.wake_at;
    world.side.now = due - 1ms;
    CHECK(world.side.calls_after(Timer{}).empty());
    CHECK(world.side.wake_at == due);
    if (turn == 7) {
      world.said_here({world.initech.open()});
      CHECK(paths_of(world.side.calls_after(Wake{})) == Paths{"push"});
      CHECK(world.side.wake_at == due);
    }
    CHECK(paths_of(world.side.turn()) == Paths{"since"});
  }
}

TEST_CASE("a call that does not come back ends after its time, and all is tried again",
          "[registry][gossip]") {
  World world;
  world.said_here({world.initech.open()});
  world.there.receive({world.globex.open()}, "");
  world.side.is_silent = [](const Call&) { return true; };
  CHECK(paths_of(world.side.turn()) == Paths{"push"});
  CHECK(world.side.wake_at == world.side.now + Link::kDeadline);
  world.side.now = world.side.wake_at - 1ms;
  CHECK(world.side.calls_after(Timer{}).empty());
  // A peer that does not take what we have may still have what we need.
  CHECK(paths_of(world.side.turn()) == Paths{"since"});
  CHECK(world.side.turn().empty());
  CHECK(world.side.last_turn().fault->what == "cannot reach the peer");
  CHECK(world.side.last_turn().queued == 1);
  CHECK(world.side.wake_at == world.side.now + 250ms);
  // Waking does not shorten the pause.
  CHECK(world.side.calls_after(Wake{}).empty());
  world.side.is_silent = {};
  world.side.turn();
  CHECK_FALSE(world.side.last_turn().fault);
  CHECK(world.agree());
  CHECK(world.side.queued() == 0);
}

TEST_CASE("an answer that is lost costs nothing but a second try", "[registry][gossip]") {
  World world;
  world.said_here({world.initech.open()});
  world.side.between = [&](const Call& call) -> std::optional<Answer> {
    world.side.reach(call);
    return core::fail(Fault{"cannot reach the peer", "cut"});
  };
  world.side.turn();
  CHECK(world.agree());
  CHECK(world.side.queued() == 1);
  CHECK(world.side.last_turn().fault->why == "cut");
  world.side.between = {};
  world.side.turn();
  CHECK(world.side.queued() == 0);
}

TEST_CASE("a late answer is nothing, whatever is waited for now", "[registry][gossip]") {
  World world;
  const auto opening = world.initech.open();
  world.said_here({opening});
  world.side.is_silent = [](const Call&) { return true; };
  const auto push = world.side.turn();
  REQUIRE(paths_of(push) == Paths{"push"});
  const auto since = world.side.turn();
  REQUIRE(paths_of(since) == Paths{"since"});
  PushAnswer taken;
  taken.accepted = {opening.hash};
  const auto due = world.side.wake_at;
  auto effects = world.side.step(Answered{push[0].number, to_json(taken)});
  CHECK_FALSE(effects.ask);
  CHECK(effects.news.empty());
  CHECK(effects.wake_at == due);
  // Nor is one to a call that was not made, a write that nobody asked for, or the right one twice.
  CHECK_FALSE(world.side.step(Answered{since[0].number + 1, to_json(taken)}).ask);
  CHECK_FALSE(world.side.step(Written{}).ask);
  const Answer nothing = to_json(Changes{}, world.there.root(), "peer");
  CHECK(world.side.step(Answered{since[0].number, nothing}).ask);
  CHECK_FALSE(world.side.step(Answered{since[0].number, nothing}).ask);
  CHECK(world.side.queued() == 1);
}

TEST_CASE("an answer of another form is a fault of the peer, and keeps nothing else from coming",
          "[registry][gossip]") {
  for (const std::string& spoiled : {"push", "since", "fetch"}) {
    CAPTURE(spoiled);
    World world;
    world.said_here({world.initech.open()});
    world.there.receive({world.globex.open()}, "");
    world.side.between = [&](const Call& call) -> std::optional<Answer> {
      if (!call.path.starts_with("/gossip/v1/" + spoiled)) return std::nullopt;
      return core::Json::object({{"accepted", 7}, {"cursor", "x"}, {"statements", 7}});
    };
    world.side.turn();
    REQUIRE(world.side.last_turn().fault);
    CHECK(world.side.last_turn().fault->what == "the peer's answer has another form");
    CHECK(world.side.queued() == (spoiled == "push" ? 1 : 0));
    CHECK((world.here.replica->view()->feed(world.globex.organisation().scid) != nullptr) ==
          (spoiled == "push"));
    world.side.between = {};
    world.side.turn();
    CHECK(world.agree());
    CHECK(world.side.queued() == 0);
  }
}

TEST_CASE("what could not be stored comes again", "[registry][gossip]") {
  World world;
  world.there.receive({world.globex.open()}, "");
  world.side.refuses_write = true;
  CHECK(paths_of(world.side.turn()) == Paths{"since", "fetch"});
  CHECK(world.side.last_turn().fault->what == "cannot store");
  CHECK(world.side.wake_at == world.side.now + 250ms);
  CHECK(paths_of(world.side.turn()) == Paths{"since", "fetch"});
  CHECK(world.agree());
}

TEST_CASE("what could not be taken out of the outbox is given again", "[registry][gossip]") {
  World world;
  world.said_here({world.initech.open()});
  world.side.refuses_write = true;
  world.side.turn();
  CHECK(world.side.last_turn().fault->what == "cannot write");
  CHECK(world.side.queued() == 1);
  CHECK(paths_of(world.side.turn()) == Paths{"push", "since"});
  CHECK(world.side.queued() == 0);
}

TEST_CASE("where nothing can be read the turn is over, and the next one is as any other",
          "[registry][gossip]") {
  World world;
  world.there.receive({world.globex.open()}, "");
  world.side.is_silent = is_fetch;
  world.side.turn();
  const auto ended = world.side.link.give_up({"cannot read", "broken"}, world.side.now);
  CHECK_FALSE(ended.ask);
  CHECK(of_kind<TurnEnded>(ended.news).at(0).fault->what == "cannot read");
  CHECK_FALSE(of_kind<TurnEnded>(ended.news).at(0).queued);
  CHECK(ended.wake_at == world.side.now + 250ms);
  world.side.wake_at = ended.wake_at;
  world.side.is_silent = {};
  world.side.turn();
  CHECK(world.agree());
}

TEST_CASE("what is queued during a turn is given right after it", "[registry][gossip]") {
  World world;
  world.side.between = [&](const Call& call) -> std::optional<Answer> {
    if (call.path.starts_with("/gossip/v1/since") && world.side.queued() == 0) {
      world.said_here({world.initech.open()});
      CHECK_FALSE(world.side.step(Wake{}).ask);
    }
    return std::nullopt;
  };
  CHECK(paths_of(world.side.turn()) == Paths{"since", "push"});
}

TEST_CASE("what a peer needs before it takes anything is given in the same turn",
          "[registry][gossip]") {
  World world;
  const auto opening = world.initech.open();
  world.said_here({opening, world.initech.note("one"), world.initech.note("two")});
  // As if it had said that it has the opening.
  world.here.write([&](core::Transaction& transaction) {
    const auto queued = world.here.replica->outgoing(transaction, "there", 1, kMaxAnswerBytes);
    const std::int64_t n = queued.at(0).n;
    world.here.replica->acknowledge(transaction, "there", {&n, 1});
  });
  world.side.turn();
  CHECK(world.agree());
  CHECK(world.side.queued() == 0);
}

TEST_CASE("what a peer refuses leaves the outbox and is told; what it holds does neither",
          "[registry][gossip]") {
  World world;
  const auto opening = world.initech.open();
  const auto note = world.initech.note("held");
  world.said_here({opening, note});
  world.side.between = [&](const Call& call) -> std::optional<Answer> {
    if (!is_push(call)) return std::nullopt;
    PushAnswer answer;
    answer.rejected = {{opening.hash, std::string(500, 'x')}, {"uNothingThatWasSent", "x"}};
    return to_json(answer);
  };
  CHECK(paths_of(world.side.turn()) == Paths{"push", "since"});
  const auto told = of_kind<PeerRejected>(world.side.news);
  REQUIRE(told.size() == 1);
  CHECK(told[0].hash == opening.hash);
  CHECK(told[0].code.size() < 100);
  CHECK(world.side.queued() == 1);
}

TEST_CASE("a peer whose change log was read to its end is judged, and given our end if it lacks it",
          "[registry][gossip]") {
  World world;
  const auto opening = world.initech.open();
  const auto note = world.initech.note("our end");
  world.said_here({opening, note});
  world.side.between = [&](const Call& call) -> std::optional<Answer> {
    // Refuses all in the first push.
    if (!is_push(call) || world.side.heard.size() == 1) return std::nullopt;
    return core::fail(Fault{"busy"});
  };
  world.side.hears.lacking.statements = {note.text};
  CHECK(paths_of(world.side.turn()) == Paths{"push", "since", "push", "push"});
  REQUIRE(world.side.heard.size() == 1);
  CHECK(world.side.heard[0].node == "peer");
  CHECK_FALSE(world.side.heard[0].unfilled);
  CHECK(world.agree());
}

TEST_CASE("a change log that goes on is read on with the next pull, and not judged before",
          "[registry][gossip]") {
  World world;
  world.side.between = [&](const Call& call) -> std::optional<Answer> {
    Changes page;
    page.more = true;
    page.cursor = static_cast<std::int64_t>(call.number);
    return to_json(page, "root", "peer");
  };
  CHECK(world.side.turn().size() == Link::kMaxRounds);
  CHECK(of_kind<LogGoesOn>(world.side.news).at(0).pages == 64);
  CHECK(world.side.turn().front().path.find("cursor=64&") != std::string::npos);
  CHECK(of_kind<LogGoesOn>(world.side.news).at(1).pages == 128);
  CHECK(world.side.heard.empty());
  CHECK_FALSE(world.side.last_turn().fault);
  world.side.between = {};
  world.side.turn();
  CHECK(of_kind<LogGoesOn>(world.side.news).at(2).pages == 0);
  CHECK(world.side.heard.size() == 1);
}

TEST_CASE("of a peer that stays in doubt the change log is read anew", "[registry][gossip]") {
  World world;
  world.side.hears.is_in_doubt = true;
  const auto reads_from_the_beginning = [&] {
    const auto calls = world.side.turn();
    return std::any_of(calls.begin(), calls.end(), [](const Call& call) {
      return call.path.find("cursor=0&") != std::string::npos;
    });
  };
  world.there.receive({world.globex.open()}, "");
  CHECK(reads_from_the_beginning());
  for (int pull = 1; pull < 3; ++pull) CHECK_FALSE(reads_from_the_beginning());
  CHECK(reads_from_the_beginning());
  CHECK(world.side.heard.back().in_vain == 3);
}

TEST_CASE("what a look at held things wants is asked for with the next pull, the latest of many",
          "[registry][gossip]") {
  World world;
  for (int i = 0; i < 10; ++i) {
    auto look = std::make_shared<Receipt>();
    look->need_hashes = {"u" + std::to_string(i)};
    world.side.link.want(look);
  }
  const auto calls = world.side.turn();
  const auto fetch = std::find_if(calls.begin(), calls.end(), is_fetch);
  REQUIRE(fetch != calls.end());
  const auto asked = parse_fetch(core::parse_json(fetch->body).value()).value();
  CHECK(asked.hashes == std::vector<std::string>{"u2", "u3", "u4", "u5", "u6", "u7", "u8", "u9"});
  CHECK(paths_of(world.side.turn()) == Paths{"since"});
}

TEST_CASE("what a change log leaves out comes once the views stay different",
          "[registry][gossip]") {
  World world;
  world.there.receive({world.globex.open()}, "");
  world.said_here({world.initech.open()});
  world.side.between = [&](const Call& call) -> std::optional<Answer> {
    if (call.path.starts_with("/gossip/v1/since") && call.path.find("&feed=") == std::string::npos)
      return to_json(Changes{}, world.there.root(), "peer");
    return std::nullopt;
  };
  for (int turn = 0; turn < 8 && !world.agree(); ++turn) world.side.turn();
  CHECK(world.agree());
  CHECK(of_kind<ViewRepaired>(world.side.news).size() == 1);
  // A peer that compares nothing is pulled from as before, and that is told once.
  world.there.receive({world.globex.note("hidden")}, "");
  const auto hidden = world.side.between;
  world.side.between = [&, hidden](const Call& call) -> std::optional<Answer> {
    if (call.path == "/gossip/v1/tree") return core::fail(Fault{"404"});
    return hidden(call);
  };
  for (int turn = 0; turn < 8; ++turn) {
    world.side.turn();
    CHECK_FALSE(world.side.last_turn().fault);
  }
  const auto told = of_kind<ViewNotRepaired>(world.side.news);
  REQUIRE(told.size() == 1);
  CHECK(told[0].why == "404");
}

}  // namespace
}  // namespace avow::registry::gossip::link_test
