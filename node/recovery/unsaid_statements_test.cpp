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
#include "registry/compromised_keys.h"
#include "registry/testing/key_history.h"

namespace avow::node::unsaid_statements_test {
namespace {

using registry::StatementKind;
using registry::testing::kNow;
using testing::must;
using testing::Rooms;
using namespace std::chrono_literals;
using Kinds = std::vector<std::string>;

const auto kLater = kNow + 10min;
const Kinds kSubjects{"did:web:a.example", "did:web:b.example", "did:web:c.example"};

registry::Strikes strikes(Kinds names) {
  return *registry::Strikes::parse(std::move(names));
}

Kinds names_of(const std::vector<Waiting>& things) {
  Kinds names;
  for (const auto& thing : things) names.push_back(thing.name);
  return names;
}

std::string batch_name(std::string_view text) {
  return core::to_multibase(core::sha256(text));
}

/// Acme's node, of whose database a backup was put back that has forgotten what it said last.
struct Restored {
  /// `thiefs`: batches that stand at the end of what was forgotten.
  explicit Restored(std::vector<registry::IssuedBatch> thiefs = {})
      : thiefs_batches(std::move(thiefs)) {
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

  /// Five batches, and after them three stops, each of two types; then the thief's batches.
  void say_all(Rooms& rooms, core::Transaction& transaction) const {
    const auto say = [&](StatementKind kind, const core::Json& body) {
      must(rooms.membership->say(transaction, kind, body, kNow));
    };
    for (const std::string name : {"1", "2", "3", "4", "5"})
      say(StatementKind::issued, registry::to_json(registry::IssuedBatch{core::sha256(name), 1}));
    for (const auto& subject : kSubjects)
      say(StatementKind::accredit_revoke,
          registry::to_json(registry::AccreditationEnd{subject, {"Badge", "Pass"}}));
    for (const auto& batch : thiefs_batches) say(StatementKind::issued, registry::to_json(batch));
  }

  std::unique_ptr<Rooms> start(core::Instant at, bool is_told = false) {
    auto rooms = std::make_unique<Rooms>(
        Organisation{"Acme", "acme.example", second.entry, {acme.entry}}, second.key, backup,
        ++starts, std::vector<std::string>{testing::kPeer}, registry::HourLimits{3, 3});
    rooms->clock.set(at);
    must(rooms->join(charter));
    if (is_told) {
      rooms->write([&](core::Transaction& transaction) {
        REQUIRE(rooms->replica.receive(transaction, forgotten, "", at));
      });
    }
    must(rooms->membership->heard_from_peer(testing::kPeer));
    return rooms;
  }

  /// `avow key recover`, up to the rotation.
  Result<Recovery, Error> plan(const Kinds& names) const {
    const auto database = open();
    return plan_recovery(*database, DataDirectory{backup},
                         Organisation{"Acme", "acme.example", second.entry, {acme.entry}},
                         strikes(names));
  }
  void recover(const Kinds& names = {}) const {
    const auto planned = must(plan(names));
    const auto database = open();
    must(transact(*database, "", [&](core::Transaction& transaction) -> Result<void, Error> {
      keep_agreed(transaction, planned, strikes(names));
      return {};
    }));
  }
  std::unique_ptr<core::Database> open() const {
    auto database = core::Database::open(backup / "avow.db", all_migrations());
    REQUIRE(database);
    return std::move(*database);
  }

  /// Since the backup.
  Kinds kinds_said(Rooms& rooms) const {
    Kinds kinds;
    for (const auto& statement : rooms.said()) {
      if (statement.epoch == 2) kinds.push_back(statement.kind_name);
    }
    return kinds;
  }
  /// Of it the ends of accreditations and the batches, by name.
  static Kinds things_said(Rooms& rooms) {
    Kinds names;
    for (const auto& statement : rooms.said()) {
      if (statement.epoch != 2) continue;
      if (const auto end = registry::parse_accreditation_end(statement.body)) {
        for (const auto& type : end->types)
          names.push_back(registry::accreditation_name(end->subject, type));
      } else if (const auto batch = registry::parse_issued_batch(statement.body)) {
        names.push_back(core::to_multibase(batch->root));
      }
    }
    return names;
  }
  static std::pair<std::int64_t, std::int64_t> left(Rooms& rooms) {
    UnsaidStatements::Counts counts;
    rooms.read([&](core::Connection& connection) { counts = UnsaidStatements::count(connection); });
    return {counts.stops, counts.batches};
  }

  const std::vector<registry::IssuedBatch> thiefs_batches;
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
  CHECK(must(world.plan({})).restatement.again.size() == 5 + 6);
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
  const auto accredit = [&](const std::string& subject, const std::string& type) {
    rooms->write([&](core::Transaction& transaction) {
      must(rooms->membership->say(transaction, StatementKind::accredit,
                                  registry::testing::accredit_body(subject, type, 0), kLater));
    });
  };
  const auto ends = [&] {
    std::vector<Waiting> all;
    rooms->read([&](core::Connection& connection) { all = UnsaidStatements::waiting(connection); });
    all.resize(all.size() - 5);  // the batches
    return names_of(all);
  };
  const auto& subject = kSubjects[2];
  accredit(subject, "Other");
  accredit(subject + ".example", "Badge");
  CHECK(ends() == Kinds{subject + "=Badge", subject + "=Pass"});
  accredit(subject, "Badge");
  CHECK(ends() == Kinds{subject + "=Pass"});
  CHECK(Restored::left(*rooms) == Left{1, 5});
  accredit(subject, "Pass");
  CHECK(Restored::left(*rooms) == Left{0, 5});
}

TEST_CASE("of what waits a later recovery strikes out what a thief said, and only that",
          "[node][recovery]") {
  Restored world;
  world.recover();
  CHECK(Restored::left(*world.start(kLater)) == Left{1, 5});
  const auto badge = kSubjects[2] + "=Badge";
  const auto pass = kSubjects[2] + "=Pass";
  const auto first = static_cast<std::int64_t>(world.remembered);  // of the batches, in epoch 1
  const auto position = [&](std::int64_t batch) { return "1/" + std::to_string(first + batch); };

  const auto all = must(world.plan({}));
  CHECK_FALSE(all.opens_epoch());
  CHECK(all.struck_waiting.empty());
  CHECK(names_of(all.waiting) == Kinds{badge, pass, batch_name("1"), batch_name("2"),
                                       batch_name("3"), batch_name("4"), batch_name("5")});
  CHECK(all.waiting[2].said == registry::SaidAt{1, first});

  // Said already, never heard of, no position of a batch.
  for (const auto& name : {kSubjects[0] + "=Badge", kSubjects[2], batch_name("6"), position(5)}) {
    INFO(name);
    const auto refused = world.plan({badge, name});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::invalid_input);
  }
  const Kinds out{badge, batch_name("2"), position(3)};
  const auto planned = must(world.plan(out));
  CHECK(names_of(planned.struck_waiting) == Kinds{badge, batch_name("2"), batch_name("4")});
  CHECK(names_of(planned.waiting) ==
        Kinds{pass, batch_name("1"), batch_name("3"), batch_name("5")});
  world.recover(out);
  CHECK(names_of(must(world.plan({})).waiting) == names_of(planned.waiting));

  const auto rooms = world.start(kLater + 1h);
  CHECK(Restored::left(*rooms) == Left{0, 0});
  CHECK(world.things_said(*rooms) == Kinds{kSubjects[0] + "=Badge", kSubjects[0] + "=Pass",
                                           kSubjects[1] + "=Badge", kSubjects[1] + "=Pass", pass,
                                           batch_name("1"), batch_name("3"), batch_name("5")});
}

TEST_CASE("batches of one root that wait are told apart by the statement that said each",
          "[node][recovery]") {
  const auto first = static_cast<std::int64_t>(Restored().remembered);
  const auto root = core::sha256("2");
  const registry::SaidAt ours{1, first + 1};
  const std::vector<registry::SaidAt> thiefs{{1, first + 8}, {1, first + 9}};
  Restored world({{root, 2}, {root, 3, ours}});
  world.recover();
  REQUIRE(Restored::left(*world.start(kLater)) == Left{1, 7});

  const auto text = [](const registry::SaidAt& at) {
    return std::to_string(at.epoch) + "/" + std::to_string(at.sequence);
  };
  using Places = std::vector<std::optional<registry::SaidAt>>;
  const auto struck_by = [&](const std::string& name) {
    Places places;
    for (const auto& one : must(world.plan({name})).struck_waiting) places.push_back(one.said);
    return places;
  };
  CHECK(struck_by(batch_name("2")) == Places{ours, thiefs[0], thiefs[1]});
  CHECK(struck_by(text(ours)) == Places{ours});
  CHECK(struck_by(text(thiefs[0])) == Places{thiefs[0]});
  CHECK(struck_by(text(thiefs[0]) + "..") == Places{thiefs[0], thiefs[1]});

  world.recover({text(thiefs[1])});
  const auto rooms = world.start(kLater + 1h);
  rooms->clock.advance(1h);
  must(rooms->membership->catch_up());
  CHECK(Restored::left(*rooms) == Left{0, 0});
  std::vector<std::int64_t> sizes;
  for (const auto& statement : rooms->said()) {
    const auto batch = registry::parse_issued_batch(statement.body);
    if (statement.epoch == 2 && batch && batch->root == root) sizes.push_back(batch->size);
  }
  CHECK(sizes == std::vector<std::int64_t>{1, 2});
}

TEST_CASE("what an hour had no room for is tried again with an opening in that hour",
          "[node][recovery]") {
  Restored world;
  const std::string earlier = "did:web:earlier.example";
  const auto hour = std::chrono::floor<std::chrono::hours>(kLater.time_since_epoch()).count();
  must(transact(*world.open(), "", [&](core::Transaction& transaction) -> Result<void, Error> {
    UnsaidStatements::add_ends(transaction, earlier, {"Badge"});
    transaction.query("UPDATE unsaid SET kept_in = ?").bind(std::int64_t{hour}).run();
    return {};
  }));
  world.recover();
  const auto rooms = world.start(kLater);
  CHECK(world.things_said(*rooms) ==
        Kinds{earlier + "=Badge", kSubjects[0] + "=Badge", kSubjects[0] + "=Pass"});
}

TEST_CASE("a recovery strikes out of what others made and of what waits in one go",
          "[node][recovery]") {
  Restored world;
  const std::string earlier = "did:web:earlier.example";
  must(transact(*world.open(), "", [&](core::Transaction& transaction) -> Result<void, Error> {
    UnsaidStatements::add_ends(transaction, earlier, {"Badge", "Pass"});
    UnsaidStatements::add_ends(transaction, kSubjects[1], {"Badge"});
    return {};
  }));
  const Kinds out{earlier + "=Badge", kSubjects[0] + "=Pass"};
  const auto planned = must(world.plan(out));
  CHECK(planned.opens_epoch());
  CHECK(names_of(planned.struck_waiting) == Kinds{earlier + "=Badge"});
  CHECK(names_of(planned.waiting) == Kinds{earlier + "=Pass", kSubjects[1] + "=Badge"});
  CHECK(planned.restatement.struck.size() == 1);
  world.recover(out);
  world.start(kLater);
  const auto rooms = world.start(kLater + 1h);
  auto said = world.things_said(*rooms);
  REQUIRE(said.size() >= 6);
  said.resize(6);  // without the batches
  // What waited already is said once.
  CHECK(said == Kinds{earlier + "=Pass", kSubjects[1] + "=Badge", kSubjects[0] + "=Badge",
                      kSubjects[1] + "=Pass", kSubjects[2] + "=Badge", kSubjects[2] + "=Pass"});
}

TEST_CASE("a thief who gave our next key up before we had it is struck out of what waits",
          "[node][recovery]") {
  Restored world;
  world.recover();
  {
    const auto rooms = world.start(kLater);
    rooms->write([&](core::Transaction& transaction) {
      for (const auto& key : {world.second.key_id, world.acme.key_id})
        UnsaidStatements::add(transaction, UnsaidStatements::Urgency::stop,
                              StatementKind::key_compromised,
                              registry::to_json(registry::KeyCompromise{key, {1, 0}}));
    });
  }
  world.recover({world.second.key_id});
  const auto rooms = world.start(kLater + 1h);
  const auto& given_up = rooms->replica.view()->feed(world.acme.scid)->compromised_keys();
  CHECK(given_up.find(world.second.key_id) == nullptr);
  CHECK(given_up.find(world.acme.key_id) != nullptr);
  CHECK(rooms->membership->check_may_issue());
}

TEST_CASE("the ends of one subject's accreditations wait in as few statements as hold them",
          "[node][recovery]") {
  const registry::testing::Consortium consortium;
  const auto& acme = consortium.organisations[0];
  const core::testing::TempDir folder;
  Rooms rooms(acme, folder.path());
  must(rooms.join(consortium.charter()));
  const auto types = [](std::size_t from, std::size_t to) {
    Kinds names;
    for (auto i = from; i < to; ++i) names.push_back("Type" + std::to_string(i));
    return names;
  };
  const auto accredit = [&](const std::string& subject, const Kinds& names) {
    for (const auto& name : names)
      rooms.write([&](core::Transaction& transaction) {
        must(rooms.membership->say(transaction, StatementKind::accredit,
                                   registry::testing::accredit_body(subject, name, 0), kNow));
      });
  };
  accredit(kSubjects[0], types(0, registry::kMaxTypes));
  accredit(kSubjects[1], types(0, registry::kMaxTypes + 3));
  const auto said_before = rooms.said().size();
  const auto rows_after = [&](const std::string& subject, const Kinds& names) {
    rooms.write([&](core::Transaction& transaction) {
      UnsaidStatements::add_ends(transaction, subject, names);
    });
    return Restored::left(rooms).first;
  };
  CHECK(rows_after(kSubjects[0], types(0, registry::kMaxTypes)) == 1);
  CHECK(rows_after(kSubjects[1], types(0, registry::kMaxTypes + 1)) == 1 + 2);
  // Once more, and one that is new.
  CHECK(rows_after(kSubjects[1], types(0, registry::kMaxTypes + 2)) == 1 + 3);
  CHECK(rows_after(kSubjects[1], types(0, registry::kMaxTypes + 2)) == 1 + 3);

  rooms.clock.advance(1min);
  must(rooms.membership->catch_up());
  CHECK(Restored::left(rooms) == Left{0, 0});
  CHECK(rooms.said().size() == said_before + 4);
  const auto view = rooms.replica.view();
  const auto in_force = [&](const std::string& subject) {
    Kinds names;
    for (const auto& name : types(0, registry::kMaxTypes + 3)) {
      if (view->feed(acme.scid)->accreditation(subject, name, rooms.clock.now()) != nullptr)
        names.push_back(name);
    }
    return names;
  };
  CHECK(in_force(kSubjects[0]).empty());
  CHECK(in_force(kSubjects[1]) == types(registry::kMaxTypes + 2, registry::kMaxTypes + 3));
}

TEST_CASE("ends that are too many bytes for one statement are said in several",
          "[node][recovery]") {
  const registry::testing::Consortium consortium;
  const core::testing::TempDir folder;
  Rooms rooms(consortium.organisations[0], folder.path());
  must(rooms.join(consortium.charter()));
  // The longest names, and each of their bytes is written as six: \u000e.
  Kinds types;
  for (int i = 0; i < static_cast<int>(registry::kMaxTypes) - 1; ++i)
    types.push_back(std::string(254, '\x0e') + static_cast<char>('\x0e' + i / 8) +
                    static_cast<char>('\x0e' + i % 8));
  types.push_back("Real");
  const auto& subject = kSubjects[0];
  rooms.write([&](core::Transaction& transaction) {
    must(rooms.membership->say(transaction, StatementKind::accredit,
                               registry::testing::accredit_body(subject, "Real", 0), kNow));
  });
  const auto said_before = rooms.said().size();
  const auto said_after = [&] {
    rooms.clock.advance(1min);
    must(rooms.membership->catch_up());
    return rooms.said().size() - said_before;
  };
  const auto check_ended = [&] {
    CHECK(Restored::left(rooms) == Left{0, 0});
    const auto view = rooms.replica.view();
    const auto* feed = view->feed(consortium.organisations[0].scid);
    CHECK(feed->accreditation(subject, "Real", rooms.clock.now()) == nullptr);
  };

  SECTION("as they are added") {
    rooms.write([&](core::Transaction& transaction) {
      UnsaidStatements::add_ends(transaction, subject, types);
    });
    // 32768 bytes hold 21 of 6 * 256, two quotation marks and a comma, and "Real" beside them.
    CHECK(Restored::left(rooms) == Left{3, 0});
    CHECK(said_after() == 3);
    check_ended();
  }
  SECTION("as they turn out too large, before what is less urgent") {
    using Urgency = UnsaidStatements::Urgency;
    rooms.write([&](core::Transaction& transaction) {
      UnsaidStatements::add(transaction, Urgency::stop, StatementKind::accredit_revoke,
                            registry::to_json(registry::AccreditationEnd{subject, types}));
      UnsaidStatements::add(transaction, Urgency::batch, StatementKind::issued,
                            registry::to_json(registry::IssuedBatch{core::sha256("1"), 1}));
      must(UnsaidStatements::say(transaction, rooms.feed, Urgency::batch, kSaidAgainPerHour,
                                 SIZE_MAX, kNow));
    });
    CHECK(rooms.said().size() - said_before == 2 + 1);
    CHECK(rooms.said().back().kind == StatementKind::issued);
    check_ended();
  }
}

TEST_CASE("what a full feed does not take stays, is tried once an hour, and nothing waits for it",
          "[node][recovery]") {
  const registry::testing::Consortium consortium;
  const core::testing::TempDir folder;
  Rooms rooms(consortium.organisations[0], folder.path());
  must(rooms.join(consortium.charter()));
  // No recovery says an accreditation again, but none fills a feed sooner.
  const auto accreditation = [](std::size_t number, std::size_t types) {
    registry::Accreditation body{"did:web:s" + std::to_string(number) + ".example", {}, {}, 0};
    for (std::size_t i = 0; i < types; ++i) body.types.push_back("Type" + std::to_string(i));
    return body;
  };
  constexpr std::size_t kRoomFor = registry::FeedRoom{}.accreditations / registry::kMaxTypes;
  constexpr std::size_t kLeft = registry::FeedRoom{}.accreditations % registry::kMaxTypes;
  rooms.write([&](core::Transaction& transaction) {
    for (std::size_t i = 0; i < kRoomFor; ++i)
      REQUIRE(rooms.feed.append(transaction, "accredit",
                                registry::to_json(accreditation(i, registry::kMaxTypes)), kNow));
  });
  using Urgency = UnsaidStatements::Urgency;
  rooms.write([&](core::Transaction& transaction) {
    for (const std::size_t types : {kLeft + 1, kLeft})
      UnsaidStatements::add(transaction, Urgency::stop, StatementKind::accredit,
                            registry::to_json(accreditation(kRoomFor, types)));
    UnsaidStatements::add(transaction, Urgency::batch, StatementKind::issued,
                          registry::to_json(registry::IssuedBatch{core::sha256("1"), 1}));
  });
  const auto say = [&](core::Instant at) {
    UnsaidStatements::Said said;
    rooms.write([&](core::Transaction& transaction) {
      said = must(UnsaidStatements::say(transaction, rooms.feed, Urgency::batch, kSaidAgainPerHour,
                                        SIZE_MAX, at));
    });
    return std::pair(said.done, said.kept);
  };
  using Said = std::pair<std::size_t, std::size_t>;
  CHECK(say(kNow) == Said{2, 1});
  CHECK(Restored::left(rooms) == Left{1, 0});
  CHECK(say(kNow + 1h - 1ms) == Said{0, 0});
  CHECK(say(kNow + 1h) == Said{0, 1});
  // Room, since what never lasted leaves no trace; but in this hour it was tried.
  rooms.write([&](core::Transaction& transaction) {
    const auto first = accreditation(0, registry::kMaxTypes);
    REQUIRE(rooms.feed.append(
        transaction, "accredit.revoke",
        registry::to_json(registry::AccreditationEnd{first.subject, first.types}), kNow));
  });
  CHECK(say(kNow + 2h - 1ms) == Said{0, 0});
  CHECK(say(kNow + 2h) == Said{1, 0});
  CHECK(Restored::left(rooms) == Left{0, 0});
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
      done = must(UnsaidStatements::say(transaction, rooms->feed, least, most, 2, kLater)).done;
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

}  // namespace avow::node::unsaid_statements_test
