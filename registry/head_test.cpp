#include "registry/head.h"

#include <functional>
#include <set>

#include <catch2/catch.hpp>

#include "core/canonical_json.h"
#include "registry/testing/node.h"

namespace head_test {

using namespace avow;
using namespace avow::registry;
using namespace avow::registry::testing;
using core::Json;

namespace {

const std::string kHash = core::to_multibase(core::sha256("of a statement"));

/// As many words of members whose SCIDs are in order.
std::vector<Word> words(std::size_t count) {
  std::vector<Word> all;
  for (std::size_t i = 0; i < count; ++i)
    all.push_back({"Qm" + std::to_string(100 + i), 1, 4, kHash, kNow});
  return all;
}

struct Fixture {
  /// What comes of Acme's signing a head with these words.
  Result<Head, Error> with(std::vector<Word> heard) const {
    Head head = head_of(acme, log, kHash, kNow);
    head.heard = std::move(heard);
    return sign_head(head, acme.key);
  }
  std::string fault(std::vector<Word> heard) const {
    const auto head = with(std::move(heard));
    return head ? "" : std::string(code_name(head.error().code));
  }

  Consortium consortium;
  const Organisation& acme = consortium.organisations[0];
  Author author{acme, consortium.charter().network};
  std::vector<Statement> log{author.open()};
};

}  // namespace

TEST_CASE("a head says which stops of others have come, by member", "[registry][head]") {
  const Fixture f;
  auto said = words(2);
  said[1].epoch = 3;
  said[1].since = kNow - std::chrono::hours(2);
  const auto head = must(f.with(said));
  CHECK(head.heard == said);
  const auto read = must(parse_head(head.text));
  CHECK(read.heard == said);
  CHECK(has_good_signature(read, f.acme.key.public_key()));
  // Unlike the proof it is part of what the hash is of.
  CHECK(read.id_hash != must(f.with({})).id_hash);
}

TEST_CASE("a head of who has heard of no stop has the members that it had before there were words",
          "[registry][head]") {
  const Fixture f;
  std::set<std::string> members;
  const auto head = must(f.with({}));
  for (const auto& [name, value] : *head.json.as_object()) members.insert(name);
  CHECK(members == std::set<std::string>{"type", "network", "feed", "epoch", "sequence", "hash",
                                         "size", "root", "statusRoot", "time", "ttl", "key",
                                         "proof"});
}

TEST_CASE("words of a head are few, in order, each of another member, and not of later",
          "[registry][head]") {
  const Fixture f;
  CHECK(f.fault(words(kMaxWords)).empty());
  CHECK(f.fault(words(kMaxWords + 1)) == "too_large");
  auto changed = [](const std::function<void(std::vector<Word>&)>& change) {
    auto said = words(3);
    change(said);
    return said;
  };
  CHECK(f.fault(changed([](auto&) {})).empty());
  CHECK(f.fault(changed([](auto& said) { said[1].feed = said[0].feed; })) == "malformed");
  CHECK(f.fault(changed([](auto& said) { std::swap(said[1], said[2]); })) == "malformed");
  CHECK(f.fault({{f.acme.scid, 1, 0, kHash, kNow}}) == "malformed");
  const core::Milliseconds moment(1);
  CHECK(f.fault(changed([&](auto& said) { said[2].since = kNow + moment; })) == "malformed");
  CHECK(f.fault(changed([](auto& said) { said[0].epoch = 0; })) == "malformed");
  CHECK(f.fault(changed([](auto& said) { said[0].sequence = -1; })) == "malformed");
  CHECK(f.fault(changed([](auto& said) { said[0].hash.pop_back(); })) == "malformed");
  CHECK(f.fault(changed([](auto& said) { said[0].feed = "Qm/100"; })) == "malformed");
}

TEST_CASE("a word has its five members and no other, and who has none leaves the list out",
          "[registry][head]") {
  const Fixture f;
  const auto head = must(f.with(words(1)));
  const auto fault = [&](const Json& heard) {
    auto json = head.json;
    json.set("heard", heard);
    const auto read = parse_head(core::to_canonical(json));
    return read ? "" : std::string(code_name(read.error().code));
  };
  const Json word = head.json.find("heard")->as_array()->front();
  CHECK(fault(Json::array({word})).empty());
  CHECK(fault(Json::array()) == "malformed");
  CHECK(fault(word) == "malformed");
  CHECK(fault(Json::array({"Qm100"})) == "malformed");
  for (const auto& [name, value] : *word.as_object()) {
    CAPTURE(name);
    auto less = word;
    less.erase(name);
    CHECK(fault(Json::array({less})) == "malformed");
    auto other = word;
    other.set(name, Json::array({value}));
    CHECK(fault(Json::array({other})) == "malformed");
  }
  auto more = word;
  more.set("by", "push");
  CHECK(fault(Json::array({more})) == "malformed");
}

TEST_CASE("a head as large as may be is read", "[registry][head]") {
  const Fixture f;
  auto said = words(kMaxWords);
  for (auto& word : said) {
    word.feed.resize(64, 'x');
    word.epoch = word.sequence = std::int64_t{1} << 52;
  }
  CHECK(f.fault(said).empty());
}

}  // namespace head_test
