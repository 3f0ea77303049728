// Two nodes whose views differ find where, whatever they hold and whatever a peer answers.

#include "registry/view_tree.h"

#include <algorithm>
#include <map>
#include <set>

#include <catch2/catch.hpp>

#include "core/testing/seeded_random.h"
#include "registry/testing/governed.h"
#include "registry/testing/reference_tree.h"

namespace view_tree_test {

using namespace avow;
using namespace avow::registry;
using namespace avow::registry::testing;

namespace {

using Parts = std::map<std::string, std::string>;

ViewTree tree_of(const Parts& parts) {
  std::vector<ViewPart> out;
  for (const auto& [name, digest] : parts) out.push_back({name, digest});
  return ViewTree(std::move(out));
}

Parts members(int count) {
  Parts parts;
  for (int i = 0; i < count; ++i) parts.emplace("member " + std::to_string(i), "as it is");
  return parts;
}

struct Found {
  std::set<std::string> names;
  std::size_t rounds = 0;
  std::size_t ranges = 0;  // asked about
};

/// What `here` finds out by asking `there`.
Found found(const ViewTree& here, const ViewTree& there) {
  Found found;
  std::vector<TreeRange> asked{here.root()};
  while (!asked.empty()) {
    ++found.rounds;
    found.ranges += asked.size();
    auto difference = here.compare(asked, there.answer(asked));
    for (const auto& [name, digest] : difference.parts) found.names.insert(name);
    asked = std::move(difference.ranges);
  }
  return found;
}

std::set<std::string> differing(const Parts& one, const Parts& other) {
  std::set<std::string> names;
  for (const auto& [name, digest] : one) {
    const auto there = other.find(name);
    if (there == other.end() || there->second != digest) names.insert(name);
  }
  for (const auto& [name, digest] : other) {
    if (!one.contains(name)) names.insert(name);
  }
  return names;
}

}  // namespace

TEST_CASE("a range's fingerprint is the RFC 6962 root over its parts by their places",
          "[registry][tree]") {
  const Parts parts{{"", "slots"}, {"QmOne", "1"}, {"QmTwo", "2"}, {"QmThree", "3"}};
  std::map<std::string, std::string> by_place;
  for (const auto& [name, digest] : parts)
    by_place.emplace(core::to_hex(core::sha256(name)), row({name, digest}));
  std::vector<core::Sha256> leaves;
  for (const auto& [place, text] : by_place) leaves.push_back(reference_leaf(text));
  CHECK(tree_of(parts).root() == TreeRange{"", core::to_multibase(reference_root(leaves))});
  CHECK(tree_of({}).root().fingerprint == core::to_multibase(core::sha256(std::string_view())));
}

TEST_CASE("what differs is found, and nothing else", "[registry][tree]") {
  const auto seed = GENERATE(range(1U, 21U));
  CAPTURE(seed);
  core::testing::SeededRandom random{seed};
  const auto draw = [&](std::size_t below) {
    core::Bytes bytes(2);
    random.fill(bytes);
    return (bytes[0] * 256U + bytes[1]) % below;
  };
  auto here = members(static_cast<int>(draw(600)));
  auto there = here;
  for (std::size_t i = draw(30); i > 0 && !there.empty(); --i) {
    const auto one = std::next(there.begin(), static_cast<std::ptrdiff_t>(draw(there.size())));
    switch (draw(3)) {
      case 0:
        there.erase(one);
        break;
      case 1:
        one->second = "otherwise";
        break;
      default:
        there.emplace("newcomer " + std::to_string(i), "as it is");
    }
  }
  CHECK(found(tree_of(here), tree_of(there)).names == differing(here, there));
  CHECK(found(tree_of(there), tree_of(here)).names == differing(here, there));
}

TEST_CASE("of a thousand members the one that differs takes three questions", "[registry][tree]") {
  const auto here = members(1'000);
  auto there = here;
  there["member 567"] = "otherwise";
  const auto result = found(tree_of(here), tree_of(there));
  CHECK(result.names == std::set<std::string>{"member 567"});
  // 16^2 places hold four each.
  CHECK(result.rounds == 3);
  CHECK(result.ranges == 3);
  CHECK(found(tree_of(here), tree_of(here)).ranges == 1);
}

TEST_CASE("as many parts as an answer gives are given, and one more is divided",
          "[registry][tree]") {
  for (const int more : {0, 1}) {
    const auto parts = members(static_cast<int>(kMaxTreeLeaves) + more);
    const std::vector<TreeRange> asked{{"", "u"}};
    const auto answer = tree_of(parts).answer(asked);
    CHECK(answer.leaves.size() == (more == 0 ? 1 : 0));
    CHECK(answer.branches.size() == (more == 0 ? 0 : 1));
  }
  std::vector<TreeRange> many;
  for (std::size_t i = 0; i <= kMaxTreeRanges; ++i)
    many.push_back({core::to_hex(core::sha256(std::to_string(i))), "u"});
  CHECK(tree_of(members(1)).answer(many).leaves.size() == kMaxTreeRanges);
  // What is asked twice is answered once.
  many.assign(2, TreeRange{"", "u"});
  CHECK(tree_of(members(1)).answer(many).leaves.size() == 1);
}

TEST_CASE("of an answer counts what was asked for", "[registry][tree][hostile]") {
  const auto here = tree_of(members(40));
  const std::vector<TreeRange> asked{{"a", "u"}};
  const std::vector<std::string> others(16, "u");
  for (const auto& answer :
       {TreeAnswer{{{"b", others}}, {}}, TreeAnswer{{{"", others}}, {}},
        TreeAnswer{{{"a", {others.begin(), others.end() - 1}}}, {}}, TreeAnswer{{{"a", {}}}, {}},
        TreeAnswer{{}, {{"b", {{"member 1", "u"}}}}}}) {
    const auto difference = here.compare(asked, answer);
    CHECK(difference.ranges.empty());
    CHECK(difference.parts.empty());
  }
  CHECK(
      here.compare(asked, {{{"a", others}, {"a", others}}, {{"a", {{"x", "u"}}}}}).ranges.size() ==
      16);
}

TEST_CASE("a view's parts differ where the view does", "[registry][tree][view]") {
  Governed one;
  Governed other;
  const auto names = [&] {
    return found(ViewTree(one.node.replica->view()->parts()),
                 ViewTree(other.node.replica->view()->parts()))
        .names;
  };
  CHECK(names().empty());
  Author author(one.acme, one.charter.network);
  const auto opening = author.open();
  one.node.receive({opening});
  CHECK(names() == std::set<std::string>{one.acme.scid});
  other.node.receive({opening});
  CHECK(names().empty());
  // Two of four governors can suspend in an emergency.
  const auto call = [&](Governed& world) {
    for (const auto* by : {&world.globex, &world.initech}) {
      give(world.node, emergency_by(*by, world.charter, world.acme.scid, kMonday, kTuesday).text);
    }
  };
  call(one);
  CHECK(names() == std::set<std::string>{one.acme.scid});
  call(other);
  CHECK(names().empty());
  one.decide({suspend_action(one.umbrella.scid, kMonday)});
  CHECK(names() == std::set<std::string>{""});
  CHECK(one.node.root() != other.node.root());
}

}  // namespace view_tree_test
