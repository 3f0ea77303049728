// The tables of all stores of this room.

#include <array>

#include "registry/feed_store.h"

namespace avow::registry {
namespace {

constexpr std::string_view kSchema = R"sql(
CREATE TABLE slot(
  n INTEGER PRIMARY KEY,
  hash TEXT NOT NULL,
  text TEXT NOT NULL
) STRICT;
CREATE TABLE statement(
  hash TEXT PRIMARY KEY,
  feed TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  previous TEXT NOT NULL,
  kind TEXT NOT NULL,
  priority INTEGER NOT NULL,
  time INTEGER NOT NULL,
  text TEXT NOT NULL,
  UNIQUE(feed, epoch, sequence, hash)
) STRICT;
CREATE TABLE feed_state(
  feed TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  hash TEXT NOT NULL,
  time INTEGER NOT NULL,
  hour INTEGER NOT NULL,
  urgent INTEGER NOT NULL,
  others INTEGER NOT NULL,
  other_bytes INTEGER NOT NULL,
  PRIMARY KEY(feed, epoch)
) STRICT, WITHOUT ROWID;
CREATE TABLE fork_proof(
  feed TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  hash TEXT NOT NULL UNIQUE,
  text TEXT NOT NULL,
  PRIMARY KEY(feed, epoch)
) STRICT;
CREATE TABLE head(
  feed TEXT PRIMARY KEY,
  epoch INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  time INTEGER NOT NULL,
  hash TEXT NOT NULL UNIQUE,
  text TEXT NOT NULL
) STRICT;
CREATE TABLE ingest(
  n INTEGER PRIMARY KEY AUTOINCREMENT,
  class TEXT NOT NULL,
  feed TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  hash TEXT NOT NULL,
  priority INTEGER NOT NULL
) STRICT;
CREATE INDEX ingest_by_object ON ingest(class, feed, epoch);
CREATE TABLE outbox(
  peer TEXT NOT NULL,
  n INTEGER NOT NULL REFERENCES ingest(n) ON DELETE CASCADE,
  PRIMARY KEY(peer, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_by_object ON outbox(n);
CREATE TABLE own_signature(
  feed TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  hash TEXT NOT NULL,
  PRIMARY KEY(feed, epoch, sequence)
) STRICT;
)sql";

constexpr std::string_view kEpochs = R"sql(
CREATE TABLE log_entry(
  hash TEXT PRIMARY KEY,
  feed TEXT NOT NULL,
  version INTEGER NOT NULL,
  text TEXT NOT NULL,
  UNIQUE(feed, version, hash)
) STRICT;
ALTER TABLE statement ADD COLUMN on_chain INTEGER NOT NULL DEFAULT 1;
)sql";

constexpr std::string_view kGovernanceSchema = R"sql(
CREATE TABLE slot_fork(
  n INTEGER PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE,
  text TEXT NOT NULL
) STRICT;
CREATE TABLE proposal(
  hash TEXT PRIMARY KEY,
  slot INTEGER NOT NULL,
  text TEXT NOT NULL
) STRICT;
CREATE TABLE vote(
  hash TEXT PRIMARY KEY,
  slot INTEGER NOT NULL,
  round INTEGER NOT NULL,
  governor TEXT NOT NULL,
  text TEXT NOT NULL
) STRICT;
CREATE INDEX vote_by_slot ON vote(slot);
CREATE TABLE own_vote(
  slot INTEGER NOT NULL,
  round INTEGER NOT NULL,
  phase TEXT NOT NULL,
  n INTEGER NOT NULL,
  hash TEXT NOT NULL,
  PRIMARY KEY(slot, round, phase)
) STRICT;
CREATE TABLE emergency(
  hash TEXT PRIMARY KEY,
  scid TEXT NOT NULL,
  from_time INTEGER NOT NULL,
  governor TEXT NOT NULL,
  text TEXT NOT NULL
) STRICT;
)sql";

constexpr std::string_view kEmergencyEpochs = R"sql(
ALTER TABLE emergency ADD COLUMN epoch INTEGER NOT NULL DEFAULT 1;
UPDATE emergency SET epoch = json_extract(text, '$.epoch');
CREATE INDEX emergency_by_signer ON emergency(scid, governor, epoch);
CREATE TABLE own_emergency(
  hash TEXT PRIMARY KEY,
  scid TEXT NOT NULL,
  from_time INTEGER NOT NULL
) STRICT;
)sql";

constexpr std::string_view kWitnesses = R"sql(
CREATE TABLE witness_proof(
  hash TEXT PRIMARY KEY,
  feed TEXT NOT NULL,
  version INTEGER NOT NULL,
  entry_hash TEXT NOT NULL,
  witness TEXT NOT NULL,
  text TEXT NOT NULL,
  UNIQUE(entry_hash, witness)
) STRICT;
CREATE INDEX witness_proof_by_feed ON witness_proof(feed, version);
CREATE INDEX witness_proof_by_witness ON witness_proof(witness);
)sql";

// Those that were kept before are asked for again, as all are after a start.
constexpr std::string_view kEmergencyRecords = R"sql(
DROP TABLE emergency;
CREATE TABLE emergency(
  hash TEXT PRIMARY KEY,
  scid TEXT NOT NULL,
  from_time INTEGER NOT NULL,
  until_time INTEGER NOT NULL,
  governor TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  key TEXT NOT NULL,
  public_key TEXT NOT NULL,
  text TEXT NOT NULL
) STRICT;
CREATE INDEX emergency_by_member ON emergency(scid, governor);
CREATE INDEX emergency_by_governor ON emergency(governor, scid);
DELETE FROM ingest WHERE class = 'emergency';
)sql";

// Of what stands beside the chains there is little, but it is looked for with each batch.
constexpr std::string_view kBeside = R"sql(
CREATE INDEX statement_beside ON statement(feed, epoch, sequence) WHERE on_chain = 0;
)sql";

// For who asks for one feed again.
constexpr std::string_view kIngestByFeed = "CREATE INDEX ingest_by_feed ON ingest(feed);";

// For what moves on and off a chain, to be listed once.
constexpr std::string_view kIngestByPlace = R"sql(
DROP INDEX ingest_by_object;
CREATE INDEX ingest_by_place ON ingest(class, feed, epoch, sequence);
)sql";

constexpr std::string_view kRefused = R"sql(
CREATE TABLE refused(
  feed TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY(feed, epoch, sequence)
) STRICT;
)sql";

constexpr std::array<core::Migration, 10> kMigrations{{{"registry", 1, kSchema},
                                                       {"registry", 2, kEpochs},
                                                       {"registry", 3, kGovernanceSchema},
                                                       {"registry", 4, kEmergencyEpochs},
                                                       {"registry", 5, kWitnesses},
                                                       {"registry", 6, kEmergencyRecords},
                                                       {"registry", 7, kBeside},
                                                       {"registry", 8, kIngestByFeed},
                                                       {"registry", 9, kIngestByPlace},
                                                       {"registry", 10, kRefused}}};

}  // namespace

std::span<const core::Migration> migrations() {
  return kMigrations;
}

}  // namespace avow::registry
