#include "registry/feed.h"

#include <catch2/catch.hpp>

#include "core/canonical_json.h"
#include "registry/testing/consortium.h"

namespace feed_test {

using namespace avow;
using namespace avow::registry;
using namespace avow::registry::testing;
using core::Json;
using core::Milliseconds;

namespace {

struct Fixture {
  Consortium consortium;
  Charter charter = consortium.charter();
  const Organisation& acme = consortium.organisations[0];
  const Organisation& globex = consortium.organisations[1];
  Author author{acme, charter.network};
  MemberLog log{acme.entry};
  FeedFacts facts{charter.network, &log};

  std::string judged(const Statement& statement, core::Instant now = kNow) const {
    const auto judgement = judge(statement, facts, now);
    if (std::holds_alternative<Accepted>(judgement)) return "accepted";
    if (std::holds_alternative<Duplicate>(judgement)) return "duplicate";
    if (const auto* need = std::get_if<NeedRange>(&judgement)) {
      return "need from " + std::to_string(need->from);
    }
    if (std::holds_alternative<NeedHash>(judgement)) return "need hash";
    if (const auto* held = std::get_if<Held>(&judgement)) {
      return held->reason == HoldReason::time_ahead ? "time ahead" : "unknown epoch";
    }
    if (std::holds_alternative<Forked>(judgement)) return "forked";
    return std::string(code_name(std::get<Rejected>(judgement).error.code));
  }
  void accept(const Statement& statement) {
    const auto judgement = judge(statement, facts, kNow);
    REQUIRE(std::holds_alternative<Accepted>(judgement));
    facts.tip = std::get<Accepted>(judgement).tip;
  }
};

}  // namespace

TEST_CASE("a feed accepts its opening and each statement that follows", "[registry][feed]") {
  Fixture f;
  const auto open = f.author.open();
  CHECK(f.judged(open) == "accepted");
  f.accept(open);
  const auto note = f.author.note("one");
  CHECK(f.judged(note) == "accepted");
  CHECK(f.judged(f.author.note("two")) == "need from 1");
}

TEST_CASE("a statement of another network or of nobody is rejected [GOSSIP-02]",
          "[registry][feed][GOSSIP-02]") {
  Fixture f;
  Author elsewhere(f.acme, core::to_multibase(core::sha256(std::string_view("other"))));
  CHECK(f.judged(elsewhere.open()) == "wrong_network");
  f.facts.log = nullptr;
  CHECK(f.judged(f.author.open()) == "unknown_feed");
}

TEST_CASE("only the organisation's own key makes its statements [GOSSIP-14]",
          "[registry][feed][GOSSIP-14]") {
  Fixture f;
  const auto open = f.author.draft("epoch.open", Json::object());
  // Globex' key under Acme's name, and Globex' key under its own name in Acme's feed.
  CHECK(f.judged(must(sign_statement(open, f.globex.key))) == "bad_signature");
  auto renamed = open;
  renamed.key = f.globex.key_id;
  CHECK(f.judged(must(sign_statement(renamed, f.globex.key))) == "key_not_authorised");
  CHECK(f.judged(must(sign_statement(open, f.acme.key))) == "accepted");
}

TEST_CASE("an epoch whose log entry is not known is held", "[registry][feed]") {
  Fixture f;
  auto draft = f.author.draft("epoch.open", Json::object());
  draft.epoch = 2;
  CHECK(f.judged(must(sign_statement(draft, f.acme.key))) == "unknown epoch");
}

TEST_CASE("the opening of epoch 1 continues the network id", "[registry][feed]") {
  Fixture f;
  auto draft = f.author.draft("epoch.open", Json::object());
  draft.previous = core::to_multibase(core::sha256(std::string_view("something else")));
  CHECK(f.judged(must(sign_statement(draft, f.acme.key))) == "bad_previous");
}

TEST_CASE("the same statement again is a duplicate, whichever proof it carries [GOSSIP-03]",
          "[registry][feed][GOSSIP-03]") {
  Fixture f;
  const auto open = f.author.open();
  f.accept(open);
  f.facts.held_there = &open;
  CHECK(f.judged(open) == "duplicate");
}

TEST_CASE("two statements at one position are a fork [GOSSIP-04]", "[registry][feed][GOSSIP-04]") {
  Fixture f;
  f.accept(f.author.open());
  auto other_author = f.author;
  const auto one = f.author.note("one");
  f.accept(one);
  const auto other = other_author.note("other");
  f.facts.held_there = &one;
  const auto judgement = judge(other, f.facts, kNow);
  REQUIRE(std::holds_alternative<Forked>(judgement));
  const auto& proof = std::get<Forked>(judgement).proof;
  CHECK(check_fork_proof(proof, f.charter.network, f.log));
  CHECK(must(parse_fork_proof(proof.text)).hash == proof.hash);

  SECTION("but not if the second is badly signed") {
    auto forger = f.author.draft("advisory", Json::object({{"text", "forged"}}));
    forger.sequence = 1;
    forger.previous = one.previous;
    CHECK(f.judged(must(sign_statement(forger, f.globex.key))) == "bad_signature");
  }
}

TEST_CASE("a branch that left below is asked for by hash", "[registry][feed]") {
  Fixture f;
  f.accept(f.author.open());
  auto second_branch = f.author;
  f.accept(f.author.note("one"));
  second_branch.note("other");
  CHECK(f.judged(second_branch.note("its child")) == "need hash");
}

TEST_CASE("beyond a proven fork only its evidence is known", "[registry][feed]") {
  Fixture f;
  f.accept(f.author.open());
  auto second_branch = f.author;
  const auto one = f.author.note("one");
  const auto other = second_branch.note("other");
  f.accept(one);
  f.facts.frozen_from = 1;
  f.facts.evidence_hashes = {one.hash, other.hash};
  CHECK(f.judged(other) == "duplicate");
  CHECK(f.judged(second_branch.note("child")) == "beyond_fork");
  CHECK(f.judged(f.author.note("two")) == "beyond_fork");
  f.facts.frozen_from = 3;
  CHECK(f.judged(f.author.note("three")) == "beyond_fork");
}

TEST_CASE("time never goes back inside a feed", "[registry][feed]") {
  Fixture f;
  f.accept(f.author.open());
  auto same = f.author;
  CHECK(f.judged(same.note("same time", kNow)) == "accepted");
  auto earlier = f.author;
  CHECK(f.judged(earlier.note("earlier", kNow - Milliseconds(1))) == "time_went_back");
}

TEST_CASE("a time far ahead is held, never rejected, until the clock is there [GOSSIP-06]",
          "[registry][feed][GOSSIP-06]") {
  Fixture f;
  f.accept(f.author.open());
  const auto year = std::chrono::hours(24 * 365);
  auto in_a_year = f.author;
  const auto late = in_a_year.note("next year", kNow + year);
  CHECK(f.judged(late) == "time ahead");
  CHECK(f.judged(late, kNow + year - std::chrono::seconds(120)) == "accepted");
  CHECK(f.judged(late, kNow + year - std::chrono::seconds(120) - Milliseconds(1)) == "time ahead");
}

TEST_CASE("a clock that is five minutes slow only delays [GOSSIP-17]",
          "[registry][feed][GOSSIP-17]") {
  Fixture f;
  const auto open = f.author.open();
  CHECK(f.judged(open, kNow - std::chrono::minutes(5)) == "time ahead");
  CHECK(f.judged(open, kNow + std::chrono::minutes(5)) == "accepted");
}

TEST_CASE("an hour of a feed has room for 3,600 ordinary statements", "[registry][feed]") {
  Fixture f;
  f.accept(f.author.open());
  const std::int64_t hour = kNow.time_since_epoch() / std::chrono::hours(1);
  f.facts.tip->use = HourUse{hour, 1, 3'599, 0};
  auto ordinary = f.author;
  const auto last = ordinary.note("the 3,600th");
  CHECK(f.judged(last) == "accepted");
  f.facts.tip->use.others = 3'600;
  CHECK(f.judged(last) == "hourly_limit");
  SECTION("urgent ones are counted apart") {
    auto urgent = f.author;
    CHECK(f.judged(urgent.next("status.delta", delta_body("r1", {1}))) == "accepted");
  }
  SECTION("the next hour has room again") {
    auto later = f.author;
    CHECK(f.judged(later.note("later", kNow + std::chrono::hours(1)),
                   kNow + std::chrono::hours(1)) == "accepted");
    auto still = f.author;
    const auto end = kNow + std::chrono::hours(1) - Milliseconds(1);
    CHECK(f.judged(still.note("still this hour", end), end) == "hourly_limit");
  }
}

TEST_CASE("an hour of a feed has room for 64 MiB of ordinary statements", "[registry][feed]") {
  Fixture f;
  f.accept(f.author.open());
  const std::int64_t hour = kNow.time_since_epoch() / std::chrono::hours(1);
  const auto note = f.author.note("x");
  // Without the signature, of which another copy of the statement may have a longer one.
  const auto size = static_cast<std::int64_t>(
      note.text.size() - note.json.find("proof")->find_string("proofValue")->size());
  f.facts.tip->use = HourUse{hour, 1, 1, (std::int64_t{64} << 20) - size};
  CHECK(f.judged(note) == "accepted");
  ++f.facts.tip->use.other_bytes;
  CHECK(f.judged(note) == "hourly_limit");
}

TEST_CASE("an hour of a feed has room for 72,000 urgent statements", "[registry][feed]") {
  Fixture f;
  f.accept(f.author.open());
  const std::int64_t hour = kNow.time_since_epoch() / std::chrono::hours(1);
  const auto delta = f.author.next("status.delta", delta_body("r1", {1}));
  f.facts.tip->use = HourUse{hour, 71'999, 0, 0};
  CHECK(f.judged(delta) == "accepted");
  f.facts.tip->use.urgent = 72'000;
  CHECK(f.judged(delta) == "hourly_limit");
}

TEST_CASE("a fork proof needs two statements that contradict each other", "[registry][feed]") {
  Fixture f;
  const auto open = f.author.open();
  auto second = f.author;
  const auto one = f.author.note("one");
  const auto other = second.note("other");
  CHECK(make_fork_proof(one, one).error().code == ErrorCode::not_a_fork);
  CHECK(make_fork_proof(open, one).error().code == ErrorCode::not_a_fork);
  const auto proof = must(make_fork_proof(one, other));
  CHECK(must(make_fork_proof(other, one)).text == proof.text);

  auto json = *core::parse_json(proof.text);
  const auto pair = *json.find("statements")->as_array();
  json.set("statements", Json::array({pair[1], pair[0]}));
  CHECK(parse_fork_proof(core::to_canonical(json)).error().code == ErrorCode::not_canonical);
  json.set("statements", Json::array({pair[0]}));
  CHECK(parse_fork_proof(core::to_canonical(json)).error().code == ErrorCode::malformed);

  auto forged = second.draft("advisory", Json::object());
  forged.sequence = 1;
  forged.previous = one.previous;
  const auto by_globex = must(make_fork_proof(one, must(sign_statement(forged, f.globex.key))));
  CHECK(check_fork_proof(by_globex, f.charter.network, f.log).error().code ==
        ErrorCode::bad_signature);
}

}  // namespace feed_test
