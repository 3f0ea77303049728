#include <algorithm>
#include <memory>
#include <set>

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include "registry/testing/consortium.h"
#include "registry/view.h"

namespace view_authority_test {

using namespace avow::registry;
using namespace avow::registry::testing;
using avow::core::Instant;
using avow::core::Json;
using avow::core::Milliseconds;
using Reason = AuthorityGap::Reason;

namespace {

/// Five members under grants of the charter, and what each of them says.
struct World {
  explicit World(const std::vector<Grant>& grants = {}) {
    if (!grants.empty()) consortium.draft.grants = grants;
    charter = std::make_shared<const Charter>(consortium.charter());
    view = std::make_unique<View>(charter);
    for (const auto& organisation : consortium.organisations) {
      authors.emplace_back(organisation, charter->network);
      view->apply(authors.back().open());
    }
  }
  const std::string& did(std::size_t of) const { return consortium.organisations[of].did; }
  void accredit(std::size_t by, std::size_t subject, int depth, Instant time = kNow,
                const std::string& until = "", const std::string& type = "Badge") {
    view->apply(
        authors[by].next("accredit", accredit_body(did(subject), type, depth, until), time));
  }
  void end(std::size_t by, std::size_t subject, Instant time, const std::string& type = "Badge") {
    view->apply(authors[by].next(
        "accredit.revoke",
        Json::object({{"subject", did(subject)}, {"types", Json::array({type})}}), time));
  }
  std::vector<AuthorityGap> gaps(std::size_t of, Instant when = kNow) const {
    return view->gaps(did(of), "Badge", when);
  }
  /// The only gap there is.
  AuthorityGap gap(std::size_t of, Instant when = kNow) const {
    const auto all = gaps(of, when);
    REQUIRE(all.size() == 1);
    CHECK(view->may_issue(did(of), "Badge", when).standing != Standing::authorised);
    return all.front();
  }

  Consortium consortium{5};
  std::shared_ptr<const Charter> charter;
  std::unique_ptr<View> view;
  std::vector<Author> authors;
};

}  // namespace

TEST_CASE("a chain names the statement of each accreditor", "[registry][view]") {
  World world;  // the charter grants Acme Badges, two links deep
  world.view->apply(world.authors[0].note("before"));
  world.accredit(0, 1, 1);
  world.accredit(1, 2, 0);
  const auto answer = world.view->may_issue(world.did(2), "Badge", kNow);
  REQUIRE(answer.standing == Standing::authorised);
  REQUIRE(answer.chain.size() == 3);
  CHECK_FALSE(answer.chain[0].said);
  CHECK(answer.chain[1].said == SaidAt{1, 2});
  CHECK(answer.chain[2].said == SaidAt{1, 1});
  CHECK(world.gaps(2).empty());
}

TEST_CASE("who was never accredited is told so", "[registry][view]") {
  const World world;
  const auto gap = world.gap(1);
  CHECK(gap.reason == Reason::never_given);
  CHECK(gap.link.subject == world.did(1));
  CHECK(gap.link.by.empty());
}

TEST_CASE("what ended an accreditation is the statement that took it back, or its own end",
          "[registry][view]") {
  using std::chrono::hours;
  World world;
  world.accredit(0, 1, 0, kNow, "2026-11-21T10:00:00Z");
  CHECK(world.gap(1, kNow + hours(2)).reason == Reason::ended);
  CHECK_FALSE(world.gap(1, kNow + hours(2)).ended);
  world.end(0, 1, kNow + hours(1));
  CHECK(world.gaps(1, kNow + hours(1) - Milliseconds(1)).empty());
  for (const auto when : {kNow + hours(1), kNow + hours(3)}) {
    const auto gap = world.gap(1, when);
    CHECK(gap.reason == Reason::ended);
    CHECK(gap.link.by == world.did(0));
    CHECK(gap.link.said == SaidAt{1, 1});
    CHECK(gap.link.until == kNow + hours(1));
    CHECK(gap.ended == SaidAt{1, 2});
  }
  const auto before = world.gap(1, kNow - Milliseconds(1));
  CHECK(before.reason == Reason::not_begun);
  CHECK(before.link.said == SaidAt{1, 1});
}

TEST_CASE("of several accreditations in turn the last that had begun is told of",
          "[registry][view]") {
  using std::chrono::hours;
  World world;
  world.accredit(0, 1, 0, kNow, "2026-11-21T08:30:00Z");
  world.accredit(0, 1, 0, kNow + hours(1), "2026-11-21T09:30:00Z");
  world.accredit(0, 1, 0, kNow + hours(3), "2026-11-21T11:30:00Z");
  const auto gap = world.gap(1, kNow + hours(2));
  CHECK(gap.reason == Reason::ended);
  CHECK(gap.link.said == SaidAt{1, 2});
}

TEST_CASE("an accreditation whose author may accredit nobody leads nowhere", "[registry][view]") {
  World world;
  world.accredit(0, 1, 0);
  world.accredit(1, 2, 5);
  const auto gap = world.gap(2);
  CHECK(gap.reason == Reason::no_links_left);
  CHECK(gap.link.by == world.did(1));
  CHECK(gap.link.said == SaidAt{1, 1});

  // One link further up: nobody accredited the author.
  world.accredit(3, 4, 0);
  const auto above = world.gaps(4);
  REQUIRE(above.size() == 2);
  CHECK(above[0].reason == Reason::no_authority);
  CHECK(above[0].link.by == world.did(3));
  CHECK(above[0].link.subject == world.did(4));
  CHECK(above[0].link.said == SaidAt{1, 1});
  CHECK(above[1].reason == Reason::never_given);
  CHECK(above[1].link.subject == world.did(3));
}

TEST_CASE("who is accredited only by whom it accredited itself is told so", "[registry][view]") {
  World world;
  world.accredit(1, 2, 5);
  world.accredit(2, 1, 5);
  world.accredit(3, 3, 5);
  for (const std::size_t of : {1U, 2U, 3U}) {
    const auto gap = world.gap(of);
    CHECK(gap.reason == Reason::each_other);
    CHECK(gap.link.subject == world.did(of));
  }
}

TEST_CASE("a fork on the way is told of, with whose feed it is", "[registry][view][GOSSIP-04]") {
  World world;
  world.accredit(0, 1, 0);
  auto fold = *world.view->feed(world.consortium.organisations[0].scid);
  world.view->replace(world.consortium.organisations[0].scid, fold, Frozen{1, 2});
  for (const std::size_t of : {0U, 1U}) {
    const auto gap = world.gap(of);
    CHECK(gap.reason == Reason::forked);
    CHECK(gap.link.by == world.did(0));
  }
}

namespace {

/// One word of a member on another, as a test makes it up.
struct Word {
  std::size_t by = 0;
  std::size_t subject = 0;
  std::string type;
  int depth = 0;
  std::optional<int> until = {};  // minutes after kNow
  bool is_end = false;
  int time = 0;  // minutes after kNow
};

Instant minute(int count) {
  return kNow + std::chrono::minutes(count);
}

const std::vector<std::string> kTypes{"Badge", "Diploma"};
constexpr std::size_t kMembers = 5;
constexpr int kMinutes = 12;

/// Everything that was granted and said, and the rules once more, by brute force over all chains without a loop.
struct History {
  std::map<std::pair<std::size_t, std::string>, int> grants;
  std::vector<Word> words;  // by time

  const Word* in_force(std::size_t by, std::size_t subject, const std::string& type, int at) const {
    const Word* last = nullptr;
    for (const auto& word : words) {
      if (word.by == by && word.subject == subject && word.type == type && word.time <= at)
        last = &word;
    }
    const bool counts = last != nullptr && !last->is_end && (!last->until || at < *last->until);
    return counts ? last : nullptr;
  }
  /// How far `subject` may pass the type on; nothing if it may not issue it.
  std::optional<int> authority(std::size_t subject, const std::string& type, int at,
                               std::set<std::size_t> on_the_way = {}) const {
    std::optional<int> best;
    if (const auto grant = grants.find({subject, type}); grant != grants.end())
      best = grant->second;
    on_the_way.insert(subject);
    for (std::size_t by = 0; by < kMembers; ++by) {
      if (on_the_way.contains(by)) continue;
      const Word* word = in_force(by, subject, type, at);
      if (word == nullptr) continue;
      const auto above = authority(by, type, at, on_the_way);
      if (above && *above >= 1)
        best = std::max(best.value_or(0), std::min(word->depth, *above - 1));
    }
    return best;
  }
};

History any_history() {
  History history;
  const auto member = [] { return *rc::gen::inRange<std::size_t>(0, kMembers); };
  for (int i = *rc::gen::inRange(1, 4); i > 0; --i)
    history.grants[{member(), *rc::gen::elementOf(kTypes)}] = *rc::gen::inRange(0, 5);
  for (int i = *rc::gen::inRange(0, 24); i > 0; --i) {
    Word word;
    word.by = member();
    word.subject = member();
    word.type = *rc::gen::elementOf(kTypes);
    word.depth = *rc::gen::inRange(0, 5);
    word.is_end = *rc::gen::inRange(0, 6) == 0;
    word.time = *rc::gen::inRange(0, kMinutes);
    if (!word.is_end && *rc::gen::arbitrary<bool>())
      word.until = word.time + *rc::gen::inRange(1, kMinutes);
    history.words.push_back(word);
  }
  std::stable_sort(history.words.begin(), history.words.end(),
                   [](const Word& a, const Word& b) { return a.time < b.time; });
  return history;
}

World world_of(const History& history) {
  const Consortium names(kMembers);
  std::vector<Grant> grants;
  for (const auto& [of, depth] : history.grants)
    grants.push_back({names.organisations[of.first].scid, {of.second}, depth});
  World world(grants);
  for (const auto& word : history.words) {
    if (word.is_end) {
      world.end(word.by, word.subject, minute(word.time), word.type);
    } else {
      world.accredit(word.by, word.subject, word.depth, minute(word.time),
                     word.until ? avow::core::format_seconds(minute(*word.until)) : "", word.type);
    }
  }
  return world;
}

/// Each link is within the one above: type, time, and one level less each.
void check_chain(const std::vector<AuthorityLink>& chain, const std::string& type, Instant when) {
  RC_ASSERT(!chain.empty());
  RC_ASSERT(chain.front().by == "charter");
  for (std::size_t i = 0; i < chain.size(); ++i) {
    RC_ASSERT(chain[i].type == type);
    RC_ASSERT(!chain[i].from || *chain[i].from <= when);
    RC_ASSERT(!chain[i].until || when < *chain[i].until);
    if (i == 0) continue;
    RC_ASSERT(chain[i].by == chain[i - 1].subject);
    RC_ASSERT(chain[i].depth < chain[i - 1].depth);
  }
  RC_ASSERT(static_cast<std::int64_t>(chain.size()) - 1 <= chain.front().depth);
}

}  // namespace

TEST_CASE("no chain of accreditations yields more than its root granted", "[registry][view]") {
  CHECK(rc::check("any grants, any words, any time", [] {
    const auto history = any_history();
    const auto world = world_of(history);
    for (int at = 0; at <= kMinutes; at += 3) {
      for (std::size_t of = 0; of < kMembers; ++of) {
        for (const auto& type : kTypes) {
          const auto answer = world.view->may_issue(world.did(of), type, minute(at));
          const auto expected = history.authority(of, type, at);
          RC_ASSERT((answer.standing == Standing::authorised) == expected.has_value());
          RC_ASSERT(world.view->gaps(world.did(of), type, minute(at)).empty() ==
                    expected.has_value());
          if (!expected) continue;
          check_chain(answer.chain, type, minute(at));
          RC_ASSERT(answer.chain.back().subject == world.did(of));
          RC_ASSERT(answer.chain.back().depth == *expected);
        }
      }
    }
  }));
}

}  // namespace view_authority_test
