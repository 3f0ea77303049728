#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "core/database.h"
#include "core/json.h"
#include "core/timestamp.h"
#include "node/error.h"

namespace avow::node {

inline constexpr std::size_t kMaxDenials = 10'000;

/// Whom this node does not believe, whatever the network says. Without a type: not at all, and no credential about it (a
/// member, a stranger, an agent, a person). Without a DID: nobody's credentials of that type.
struct Denial {
  std::string did;   // empty: of anybody
  std::string type;  // empty: of any type
  std::string reason;
  core::Instant since;
};
/// {"did"?,"type"?,"reason","since"}
core::Json to_json(const Denial& denial);

/// The rules of one moment.
struct LocalRules {
  std::map<std::pair<std::string, std::string>, Denial> denials;  // by DID and type
  /// Stricter than the charter's freshness tier; a longer one has no effect.
  std::optional<core::Milliseconds> max_age;

  /// The denial of what this DID issues under that type, or of this DID as such (type empty); null if there is none.
  const Denial* find(const std::string& did, const std::string& type) const;
};

/// The rules of this node alone: in its database, never in its feed, told to nobody but in the verdicts that they
/// decide. Reading is for any thread.
class LocalRuleBook {
 public:
  static std::span<const core::Migration> migrations();
  /// fails storage
  static Result<std::unique_ptr<LocalRuleBook>, Error> load(core::Database& database);

  /// As they stand; never null.
  std::shared_ptr<const LocalRules> rules() const;

  // What these write is in force once the transaction is durable and reload() was called.
  /// fails conflict: there is no room for another
  static Result<void, Error> deny(core::Transaction& transaction, const Denial& denial);
  /// fails not_found
  static Result<void, Error> allow(core::Transaction& transaction, const std::string& did,
                                   const std::string& type);
  static void set_max_age(core::Transaction& transaction,
                          const std::optional<core::Milliseconds>& max_age);
  /// fails storage
  Result<void, Error> reload();

 private:
  explicit LocalRuleBook(core::Database& database) : database_(database) {}

  core::Database& database_;
  mutable std::mutex mutex_;
  std::shared_ptr<const LocalRules> rules_;
};

}  // namespace avow::node
