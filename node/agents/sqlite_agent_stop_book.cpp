#include <array>

#include "core/instant_column.h"
#include "node/agents/agent_stop_book.h"

namespace avow::node {
namespace {

constexpr std::array kAgentStopMigrations{core::Migration{"node.agent_stop", 1, R"sql(
  CREATE TABLE agent_stop(
    agent TEXT PRIMARY KEY,  -- hash of its DID
    suspended INTEGER NOT NULL CHECK(suspended IN (0, 1)),
    disowned_from INTEGER    -- milliseconds since 1970
  ) STRICT, WITHOUT ROWID;
)sql"}};

OwnStop stop_in(const core::Query& row, int column) {
  OwnStop stop{row.integer(column) != 0};
  if (!row.is_null(column + 1)) stop.disowned_from = core::from_column(row.integer(column + 1));
  return stop;
}

}  // namespace

std::span<const core::Migration> AgentStopBook::migrations() {
  return kAgentStopMigrations;
}

Result<std::unique_ptr<AgentStopBook>, Error> AgentStopBook::load(core::Database& database) {
  auto book = std::make_unique<AgentStopBook>();
  Stops stops;
  const auto read = database.read([&](core::Connection& connection) {
    auto row = connection.query("SELECT agent, suspended, disowned_from FROM agent_stop");
    while (row.step()) stops.emplace(row.text(0), stop_in(row, 1));
  });
  if (!read) return fail(from_core(read.error(), "cannot read which agents are stopped"));
  book->stops_ = std::make_shared<const Stops>(std::move(stops));
  return book;
}

std::shared_ptr<const AgentStopBook::Stops> AgentStopBook::stops() const {
  const std::lock_guard lock(mutex_);
  return stops_;
}

OwnStop AgentStopBook::stop_of(core::Connection& connection, std::string_view agent_hash) {
  auto row = connection.query("SELECT suspended, disowned_from FROM agent_stop WHERE agent = ?");
  row.bind(agent_hash);
  return row.step() ? stop_in(row, 0) : OwnStop{};
}

void AgentStopBook::put(core::Transaction& transaction, const std::string& agent_hash,
                        const OwnStop& stop) {
  {
    auto query = transaction.query(
        "INSERT OR REPLACE INTO agent_stop(agent, suspended, disowned_from) VALUES(?, ?, ?)");
    query.bind(std::string_view(agent_hash), std::int64_t{stop.suspended ? 1 : 0});
    if (stop.disowned_from) {
      query.bind(core::to_column(*stop.disowned_from));
    } else {
      query.bind(nullptr);
    }
    query.run();
  }
  transaction.after_commit([this, agent_hash, stop] {
    const std::lock_guard lock(mutex_);
    auto changed = std::make_shared<Stops>(*stops_);
    changed->insert_or_assign(agent_hash, stop);
    stops_ = std::move(changed);
  });
}

}  // namespace avow::node
