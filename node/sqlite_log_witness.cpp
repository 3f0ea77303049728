#include <algorithm>
#include <array>
#include <utility>

#include "core/instant_column.h"
#include "core/sha256.h"
#include "did/did_key.h"
#include "node/hearing.h"
#include "node/log_witness.h"
#include "node/transaction.h"
#include "registry/witness_proof.h"

namespace avow::node {
namespace {

constexpr std::array kLogWitnessMigrations{core::Migration{"node.log_witness", 1, R"sql(
  CREATE TABLE witnessed(
    n INTEGER PRIMARY KEY,
    feed TEXT NOT NULL,
    version INTEGER NOT NULL,
    entry_hash TEXT NOT NULL,
    time INTEGER NOT NULL,  -- milliseconds since 1970
    UNIQUE(feed, version)
  ) STRICT;
)sql"},
                                           core::Migration{"node.log_witness", 2, R"sql(
  ALTER TABLE witnessed ADD COLUMN counted INTEGER NOT NULL DEFAULT 0;  -- before it was signed here
)sql"},
                                           core::Migration{"node.log_witness", 3, R"sql(
  ALTER TABLE witnessed ADD COLUMN witness TEXT NOT NULL DEFAULT '';  -- Multikey; empty: of a key before
)sql"},
                                           core::Migration{"node.log_witness", 4, R"sql(
  CREATE TABLE witnessed_by(
    n INTEGER PRIMARY KEY,
    feed TEXT NOT NULL,
    version INTEGER NOT NULL,
    entry_hash TEXT NOT NULL,
    time INTEGER NOT NULL,
    counted INTEGER NOT NULL,
    witness TEXT NOT NULL,
    UNIQUE(feed, version, witness)  -- what one key has signed binds no other
  ) STRICT;
  INSERT INTO witnessed_by SELECT n, feed, version, entry_hash, time, counted, witness FROM witnessed;
  DROP TABLE witnessed;
  ALTER TABLE witnessed_by RENAME TO witnessed;
)sql"}};

using Code = registry::ErrorCode;
using Refusal = registry::Error;

struct Witnessed {
  std::int64_t n = 0;
  std::string feed;
  std::int64_t version = 0;
  std::string entry_hash;
  core::Instant time;
};

constexpr std::string_view kSelect = "SELECT n, feed, version, entry_hash, time FROM witnessed ";

Witnessed read_row(const core::Query& row) {
  return {row.integer(0), row.text(1), row.integer(2), row.text(3),
          core::from_column(row.integer(4))};
}

std::optional<Witnessed> find(core::Connection& connection, const std::string& witness,
                              const std::string& feed, std::int64_t version) {
  auto query =
      connection.query(std::string(kSelect) + "WHERE feed = ? AND version = ? AND witness = ?");
  query.bind(feed, version, witness);
  if (!query.step()) return std::nullopt;
  return read_row(query);
}

std::int64_t count_since(core::Connection& connection, const std::string& witness,
                         const std::string& feed, core::Instant since) {
  auto query = connection.query(
      "SELECT count(*) FROM witnessed WHERE feed = ? AND time > ? AND counted = 0 AND witness = ?");
  query.bind(feed, core::to_column(since), witness);
  query.step();
  return query.integer(0);
}

Witnessed add(core::Transaction& transaction, const registry::UnverifiedEntry& entry,
              const std::string& witness, bool is_counted, core::Instant now) {
  {
    auto query = transaction.query(
        "INSERT INTO witnessed(feed, version, entry_hash, time, counted, witness)"
        " VALUES(?, ?, ?, ?, ?, ?)");
    query.bind(entry.feed, entry.version, entry.hash, core::to_column(now),
               std::int64_t{is_counted}, witness);
    query.run();
  }
  return *find(transaction, witness, entry.feed, entry.version);
}

registry::GuardMark mark_of(const Witnessed& row) {
  return {1, row.n, core::to_multibase(core::sha256(row.entry_hash))};
}

/// What the database remembers that a key signed.
struct Remembered {
  std::int64_t count = 0;
  std::optional<registry::GuardMark> last = {};
  std::optional<registry::GuardMark> at_mark = {};  // what stands where the guard file's mark does

  void add(const Witnessed& row, const std::optional<registry::GuardMark>& in_file) {
    ++count;
    const auto mark = mark_of(row);
    if (!last || last->sequence < row.n) last = mark;
    if (in_file && in_file->sequence == row.n) at_mark = mark;
  }
};

/// Who asks while this witness refuses has all of it read again, so of many rows three are.
Remembered remembered_of(core::Connection& connection, const std::string& witness,
                         const std::optional<registry::GuardMark>& in_file) {
  auto rows = connection.query("SELECT count(*), max(n) FROM witnessed WHERE witness = ?");
  rows.bind(witness);
  rows.step();
  const auto mark_at = [&](std::int64_t n) -> std::optional<registry::GuardMark> {
    auto query = connection.query(std::string(kSelect) + "WHERE n = ? AND witness = ?");
    query.bind(n, witness);
    if (!query.step()) return std::nullopt;
    return mark_of(read_row(query));
  };
  Remembered remembered{rows.integer(0)};
  if (remembered.count > 0) remembered.last = mark_at(rows.integer(1));
  if (in_file) remembered.at_mark = mark_at(in_file->sequence);
  return remembered;
}

bool is_witness_of(const did::WebvhEntry& entry, const core::Ed25519PublicKey& key) {
  const auto& keys = entry.witnesses.keys;
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

/// What was signed before rows said by which key, but for that whose entry counts here without this key among its
/// witnesses: judge() takes no such one.
std::vector<Witnessed> perhaps_signed_by(core::Connection& connection,
                                         const core::Ed25519PublicKey& key,
                                         const registry::View* view) {
  const auto is_of_another = [&](const Witnessed& row) {
    const auto* log = view != nullptr ? view->log(row.feed) : nullptr;
    const auto* counted = log != nullptr ? log->counted(row.version) : nullptr;
    return counted != nullptr && counted->webvh.entry_hash == row.entry_hash &&
           !is_witness_of(counted->webvh, key);
  };
  auto query = connection.query(std::string(kSelect) + "WHERE witness = '' ORDER BY n");
  std::vector<Witnessed> rows;
  while (query.step()) {
    if (auto row = read_row(query); !is_of_another(row)) rows.push_back(std::move(row));
  }
  return rows;
}

/// From now on they are this key's.
Result<void, Error> name(core::Database& database, const std::vector<Witnessed>& rows,
                         const std::string& witness) {
  if (rows.empty()) return {};
  return transact(
      database, "cannot store who has witnessed",
      [&](core::Transaction& transaction) -> Result<void, Error> {
        for (const auto& row : rows) {
          // It may have signed the same again meanwhile, with a row that says so.
          auto query = transaction.query("UPDATE OR IGNORE witnessed SET witness = ? WHERE n = ?");
          query.bind(witness, row.n);
          query.run();
        }
        return {};
      });
}

auto refuse(Code code, std::string detail) {
  return registry::fail(Refusal{code, std::move(detail)});
}

auto forgotten(const std::string& why) {
  return refuse(Code::restored_backup,
                why +
                    ": a backup was restored, or this witness's key is used elsewhere. It signs "
                    "nothing more");
}

}  // namespace

std::span<const core::Migration> LogWitness::migrations() {
  return kLogWitnessMigrations;
}

/// By the log's own rules, as the next of what is known here, or as what counts already: outsiders ask for witnesses of
/// the first entry too, which none had to sign before it was admitted.
registry::Result<LogWitness::Judged, Refusal> LogWitness::judge(
    const registry::UnverifiedEntry& entry, core::Instant now) const {
  const auto view = parts_.replica.view();
  if (view == nullptr) return refuse(Code::no_charter, "this node belongs to no consortium");
  const auto* log = view->log(entry.feed);
  if (log == nullptr) return refuse(Code::unknown_feed, "no member has this log");
  if (log->fork() && entry.version >= *log->fork())
    return refuse(Code::log_forked, "at or above a fork of its log");
  // Also while what is named is not here, and another counts until it is.
  if (log->lacks_named(entry.version) && !log->is_named(entry.version, entry.hash))
    return refuse(Code::already_signed, "governance has named another entry of this version");
  // What follows another entry meanwhile would, counted or not, take the place of what follows the named one.
  if (const auto lacking = log->lacks_named_before(entry.version))
    return refuse(Code::entries_missing, "version " + std::to_string(*lacking) +
                                             ", as governance has named it, is not known here");
  if (const auto* counted = log->counted(entry.version)) {
    // Compared as a whole: its version id is only what the text claims.
    if (counted->text != entry.text)
      return refuse(Code::already_signed, "another entry of this version counts");
    if (!is_witness_of(counted->webvh, parts_.key.public_key()))
      return refuse(Code::not_a_witness, "this node is none of its witnesses");
    return Judged::counted;
  }
  const registry::LogRules rules{view->charter().witness_lists, parts_.allow_localhost};
  auto judged = registry::judge_log_entry(entry, *log, {}, rules, now);
  if (auto* fault = std::get_if<Refusal>(&judged)) return registry::fail(std::move(*fault));
  if (const auto* needs = std::get_if<registry::EntryNeeds>(&judged))
    return refuse(Code::entries_missing,
                  "version " + std::to_string(needs->from) + " is not known here");
  if (std::holds_alternative<registry::EntryAhead>(judged))
    return refuse(Code::not_yet_valid, "its time lies ahead");
  if (std::holds_alternative<registry::EntryNamesOthers>(judged))
    return refuse(Code::bad_log_entry,
                  "the witnesses that it names for later entries are not the charter's");
  const auto* unwitnessed = std::get_if<registry::EntryUnwitnessed>(&judged);
  const auto* accepted = std::get_if<registry::EntryAccepted>(&judged);
  const auto verified = unwitnessed != nullptr ? unwitnessed->entry
                        : accepted != nullptr  ? accepted->entry
                                               : nullptr;
  if (verified == nullptr || !is_witness_of(verified->webvh, parts_.key.public_key()))
    return refuse(Code::not_a_witness, "this node is none of its witnesses");
  return Judged::next;
}

/// A database that was put back does not remember what it witnessed since.
registry::Result<void, Refusal> LogWitness::compare_with_guard() {
  if (guard_.may_sign()) return {};
  const auto mark = guard_.in_file();
  if (!mark) return registry::fail(mark.error());
  const auto key = parts_.key.public_key();
  const auto view = parts_.replica.view();
  Remembered ours;
  std::vector<Witnessed> unnamed;
  const auto read = parts_.database.read([&](core::Connection& connection) {
    ours = remembered_of(connection, key.to_multikey(), *mark);
    unnamed = perhaps_signed_by(connection, key, view.get());
  });
  if (!read) return refuse(Code::guard_file, read.error().detail);
  // The first may have been committed before the file was written; the second was not (witness()).
  const auto loss = guard_.loss(*mark, ours.count > 1 ? ours.last : std::nullopt);
  if (!loss) return registry::fail(loss.error());
  if (*loss)
    return forgotten("the guard file beside its key " + std::string(registry::words_of(**loss)));
  if (!*mark && !unnamed.empty())
    return forgotten(
        "its guard file says that nothing was signed, but the database does not say who signed "
        "version " +
        std::to_string(unnamed.front().version) + " of " + unnamed.front().feed +
        " (a start with the key that did, beside its own guard file, writes it down)");
  for (const auto& row : unnamed) ours.add(row, *mark);
  if (ours.at_mark != *mark)
    return forgotten(ours.at_mark ? "its guard file knows of another signature than the database"
                                  : "its guard file knows of more than the database");
  if (auto named = name(parts_.database, unnamed, key.to_multikey()); !named)
    return refuse(Code::guard_file, named.error().why);
  guard_.agree(*mark, ours.last);
  return {};
}

/// What came back from others: the guard file may have been put back as well.
registry::Result<void, Refusal> LogWitness::compare_with_members() {
  const auto witness = parts_.key.public_key().to_multikey();
  bool is_remembered = true;
  const auto read = parts_.database.read([&](core::Connection& connection) {
    for (const auto& proof : registry::FeedReader(connection).proofs_by(witness, newest_proof_)) {
      const auto row = find(connection, witness, proof.feed, proof.version);
      is_remembered = row && row->entry_hash == proof.entry_hash;
      if (!is_remembered) return;
      newest_proof_ = proof.n;
    }
  });
  if (!read) return refuse(Code::guard_file, read.error().detail);
  if (!is_remembered) return forgotten("members have a proof of it that the database has not");
  return {};
}

registry::Result<void, Refusal> LogWitness::remember() {
  if (auto same = compare_with_guard(); !same) return same;
  return compare_with_members();
}

Result<void, Error> LogWitness::check() {
  const std::lock_guard turn(mutex_);
  auto whole = remember();
  if (whole) whole = guard_.release();
  if (whole) return {};
  Error error = from_registry(whole.error(), "this node signs nothing as a witness");
  if (whole.error().code == Code::restored_backup)
    error.fix =
        "make another key (avow witness create), start the node with it, and let governors name it "
        "in place of this one (avow govern propose, action charter)";
  return fail(error);
}

Result<LogWitness::Word, Error> LogWitness::holding(const std::string& feed,
                                                    const std::string& challenge) {
  const auto refused = [](Refusal why) { return Word(registry::fail(std::move(why))); };
  if (auto whole = parts_.membership.check_remembers(); !whole) return fail(whole.error());
  const std::lock_guard turn(mutex_);
  if (const auto whole = remember(); !whole) return refused(whole.error());
  // Not before: what comes while this waits for its turn would be missing in the word.
  const auto view = parts_.replica.view();
  if (view == nullptr) return refused({Code::no_charter, "this node belongs to no consortium"});
  std::optional<Holding> held;
  const auto read = parts_.database.read([&](core::Connection& connection) {
    registry::FeedReader store(connection);
    held = what_is_held(*view, store, feed);
  });
  if (!read) return fail(from_core(read.error(), "cannot read the replica"));
  return Word(sign_holding(*held, challenge, parts_.key));
}

Result<LogWitness::Answer, Error> LogWitness::witness(std::string_view entry_text) {
  const auto refused = [](Refusal why) { return Answer(registry::fail(std::move(why))); };
  const auto entry = registry::parse_log_entry(entry_text);
  if (!entry) return refused(entry.error());
  if (auto may = parts_.membership.check_may_sign(); !may) return fail(may.error());
  const std::lock_guard turn(mutex_);
  if (const auto whole = remember(); !whole) return refused(whole.error());
  // So the file lacks one row at most.
  if (const auto released = guard_.release(); !released) return refused(released.error());
  const auto now = parts_.clock.now();
  const auto judged = judge(*entry, now);
  if (!judged) return refused(judged.error());
  const bool is_counted = *judged == Judged::counted;
  const auto multikey = parts_.key.public_key().to_multikey();
  std::optional<Refusal> refusal;
  Witnessed row;
  const auto stored = transact(
      parts_.database, "cannot store what was witnessed",
      [&](core::Transaction& transaction) -> Result<void, Error> {
        if (auto known = find(transaction, multikey, entry->feed, entry->version)) {
          row = std::move(*known);
          if (row.entry_hash != entry->hash)
            refusal =
                Refusal{Code::already_signed, "another entry of this version was witnessed here"};
          return {};
        }
        // Anybody may ask about what counts, and it is said once: it takes nothing from the next version.
        if (!is_counted && count_since(transaction, multikey, entry->feed,
                                       now - std::chrono::hours(1)) >= kMaxPerHour) {
          refusal = Refusal{Code::hourly_limit, "more than " + std::to_string(kMaxPerHour) +
                                                    " versions within an hour"};
          return {};
        }
        row = add(transaction, *entry, multikey, is_counted, now);
        guard_.sign(transaction, mark_of(row));
        const auto witness = did::did_key_of(parts_.key.public_key()).text();
        parts_.audit.append(
            transaction, now,
            {witness, "log.witness", entry->feed,
             core::Json::object({{"version", entry->version}, {"entryHash", entry->hash}})});
        return {};
      });
  if (!stored) return fail(stored.error());
  if (refusal) return refused(std::move(*refusal));
  if (const auto released = guard_.release(); !released) return refused(released.error());
  const auto version_id = std::to_string(entry->version) + "-" + row.entry_hash;
  const auto proof = did::read_webvh_witness_proof(
      version_id, did::create_webvh_witness_proof(version_id, parts_.key, row.time));
  if (!proof) return fail(from_did(proof.error(), "cannot sign as a witness"));
  return Answer(registry::witness_proof_text(entry->feed, *proof));
}

}  // namespace avow::node
