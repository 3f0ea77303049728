// `avow key`: the organisation's own keys. All but `compromised` while its node stands still.

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/timestamp.h"
#include "node/audit/audit_log.h"
#include "node/cli/asking.h"
#include "node/cli/commands.h"
#include "node/cli/passphrase_source.h"
#include "node/cli/witness_commands.h"
#include "node/data_directory.h"
#include "node/key_compromise.h"
#include "node/key_rotation.h"
#include "node/node_keys.h"
#include "node/recovery/recovery.h"
#include "node/recovery/unsaid_statements.h"
#include "node/schema.h"
#include "node/transaction.h"
#include "registry/feed_store.h"
#include "registry/replica.h"

namespace avow::node::cli {
namespace {

using registry::Lapsing;

/// A version that others have and this directory has not: it is a restored backup, and would make another entry of it.
Result<void, Error> check_is_newest(core::Database& database, const Organisation& organisation) {
  bool has_later = false;
  const auto read = database.read([&](core::Connection& connection) {
    const auto& entry = organisation.entry;
    has_later =
        !registry::FeedReader(connection).log_entries(entry.scid, entry.version + 1).empty();
  });
  if (!read) return fail(from_core(read.error(), "cannot read the database"));
  if (!has_later) return {};
  return fail(Error{ErrorCode::restored_backup, "members know a later version of this log",
                    "this directory is older than what it has signed",
                    "restore did.jsonl and the keys from the newest backup"});
}

/// An organisation whose node stands still.
struct Resting {
  DataDirectory directory;
  Organisation organisation;
  std::vector<core::Migration> migrations;
  std::unique_ptr<core::Database> database;
};

Result<Resting, Error> open_resting(const std::filesystem::path& data, core::Instant now) {
  const DataDirectory directory{data};
  auto organisation = read_organisation(directory, now);
  if (!organisation) return fail(organisation.error());
  Resting resting{directory, std::move(*organisation), all_migrations(), nullptr};
  auto database = core::Database::open(directory.database(), resting.migrations);
  if (!database) {
    Error error = from_core(database.error(), "cannot open " + directory.database().string());
    if (error.code == ErrorCode::locked) error.fix = "stop the node first";
    return fail(error);
  }
  resting.database = std::move(*database);
  if (auto newest = check_is_newest(*resting.database, resting.organisation); !newest)
    return fail(newest.error());
  return resting;
}

/// Has a slot that this node knows of named that entry?
Result<bool, Error> is_settled(Resting& resting, const did::WebvhEntry& entry) {
  registry::Replica replica;
  std::optional<registry::Error> fault;
  const auto read = resting.database->read([&](core::Connection& connection) {
    const auto loaded = replica.load(connection, is_localhost(resting.organisation.domain));
    if (!loaded) fault = loaded.error();
  });
  if (!read) return fail(from_core(read.error(), "cannot read the database"));
  if (fault) return fail(from_registry(*fault, "cannot read the replica"));
  const auto view = replica.view();
  if (view == nullptr) return false;
  const auto settled = view->charter().settlements_of(entry.scid);
  const auto named = settled.find(entry.version);
  return named != settled.end() && named->second == entry.entry_hash;
}

/// Makes the next version; from here on `resting` is of that version.
Result<void, Error> rotate(Resting& resting, const PassphraseSource& source,
                           const std::vector<std::string>& witnesses, const core::Clock& clock,
                           const Console& console) {
  auto passphrase = read_passphrase(
      source, "Passphrase of " + printable(resting.organisation.name) + ": ", console);
  if (!passphrase) return fail(passphrase.error());
  core::SystemRandom random;
  const auto ask = [&](Organisation& organisation, const AskedVersion& asked) {
    ask_witnesses(witnesses, resting.directory, organisation, asked, console);
  };
  std::optional<Error> fault;
  const auto settled = [&](const did::WebvhEntry& entry) {
    const auto named = is_settled(resting, entry);
    if (!named) fault = named.error();
    return named && *named;
  };
  auto newer = rotate_keys(resting.directory, std::move(*passphrase), clock, random, ask, settled);
  if (fault) console.warning(fault->what + ": " + fault->why);
  if (!newer) return fail(newer.error());
  resting.organisation = std::move(*newer);
  const auto& rotated = resting.organisation;
  return transact(*resting.database, "cannot write the audit log",
                  [&](core::Transaction& transaction) -> Result<void, Error> {
                    AuditLog().append(
                        transaction, clock.now(),
                        {rotated.did().text(), "key.rotate", rotated.assertion_method(),
                         core::Json::object({{"versionId", rotated.entry.version_id}})});
                    return {};
                  });
}

core::Json result_of(const Organisation& organisation) {
  return core::Json::object({{"did", organisation.did().text()},
                             {"versionId", organisation.entry.version_id},
                             {"assertionMethod", organisation.assertion_method()}});
}

void tell_rotated(const Organisation& rotated, const Console& console) {
  console.line("rotated    " + rotated.did().text() + " to version " + rotated.entry.version_id);
  console.line("           start the node: it signs with " + rotated.assertion_method() +
               ", and its feed goes on in epoch " + std::to_string(rotated.entry.version));
}

const char* words_for(const Lapsing& item) {
  switch (item.what) {
    case Lapsing::What::list_opened:
      return "a status list";
    case Lapsing::What::revoked:
      return "revoked";
    case Lapsing::What::suspended:
      return "suspended";
    case Lapsing::What::document_ended:
      return "deactivated";
    case Lapsing::What::accreditation_ended:
      return "no longer accredited";
    case Lapsing::What::agent_suspended:
      return "an agent suspended";
    case Lapsing::What::agent_disowned:
      return "an agent disowned";
    case Lapsing::What::key_compromised:
      return "a key compromised";
    case Lapsing::What::batch_issued:
      return "what was issued";
    case Lapsing::What::permitted:
      return item.type.empty() ? "a document" : "accredited";
  }
  return "";
}

std::string position_of(std::int64_t epoch, std::int64_t sequence) {
  return std::to_string(epoch) + "/" + std::to_string(sequence);
}

void show(const std::string& heading, const std::vector<Lapsing>& items, core::Database& database,
          const Console& console) {
  if (items.empty()) return;
  console.line("");
  console.line(heading);
  std::vector<std::vector<std::string>> rows{{"WHAT", "NAME", "SAID IN", "AT", "CREDENTIAL"}};
  for (const auto& item : items) {
    std::string credential;
    if (item.bit) {
      // Only for the eye: what cannot be read is not shown.
      const auto read = database.read([&](core::Connection& connection) {
        credential =
            revocation::StatusListIssuer::holder_of(connection, {item.bit->first, item.bit->second})
                .value_or("not known here");
      });
      if (!read) credential.clear();
    }
    std::string words = words_for(item);
    if (item.resumed)
      words += ", resumed in " + position_of(item.resumed->epoch, item.resumed->sequence);
    rows.push_back({std::move(words), printable(item.name), position_of(item.epoch, item.sequence),
                    core::format_seconds(item.time), printable(credential)});
  }
  console.table(rows);
}

core::Json names_of(const std::vector<Lapsing>& items) {
  auto array = core::Json::array();
  for (const auto& item : items) {
    auto row = core::Json::object({{"what", words_for(item)},
                                   {"name", item.name},
                                   {"saidIn", position_of(item.epoch, item.sequence)}});
    if (item.resumed)
      row.set("resumedIn", position_of(item.resumed->epoch, item.resumed->sequence));
    array.push_back(std::move(row));
  }
  return array;
}

const char* words_for(const Waiting& waiting) {
  Lapsing item;
  item.what = waiting.what;
  return words_for(item);
}

void show(const std::string& heading, const std::vector<Waiting>& things, const Console& console) {
  if (things.empty()) return;
  console.line("");
  console.line(heading);
  std::vector<std::vector<std::string>> rows{{"WHAT", "NAME", "SAID IN"}};
  for (const auto& thing : things)
    rows.push_back({words_for(thing), printable(thing.name),
                    thing.said ? position_of(thing.said->epoch, thing.said->sequence) : ""});
  console.table(rows);
}

core::Json names_of(const std::vector<Waiting>& things) {
  auto array = core::Json::array();
  for (const auto& thing : things) {
    auto row = core::Json::object({{"what", words_for(thing)}, {"name", thing.name}});
    if (thing.said) row.set("saidIn", position_of(thing.said->epoch, thing.said->sequence));
    array.push_back(std::move(row));
  }
  return array;
}

/// Of what an hour of the feed does not hold.
void tell_unsaid(const Recovery& recovery, std::int64_t batches, core::Database& database,
                 const Console& console) {
  UnsaidStatements::Counts before;
  const auto read = database.read(
      [&](core::Connection& connection) { before = UnsaidStatements::count(connection); });
  if (const auto left = before.stops + before.batches; read && left > 0) {
    console.line("");
    console.line(counted(std::to_string(left), "statement") +
                 " of an earlier recovery wait to be said.");
    show("Of these, this may still be struck out:", recovery.waiting, console);
    show("This is struck out of them:", recovery.struck_waiting, console);
  }
  const auto in_an_hour = kSaidAgainPerHour.others;
  if (before.batches + batches <= in_an_hour) return;
  console.line("");
  console.line("An hour holds " + std::to_string(in_an_hour) +
               " batches of what was issued; the rest is said in the hours after (avow status).");
}

void show_recovery(const Recovery& recovery, core::Database& database, const Console& console) {
  if (recovery.made.empty()) {
    console.line(
        "The feed holds nothing that this node did not sign. If its database was put "
        "back, let it run with its peers first: they show what it has forgotten.");
    if (!recovery.opens_epoch()) {
      console.line("There is nothing to recover but what waits of an earlier recovery.");
    } else if (!recovery.lost && recovery.rotates) {
      console.line("There is nothing to recover: this only rotates the key (avow key rotate).");
    }
  } else {
    const auto& first = recovery.made.front().statement;
    const auto& last = recovery.made.back().statement;
    console.line("Epoch " + std::to_string(recovery.epoch) + " takes back " +
                 counted(std::to_string(recovery.made.size()), "statement") +
                 " that this node did not sign, or has forgotten: " +
                 position_of(first.epoch, first.sequence) + " to " +
                 position_of(last.epoch, last.sequence) + ".");
  }
  if (recovery.lost) {
    console.line("Statement " + position_of(recovery.lost->epoch, recovery.lost->sequence) +
                 " was signed here, and nobody has shown it: what it says is lost.");
  }
  const auto& plan = recovery.restatement;
  show("Of these, this is said again:", plan.again, database, console);
  show("This lapses; who wants it says it again:", plan.lapses, database, console);
  show("This is struck out as a thief's:", plan.struck, database, console);
  const auto batches = std::count_if(plan.again.begin(), plan.again.end(), [](const Lapsing& item) {
    return item.what == Lapsing::What::batch_issued;
  });
  tell_unsaid(recovery, batches, database, console);
  if (batches > 0) {
    console.line("");
    console.line(
        "What was issued goes on counting after its key is given up. If a thief has said it, "
        "strike "
        "it out: its credentials would.");
  }
  const bool is_any_resumed = std::any_of(plan.again.begin(), plan.again.end(),
                                          [](const Lapsing& item) { return item.resumed; });
  if (is_any_resumed) {
    console.line("");
    console.line(
        "Who was resumed is suspended again, since a thief may have resumed them: strike out whom "
        "you did.");
  }
  if (!recovery.made.empty()) {
    console.line("");
    console.line("New credentials get indexes of new status lists.");
  }
}

/// For the audit log.
core::Json counts_of(const Recovery& recovery, const std::vector<std::string>& strikes) {
  return core::Json::object(
      {{"epoch", recovery.epoch},
       {"takenBack", static_cast<std::int64_t>(recovery.made.size())},
       {"struckOut", static_cast<std::int64_t>(strikes.size())},
       {"struckOutOfWaiting", static_cast<std::int64_t>(recovery.struck_waiting.size())}});
}

core::Json result_of(const Organisation& organisation, const Recovery& recovery) {
  core::Json result = result_of(organisation);
  result.set("takenBack", static_cast<std::int64_t>(recovery.made.size()));
  result.set("saidAgain", names_of(recovery.restatement.again));
  result.set("lapses", names_of(recovery.restatement.lapses));
  result.set("struckOut", names_of(recovery.restatement.struck));
  result.set("waits", names_of(recovery.waiting));
  result.set("struckOutOfWaiting", names_of(recovery.struck_waiting));
  return result;
}

}  // namespace

namespace {

int rotate_key_of_node(Resting& resting, const PassphraseSource& source, const core::Clock& clock,
                       const Console& console) {
  auto passphrase = read_passphrase(
      source, "Passphrase of " + printable(resting.organisation.name) + ": ", console);
  if (!passphrase) return console.fault(passphrase.error());
  core::SystemRandom random;
  auto store = Keystore::open(resting.directory.keys(), std::move(*passphrase), {}, random);
  if (!store) return console.fault(store.error());
  const auto rotated = rotate_node_key(*store, random);
  if (!rotated) return console.fault(rotated.error());
  const auto key = rotated->now.public_key().to_multikey();
  const auto did = resting.organisation.did().text();
  const auto audited = transact(
      *resting.database, "cannot write the audit log",
      [&](core::Transaction& transaction) -> Result<void, Error> {
        AuditLog().append(
            transaction, clock.now(),
            {did, "node_key.rotate", did, core::Json::object({{"publicKeyMultibase", key}})});
        return {};
      });
  if (!audited) return console.fault(audited.error());
  console.line("rotated    the key of this node to " + key);
  console.line("           start the node: it tells members, who know the key already and refuse");
  console.line("           the one before from then on. A thief of keys/ has this one, too:");
  console.line("           then rotate it once more after that");
  console.result(core::Json::object({{"did", did}, {"nodeKey", key}}));
  return 0;
}

}  // namespace

int key_rotate(const KeyRotateOptions& options, const Console& console) {
  if (auto valid = check_witness_urls(options.witnesses); !valid)
    return console.fault(valid.error());
  const core::SystemClock clock;
  auto resting = open_resting(options.data, clock.now());
  if (!resting) return console.fault(resting.error());
  if (options.node_key) return rotate_key_of_node(*resting, options.passphrase, clock, console);
  if (auto rotated = rotate(*resting, options.passphrase, options.witnesses, clock, console);
      !rotated)
    return console.fault(rotated.error());
  tell_rotated(resting->organisation, console);
  console.result(result_of(resting->organisation));
  return 0;
}

int key_recover(const KeyRecoverOptions& options, const Console& console) {
  if (auto valid = check_witness_urls(options.witnesses); !valid)
    return console.fault(valid.error());
  const core::SystemClock clock;
  const auto strikes = registry::Strikes::parse(options.strikes);
  if (!strikes) {
    return console.fault({ErrorCode::usage, "that is nothing to strike out", strikes.error().detail,
                          "run it without --strike to see the names"});
  }
  auto resting = open_resting(options.data, clock.now());
  if (!resting) return console.fault(resting.error());
  const auto recovery =
      plan_recovery(*resting->database, resting->directory, resting->organisation, *strikes);
  if (!recovery) return console.fault(recovery.error());
  show_recovery(*recovery, *resting->database, console);
  if (!recovery->opens_epoch() && recovery->struck_waiting.empty()) {
    console.line("");
    console.line("Nothing is changed. To strike something out: --strike NAME");
    console.result(result_of(resting->organisation, *recovery));
    return 0;
  }
  const auto did = resting->organisation.did().text();
  const std::string question = recovery->opens_epoch()
                                   ? "\nRecover " + did + "? What is taken back stays so."
                                   : "\nStrike that out for " + did + "? It is never said then.";
  if (auto confirmed = confirm(question, did, options.yes, console); !confirmed)
    return console.fault(confirmed.error());
  if (recovery->opens_epoch() && recovery->rotates) {
    if (auto rotated = rotate(*resting, options.passphrase, options.witnesses, clock, console);
        !rotated)
      return console.fault(rotated.error());
  }
  const auto agreed = transact(
      *resting->database, "cannot keep what was agreed",
      [&](core::Transaction& transaction) -> Result<void, Error> {
        keep_agreed(transaction, *recovery, *strikes);
        AuditLog().append(transaction, clock.now(),
                          {did, "key.recover", did, counts_of(*recovery, options.strikes)});
        return {};
      });
  if (!agreed) return console.fault(agreed.error());
  if (recovery->opens_epoch()) {
    tell_rotated(resting->organisation, console);
  } else {
    console.line("struck out " + std::to_string(recovery->struck_waiting.size()) +
                 " of what waits; the key stays. Start the node.");
  }
  console.result(result_of(resting->organisation, *recovery));
  return 0;
}

int key_compromised(const KeyCompromisedOptions& options, const Console& console) {
  core::Json body = core::Json::object({{"key", options.key}});
  if (!options.up_to.empty()) {
    const auto up_to = parse_position(options.up_to);
    if (!up_to)
      return console.fault({ErrorCode::usage, "--up-to " + options.up_to + " is no position",
                            "a position is an epoch and a sequence", "write for example 1/41"});
    body.set("upTo", core::Json::object({{"epoch", up_to->epoch}, {"sequence", up_to->sequence}}));
  }
  const auto draft = post(options.target, "/v1/keys/compromised/draft", body);
  if (!draft) return console.fault(draft.error());
  for (const auto& line : items(*draft, "words")) {
    if (const std::string* text = line.as_string()) console.line(printable(*text));
  }
  const auto key = cell(*draft, "key");
  // Many organisations have a #key-1; the key itself is this one's alone.
  const auto public_key = cell(*draft, "publicKeyMultibase");
  const auto& typed = public_key.empty() ? key : public_key;
  if (auto confirmed = confirm("\nGive up " + printable(key) + ", " + printable(typed) + "?", typed,
                               options.yes, console);
      !confirmed)
    return console.fault(confirmed.error());
  body.set("reason", options.reason);
  const auto done = post(options.target, "/v1/keys/compromised", body);
  if (!done) return console.fault(done.error());
  console.line("given up   " + printable(key) + " in statement " + position_in(*done, "said"));
  console.line("           what was published up to " + position_in(*done, "upTo") +
               " goes on counting");
  console.result(*done);
  return 0;
}

}  // namespace avow::node::cli
