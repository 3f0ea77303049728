#pragma once

#include <functional>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "core/database.h"
#include "core/testing/temp_dir.h"
#include "registry/replica.h"
#include "registry/testing/consortium.h"

namespace avow::registry::testing {

/// A replica with a database of its own.
class Node {
 public:
  explicit Node(const Charter& charter, std::set<std::string> peers = {"one", "two"},
                const HourLimits& limits = {});
  ~Node();

  void open();
  void restart();

  void write(const std::function<void(core::Transaction&)>& work);
  void read(const std::function<void(core::Connection&)>& work) const;

  Receipt receive(const Objects& objects, const std::string& from = "one",
                  core::Instant now = kNow);
  Receipt receive(const std::vector<Statement>& statements, const std::string& from = "one",
                  core::Instant now = kNow);
  Receipt receive_entries(const std::vector<std::string>& texts);
  Receipt receive_proof(const std::string& text);
  Receipt receive_head(const Head& head, core::Instant now = kNow);
  std::vector<Outgoing> outgoing(const std::string& peer);
  std::string root() const;

  std::unique_ptr<core::Database> database;
  std::unique_ptr<Replica> replica;

 private:
  core::testing::TempDir folder_;
  std::set<std::string> peers_;
  HourLimits limits_;
};

/// Texts of statements, proposals, decisions, votes, emergencies and log entries, each among its kind.
Objects objects_of(std::span<const std::string> texts);
/// One text that is a proposal, a decision, a vote, an emergency or a log entry.
Receipt give(Node& node, const std::string& text);
/// The head that the author of these statements (a whole epoch) signs.
Head head_of(const Organisation& by, const std::vector<Statement>& log,
             const std::string& status_root, core::Instant time);

}  // namespace avow::registry::testing
