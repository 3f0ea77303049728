#include <array>

#include "core/instant_column.h"
#include "node/trust/local_rules.h"

namespace avow::node {
namespace {

constexpr std::array kLocalRuleMigrations{core::Migration{"node.local_rule", 1, R"sql(
  CREATE TABLE local_denial(
    did TEXT NOT NULL,   -- '' for anybody
    type TEXT NOT NULL,  -- '' for any
    reason TEXT NOT NULL,
    since INTEGER NOT NULL,  -- milliseconds since 1970
    PRIMARY KEY(did, type)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE local_max_age(
    only INTEGER PRIMARY KEY CHECK(only = 1),
    milliseconds INTEGER NOT NULL
  ) STRICT;
)sql"}};

LocalRules read(core::Connection& connection) {
  LocalRules rules;
  auto row = connection.query("SELECT did, type, reason, since FROM local_denial");
  while (row.step()) {
    const Denial denial{row.text(0), row.text(1), row.text(2), core::from_column(row.integer(3))};
    rules.denials.insert_or_assign(std::pair(denial.did, denial.type), denial);
  }
  auto age = connection.query("SELECT milliseconds FROM local_max_age");
  if (age.step()) rules.max_age = core::Milliseconds(age.integer(0));
  return rules;
}

}  // namespace

core::Json to_json(const Denial& denial) {
  core::Json json = core::Json::object(
      {{"reason", denial.reason}, {"since", core::format_milliseconds(denial.since)}});
  if (!denial.did.empty()) json.set("did", denial.did);
  if (!denial.type.empty()) json.set("type", denial.type);
  return json;
}

const Denial* LocalRules::find(const std::string& did, const std::string& type) const {
  for (const auto& rule :
       {std::pair(did, std::string()), std::pair(did, type), std::pair(std::string(), type)}) {
    if (rule.first.empty() && rule.second.empty()) continue;
    if (const auto found = denials.find(rule); found != denials.end()) return &found->second;
  }
  return nullptr;
}

std::span<const core::Migration> LocalRuleBook::migrations() {
  return kLocalRuleMigrations;
}

Result<std::unique_ptr<LocalRuleBook>, Error> LocalRuleBook::load(core::Database& database) {
  std::unique_ptr<LocalRuleBook> book(new LocalRuleBook(database));
  if (auto loaded = book->reload(); !loaded) return fail(loaded.error());
  return book;
}

std::shared_ptr<const LocalRules> LocalRuleBook::rules() const {
  const std::lock_guard lock(mutex_);
  return rules_;
}

Result<void, Error> LocalRuleBook::deny(core::Transaction& transaction, const Denial& denial) {
  auto count = transaction.query("SELECT count(*) FROM local_denial");
  count.step();
  if (count.integer(0) >= static_cast<std::int64_t>(kMaxDenials)) {
    return fail(
        Error{ErrorCode::conflict,
              "this node has as many rules of its own as it keeps: " + std::to_string(kMaxDenials),
              "each is looked at in every verification", "take some back with `avow trust allow`"});
  }
  transaction
      .query(
          "INSERT INTO local_denial(did, type, reason, since) VALUES(?, ?, ?, ?) "
          "ON CONFLICT(did, type) DO UPDATE SET reason = excluded.reason")
      .bind(std::string_view(denial.did), std::string_view(denial.type),
            std::string_view(denial.reason), core::to_column(denial.since))
      .run();
  return {};
}

Result<void, Error> LocalRuleBook::allow(core::Transaction& transaction, const std::string& did,
                                         const std::string& type) {
  transaction.query("DELETE FROM local_denial WHERE did = ? AND type = ?")
      .bind(std::string_view(did), std::string_view(type))
      .run();
  if (transaction.changes() == 1) return {};
  return fail(Error{ErrorCode::not_found, "this node has no such rule",
                    "a rule is taken back by the very DID and type that it was made with",
                    "see: avow trust overlay"});
}

void LocalRuleBook::set_max_age(core::Transaction& transaction,
                                const std::optional<core::Milliseconds>& max_age) {
  transaction.query("DELETE FROM local_max_age").run();
  if (!max_age) return;
  transaction.query("INSERT INTO local_max_age(only, milliseconds) VALUES(1, ?)")
      .bind(static_cast<std::int64_t>(max_age->count()))
      .run();
}

Result<void, Error> LocalRuleBook::reload() {
  const std::lock_guard lock(mutex_);
  LocalRules rules;
  const auto done = database_.read([&](core::Connection& connection) { rules = read(connection); });
  if (!done) return fail(from_core(done.error(), "cannot read this node's own rules"));
  rules_ = std::make_shared<const LocalRules>(std::move(rules));
  return {};
}

}  // namespace avow::node
