#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/clock.h"
#include "core/database.h"
#include "core/http_fetcher.h"
#include "core/random.h"
#include "node/audit/audit_log.h"
#include "node/gossip/head_schedule.h"
#include "node/log.h"
#include "node/membership.h"
#include "registry/gossip/fair_share.h"
#include "registry/gossip/messages.h"
#include "registry/replica.h"

namespace avow::node::gossip {

using namespace registry::
    gossip;  // the protocol, of which this is the part with threads and sockets
using registry::gossip::to_json;  // node's own would hide these

/// How a peer is, as seen from here.
struct PeerState {
  std::string url;
  bool reachable = false;
  std::int64_t queued = 0;
  std::optional<core::Instant> last_success;
  std::string last_error;
};

class LinkThread;

/// Replication over HTTP: one thread for each peer (a dead or slow one never delays another) that pushes what is
/// queued for it at once and pulls every 2 s ± 20 %, and one thread that signs heads when they are due (head_schedule.h)
/// and looks again at what is held.
class Gossip {
 public:
  struct Parts {
    core::Database& database;
    registry::Replica& replica;
    Membership& membership;
    const AuditLog& audit;
    core::HttpFetcher& fetcher;
    const core::Clock& clock;
    core::Random& random;
    Log& log;
    std::string own_url;  // of the own peer listener, empty if there is none
    std::vector<std::string> peers;
    core::Milliseconds pull_every = std::chrono::seconds(2);
  };
  explicit Gossip(Parts parts);
  ~Gossip();
  Gossip(const Gossip&) = delete;
  Gossip& operator=(const Gossip&) = delete;

  void start();
  void stop();
  /// Something is queued: every peer's thread looks at once.
  void wake();

  /// Takes what somebody pushed. It is durable when this returns. `from`: the peer (URL) whose node has shown its key
  /// with it; nothing is queued back for it.
  Result<PushAnswer, Error> receive(const registry::Objects& objects, const std::string& from = "");
  std::vector<PeerState> peers() const;
  /// Of this node since its start, by which it knows itself where one of its peers is this node by another address.
  const std::string& name() const { return name_; }

 private:
  /// `from`: the peer that it was fetched from, for which it is not queued; empty if nobody is known to have it.
  Result<registry::Receipt, Error> store(const registry::Objects& objects, const std::string& from);
  void report_changes(const registry::Receipt& receipt);
  void report_unknown_rules() const;
  void report_contradictions(const registry::Objects& objects, const registry::Receipt& receipt);
  void want(registry::Receipt&& look);
  void keep_house(const std::stop_token& stop);
  void look_at_held();
  void sign_head_if_due(HeadSchedule& schedule);
  void wait_until(const std::stop_token& stop, std::chrono::steady_clock::time_point until);
  Parts parts_;
  const std::string name_;
  std::vector<std::unique_ptr<LinkThread>> links_;
  std::mutex receiving_;
  LastAsked asked_;  // of who pushes, in one answer after another
  std::mutex reporting_;
  /// Feed and epoch of heads that contradicted what their author had said before. One that does is signed anew every few
  /// minutes, and who has it can push it again and again.
  std::set<std::pair<std::string, std::int64_t>> reported_;
  /// Bases that take a revocation back, by feed: each is told of once.
  std::set<std::pair<std::string, registry::SaidAt>> taken_back_;
  std::mutex housekeeping_;
  std::condition_variable_any has_come_;
  bool is_news_ = false;  // something has come since the housekeeper looked
  std::jthread housekeeper_;
};

}  // namespace avow::node::gossip
