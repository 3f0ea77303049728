// What a replica keeps of what governors sign and cannot be judged yet, under those who would have it keep too much.

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "registry/internal/replica_work.h"
#include "registry/testing/governed.h"
#include "registry/testing/key_history.h"

namespace avow::registry {

/// How many texts a batch has held at its end, before it is committed and the room of all is looked at.
class BatchProbe {
 public:
  static std::size_t held_after(testing::Node& node, const Objects& objects) {
    std::size_t held = 0;
    auto& replica = *node.replica;
    node.write([&](core::Transaction& transaction) {
      testing::must(replica.run(transaction, "one", testing::kNow, [&](Replica::Work& work) {
        replica.take_governance(work, objects);
        held = replica.held_in(work).size();
      }));
    });
    return held;
  }
};

}  // namespace avow::registry

namespace replica_held_votes_test {

using namespace avow;
using namespace avow::registry;
using namespace avow::registry::testing;

namespace {

/// Four founders, and two slots that they decided; a node that follows.
struct Followed {
  Consortium consortium{4};
  const Organisation& acme = consortium.organisations[0];
  const Organisation& globex = consortium.organisations[1];
  const Organisation& initech = consortium.organisations[2];
  const Organisation& umbrella = consortium.organisations[3];
  Charter founding = consortium.charter();
  Node node{founding};

  static Objects slots(std::vector<std::string> texts) {
    Objects objects;
    objects.slots = std::move(texts);
    return objects;
  }
  static Objects votes(std::vector<std::string> texts) {
    Objects objects;
    objects.votes = std::move(texts);
    return objects;
  }
  Ballots ballots(const Charter& charter, const Organisation& suspended) const {
    return ballots_for({&acme, &globex, &initech}, charter,
                       {suspend_action(suspended.scid, kMonday)});
  }
  /// Decisions of so many slots after the first, in order: one is suspended, and reinstated an hour later.
  std::vector<std::string> decisions(int count) const {
    Node ahead{founding};
    std::vector<std::string> out;
    for (int i = 0; i < count; ++i) {
      const auto time = "2026-12-01T" + std::to_string(10 + i) + ":00:00.000Z";
      out.push_back(ballots_for({&acme, &globex, &initech}, ahead.replica->view()->charter(),
                                {i % 2 == 0 ? suspend_action(umbrella.scid, time.c_str())
                                            : reinstate_action(umbrella.scid, time.c_str())})
                        .decision);
      if (ahead.receive(slots({out.back()})).decided.size() != 1)
        throw std::runtime_error("a slot was not decided");
    }
    return out;
  }
  /// Anybody writes these: of a version of Acme's log that nobody knows.
  std::vector<std::string> unchecked(int count) const {
    std::vector<std::string> out;
    for (int i = 1; i <= count; ++i) {
      auto vote = cast(acme, founding, VotePhase::close, i, "");
      vote.slot = 1'000'000'000;
      vote.epoch = 9999;
      out.push_back(must(sign_vote(vote, acme.key)).text);
    }
    return out;
  }
  /// Nothing came of it, and nothing of it is kept.
  std::string refusal(const std::string& text) {
    const auto receipt = node.receive(slots({text}));
    CHECK(receipt.held.empty());
    CHECK(receipt.accepted.empty());
    CHECK_FALSE(receipt.forked_slot.has_value());
    CHECK(node.replica->held_texts().all().empty());
    return receipt.rejected.empty() ? ""
                                    : std::string(code_name(receipt.rejected.front().error.code));
  }
};

}  // namespace

TEST_CASE("a text that waits is held once, however often what is held is looked at",
          "[registry][governance]") {
  Followed f;
  auto decided = f.decisions(12);
  Objects batch = Followed::slots({decided.rbegin(), decided.rend()});
  SECTION("and never more than its signer's room, before the commit too") {
    batch.votes = f.unchecked(20);
    CHECK(BatchProbe::held_after(f.node, batch) == HeldTexts::kMaxUncheckedEach);
    CHECK(f.node.replica->held_texts().all().size() == HeldTexts::kMaxUncheckedEach);
  }
  SECTION("when an earlier batch has held it too") {
    batch.votes = f.unchecked(5);
    CHECK(BatchProbe::held_after(f.node, Followed::votes(batch.votes)) == 5);
    CHECK(BatchProbe::held_after(f.node, batch) == 5);
  }
  CHECK(f.node.replica->view()->charter().slot() == 13);
}

TEST_CASE("a second decision is refused by its signatures before any slot is read for it",
          "[registry][governance]") {
  Followed f;
  const auto one = f.ballots(f.founding, f.acme);
  const auto other = f.ballots(f.founding, f.globex);
  REQUIRE(f.node.receive(Followed::slots({one.decision})).decided.size() == 1);
  const auto commits = must(parse_decision(other.decision)).commits;
  const auto with = [](const Slot& slot, std::vector<Vote> votes) {
    return make_decision(slot, std::move(votes)).text;
  };
  CHECK(f.refusal(with(other.slot, {})) == "not_decided");
  CHECK(f.refusal(with(other.slot, {commits[0], commits[1]})) == "not_decided");
  CHECK(f.refusal(with(other.slot, {commits[0], commits[1], commits[1]})) == "not_decided");
  auto forged = commits;
  forged[2] = must(sign_vote(forged[2], f.umbrella.key));
  CHECK(f.refusal(with(other.slot, forged)) == "not_decided");

  // It follows nothing that is here, which is found only with the slots before it.
  auto elsewhere = f.founding;
  elsewhere.slot_hashes = {core::to_multibase(core::sha256("elsewhere"))};
  const auto stray = f.ballots(elsewhere, f.globex);
  auto votes = must(parse_decision(stray.decision)).commits;
  CHECK(f.refusal(stray.decision) == "bad_slot");
  CHECK(f.refusal(with(stray.slot, {votes[0], votes[1]})) == "not_decided");
  for (auto& vote : votes) vote = must(sign_vote(vote, f.umbrella.key));
  CHECK(f.refusal(with(stray.slot, votes)) == "not_decided");

  CHECK(f.node.receive(Followed::slots({other.decision})).forked_slot == 2);
}

TEST_CASE("a second decision by a key that is not known here is not held, and taken once it is",
          "[registry][governance]") {
  Followed f;
  const KeyHistory keys(f.acme, 1);
  const auto second = keys.after(f.acme.entry, kNow - std::chrono::hours(2));
  const auto one = f.ballots(f.founding, f.acme);
  const auto other = f.ballots(f.founding, f.globex);
  REQUIRE(f.node.receive(Followed::slots({one.decision})).decided.size() == 1);
  auto commits = must(parse_decision(other.decision)).commits;
  commits[0].epoch = 2;
  commits[0].key = second.key_id;
  commits[0] = must(sign_vote(commits[0], second.key));
  const auto later = make_decision(other.slot, commits).text;
  CHECK(f.refusal(later).empty());
  CHECK(f.node.receive(Followed::slots({later})).need ==
        std::set<MissingRange>{{f.acme.scid, kLogEpoch, 2}});
  f.node.receive_entries({second.text()});
  CHECK(f.node.receive(Followed::slots({later})).forked_slot == 2);
}

TEST_CASE("a decision that waits is refused when too many of its commits are bad, not for one",
          "[registry][governance]") {
  Followed f;
  const auto first = f.decisions(2);
  // The second slot of two, before the first: by four governors, of whom three decide.
  Node ahead(f.founding);
  REQUIRE(ahead.receive(Followed::slots({first[0]})).decided.size() == 1);
  const auto ballots =
      ballots_for({&f.acme, &f.globex, &f.initech, &f.umbrella}, ahead.replica->view()->charter(),
                  {reinstate_action(f.umbrella.scid, "2026-12-01T11:00:00.000Z")});
  auto commits = must(parse_decision(ballots.decision)).commits;
  commits[1] = must(sign_vote(commits[1], f.initech.key));
  SECTION("one of four") {
    const auto text = make_decision(ballots.slot, commits).text;
    CHECK(f.node.receive(Followed::slots({text})).held.size() == 1);
    f.node.receive(Followed::slots({first[0]}));
    CHECK(f.node.replica->view()->charter().slot() == 3);
  }
  SECTION("two of four") {
    commits[2] = must(sign_vote(commits[2], f.globex.key));
    CHECK(f.refusal(make_decision(ballots.slot, commits).text) == "bad_signature");
  }
}

TEST_CASE(
    "a decision for which there was no room is asked for again when the slot before is decided",
    "[registry][governance]") {
  Followed f;
  auto ahead = f.founding;
  ahead.slot_hashes = {f.founding.network, core::to_multibase(core::sha256("elsewhere"))};
  const auto give = [&](std::size_t i) {
    const auto from = core::format_milliseconds(kNow + std::chrono::hours(i));
    const auto ballots =
        ballots_for({&f.acme}, ahead, {suspend_action(f.umbrella.scid, from.c_str())});
    return f.node.receive(Followed::slots({ballots.decision}));
  };
  for (std::size_t i = 0; i < HeldTexts::kMaxEach; ++i) give(i);
  CHECK(f.node.replica->held_texts().all().size() == HeldTexts::kMaxEach);
  const bool is_full = GENERATE(false, true);
  if (is_full) CHECK(give(HeldTexts::kMaxEach).held.size() == 1);
  CHECK(f.node.replica->asks() == 0);
  REQUIRE(
      f.node.receive(Followed::slots({f.ballots(f.founding, f.acme).decision})).decided.size() ==
      1);
  CHECK(f.node.replica->asks() == (is_full ? 1 : 0));
}

TEST_CASE("what one batch brings beyond the room of its signers is asked for again",
          "[registry][governance]") {
  Followed f;
  SECTION("decisions") {
    auto ahead = f.founding;
    ahead.slot_hashes = {f.founding.network, core::to_multibase(core::sha256("elsewhere"))};
    std::vector<std::string> texts;
    const auto count = HeldTexts::kMaxEach + GENERATE(0U, 1U);
    for (std::size_t i = 0; i < count; ++i) {
      const auto from = core::format_milliseconds(kNow + std::chrono::hours(i));
      texts.push_back(
          ballots_for({&f.acme}, ahead, {suspend_action(f.umbrella.scid, from.c_str())}).decision);
    }
    f.node.receive(Followed::slots(texts));
    CHECK(f.node.replica->asks() == 0);
    f.node.receive(Followed::slots({f.ballots(f.founding, f.acme).decision}));
    CHECK(f.node.replica->asks() == (count > HeldTexts::kMaxEach ? 1 : 0));
  }
  SECTION("votes by a key that is not known here") {
    const auto count = static_cast<int>(HeldTexts::kMaxUncheckedEach) + GENERATE(0, 1);
    for (const auto& text : f.unchecked(count)) f.node.receive(Followed::votes({text}));
    CHECK(f.node.replica->asks() == 0);
    f.node.receive_entries({KeyHistory{f.globex, 2}.after(f.globex.entry, kNow).text()});
    CHECK(f.node.replica->asks() == (count > static_cast<int>(HeldTexts::kMaxUncheckedEach)));
  }
}

TEST_CASE("what nobody takes causes no look at what is held", "[registry][governance]") {
  Followed f;
  const auto value = core::to_multibase(core::sha256("value"));
  const auto late = cast(f.globex, f.founding, VotePhase::prepare, 2, value);
  std::vector<std::string> closes;
  for (const auto* by : {&f.acme, &f.globex, &f.initech})
    closes.push_back(cast(*by, f.founding, VotePhase::close, 1, "").text);
  // Two batches of one commit: the vote is held by the first, and its round opened by the second.
  f.node.write([&](core::Transaction& tx) {
    must(f.node.replica->receive(tx, Followed::votes({late.text}), "one", kNow));
    must(f.node.replica->receive(tx, Followed::votes(closes), "one", kNow));
  });
  REQUIRE(f.node.replica->held_texts().all().size() == 1);
  for (const auto& text : {std::string("{}"), closes.front(), f.unchecked(1).front()})
    CHECK(f.node.receive(Followed::votes({text})).accepted.empty());
  const auto more = cast(f.umbrella, f.founding, VotePhase::close, 1, "");
  const auto receipt = f.node.receive(Followed::votes({more.text}));
  CHECK(receipt.accepted == std::vector<std::string>{more.hash, late.hash});
}

TEST_CASE("what a batch holds is looked at, also if what was held before is in the same commit",
          "[registry][governance]") {
  Followed f;
  const auto value = core::to_multibase(core::sha256("value"));
  const auto ahead = [&](const Organisation& by) {
    return cast(by, f.founding, VotePhase::prepare, 2, value);
  };
  f.node.receive(Followed::votes({ahead(f.acme).text}));
  const auto late = ahead(f.globex);
  std::vector<std::string> closes;
  for (const auto* by : {&f.acme, &f.globex, &f.initech})
    closes.push_back(cast(*by, f.founding, VotePhase::close, 1, "").text);
  f.node.write([&](core::Transaction& tx) {
    must(f.node.replica->receive(tx, Followed::votes({late.text}), "one", kNow));
    must(f.node.replica->receive(tx, Followed::votes(closes), "one", kNow));
    must(f.node.replica->retry_held(tx, kNow));
  });
  f.node.write([&](core::Transaction& tx) {
    CHECK(must(f.node.replica->retry_held(tx, kNow)).accepted ==
          std::vector<std::string>{late.hash});
  });
  f.node.write([&](core::Transaction& tx) {
    CHECK(must(f.node.replica->retry_held(tx, kNow)).accepted.empty());
  });
}

TEST_CASE("a decision that waits is looked at again when a signer's keys or the slot have changed",
          "[registry][governance]") {
  Followed f;
  const KeyHistory keys(f.acme, 1);
  const auto hours = [](int n) { return kNow - std::chrono::hours(n); };
  const auto second = keys.after(f.acme.entry, hours(9));
  REQUIRE(f.node.receive_entries({second.text()}).accepted.size() == 1);
  // Anybody writes these in Acme's name, by a key of that version which nobody knows, and repeats two commits of others.
  const auto made_up = keys.after(f.acme.entry, hours(9), 7);
  const auto first = f.ballots(f.founding, f.umbrella);
  auto commits = must(parse_decision(first.decision)).commits;
  std::vector<std::string> waiting;
  for (int i = 0; i < 3; ++i) {
    auto forged = cast(f.acme, f.founding, VotePhase::commit, 1 + i, first.slot.hash);
    forged.epoch = 2;
    forged.key = made_up.key_id;
    std::vector<Vote> votes;
    for (const auto* by : {&f.globex, &f.initech})
      votes.push_back(cast(*by, f.founding, VotePhase::commit, 1 + i, first.slot.hash));
    votes.push_back(must(sign_vote(forged, made_up.key)));
    std::sort(votes.begin(), votes.end(),
              [](const Vote& one, const Vote& other) { return one.governor < other.governor; });
    waiting.push_back(make_decision(first.slot, std::move(votes)).text);
  }
  f.node.receive(Followed::slots(waiting));
  REQUIRE(f.node.replica->held_texts().all().size() == 3);
  auto before = f.node.replica->decisions_checked();
  CHECK(before == 3);
  const auto looks = [&] {
    const auto now = f.node.replica->decisions_checked();
    return now - std::exchange(before, now);
  };
  // What others say, their keys too, brings nothing.
  REQUIRE(f.node.receive(Followed::votes({first.votes[0], first.votes[1]})).accepted.size() == 2);
  Author author(f.globex, f.founding.network);
  REQUIRE(f.node.receive({author.open()}).accepted.size() == 1);
  const KeyHistory others(f.umbrella, 4);
  REQUIRE(
      f.node.receive_entries({others.after(f.umbrella.entry, hours(9)).text()}).accepted.size() ==
      1);
  CHECK(looks() == 0);
  // A key of a signer: its next, another entry of the same version, and one more, which is only spare.
  REQUIRE(f.node.receive_entries({keys.after(second.entry, hours(8)).text()}).accepted.size() == 1);
  CHECK(looks() == 3);
  REQUIRE(f.node.receive_entries({keys.after(f.acme.entry, hours(9), 1).text()}).accepted.size() ==
          1);
  CHECK(looks() == 3);
  CHECK(f.node.receive_entries({keys.after(f.acme.entry, hours(9), 2).text()}).accepted.empty());
  CHECK(looks() == 3);
  // What is known already is no news.
  f.node.receive_entries({keys.after(f.acme.entry, hours(9), 2).text()});
  CHECK(looks() == 0);
  SECTION("the right key") {
    f.node.receive_entries({made_up.text()});
    CHECK(f.node.replica->view()->charter().slot() == 2);
  }
  SECTION("another slot") {
    const auto other = f.ballots(f.founding, f.globex);
    REQUIRE(f.node.receive(Followed::slots({other.decision})).decided.size() == 1);
    CHECK(f.node.replica->held_texts().all().empty());
  }
}

TEST_CASE("one signer cannot fill the room of what is held", "[registry][governance]") {
  Governed world;
  const auto value = core::to_multibase(core::sha256("value"));
  const auto vote_of = [&](const Organisation& by, std::int64_t round) {
    return cast(by, world.charter, VotePhase::prepare, round, value);
  };
  std::int64_t round = 2;
  for (int batch = 0; batch < 3; ++batch) {
    Objects flood;
    while (flood.votes.size() < kMaxBatch) flood.votes.push_back(vote_of(world.acme, round++).text);
    world.node.receive(flood);
  }
  const auto late = vote_of(world.globex, 2);
  give(world.node, late.text);
  for (const auto* by : world.governors()) {
    auto close = cast(*by, world.charter, VotePhase::close, 1, "");
    give(world.node, close.text);
  }
  // It was held, so it is taken now that its round is open.
  CHECK(give(world.node, late.text).duplicate.size() == 1);
}

TEST_CASE("what nobody has signed takes no room of what is held", "[registry][governance]") {
  Governed world;
  const auto value = core::to_multibase(core::sha256("value"));
  const Organisation thief(9, "thief.example");
  const auto forged = [&](const std::string& governor, std::int64_t epoch, std::int64_t round) {
    auto vote = cast(thief, world.charter, VotePhase::prepare, round, value);
    vote.governor = governor;
    vote.epoch = epoch;
    return must(sign_vote(vote, thief.key)).text;
  };
  // In the name of governors, by their keys; by keys that nobody knows; of people whom nobody knows.
  CHECK(code_of(give(world.node, forged(world.globex.scid, 1, 2))) == "key_not_authorised");
  for (int signer = 0; signer < 40; ++signer) {
    Objects flood;
    const bool is_known = signer % 4 == 0;
    const auto scid = is_known ? world.governors()[static_cast<std::size_t>(signer / 4) % 3]->scid
                               : world.acme.scid.substr(0, 40) + std::to_string(100'000 + signer);
    for (int i = 0; i < 64; ++i) flood.votes.push_back(forged(scid, is_known ? 2 : 1, 2 + i));
    world.node.receive(flood);
  }
  const auto late = cast(world.globex, world.charter, VotePhase::prepare, 2, value);
  give(world.node, late.text);
  for (const auto* by : {&world.acme, &world.globex, &world.initech})
    give(world.node, cast(*by, world.charter, VotePhase::close, 1, "").text);
  CHECK(give(world.node, late.text).duplicate.size() == 1);  // it was held, so it is taken
}

TEST_CASE("a decision that waits is one of its signers'", "[registry][governance]") {
  Governed world;
  const auto second = world.slot({suspend_action(world.umbrella.scid, kMonday)});
  Governed ahead;
  REQUIRE(give(ahead.node, second.decision).decided.size() == 1);
  const auto third = ahead.slot({suspend_action(ahead.globex.scid, kMonday)});
  auto commits = must(parse_decision(third.decision)).commits;
  auto forged = commits[2].json;
  forged.set("round", 2);
  commits[2] = must(parse_vote(core::to_canonical(forged)));
  for (auto& commit : {&commits[0], &commits[1]}) {
    commit->round = 2;
    *commit = must(sign_vote(
        *commit, commit->governor == world.acme.scid ? world.acme.key : world.globex.key));
  }
  CHECK(code_of(give(world.node, make_decision(third.slot, commits).text)) == "bad_signature");
  auto other = world.charter;
  other.network = core::to_multibase(core::sha256("other"));
  const auto elsewhere =
      ballots_for(world.governors(), other, {suspend_action(world.globex.scid, kMonday)});
  CHECK(code_of(give(world.node, elsewhere.decision)) == "wrong_network");
  CHECK(give(world.node, third.decision).held.size() == 1);
  CHECK(give(world.node, second.decision).decided == std::vector<std::int64_t>{2, 3});
}

TEST_CASE("what is held stays so when what took it is undone", "[registry][governance]") {
  Governed world;
  const auto value = core::to_multibase(core::sha256("value"));
  const auto late = cast(world.globex, world.charter, VotePhase::prepare, 2, value);
  REQUIRE(give(world.node, late.text).held.size() == 1);
  Objects closes;
  for (const auto* by : world.governors())
    closes.votes.push_back(cast(*by, world.charter, VotePhase::close, 1, "").text);
  const auto undone =
      world.node.database->write([&](core::Transaction& tx) -> core::Result<void, core::Error> {
        const auto receipt = must(world.node.replica->receive(tx, closes, "one", kNow));
        CHECK(receipt.accepted.size() == 4);
        return core::fail(core::Error{core::ErrorCode::storage, "undone"});
      });
  REQUIRE_FALSE(undone.has_value());
  CHECK(world.node.receive(closes).accepted.size() == 4);
}

TEST_CASE("what one batch of a commit holds and the next makes ready is taken soon",
          "[registry][governance]") {
  Governed world;
  const auto value = core::to_multibase(core::sha256("value"));
  const auto late = cast(world.globex, world.charter, VotePhase::prepare, 2, value);
  Objects held;
  held.votes = {late.text};
  Objects closes;
  for (const auto* by : world.governors())
    closes.votes.push_back(cast(*by, world.charter, VotePhase::close, 1, "").text);
  world.node.write([&](core::Transaction& tx) {
    must(world.node.replica->receive(tx, held, "one", kNow));
    must(world.node.replica->receive(tx, closes, "one", kNow));
  });
  world.node.write([&](core::Transaction& tx) {
    CHECK(must(world.node.replica->retry_held(tx, kNow)).accepted ==
          std::vector<std::string>{late.hash});
  });
}

}  // namespace replica_held_votes_test
