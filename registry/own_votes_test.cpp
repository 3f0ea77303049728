#include "registry/own_votes.h"

#include <catch2/catch.hpp>

#include "core/testing/temp_dir.h"
#include "registry/testing/governors.h"
#include "registry/testing/key_history.h"
#include "registry/testing/node.h"

namespace own_votes_test {

using namespace avow;
using namespace avow::registry;
using namespace avow::registry::testing;

namespace {

constexpr const char* kMonday = "2026-11-23T08:00:00.000Z";

/// A governor's node.
struct GovernorNode {
  explicit GovernorNode(const Consortium& all, std::size_t number = 0)
      : consortium(all), me(all.organisations.at(number)), charter(all.charter()), node(charter) {
    must(guard.write({}));  // as a new directory has it
    open();
    check();
  }
  void open() {
    votes = std::make_unique<OwnVotes>(*node.replica, guard, me.key, me.scid, me.key_id);
  }
  std::string check() {
    std::string code;
    node.read([&](core::Connection& connection) {
      if (const auto checked = votes->check(connection); !checked)
        code = code_name(checked.error().code);
    });
    return code;
  }
  bool has_lost_guard() {
    bool is_lost = false;
    node.read([&](core::Connection& connection) {
      is_lost = must(votes->guard_loss(connection)).has_value();
    });
    return is_lost;
  }
  void restart() {
    votes.reset();
    node.restart();
    open();
  }
  Slot slot(const std::string& whom) const {
    return must(
        draft_slot(node.replica->view()->charter(), {suspend_action(whom, kMonday)}, false));
  }
  std::string propose(const Slot& slot) {
    return code([&](core::Transaction& tx) { return votes->propose(tx, slot, kNow); });
  }
  std::string vote(const Ballot& ballot, const std::string& value) {
    const auto open = node.replica->view()->charter().slot() + 1;
    return code([&](core::Transaction& tx) { return votes->vote(tx, open, ballot, value, kNow); });
  }
  std::string recall() {
    return code([&](core::Transaction& tx) { return votes->recall(tx); });
  }
  /// Our votes on the open slot that are held.
  std::vector<Vote> ours() {
    std::vector<Vote> out;
    node.read([&](core::Connection& connection) {
      for (const auto& text : FeedReader(connection).votes(2)) {
        if (auto vote = must(parse_vote(text)); vote.governor == me.scid) out.push_back(vote);
      }
    });
    return out;
  }
  std::string suspend(const std::string& whom, const char* from, const char* until) {
    return code(
        [&](core::Transaction& tx) { return votes->suspend(tx, whom, at(from), at(until), kNow); });
  }
  void hear(const std::vector<std::string>& texts) {
    Objects objects;
    objects.votes = texts;
    node.receive(objects);
  }

  const Consortium& consortium;
  const Organisation& me;
  Charter charter;
  core::testing::TempDir folder;
  DiskGuardFile guard{folder / "votes.guard", me.scid};
  Node node;
  std::unique_ptr<OwnVotes> votes;

 private:
  template <class Work>
  std::string code(const Work& work) {
    std::string out;
    const auto done =
        node.database->write([&](core::Transaction& tx) -> core::Result<void, core::Error> {
          const auto result = work(tx);
          if (result) return {};
          out = code_name(result.error().code);
          return core::fail(core::Error{core::ErrorCode::storage, "undone"});
        });
    REQUIRE(done.has_value() == out.empty());
    return out;
  }
};

Ballot prepare(std::int64_t round) {
  return {round, VotePhase::prepare, 0, 0};
}
Ballot commit(std::int64_t round) {
  return {round, VotePhase::commit, 0, 0};
}

}  // namespace

TEST_CASE("a vote leaves only when the guard file knows it", "[registry][own_votes]") {
  const Consortium consortium(4);
  GovernorNode acme(consortium);
  REQUIRE(acme.propose(acme.slot(acme.me.scid)).empty());
  CHECK(acme.node.outgoing("two").empty());
  REQUIRE(acme.votes->release().has_value());
  const auto out = acme.node.outgoing("two");
  REQUIRE(out.size() == 2);
  const auto mark = acme.guard.read();
  REQUIRE((mark && *mark));
  CHECK((*mark)->epoch == 2);
  CHECK((*mark)->sequence == 0);
  const bool names_vote = std::any_of(out.begin(), out.end(),
                                      [&](const auto& one) { return one.hash == (*mark)->hash; });
  CHECK(names_vote);
}

TEST_CASE("a decision that holds our commit waits for the guard too", "[registry][own_votes]") {
  const Consortium consortium(4);
  GovernorNode acme(consortium);
  const auto slot = acme.slot(consortium.organisations[1].scid);
  REQUIRE(acme.propose(slot).empty());
  std::vector<std::string> others;
  for (const std::size_t i : {1U, 2U}) {
    for (const auto phase : {VotePhase::prepare, VotePhase::commit}) {
      others.push_back(cast(consortium.organisations[i], acme.charter, phase, 1, slot.hash).text);
    }
  }
  acme.hear(others);
  REQUIRE(acme.votes->release().has_value());
  REQUIRE(acme.vote(commit(1), slot.hash).empty());
  CHECK(acme.node.replica->view()->charter().slot() == 2);
  CHECK(acme.node.outgoing("two").empty());
  REQUIRE(acme.votes->release().has_value());
  REQUIRE(acme.node.outgoing("two").size() == 1);
  CHECK(acme.node.outgoing("two")[0].object_class == ObjectClass::slot);
}

TEST_CASE("of one round and phase one vote is signed, after a restart too",
          "[registry][own_votes]") {
  const Consortium consortium(4);
  GovernorNode acme(consortium);
  const auto slot = acme.slot(acme.me.scid);
  REQUIRE(acme.propose(slot).empty());
  const auto other = acme.slot(consortium.organisations[1].scid);
  CHECK(acme.propose(other) == "vote_refused");
  CHECK(acme.vote(prepare(1), other.hash) == "vote_refused");
  CHECK(acme.vote(commit(1), slot.hash) == "vote_refused");  // nobody else has prepared it
  acme.restart();
  CHECK(acme.vote(prepare(1), other.hash) == "restored_backup");  // never checked
  CHECK(acme.check().empty());
  CHECK(acme.vote(prepare(1), other.hash) == "vote_refused");
  // What was committed before the guard was written leaves after the check.
  CHECK(acme.node.outgoing("two").size() == 2);
}

TEST_CASE("of one round and phase the store takes one vote of ours, whoever asks",
          "[registry][own_votes]") {
  const Consortium consortium(4);
  GovernorNode acme(consortium);
  const auto vote_for = [&](VotePhase phase, const char* value) {
    return cast(acme.me, consortium.charter(), phase, 1,
                core::to_multibase(core::sha256(std::string_view(value))));
  };
  acme.node.write([&](core::Transaction& transaction) {
    FeedWriter store(transaction);
    CHECK(store.put_own_vote(vote_for(VotePhase::prepare, "one")));
    const auto again = store.put_own_vote(vote_for(VotePhase::prepare, "other"));
    REQUIRE_FALSE(again.has_value());
    CHECK(again.error().code == ErrorCode::already_signed);
    CHECK(store.put_own_vote(vote_for(VotePhase::commit, "other")));
  });
}

TEST_CASE("a database that is older than the guard file signs no vote", "[registry][own_votes]") {
  const Consortium consortium(4);
  GovernorNode acme(consortium);
  const auto slot = acme.slot(acme.me.scid);
  REQUIRE(acme.guard.write(GuardMark{2, 0, slot.hash}).has_value());
  acme.restart();
  CHECK(acme.check() == "restored_backup");
  CHECK(acme.propose(slot) == "restored_backup");
  // Of a slot that is decided nothing can be signed twice.
  const auto& all = consortium.organisations;
  const auto ballots = ballots_for({&all[1], &all[2], &all[3]}, acme.charter,
                                   {suspend_action(all[1].scid, kMonday)});
  Objects decision;
  decision.slots = {ballots.decision};
  acme.node.receive(decision);
  CHECK(acme.check().empty());
}

TEST_CASE("what a restored database has forgotten of our votes is remembered when all came back",
          "[registry][own_votes]") {
  const Consortium consortium(4);
  GovernorNode before(consortium);
  const auto slot = before.slot(before.me.scid);
  std::vector<std::string> others;
  for (const std::size_t i : {1U, 2U})
    others.push_back(
        cast(consortium.organisations[i], before.charter, VotePhase::prepare, 1, slot.hash).text);
  REQUIRE(before.propose(slot).empty());
  before.hear(others);
  REQUIRE(before.vote(commit(1), slot.hash).empty());
  REQUIRE(before.vote({1, VotePhase::close, 0, 1}, slot.hash).empty());
  must(before.votes->release());
  const auto said = before.ours();
  REQUIRE(said.size() == 3);
  const auto mark = must(before.guard.read());
  REQUIRE(mark == GuardMark{2, 2, mark->hash});

  // The same guard file beside a database that remembers the first of them, or none.
  GovernorNode restored(consortium);
  if (GENERATE(true, false)) REQUIRE(restored.propose(slot).empty());
  must(restored.guard.write(mark));
  restored.restart();
  CHECK(restored.check() == "restored_backup");
  CHECK(restored.recall() == "restored_backup");
  restored.hear(others);
  const auto came_back = [&](const std::function<bool(const Vote&)>& did) {
    for (const auto& vote : said) {
      if (did(vote)) restored.hear({vote.text});
    }
  };
  SECTION("all three") {
    came_back([](const Vote&) { return true; });
    REQUIRE(restored.ours().size() == 3);
    CHECK(restored.check() == "restored_backup");
    REQUIRE(restored.recall().empty());
    CHECK(restored.check().empty());
    restored.node.read([&](core::Connection& connection) {
      CHECK(FeedReader(connection).last_own_vote(2) == mark);
    });
    // What it said it says to nobody otherwise, and goes on where it was.
    CHECK(restored.vote(prepare(1), restored.slot(consortium.organisations[1].scid).hash) != "");
    for (const std::size_t i : {1U, 2U})
      restored.hear(
          {cast(consortium.organisations[i], restored.charter, VotePhase::close, 1, "").text});
    CHECK(restored.vote({2, VotePhase::prepare, 0, 1}, slot.hash).empty());
    must(restored.votes->release());
    CHECK(must(restored.guard.read())->sequence == 3);
  }
  SECTION("all but the one that the guard file names") {
    came_back([&](const Vote& vote) { return vote.hash != mark->hash; });
    CHECK(restored.recall() == "restored_backup");
    CHECK(restored.check() == "restored_backup");
  }
  SECTION("all but another") {
    came_back([&](const Vote& vote) { return vote.phase != VotePhase::commit; });
    CHECK(restored.recall() == "restored_backup");
    CHECK(restored.check() == "restored_backup");
  }
  SECTION("one more, which somebody else has signed with our key") {
    came_back([](const Vote&) { return true; });
    restored.hear({cast(restored.me, restored.charter, VotePhase::prepare, 1,
                        restored.slot(consortium.organisations[1].scid).hash)
                       .text});
    REQUIRE(restored.ours().size() == 4);
    CHECK(restored.recall() == "restored_backup");
    CHECK(restored.check() == "restored_backup");
  }
}

TEST_CASE("what left before a backup was restored leaves again", "[registry][own_votes]") {
  const Consortium consortium(4);
  GovernorNode acme(consortium);
  const auto slot = acme.slot(acme.me.scid);
  REQUIRE(acme.propose(slot).empty());
  REQUIRE(acme.guard.write(GuardMark{2, 1, slot.hash}).has_value());
  acme.restart();
  CHECK(acme.node.outgoing("two").empty());
  CHECK(acme.check() == "restored_backup");
  CHECK(acme.node.outgoing("two").size() == 2);
}

TEST_CASE("a vote of ours that this node did not make stops it from voting",
          "[registry][own_votes]") {
  const Consortium consortium(4);
  GovernorNode acme(consortium);
  const auto slot = acme.slot(acme.me.scid);
  acme.hear({cast(acme.me, acme.charter, VotePhase::prepare, 1, slot.hash).text});
  CHECK(acme.vote({1, VotePhase::close, 0, 0}, "") == "foreign_statement");
  acme.restart();
  CHECK(acme.check() == "foreign_statement");
  acme.node.read([&](core::Connection& connection) {
    CHECK(acme.votes->check(connection).error().detail.find("or it has forgotten it") !=
          std::string::npos);
  });
}

TEST_CASE("a vote of ours made elsewhere keeps nothing back that this node has signed",
          "[registry][own_votes]") {
  const Consortium consortium(4);
  GovernorNode acme(consortium);
  const auto slot = acme.slot(acme.me.scid);
  REQUIRE(acme.propose(slot).empty());
  // Before the guard file was written the node ends; a close of ours comes that it did not make, then what others say.
  acme.hear({cast(acme.me, acme.charter, VotePhase::close, 1, "").text});
  const auto& globex = consortium.organisations[1];
  const auto vote = cast(globex, acme.charter, VotePhase::prepare, 1, slot.hash);
  acme.hear({vote.text});
  acme.restart();
  CHECK(acme.check() == "foreign_statement");
  CHECK_FALSE(must(acme.guard.read()));  // it lacks all that was signed, so it may be an old one
  acme.node.read([&](core::Connection& connection) {
    const auto listed = acme.node.replica->since(connection, 0, 100).ids;
    const bool names_other = std::any_of(listed.begin(), listed.end(),
                                         [&](const auto& id) { return id.hash == vote.hash; });
    CHECK(names_other);
    CHECK(listed.size() == 4);  // the proposal and its vote, the close, the other's
  });
  CHECK(acme.vote({1, VotePhase::close, 0, 0}, "") == "foreign_statement");
  // On the next slot it votes again.
  const auto& all = consortium.organisations;
  Objects decision;
  decision.slots = {
      ballots_for({&all[1], &all[2], &all[3]}, acme.charter, {suspend_action(all[1].scid, kMonday)})
          .decision};
  acme.node.receive(decision);
  CHECK(acme.check().empty());
  CHECK(acme.vote({1, VotePhase::close, 0, 0}, "").empty());
}

TEST_CASE("what was shown of one slot is not signed on another", "[registry][own_votes]") {
  const Consortium consortium(4);
  GovernorNode acme(consortium);
  const auto& all = consortium.organisations;
  Objects decision;
  decision.slots = {
      ballots_for({&all[1], &all[2], &all[3]}, acme.charter, {suspend_action(all[1].scid, kMonday)})
          .decision};
  const auto other = must(draft_slot(acme.charter, {suspend_action(all[2].scid, kMonday)}, false));
  const Ballot close{1, VotePhase::close, 0, 0};
  acme.node.write([&](core::Transaction& tx) {
    // The decision is in the same commit, and nobody has seen it.
    must(acme.node.replica->receive(tx, decision, "one", kNow));
    const auto late = acme.votes->vote(tx, 2, close, "", kNow);
    REQUIRE_FALSE(late);
    CHECK(late.error().code == ErrorCode::slot_decided);
    const auto proposed = acme.votes->propose(tx, other, kNow);
    REQUIRE_FALSE(proposed);
    CHECK(proposed.error().code == ErrorCode::slot_decided);
    const auto early = acme.votes->vote(tx, 4, close, "", kNow);
    REQUIRE_FALSE(early);
    CHECK(early.error().code == ErrorCode::bad_slot);
    CHECK(acme.votes->vote(tx, 3, close, "", kNow).has_value());
  });
}

TEST_CASE("only a governor votes", "[registry][own_votes]") {
  Consortium consortium(4);
  consortium.draft.governors = {consortium.organisations[0].scid};
  GovernorNode globex(consortium, 1);
  CHECK(globex.propose(globex.slot(globex.me.scid)) == "not_a_governor");
  CHECK(globex.suspend(consortium.organisations[2].scid, kMonday, "2026-11-23T09:00:00Z") ==
        "not_a_governor");
}

TEST_CASE("a governor signs one emergency for a member in seven days", "[registry][own_votes]") {
  const Consortium consortium(4);
  GovernorNode acme(consortium);
  const auto& globex = consortium.organisations[1].scid;
  REQUIRE(acme.suspend(globex, "2026-11-23T08:00:00Z", "2026-11-24T08:00:00Z").empty());
  CHECK(acme.suspend(globex, "2026-11-30T07:59:59.999Z", "2026-11-30T09:00:00Z") ==
        "emergency_too_soon");
  CHECK(acme.suspend(globex, "2026-11-16T08:00:00.001Z", "2026-11-17T08:00:00Z") ==
        "emergency_too_soon");
  CHECK(
      acme.suspend(consortium.organisations[2].scid, "2026-11-24T08:00:00Z", "2026-11-25T08:00:00Z")
          .empty());
  CHECK(acme.suspend(globex, "2026-11-30T08:00:00Z", "2026-12-03T08:00:00.001Z") == "malformed");
  CHECK(acme.suspend(globex, "2026-11-30T08:00:00Z", "2026-12-03T08:00:00Z").empty());
  CHECK(acme.suspend("stranger", "2026-11-30T08:00:00Z", "2026-12-03T08:00:00Z") == "unknown_feed");
}

TEST_CASE("an earlier key that a thief has does not keep a governor from an emergency",
          "[registry][own_votes]") {
  const Consortium consortium(4);
  GovernorNode acme(consortium);
  const auto& globex = consortium.organisations[1].scid;
  const auto& initech = consortium.organisations[2].scid;
  constexpr const char* kTuesday = "2026-11-24T08:00:00.000Z";
  const KeyHistory keys(acme.me, 1);
  const auto second = keys.after(acme.me.entry, kNow - std::chrono::hours(2));
  acme.node.receive_entries({second.text()});
  REQUIRE(acme.suspend(initech, kMonday, kTuesday).empty());
  Objects stolen;
  stolen.emergencies = {
      emergency_by(acme.me, acme.charter, globex, kMonday, "2026-11-23T09:00:00.000Z").text};
  acme.node.receive(stolen);
  CHECK(acme.suspend(globex, kMonday, kTuesday) == "emergency_too_soon");  // by the key of now

  acme.votes = std::make_unique<OwnVotes>(*acme.node.replica, acme.guard, second.key, acme.me.scid,
                                          second.key_id, 2);
  CHECK(acme.suspend(globex, kMonday, kTuesday).empty());
  // What it has signed itself it remembers, by whatever key.
  CHECK(acme.suspend(globex, kTuesday, "2026-11-24T09:00:00.000Z") == "emergency_too_soon");
  CHECK(acme.suspend(initech, kTuesday, "2026-11-24T09:00:00.000Z") == "emergency_too_soon");
}

TEST_CASE("a vote that was undone keeps nothing back", "[registry][own_votes]") {
  const Consortium consortium(4);
  GovernorNode acme(consortium);
  const auto slot = acme.slot(acme.me.scid);
  const auto undone =
      acme.node.database->write([&](core::Transaction& tx) -> core::Result<void, core::Error> {
        must(acme.votes->propose(tx, slot, kNow));
        return core::fail(core::Error{core::ErrorCode::storage, "undone"});
      });
  REQUIRE_FALSE(undone.has_value());
  const auto& all = consortium.organisations;
  Objects decision;
  decision.slots = {
      ballots_for({&all[1], &all[2], &all[3]}, acme.charter, {suspend_action(all[1].scid, kMonday)})
          .decision};
  acme.node.receive(decision);
  CHECK(acme.node.outgoing("two").size() == 1);
}

TEST_CASE("what was committed before the guard file was written leaves only after it",
          "[registry][own_votes]") {
  const Consortium consortium(4);
  GovernorNode acme(consortium);
  const auto slot = acme.slot(acme.me.scid);
  REQUIRE(acme.propose(slot).empty());
  must(acme.votes->release());
  REQUIRE(acme.vote({1, VotePhase::close, 0, 0}, "").empty());
  const auto& all = consortium.organisations;
  Objects decision;
  decision.slots = {ballots_for({&all[1], &all[2], &all[3]}, acme.charter,
                                {suspend_action(acme.me.scid, kMonday)})
                        .decision};
  acme.node.receive(decision);  // decided without us, and before our vote has left
  acme.restart();
  CHECK(acme.node.outgoing("two").empty());
  CHECK(acme.check().empty());
  CHECK(acme.node.outgoing("two").size() == 1);
  const auto mark = must(acme.guard.read());
  REQUIRE(mark);
  CHECK(mark->epoch == 2);
  CHECK(mark->sequence == 1);
}

TEST_CASE("where the guard file is lost, what was voted leaves, and no file is made of it",
          "[registry][own_votes]") {
  const Consortium consortium(4);
  GovernorNode acme(consortium);
  const auto slot = acme.slot(acme.me.scid);
  REQUIRE(acme.propose(slot).empty());
  must(acme.votes->release());
  CHECK_FALSE(acme.has_lost_guard());
  if (GENERATE(true, false)) {
    std::filesystem::remove(acme.folder / "votes.guard");
  } else {
    must(acme.guard.write({}));
  }
  CHECK(acme.has_lost_guard());
  acme.restart();
  CHECK(acme.check().empty());
  CHECK(acme.node.outgoing("two").size() == 2);
  CHECK_FALSE(must(acme.guard.read()));
  // Whoever knows that enough others were heard has it made.
  must(acme.votes->renew_guard());
  CHECK(must(acme.guard.read())->epoch == 2);
}

}  // namespace own_votes_test
