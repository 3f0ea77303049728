#include "node/agents/sqlite_agent_store.h"

#include <array>

#include "core/instant_column.h"

namespace avow::node {
namespace {

constexpr std::array kAgentMigrations{
    core::Migration{"node.agent", 1, R"sql(
  CREATE TABLE agent(
    name TEXT NOT NULL COLLATE NOCASE UNIQUE,
    version TEXT NOT NULL,
    kind TEXT NOT NULL,
    did TEXT NOT NULL UNIQUE,
    owner TEXT NOT NULL,
    owner_name TEXT NOT NULL,
    public_key TEXT NOT NULL UNIQUE,
    added INTEGER NOT NULL  -- milliseconds since 1970
  ) STRICT;
)sql"},
    // Which key an agent has now stands in its document alone. Here stands whose a key is,
    // or was.
    core::Migration{"node.agent", 2, R"sql(
  CREATE TABLE agent_key(
    public_key TEXT PRIMARY KEY,
    did TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  INSERT INTO agent_key(public_key, did) SELECT public_key, did FROM agent;
  CREATE TABLE agent_2(
    name TEXT NOT NULL COLLATE NOCASE UNIQUE,
    version TEXT NOT NULL,
    kind TEXT NOT NULL,
    did TEXT NOT NULL UNIQUE,
    owner TEXT NOT NULL,
    owner_name TEXT NOT NULL,
    added INTEGER NOT NULL  -- milliseconds since 1970
  ) STRICT;
  INSERT INTO agent_2(name, version, kind, did, owner, owner_name, added)
    SELECT name, version, kind, did, owner, owner_name, added FROM agent;
  DROP TABLE agent;
  ALTER TABLE agent_2 RENAME TO agent;
)sql"}};

constexpr std::string_view kColumns =
    "SELECT name, version, kind, did, owner, owner_name, added FROM agent ";

/// Without the key, which its document has.
Agent read(const core::Query& row) {
  return {row.text(0), row.text(1), row.text(2), row.text(3),
          row.text(4), row.text(5), "",          core::from_column(row.integer(6))};
}

std::optional<std::string> one_text(core::Connection& connection, std::string_view sql,
                                    const std::string& value) {
  auto row = connection.query(sql);
  row.bind(std::string_view(value));
  if (!row.step()) return std::nullopt;
  return row.text(0);
}

}  // namespace

std::span<const core::Migration> SqliteAgentStore::migrations() {
  return kAgentMigrations;
}

bool SqliteAgentStore::add(core::Transaction& transaction, const Agent& agent) {
  transaction
      .query(
          "INSERT INTO agent(name, version, kind, did, owner, owner_name, added) "
          "VALUES(?, ?, ?, ?, ?, ?, ?) "
          "ON CONFLICT DO NOTHING")
      .bind(std::string_view(agent.name), std::string_view(agent.version),
            std::string_view(agent.kind), std::string_view(agent.did),
            std::string_view(agent.owner), std::string_view(agent.owner_name),
            core::to_column(agent.added))
      .run();
  return transaction.changes() == 1;
}

bool SqliteAgentStore::claim_key(core::Transaction& transaction, const std::string& did,
                                 const std::string& multikey) {
  transaction.query("INSERT INTO agent_key(public_key, did) VALUES(?, ?) ON CONFLICT DO NOTHING")
      .bind(std::string_view(multikey), std::string_view(did))
      .run();
  return one_text(transaction, "SELECT did FROM agent_key WHERE public_key = ?", multikey) == did;
}

std::optional<std::string> SqliteAgentStore::owner_name(core::Connection& connection,
                                                        const std::string& owner) {
  return one_text(connection, "SELECT owner_name FROM agent WHERE owner = ? LIMIT 1", owner);
}

std::optional<std::string> SqliteAgentStore::owner_of(core::Connection& connection,
                                                      const std::string& agent) {
  return one_text(connection, "SELECT owner FROM agent WHERE did = ?", agent);
}

std::optional<Agent> SqliteAgentStore::find(core::Connection& connection, const std::string& name) {
  auto row = connection.query(std::string(kColumns) + "WHERE name = ?");
  row.bind(std::string_view(name));
  if (!row.step()) return std::nullopt;
  return read(row);
}

std::vector<Agent> SqliteAgentStore::list(core::Connection& connection, std::size_t limit) {
  auto row = connection.query(std::string(kColumns) + "ORDER BY name LIMIT ?");
  row.bind(static_cast<std::int64_t>(limit));
  std::vector<Agent> agents;
  while (row.step()) agents.push_back(read(row));
  return agents;
}

}  // namespace avow::node
