#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/ed25519.h"
#include "core/json.h"
#include "interop-tests/harness/node.h"
#include "registry/statement.h"

namespace avow::interop {

/// A member whose feed the test writes itself, with the member's own key: it may say two things at one position,
/// what its node never would. Copies go on independently. The member's node must not run.
class HostileMember {
 public:
  /// Reads the key from `node`'s data directory and the network from its charter. Throws if it cannot.
  explicit HostileMember(const Node& node);

  registry::Statement open() { return next("epoch.open", core::Json::object()); }
  registry::Statement next(const std::string& kind, core::Json body);
  /// {"text": …}: chained without effect.
  registry::Statement note(const std::string& text);
  /// What next() would sign, for a test to change; sign() does so, with whatever key.
  registry::StatementDraft draft(const std::string& kind, core::Json body) const;
  static registry::Statement sign(const registry::StatementDraft& draft,
                                  const core::Ed25519SigningKey& key);
  const core::Ed25519SigningKey& key() const { return *key_; }

 private:
  std::shared_ptr<const core::Ed25519SigningKey> key_;
  std::string network_;
  std::string feed_;
  std::string key_id_;
  std::int64_t sequence_ = 0;
  std::string previous_;
};

/// POST /gossip/v1/push of these texts, by somebody who does not say who.
Reply push(const Node& to, const std::vector<std::string>& statements);
/// How many texts stand in a list of the answer ("accepted", "duplicate", "rejected").
std::size_t count_of(const Reply& answer, std::string_view list);
/// The end of a node's change log: it grows with everything the node takes and passes on.
std::int64_t change_cursor(const Node& node);

}  // namespace avow::interop
