#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "core/memory_database.h"
#include "registry/replica.h"
#include "registry/testing/consortium.h"

namespace avow::simulation {

/// A consortium in which every member has opened its feed, and all know that.
class World {
 public:
  explicit World(std::size_t members);

  struct Member {
    const registry::testing::Organisation* organisation;
    registry::testing::Author author;
    std::vector<registry::Statement> log = {};
    /// What it says next.
    const registry::Statement& say(const std::string& kind, core::Json body, core::Instant time);
  };
  std::vector<Member>& members() { return members_; }
  /// What everybody holds when the simulation begins.
  const core::MemoryDatabase& database() const { return *database_; }
  const registry::Replica& replica() const { return replica_; }
  core::Instant begin() const { return registry::testing::kNow; }

 private:
  void receive(const registry::Objects& objects);
  void found();
  void admit_others();
  void open_feeds();

  std::deque<registry::testing::Organisation> organisations_;
  std::vector<Member> members_;
  std::unique_ptr<core::MemoryDatabase> database_;
  registry::Replica replica_;
};

}  // namespace avow::simulation
