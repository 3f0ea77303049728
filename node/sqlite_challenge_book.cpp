#include "node/sqlite_challenge_book.h"

#include <array>

#include "core/base64url.h"
#include "core/instant_column.h"

namespace avow::node {
namespace {

constexpr std::array kChallengeMigrations{core::Migration{"node.challenge", 1, R"sql(
  CREATE TABLE challenge(
    value TEXT PRIMARY KEY,
    expires INTEGER NOT NULL,  -- milliseconds since 1970
    used INTEGER               -- when, or NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX challenge_expires ON challenge(expires);
)sql"}};

/// Used and expired ones are remembered for a while, so that the answer can say which of the two it was.
constexpr core::Milliseconds kMemory = std::chrono::minutes(10);

/// Callers take the time before they wait for the database: so far the times of two of them may be apart.
constexpr core::Milliseconds kApart = std::chrono::seconds(60);

vc::Check refused(std::string_view code, std::string_view detail) {
  return vc::Check::failed(
      "challenge", code, detail,
      "ask this node for a new challenge (POST /challenges) and present again within 60 s");
}

}  // namespace

std::span<const core::Migration> SqliteChallengeBook::migrations() {
  return kChallengeMigrations;
}

Result<std::optional<Challenge>, Error> SqliteChallengeBook::issue(core::Instant now) {
  std::array<std::uint8_t, 16> bytes{};
  random_.fill(bytes);
  const Challenge challenge{core::to_base64url(bytes), now + kLifetime};
  bool full = false;
  const auto written =
      database_.write([&](core::Transaction& tx) -> core::Result<void, core::Error> {
        // Those of a clock that was ahead would never end, and some day nobody got another.
        tx.query("DELETE FROM challenge WHERE expires < ? OR expires > ?")
            .bind(core::to_column(now - kMemory), core::to_column(now + kLifetime + kMemory))
            .run();
        auto open = tx.query("SELECT count(*) FROM challenge WHERE used IS NULL AND expires >= ?");
        open.bind(core::to_column(now)).step();
        full = open.integer(0) >= static_cast<std::int64_t>(kMaxOpen);
        if (!full)
          tx.query("INSERT INTO challenge(value, expires) VALUES(?, ?)")
              .bind(std::string_view(challenge.value), core::to_column(challenge.expires))
              .run();
        return {};
      });
  if (!written) return fail(from_core(written.error(), "cannot store a challenge"));
  if (full) return std::optional<Challenge>();
  return std::optional<Challenge>(challenge);
}

vc::Check SqliteChallengeBook::consume(const std::string& challenge, core::Instant now) {
  vc::Check check = refused("challenge_unknown", "this node did not issue that challenge");
  const auto written =
      database_.write([&](core::Transaction& tx) -> core::Result<void, core::Error> {
        auto row = tx.query("SELECT expires, used FROM challenge WHERE value = ?");
        row.bind(std::string_view(challenge));
        if (!row.step()) return {};
        if (!row.is_null(1)) {
          check = refused("challenge_used",
                          "that challenge was answered before; each is good for one presentation");
        } else if (row.integer(0) < core::to_column(now)) {
          check = refused("challenge_expired", "that challenge is older than 60 s");
        } else if (row.integer(0) > core::to_column(now + kLifetime + kApart)) {
          check = refused("challenge_expired",
                          "that challenge comes from a time that this node's clock does not know");
        } else {
          tx.query("UPDATE challenge SET used = ? WHERE value = ?")
              .bind(core::to_column(now), std::string_view(challenge))
              .run();
          check =
              vc::Check::passed("challenge", "issued by this node, used now for the first time");
        }
        return {};
      });
  if (written) return check;
  return vc::Check::undetermined("challenge", "storage",
                                 "the use of the challenge could not be recorded",
                                 "try again; see the node's log");
}

}  // namespace avow::node
