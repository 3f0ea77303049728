#include "registry/gossip/fair_share.h"

#include <algorithm>

#include <catch2/catch.hpp>

#include "registry/gossip/messages.h"

namespace avow::registry::gossip::fair_share_test {
namespace {

using registry::kMaxBatch;
using registry::MissingRange;

/// As many epochs of one feed, each missing from its beginning.
void add(std::set<MissingRange>& need, const std::string& feed, std::int64_t epochs) {
  for (std::int64_t epoch = 1; epoch <= epochs; ++epoch) need.insert({feed, epoch, 0});
}
bool holds(const std::vector<MissingRange>& chosen, const MissingRange& range) {
  return std::find(chosen.begin(), chosen.end(), range) != chosen.end();
}
std::size_t of_feed(const std::vector<MissingRange>& chosen, const std::string& feed) {
  return static_cast<std::size_t>(std::count_if(
      chosen.begin(), chosen.end(), [&](const MissingRange& range) { return range.feed == feed; }));
}

TEST_CASE("thousands of gaps of one feed keep no other feed out of a request",
          "[registry][gossip][hostile]") {
  std::set<MissingRange> need;
  add(need, "a", 5'000);
  add(need, "b", 300);
  add(need, "c", 1);
  LastAsked last;
  for (int request = 0; request < 3; ++request) {
    const auto chosen = fair_ranges(need, last);
    CHECK(chosen.size() == kMaxBatch);
    CHECK(holds(chosen, {"c", 1, 0}));
    // Half each of what c's one leaves.
    CHECK(of_feed(chosen, "b") >= 255);
    CHECK(of_feed(chosen, "a") >= 255);
    // Whatever an answer is cut at, the first ranges of all stand before another range of any.
    CHECK(std::set<std::string>{chosen[0].feed, chosen[1].feed, chosen[2].feed}.size() == 3);
  }
}

TEST_CASE("what a request left out comes first in the next", "[registry][gossip][hostile]") {
  std::set<MissingRange> need;
  add(need, "a", 1'500);
  LastAsked last;
  // 512, 512 and the last 476 beside the first 36.
  std::set<MissingRange> asked;
  for (int request = 0; request < 3; ++request) {
    const auto chosen = fair_ranges(need, last);
    CHECK(chosen.front() == MissingRange{"a", 1 + request * 512, 0});
    asked.insert(chosen.begin(), chosen.end());
  }
  CHECK(asked == need);
  CHECK(fair_ranges(need, last).front() == MissingRange{"a", 37, 0});

  std::set<std::string> hashes;
  for (int i = 0; i < 1'025; ++i) hashes.insert(std::to_string(10'000 + i));
  std::set<std::string> named;
  for (std::size_t request = 1; request <= 3; ++request) {
    const auto chosen = fair_hashes(hashes, last);
    CHECK(chosen.size() == kMaxBatch);
    named.insert(chosen.begin(), chosen.end());
    CHECK(named.size() == std::min<std::size_t>(1'025, request * 512));
  }
}

TEST_CASE(
    "of a few feeds each is the first in its turn, of more than a request holds each is asked",
    "[registry][gossip][hostile]") {
  std::set<MissingRange> few;
  for (const char* feed : {"a", "b", "c"}) add(few, feed, 2);
  LastAsked last;
  std::string firsts;
  for (int request = 0; request < 4; ++request) firsts += fair_ranges(few, last).front().feed;
  CHECK(firsts == "abca");
  // One that is filled meanwhile takes nobody's last.
  few.erase({"b", 1, 0});
  few.erase({"b", 2, 0});
  CHECK(fair_ranges(few, last).front().feed == "c");

  std::set<MissingRange> many;
  for (int feed = 0; feed < 1'025; ++feed) add(many, std::to_string(10'000 + feed), 2);
  std::set<std::string> asked;
  for (std::size_t request = 1; request <= 3; ++request) {
    for (const auto& range : fair_ranges(many, last)) asked.insert(range.feed);
    CHECK(asked.size() == std::min<std::size_t>(1'025, request * 512));
  }
}

TEST_CASE("a request is one that the peer takes, and its answer is shared out among the feeds",
          "[registry][gossip][hostile]") {
  std::set<MissingRange> need{{"one", 3, 7}};
  LastAsked last;
  using Request = std::vector<registry::StatementRange>;
  CHECK(fair_request(need, last) == Request{{"one", 3, 7, 7 + 512 - 1}});
  need.insert({"two", 1, 0});
  CHECK(fair_request(need, last) == Request{{"two", 1, 0, 255}, {"one", 3, 7, 262}});
  CHECK(fair_request({}, last).empty());
  CHECK(fair_hashes({}, last).empty());

  add(need, "two", 5'000);
  std::set<std::string> hashes;
  for (int i = 0; i < 5'000; ++i) hashes.insert(std::to_string(10'000 + i));
  const auto body = to_json(Fetch{fair_request(need, last), fair_hashes(hashes, last)});
  const auto read = parse_fetch(body);
  REQUIRE(read);
  CHECK(read->want.size() == kMaxBatch);
  CHECK(read->hashes.size() == kMaxBatch);
}

}  // namespace
}  // namespace avow::registry::gossip::fair_share_test
