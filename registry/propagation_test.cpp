#include "registry/propagation.h"

#include <catch2/catch.hpp>

#include "registry/testing/governed.h"
#include "registry/testing/key_history.h"
#include "registry/testing/node.h"

namespace propagation_test {

using namespace avow;
using namespace avow::registry;
using namespace avow::registry::testing;

namespace {

const std::string kNoLists = core::to_multibase(core::sha256(core::ByteView{}));
using std::chrono::minutes;
using std::chrono::seconds;

/// Of one member what it has said so far.
struct Said {
  explicit Said(const Organisation& by, const std::string& network)
      : organisation(by), author(by, network), log{author.open()} {}
  const Statement& stop(int agent, core::Instant time = kNow) {
    log.push_back(author.next(
        "agent.suspend",
        core::Json::object({{"agent", core::to_multibase(core::sha256(std::to_string(agent)))},
                            {"suspended", true}}),
        time));
    return log.back();
  }
  const Statement& note(core::Instant time = kNow) {
    log.push_back(author.note("nothing urgent", time));
    return log.back();
  }
  Head head(std::vector<Word> heard, core::Instant time) const {
    auto head = head_of(organisation, log, kNoLists, time);
    head.heard = std::move(heard);
    return must(sign_head(head, organisation.key));
  }

  const Organisation& organisation;
  Author author;
  std::vector<Statement> log;
};

/// Initech's node, which hears of what Acme and Globex say.
struct Fixture {
  Consortium consortium;
  Charter charter = consortium.charter();
  Said acme{consortium.organisations[0], charter.network};
  Said globex{consortium.organisations[1], charter.network};
  Said initech{consortium.organisations[2], charter.network};
  Node node{charter};

  const std::string& own() const { return consortium.organisations[2].scid; }
  std::vector<Word> words(core::Instant now = kNow) const {
    const auto view = node.replica->view();
    return words_to_say(*view, own(), now);
  }
  bool has_news() const {
    const auto view = node.replica->view();
    return has_news_to_say(*view, own());
  }
};

Word word_of(const Statement& statement, core::Instant since) {
  return {statement.feed, statement.epoch, statement.sequence, statement.hash, since};
}

}  // namespace

TEST_CASE("who has counted a stop of another member says so, with the last of each",
          "[registry][propagation]") {
  Fixture f;
  f.node.receive({f.initech.log});
  f.node.receive({f.acme.log[0], f.acme.note()});
  CHECK(f.words().empty());  // nothing of it stops anything
  CHECK_FALSE(f.has_news());

  f.acme.stop(1);
  f.acme.stop(2);
  f.acme.note();
  f.globex.stop(3);
  f.node.receive(f.acme.log);
  f.node.receive(f.globex.log);
  std::vector<Word> expected{word_of(f.acme.log[3], kNow), word_of(f.globex.log[1], kNow)};
  std::sort(expected.begin(), expected.end(),
            [](const Word& a, const Word& b) { return a.feed < b.feed; });
  CHECK(f.words() == expected);
  CHECK(f.has_news());
  // Our own stop is nothing to tell others of in this way.
  f.initech.stop(4);
  f.node.receive(f.initech.log);
  CHECK(f.words() == expected);
}

TEST_CASE("what was said once is said again as it was, and is no news", "[registry][propagation]") {
  Fixture f;
  f.node.receive(f.initech.log);
  const auto& first = f.acme.stop(1);
  f.node.receive(f.acme.log);
  f.node.receive_head(f.initech.head(f.words(), kNow));
  CHECK_FALSE(f.has_news());
  const auto later = kNow + minutes(30);
  CHECK(f.words(later) == std::vector<Word>{word_of(first, kNow)});
  f.node.restart();
  CHECK(f.words(later) == std::vector<Word>{word_of(first, kNow)});
  CHECK(f.words(kNow - seconds(1)) == std::vector<Word>{word_of(first, kNow - seconds(1))});

  f.acme.note();
  f.node.receive(f.acme.log);
  CHECK_FALSE(f.has_news());
  const auto second = f.acme.stop(2);
  f.node.receive(f.acme.log);
  CHECK(f.has_news());
  CHECK(f.words(later) == std::vector<Word>{word_of(second, later)});
}

TEST_CASE("what lies at or above a fork is not told of", "[registry][propagation]") {
  Fixture f;
  f.node.receive(f.initech.log);
  const auto first = f.acme.stop(1);
  auto other = f.acme;
  const auto second = f.acme.stop(2);
  const auto twin = other.stop(3);
  f.node.receive(f.acme.log);
  CHECK(f.words() == std::vector<Word>{word_of(second, kNow)});
  f.node.receive({twin});
  CHECK(f.words() == std::vector<Word>{word_of(first, kNow)});
}

TEST_CASE("of more members than a head has room for those who stopped something last are told of",
          "[registry][propagation]") {
  const Consortium consortium(kMaxWords + 3);
  const auto charter = consortium.charter();
  Node node(charter);
  const auto& own = consortium.organisations[0];
  std::vector<Word> expected;
  // One too many; the one of these that spoke first is left out.
  for (std::size_t i = 1; i <= kMaxWords + 1; ++i) {
    Said said(consortium.organisations[i], charter.network);
    const auto time = kNow + (i == 7 ? seconds(0) : seconds(1 + static_cast<int>(i) % 5));
    const auto& stop = said.stop(1, time);
    node.receive(said.log);
    if (i != 7) expected.push_back(word_of(stop, kNow));
  }
  std::sort(expected.begin(), expected.end(),
            [](const Word& a, const Word& b) { return a.feed < b.feed; });
  const auto view = node.replica->view();
  CHECK(words_to_say(*view, own.scid, kNow) == expected);
}

TEST_CASE("an evicted member is told of nothing", "[registry][propagation]") {
  Governed w;
  Said umbrella(w.umbrella, w.charter.network);
  const auto stop = umbrella.stop(1);
  w.node.receive(umbrella.log);
  const auto words = [&] {
    const auto view = w.node.replica->view();
    return words_to_say(*view, w.initech.scid, kNow);
  };
  CHECK(words() == std::vector<Word>{word_of(stop, kNow)});
  w.decide({evict_action(stop), charter_action({w.acme.scid, w.globex.scid, w.initech.scid})});
  CHECK(words().empty());
}

namespace {

using State = Hearer::State;

/// What Acme's node makes of it, by member.
struct Judged : Governed {
  Judged() {
    said.stop(1);
    said.stop(2);
    said.note();
    said.stop(3);
    node.receive(said.log);
  }
  /// Globex says this of Acme's feed.
  void hear(const Word& word, core::Instant time = kNow) {
    node.receive(globexs.log);
    node.receive_head(globexs.head({word}, time));
  }
  Hearer of_globex(std::int64_t sequence, core::Instant now = kNow) {
    return hearer(globex, sequence, now);
  }
  Hearer hearer(const Organisation& member, std::int64_t sequence, core::Instant now = kNow) {
    view = node.replica->view();
    Hearer found{nullptr};
    node.read([&](core::Connection& connection) {
      FeedReader store(connection);
      for (const auto& one : who_has_heard(store, *view, acme.scid, {1, sequence}, now)) {
        if (one.member->scid == member.scid) found = one;
      }
    });
    return found;
  }

  Said said{acme, charter.network};
  Said globexs{globex, charter.network};
  std::shared_ptr<const View> view;
};

}  // namespace

TEST_CASE("a word is for the statement that it names and for all before it, not for the next",
          "[registry][propagation]") {
  Judged w;
  w.hear(word_of(w.said.log[2], kNow - seconds(7)), kNow + minutes(1));
  const auto before = w.of_globex(1);
  CHECK(before.state == State::heard);
  CHECK(before.since == std::nullopt);  // it may have had it long before
  CHECK(before.by == kNow - seconds(7));
  const auto same = w.of_globex(2);
  CHECK(same.state == State::heard);
  CHECK(same.since == kNow - seconds(7));
  CHECK(same.by == std::nullopt);
  CHECK(same.last_head == kNow + minutes(1));
  const auto next = w.of_globex(3);
  CHECK(next.state == State::no_word);
  CHECK(next.since == std::nullopt);
  CHECK(next.last_head == kNow + minutes(1));
  CHECK(w.hearer(w.initech, 2).state == State::no_word);
  CHECK(w.hearer(w.initech, 2).last_head == std::nullopt);
  CHECK(w.hearer(w.acme, 2).member == nullptr);  // whose stop it is need not be told
  w.node.restart();
  CHECK(w.of_globex(2).state == State::heard);
  CHECK(w.of_globex(2).since == kNow - seconds(7));
}

TEST_CASE("a word of another branch, of another feed or of what is not here is for nothing",
          "[registry][propagation]") {
  Judged w;
  auto word = word_of(w.said.log[2], kNow);
  SECTION("another branch's statement in its place") {
    auto other = Said(w.acme, w.charter.network);
    other.stop(1);
    word = word_of(other.stop(7), kNow);
    REQUIRE(word.sequence == 2);
  }
  SECTION("another place") {
    word.sequence = 4;
  }
  SECTION("a later place than there is") {
    word.sequence = 5;
  }
  SECTION("another epoch") {
    word.epoch = 2;
  }
  SECTION("another feed") {
    word.feed = w.initech.scid;
  }
  w.hear(word);
  CHECK(w.of_globex(1).state == State::no_word);
}

TEST_CASE("who was evicted or whose feed is forked says nothing", "[registry][propagation]") {
  Judged w;
  w.hear(word_of(w.said.log[4], kNow));
  REQUIRE(w.of_globex(4).state == State::heard);
  SECTION("evicted") {
    w.decide({evict_action(w.globexs.log[0]),
              charter_action({w.acme.scid, w.initech.scid, w.umbrella.scid})});
    CHECK(w.of_globex(4).state == State::evicted);
    CHECK(w.of_globex(4).since == std::nullopt);
  }
  SECTION("forked, above what it said") {
    auto twin = w.globexs;
    w.globexs.note();
    w.node.receive(w.globexs.log);
    w.node.receive({twin.stop(1)});
    CHECK(w.of_globex(4).state == State::forked);
  }
}

TEST_CASE("a suspended member's word counts, and where there is none that is why",
          "[registry][propagation]") {
  Judged w;
  w.decide({suspend_action(w.globex.scid, kMonday)});
  CHECK(w.of_globex(4, at(kBefore)).state == State::no_word);
  CHECK(w.of_globex(4, at(kMonday)).state == State::suspended);
  w.hear(word_of(w.said.log[4], kNow));
  CHECK(w.of_globex(4, at(kMonday)).state == State::heard);
}

TEST_CASE("of a feed that went on in another epoch a word counts for what that continues",
          "[registry][propagation]") {
  const Consortium consortium;
  const auto charter = consortium.charter();
  const auto& acme = consortium.organisations[0];
  KeyHistory keys{acme, 1};
  const auto second = keys.after(acme.entry, kNow - std::chrono::hours(1));
  Node node(charter);
  node.receive_entries({second.text()});
  Said said(acme, charter.network);
  said.stop(1);
  said.stop(2);
  node.receive(said.log);
  // The second stop is abandoned.
  auto author = said.author.in_epoch(2, second.key, second.key_id, said.log[1].hash);
  const auto opening = author.open();
  const auto stop = author.next(
      "agent.suspend",
      core::Json::object({{"agent", core::to_multibase(core::sha256("3"))}, {"suspended", true}}));
  node.receive({opening, stop});
  Said globex(consortium.organisations[1], charter.network);
  node.receive(globex.log);
  const auto state = [&](const Word& word, const SaidAt& statement, int after) {
    node.receive_head(globex.head({word}, kNow + seconds(after)));
    const auto view = node.replica->view();
    State found = State::evicted;
    node.read([&](core::Connection& connection) {
      FeedReader store(connection);
      for (const auto& one : who_has_heard(store, *view, acme.scid, statement, kNow)) {
        if (one.member->scid == consortium.organisations[1].scid) found = one.state;
      }
    });
    return found;
  };
  CHECK(state(word_of(stop, kNow), {1, 1}, 1) == State::heard);
  CHECK(state(word_of(stop, kNow), {2, 1}, 2) == State::heard);
  CHECK(state(word_of(said.log[1], kNow), {1, 1}, 3) == State::heard);
  CHECK(state(word_of(said.log[1], kNow), {2, 1}, 4) == State::no_word);
  CHECK(state(word_of(said.log[2], kNow), {1, 1}, 5) == State::no_word);
  const auto view = node.replica->view();
  node.read([&](core::Connection& connection) {
    FeedReader store(connection);
    CHECK(find_counted(store, *view, acme.scid, said.log[1].hash));
    CHECK_FALSE(find_counted(store, *view, acme.scid, said.log[2].hash));
    CHECK(find_counted(store, *view, acme.scid, SaidAt{2, 1})->hash == stop.hash);
    CHECK_FALSE(find_counted(store, *view, acme.scid, SaidAt{2, 2}));
    CHECK_FALSE(find_counted(store, *view, acme.scid, "nothing's hash"));
  });
}

TEST_CASE("what said how a bit stands is found by the time since when it stands so",
          "[registry][propagation]") {
  const Consortium consortium;
  const auto charter = consortium.charter();
  const auto& acme = consortium.organisations[0];
  Node node(charter);
  Author author(acme, charter.network);
  const auto minute = [](int n) { return kNow - minutes(60 - n); };
  const std::vector<Statement> log{
      author.open(minute(0)),
      author.next("status.list", list_body("s1", "suspension"), minute(0)),
      author.next("status.delta", delta_body("s1", {7}), minute(10)),
      author.next("status.delta", delta_body("s2", {7}), minute(20)),
      author.next("status.delta", delta_body("s1", {8}, {7}), minute(20)),
      author.note("something else", minute(20)),
      author.next("status.delta", delta_body("s1", {7}), minute(30)),
  };
  const auto found = [&](int index, bool is_set, core::Instant since) -> std::int64_t {
    std::optional<Statement> statement;
    const auto view = node.replica->view();
    node.read([&](core::Connection& connection) {
      FeedReader store(connection);
      statement = find_change(store, *view, acme.scid, "s1",
                              *revocation::StatusListIndex::from(index), is_set, since);
    });
    return statement ? statement->sequence : -1;
  };
  node.receive({log[0], log[1], log[2]});
  CHECK(found(7, true, minute(0)) == 2);
  CHECK(found(7, true, minute(10)) == 2);
  CHECK(found(7, true, minute(50)) == 2);  // it was taken back from others since
  CHECK(found(7, false, minute(0)) == -1);
  node.receive({log[3], log[4], log[5]});
  CHECK(found(7, false, minute(20)) == 4);
  CHECK(found(7, false, minute(50)) == 4);
  // Suspended once more, which was not said: nobody has heard of that, nor by a clock that was set back.
  CHECK(found(7, true, minute(50)) == -1);
  CHECK(found(7, true, minute(0)) == -1);
  node.receive({log[6]});
  CHECK(found(7, true, minute(21)) == 6);
  CHECK(found(7, true, minute(5)) == 6);
  CHECK(found(7, true, minute(50)) == 6);
  CHECK(found(7, false, minute(20)) == -1);
  CHECK(found(8, true, minute(50)) == 4);
  CHECK(found(9, true, minute(0)) == -1);
  // A base says every bit of its list.
  node.receive({author.next("status.base", base_body("s1", {9}), minute(40))});
  CHECK(found(9, true, minute(0)) == 7);
  CHECK(found(7, true, minute(21)) == -1);
  CHECK(found(7, false, minute(21)) == 7);
}

}  // namespace propagation_test
