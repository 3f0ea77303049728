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
  ALTER TABLE witnessed ADD COLUMN witness TEXT NOT NULL DEFAULT '';  -- Multikey; empty: of the one key before
)sql"}};

using Code = registry::ErrorCode;
using Refusal = registry::Error;

struct Witnessed {
  std::int64_t n = 0;
  std::string entry_hash;
  core::Instant time;
};

Witnessed read_row(const core::Query& row) {
  return {row.integer(0), row.text(1), core::from_column(row.integer(2))};
}

std::optional<Witnessed> find(core::Connection& connection, const std::string& feed,
                              std::int64_t version) {
  auto query =
      connection.query("SELECT n, entry_hash, time FROM witnessed WHERE feed = ? AND version = ?");
  query.bind(feed, version);
  if (!query.step()) return std::nullopt;
  return read_row(query);
}

std::int64_t count_since(core::Connection& connection, const std::string& feed,
                         core::Instant since) {
  auto query = connection.query(
      "SELECT count(*) FROM witnessed WHERE feed = ? AND time > ? AND counted = 0");
  query.bind(feed, core::to_column(since));
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
  return *find(transaction, entry.feed, entry.version);
}

registry::GuardMark mark_of(const Witnessed& row) {
  return {1, row.n, core::to_multibase(core::sha256(row.entry_hash))};
}

std::optional<registry::GuardMark> read_mark(core::Query query) {
  if (!query.step()) return std::nullopt;
  return mark_of(read_row(query));
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
    if (!is_witness_of(counted->webvh))
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
  if (verified == nullptr || !is_witness_of(verified->webvh))
    return refuse(Code::not_a_witness, "this node is none of its witnesses");
  return Judged::next;
}

bool LogWitness::is_witness_of(const did::WebvhEntry& entry) const {
  const auto& keys = entry.witnesses.keys;
  return std::find(keys.begin(), keys.end(), parts_.key.public_key()) != keys.end();
}

/// A database that was put back does not remember what it witnessed since.
registry::Result<void, Refusal> LogWitness::compare_with_guard() {
  if (guard_.may_sign()) return {};
  const auto mark = guard_.in_file();
  if (!mark) return registry::fail(mark.error());
  std::optional<registry::GuardMark> here;
  std::optional<registry::GuardMark> last;
  std::int64_t rows =
      0;  // of this key; of others that this node has witnessed with, no file of this one tells
  const auto read = parts_.database.read([&](core::Connection& connection) {
    const auto key = parts_.key.public_key().to_multikey();
    const std::string unnamed = *mark ? "" : key;
    auto newest = connection.query(
        "SELECT n, entry_hash, time FROM witnessed WHERE witness IN (?, ?) ORDER BY n DESC LIMIT "
        "1");
    newest.bind(key, unnamed);
    last = read_mark(std::move(newest));
    auto count = connection.query("SELECT count(*) FROM witnessed WHERE witness IN (?, ?)");
    count.bind(key, unnamed);
    count.step();
    rows = count.integer(0);
    if (!*mark) return;
    auto query = connection.query("SELECT n, entry_hash, time FROM witnessed WHERE n = ?");
    query.bind((*mark)->sequence);
    here = read_mark(std::move(query));
  });
  if (!read) return refuse(Code::guard_file, read.error().detail);
  // The first may have been committed before the file was written; the second was not (witness()).
  const auto is_lost = guard_.is_lost(*mark, rows > 1 ? last : std::nullopt);
  if (!is_lost) return registry::fail(is_lost.error());
  if (*is_lost)
    return forgotten("the guard file beside its key is missing, or not the one that was there");
  if (*mark && here != *mark) return forgotten("its guard file knows of more than the database");
  guard_.agree(*mark, last);
  return {};
}

/// What came back from others: the guard file may have been put back as well.
registry::Result<void, Refusal> LogWitness::compare_with_members() {
  const auto witness = parts_.key.public_key().to_multikey();
  bool is_remembered = true;
  const auto read = parts_.database.read([&](core::Connection& connection) {
    for (const auto& proof : registry::FeedReader(connection).proofs_by(witness, newest_proof_)) {
      const auto row = find(connection, proof.feed, proof.version);
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
  const auto view = parts_.replica.view();
  if (view == nullptr) return refused({Code::no_charter, "this node belongs to no consortium"});
  if (auto whole = parts_.membership.check_remembers(); !whole) return fail(whole.error());
  const std::lock_guard turn(mutex_);
  if (const auto whole = remember(); !whole) return refused(whole.error());
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
  std::optional<Refusal> refusal;
  Witnessed row;
  const auto stored = transact(
      parts_.database, "cannot store what was witnessed",
      [&](core::Transaction& transaction) -> Result<void, Error> {
        if (auto known = find(transaction, entry->feed, entry->version)) {
          row = std::move(*known);
          if (row.entry_hash != entry->hash)
            refusal =
                Refusal{Code::already_signed, "another entry of this version was witnessed here"};
          return {};
        }
        // Anybody may ask about what counts, and it is said once: it takes nothing from the next version.
        if (!is_counted &&
            count_since(transaction, entry->feed, now - std::chrono::hours(1)) >= kMaxPerHour) {
          refusal = Refusal{Code::hourly_limit, "more than " + std::to_string(kMaxPerHour) +
                                                    " versions within an hour"};
          return {};
        }
        row = add(transaction, *entry, parts_.key.public_key().to_multikey(), is_counted, now);
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
