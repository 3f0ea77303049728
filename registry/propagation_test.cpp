#include "registry/propagation.h"

#include <catch2/catch.hpp>

#include "registry/testing/governed.h"
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

}  // namespace propagation_test
