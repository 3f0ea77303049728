#include <iostream>
#include <map>
#include <random>

#include <catch2/catch.hpp>

#include "core/canonical_json.h"
#include "core/random.h"
#include "core/testing/temp_dir.h"
#include "interop-tests/harness/loops.h"
#include "interop-tests/harness/process.h"
#include "node/sqlite_challenge_book.h"
#include "node/testing/verifier.h"

namespace flipped_bytes_test {

using namespace avow;
using namespace avow::interop;
using node::CredentialIssuer;
using node::testing::must;
using node::testing::Rooms;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t kPage = 4096;

registry::testing::Consortium two_issuers() {
  registry::testing::Consortium consortium(2);
  for (const auto& one : consortium.organisations)
    consortium.draft.grants.push_back({one.scid, {"AgentCapabilityCredential"}, 0});
  return consortium;
}

/// Everything that the tables hold, in words.
std::string dump(core::Database& database) {
  std::string text;
  const auto read = database.read([&](core::Connection& connection) {
    std::vector<std::string> tables;
    auto schema = connection.query(
        "SELECT name, coalesce(sql, '') FROM sqlite_schema ORDER BY type DESC, name");
    while (schema.step()) {
      text += schema.text(0) + " " + schema.text(1) + "\n";
      if (schema.text(1).starts_with("CREATE TABLE")) tables.push_back(schema.text(0));
    }
    for (const std::string& table : tables) {
      std::string columns;
      auto info = connection.query("SELECT name FROM pragma_table_info(?) ORDER BY cid");
      info.bind(std::string_view(table));
      while (info.step()) {
        columns += columns.empty() ? "quote(" : " || ',' || quote(";
        columns += info.text(0) + ")";
      }
      columns.insert(0, "SELECT ").append(" FROM ").append(table).append(" ORDER BY 1");
      auto rows = connection.query(columns);
      while (rows.step()) text.append(table).append(" ").append(rows.text(0)).append("\n");
    }
  });
  if (!read) throw std::runtime_error(read.error().detail);
  return text;
}

/// Acme's data after a busy hour: own and foreign credentials in every state, documents, challenges, some of them used
/// and many deleted, so that the file has pages that are free.
struct BusyHour {
  BusyHour() {
    for (const char* name : {"acme", "globex"}) fs::create_directory(folder / name);
    Rooms acme(consortium.organisations[0], folder / "acme");
    Rooms globex(consortium.organisations[1], folder / "globex");
    for (Rooms* rooms : {&acme, &globex}) {
      must(rooms->join(consortium.charter()));
      issue_in_every_state(*rooms);
    }
    node::testing::hear(acme, globex);
    node::SqliteChallengeBook book(*acme.database, acme.random);
    for (int i = 0; i < 600; ++i) must(book.issue(acme.clock.now()));
    acme.clock.advance(std::chrono::minutes(12));
    used_challenge = must(book.issue(acme.clock.now()))->value;
    REQUIRE(book.consume(used_challenge, acme.clock.now()).outcome == vc::CheckOutcome::passed);
    documents = document_texts(acme);
  }

  void issue_in_every_state(Rooms& rooms) {
    using Change = CredentialIssuer::Change;
    const auto agent = must(rooms.enrolment->add(rooms.request("Support"), "uid 1"));
    for (const std::optional<Change> change :
         {std::optional<Change>(), std::optional(Change::revoke), std::optional(Change::suspend)}) {
      for (int i = 0; i < 4; ++i) {
        const auto credential = must(rooms.issuer->issue(rooms.draft(agent), "uid 1"));
        if (change) must(rooms.issuer->change(*credential.find_string("id"), *change, "", "uid 1"));
        if (i == 0) {
          credentials.push_back(credential);
          expected.emplace_back(!change                     ? "accepted"
                                : *change == Change::revoke ? "revoked"
                                                            : "suspended");
        }
      }
    }
  }

  /// Throws what a damaged store answers.
  static std::string document_texts(const Rooms& rooms) {
    std::string text;
    for (const did::Did& did : must_read(rooms.documents->list({}, 1000)))
      text += core::to_canonical(must_read(rooms.documents->current(did)).document->json()) + "\n";
    return text;
  }
  template <class T>
  static T must_read(did::Result<T, did::Error> result) {
    if (!result) throw std::runtime_error(result.error().detail);
    return std::move(*result);
  }

  const core::testing::TempDir folder;
  const registry::testing::Consortium consortium = two_issuers();
  std::vector<core::Json> credentials;  // Acme's, then Globex's: kept, revoked, suspended
  std::vector<std::string> expected;
  std::string used_challenge;
  std::string documents;
};

/// What a node makes of its database; where nothing was amiss it says as much as before.
class Trial {
 public:
  explicit Trial(const BusyHour& hour) : hour_(hour) {}

  /// "refused at start", "noticed when read", "noticed by audit verify" or "unread".
  std::string run() {
    try {
      Rooms rooms(hour_.consortium.organisations[0], hour_.folder / "acme");
      must(rooms.membership->join({}, "https://" + rooms.organisation.domain, false));
      return look_around(rooms);
    } catch (const std::runtime_error&) {
      return "refused at start";
    }
  }

 private:
  std::string look_around(Rooms& rooms) {
    rooms.clock.advance(std::chrono::minutes(12));
    bool noticed = !says_the_same(rooms);
    node::testing::Verifier verifier(rooms);
    for (std::size_t i = 0; i < hour_.credentials.size(); ++i) {
      const std::string verdict = verifier.verdict(hour_.credentials[i]);
      INFO("credential " << i << ": " << verdict);
      // The one thing that may never happen; a storage fault may well be in the way of an answer.
      CHECK((verdict != "accepted" || hour_.expected[i] == "accepted"));
      if (verdict != hour_.expected[i]) noticed = true;
    }
    node::SqliteChallengeBook book(*rooms.database, rooms.random);
    const vc::Check used = book.consume(hour_.used_challenge, rooms.clock.now());
    CHECK(used.outcome != vc::CheckOutcome::passed);
    if (used.code != "challenge_used") noticed = true;
    if (noticed) return "noticed when read";
    const auto audit = rooms.audit.verify(*rooms.database);
    return audit && !audit->first_fault ? "unread" : "noticed by audit verify";
  }

  bool says_the_same(const Rooms& rooms) {
    try {
      const std::string documents = BusyHour::document_texts(rooms);
      CHECK(documents == hour_.documents);
      return true;
    } catch (const std::runtime_error&) {
      return false;
    }
  }

  const BusyHour& hour_;
};

/// The dump, or nothing if the database says that it cannot be read.
std::optional<std::string> dump_of(const fs::path& file) {
  const auto database = core::Database::open(file, node::all_migrations());
  if (!database) return std::nullopt;
  try {
    return dump(**database);
  } catch (const std::runtime_error&) {
    return std::nullopt;
  }
}

}  // namespace

TEST_CASE("a flipped byte of the database is noticed or lies where nothing lives",
          "[flipped_bytes][STORE-07]") {
  const std::size_t flips = loops("AVOW_FLIPS", 1000, 100);
  core::SystemRandom system;
  const std::uint64_t seed = core::uniform(system, 1'000'000);
  std::mt19937_64 random(seed);

  const BusyHour hour;
  const fs::path file = hour.folder / "acme" / "avow.db";
  const std::string good = read_file(file);
  const std::string rows = *dump_of(file);
  write_file(file, good);
  REQUIRE(Trial(hour).run() == "unread");

  std::map<std::string, std::size_t> outcomes;
  for (std::size_t i = 0; i < flips; ++i) {
    const std::size_t at = random() % (good.size() / kPage) * kPage + random() % kPage;
    std::string damaged = good;
    damaged[at] = static_cast<char>(damaged[at] ^ static_cast<char>(1 + random() % 255));
    INFO("seed " << seed << ", flip " << i << " at byte " << at);
    write_file(file, damaged);
    const auto seen = dump_of(file);
    if (seen) CHECK((*seen == rows));
    write_file(file, damaged);
    const std::string outcome = Trial(hour).run();
    ++outcomes[outcome];
    // Not noticed: nothing that lives has changed.
    if (outcome == "unread") CHECK(seen.has_value());
  }
  std::cout << "flipped_bytes_test seed " << seed << ": " << flips << " bytes flipped in "
            << good.size() / kPage << " pages";
  for (const auto& [outcome, count] : outcomes) std::cout << ", " << count << " " << outcome;
  std::cout << std::endl;
  CHECK(outcomes["unread"] < flips / 2);  // else it would be a test of free pages
}

}  // namespace flipped_bytes_test
