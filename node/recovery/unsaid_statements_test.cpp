// What a recovery says again, and an hour does not hold.

#include "node/recovery/unsaid_statements.h"

#include <algorithm>
#include <filesystem>

#include <catch2/catch.hpp>

#include "core/testing/temp_dir.h"
#include "node/recovery/recovery.h"
#include "node/recovery/sqlite_agreement_store.h"
#include "node/testing/rooms.h"
#include "node/transaction.h"
#include "registry/body.h"
#include "registry/testing/key_history.h"

namespace avow::node {
namespace {

using registry::StatementKind;
using registry::testing::kNow;
using testing::must;
using testing::Rooms;
using namespace std::chrono_literals;
using Kinds = std::vector<std::string>;

const auto kLater = kNow + 10min;

/// Acme's node, of whose database a backup was put back that has forgotten what it said last.
struct Restored {
  Restored() {
    {
      Rooms before(acme, folder.path());
      must(before.join(charter));
      remembered = before.said().size();
      std::filesystem::copy(folder.path(), backup, std::filesystem::copy_options::recursive);
      before.write([&](core::Transaction& transaction) { say_all(before, transaction); });
      must(before.membership->sign_head());
      const auto said = before.said();
      for (auto at = remembered; at < said.size(); ++at)
        forgotten.statements.push_back(said[at].text);
    }
    auto rooms = start(kLater, /*is_told=*/true);
    CHECK(rooms->membership->check_may_sign().error().code == ErrorCode::restored_backup);
  }

  /// Five batches, and three stops after them.
  void say_all(Rooms& rooms, core::Transaction& transaction) const {
    const auto say = [&](StatementKind kind, const core::Json& body) {
      must(rooms.membership->say(transaction, kind, body, kNow));
    };
    for (const std::string name : {"1", "2", "3", "4", "5"})
      say(StatementKind::issued, registry::to_json(registry::IssuedBatch{core::sha256(name), 1}));
    for (const std::string type : {"A", "B", "C"})
      say(StatementKind::accredit_revoke,
          registry::to_json(registry::AccreditationEnd{consortium.organisations[1].did, {type}}));
  }

  std::unique_ptr<Rooms> start(core::Instant at, bool is_told = false) {
    auto rooms = std::make_unique<Rooms>(
        Organisation{"Acme", "acme.example", second.entry, {acme.entry}}, second.key, backup,
        ++starts, /*has_peers=*/true, registry::HourLimits{3, 3});
    rooms->clock.set(at);
    must(rooms->join(charter));
    if (is_told) {
      rooms->write([&](core::Transaction& transaction) {
        REQUIRE(rooms->replica.receive(transaction, forgotten, "", at));
      });
    }
    must(rooms->membership->heard_from_peer());
    return rooms;
  }

  /// `avow key recover`
  void recover() const {
    auto database = core::Database::open(backup / "avow.db", all_migrations());
    REQUIRE(database);
    const auto plan =
        must(plan_recovery(**database, DataDirectory{backup},
                           Organisation{"Acme", "acme.example", second.entry, {acme.entry}}, {}));
    CHECK(plan.restatement.again.size() == 8);
    must(transact(**database, "", [&](core::Transaction& transaction) -> Result<void, Error> {
      SqliteAgreementStore::put(transaction, plan.agreement({}));
      return {};
    }));
  }

  /// Since the backup.
  Kinds kinds_said(Rooms& rooms) const {
    Kinds kinds;
    for (const auto& statement : rooms.said()) {
      if (statement.epoch == 2) kinds.push_back(statement.kind_name);
    }
    return kinds;
  }
  static std::pair<std::int64_t, std::int64_t> left(Rooms& rooms) {
    UnsaidStatements::Counts counts;
    rooms.read([&](core::Connection& connection) { counts = UnsaidStatements::count(connection); });
    return {counts.stops, counts.batches};
  }

  registry::testing::Consortium consortium;
  const registry::testing::Organisation& acme = consortium.organisations[0];
  registry::Charter charter = consortium.charter();
  registry::testing::KeyHistory keys{acme, 1};
  registry::testing::KeyVersion second = keys.after(acme.entry, kNow + 5min);
  core::testing::TempDir folder;
  core::testing::TempDir backups;
  const std::filesystem::path backup = backups / "all";
  std::size_t remembered = 0;
  std::uint64_t starts = 1;
  registry::Objects forgotten;
};

using Left = std::pair<std::int64_t, std::int64_t>;

}  // namespace

TEST_CASE("what an hour does not hold of a recovery is said in the next ones, the stops first",
          "[node][recovery]") {
  Restored world;
  world.recover();
  Kinds said{"epoch.open", "accredit.revoke", "accredit.revoke"};
  {
    const auto rooms = world.start(kLater);
    CHECK(rooms->membership->may_sign());
    CHECK(world.kinds_said(*rooms) == said);
    CHECK(Restored::left(*rooms) == Left{1, 5});
    CHECK(rooms->membership->is_behind());
    must(rooms->membership->catch_up());
    must(rooms->membership->publish_issued_if_due());
    CHECK(world.kinds_said(*rooms) == said);
  }
  const auto rooms = world.start(kLater + 1h);
  said.insert(said.end(), {"accredit.revoke", "issued", "issued", "issued"});
  CHECK(world.kinds_said(*rooms) == said);
  CHECK(Restored::left(*rooms) == Left{0, 2});
  CHECK_FALSE(rooms->membership->is_behind());
  // A key that is given up before would take what is left with it.
  const auto refused = rooms->key_compromise->say(world.acme.key_id, {}, "", "uid 1");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::conflict);
  CHECK(world.kinds_said(*rooms) == said);

  rooms->clock.advance(1h);
  must(rooms->key_compromise->say(world.acme.key_id, {}, "", "uid 1"));
  said.insert(said.end(), {"issued", "issued", "key.compromised"});
  CHECK(world.kinds_said(*rooms) == said);
  CHECK(Restored::left(*rooms) == Left{0, 0});
  const auto* feed = rooms->replica.view()->feed(world.acme.scid);
  CHECK(feed->compromised_keys().find(world.acme.key_id)->up_to == registry::SaidAt{2, 8});
}

TEST_CASE("who is accredited while the end of it waits to be said stays so", "[node][recovery]") {
  Restored world;
  world.recover();
  const auto rooms = world.start(kLater);
  REQUIRE(Restored::left(*rooms) == Left{1, 5});
  core::Json waiting;
  rooms->read([&](core::Connection& connection) {
    auto row = connection.query("SELECT body FROM unsaid WHERE urgency = 0");
    REQUIRE(row.step());
    waiting = *core::parse_json(row.text(0));
  });
  const auto end = *registry::parse_accreditation_end(waiting);
  const auto accredit = [&](const std::string& type) {
    rooms->write([&](core::Transaction& transaction) {
      must(rooms->membership->say(transaction, StatementKind::accredit,
                                  registry::testing::accredit_body(end.subject, type, 0), kLater));
    });
  };
  accredit(end.types.front() + "Other");
  CHECK(Restored::left(*rooms) == Left{1, 5});
  accredit(end.types.front());
  CHECK(Restored::left(*rooms) == Left{0, 5});
}

TEST_CASE("what is published as issued while batches are said again goes on", "[node][recovery]") {
  Restored world;
  world.recover();
  const auto rooms = world.start(kLater);
  rooms->clock.advance(1h);
  must(rooms->membership->catch_up());
  CHECK(Restored::left(*rooms) == Left{0, 2});
  rooms->clock.advance(1h);
  must(rooms->membership->publish_issued_if_due());
  CHECK(Restored::left(*rooms) == Left{0, 0});
  const auto said = rooms->said();
  CHECK(registry::parse_issued_batch(said.back().body)->root == core::sha256("5"));
  CHECK(registry::parse_issued_batch(said.back().body)->was ==
        registry::SaidAt{1, static_cast<std::int64_t>(world.remembered) + 4});
}

TEST_CASE("what waits is there once, and goes when it is said or needs no saying",
          "[node][recovery]") {
  Restored world;
  world.recover();
  const auto rooms = world.start(kLater);
  using Urgency = UnsaidStatements::Urgency;
  const auto say = [&](Urgency least, const registry::HourLimits& most) {
    std::size_t done = 0;
    rooms->write([&](core::Transaction& transaction) {
      done = must(UnsaidStatements::say(transaction, rooms->feed, least, most, 2, kLater));
    });
    return done;
  };
  CHECK(say(Urgency::list, {10, 10}) == 1);
  CHECK(say(Urgency::list, {10, 10}) == 0);
  CHECK(say(Urgency::batch, {10, 10, 0}) == 0);
  CHECK(say(Urgency::batch, {10, 10}) == 2);
  CHECK(Restored::left(*rooms) == Left{0, 3});
  const auto add = [&] {
    rooms->write([&](core::Transaction& transaction) {
      UnsaidStatements::add(transaction, Urgency::stop, StatementKind::status_delta,
                            registry::testing::delta_body("none", {1}));
    });
  };
  add();
  add();
  CHECK(Restored::left(*rooms) == Left{1, 3});
  CHECK(say(Urgency::list, {10, 10}) == 1);
  CHECK(Restored::left(*rooms) == Left{0, 3});
}

}  // namespace avow::node
