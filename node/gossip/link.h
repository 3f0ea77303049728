#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "node/gossip/fair_share.h"
#include "node/gossip/gossip.h"
#include "node/gossip/log_reading.h"
#include "node/gossip/messages.h"
#include "node/gossip/view_repair.h"
#include "node/hearing.h"

namespace avow::node::gossip {

/// How long an unreachable peer is left alone after that many tries in a row that failed (1, 2 …): 250 ms, 500 ms … 8 s.
core::Milliseconds pause_after(int failures);

/// One peer and the thread that serves it.
class Link {
 public:
  static constexpr int kMaxRounds = 64;  // of one push or pull; the rest waits for the next turn
  /// Ids taken from a change log at a time: so many texts, each as large as it may be, arrive within kMaxRounds.
  static constexpr std::size_t kMaxPulled = 256;

  /// Takes what was fetched from that peer (URL). It is durable when this returns.
  using Store = std::function<Result<registry::Receipt, Error>(const registry::Objects& objects,
                                                               const std::string& from)>;
  /// `own_name`: the node's, since its start.
  Link(const Gossip::Parts& parts, std::string own_name, std::string url, Store store);

  void start();
  void request_stop();
  void join();
  void wake();
  PeerState state() const;
  /// What a look at held things wants is asked for with the next pull. The oldest look of many makes room.
  void want(std::shared_ptr<const registry::Receipt> look);

 private:
  void run(const std::stop_token& stop);
  core::Milliseconds pull_pause();
  void note(const Result<void, Error>& done);
  Result<core::Json, Error> exchange(std::string method, const std::string& path, std::string body);
  Result<PushAnswer, Error> send(const registry::Objects& objects);
  /// Sends what is queued until nothing is left or the peer takes no more of it.
  Result<void, Error> push();
  void tell_rejected(const std::vector<registry::Outgoing>& queued, const PushAnswer& answer) const;
  static registry::Objects objects_of(const std::vector<registry::Outgoing>& queued);
  /// What the peer has durably, or will never take, leaves the queue. gives how many that were
  Result<std::size_t, Error> acknowledge(const std::vector<registry::Outgoing>& queued,
                                         const PushAnswer& answer);
  /// The peer lacks what comes before. gives whether it took any of it
  Result<bool, Error> send_what_is_needed(const PushAnswer& answer);
  /// Takes what the peer has and we do not, by its change log; then the gaps that something signed names.
  Result<void, Error> pull();
  /// What the change log lists after `cursor`, of all feeds or of one, once what is missing of it was fetched.
  Result<SinceAnswer, Error> take_page(std::int64_t cursor,
                                       const std::optional<std::string>& feed = {});
  /// `last`: the page with which its change log ends; nothing if it goes on.
  Result<void, Error> fill_gaps_and_hear(const std::optional<SinceAnswer>& last);
  std::deque<std::shared_ptr<const registry::Receipt>> taken_looks();
  /// Of a long log the rest comes with the next pulls; one that has no end tells us nothing, and is not heard.
  void tell_if_endless(bool is_at_end);
  /// A bounded part of a reading from the beginning, if one is due or under way: when what was refused may be taken now, or
  /// when the peer stays in doubt.
  Result<void, Error> read_anew(bool is_at_end);
  /// Where the views stay different, something was lost on the way, whatever it was: each node gets all that the other lists
  /// of just the parts that differ.
  void repair(const std::string& their_root);
  Result<DifferentParts, Error> compare(const registry::View& view);
  /// Reads all that the peer lists of a part, and gives it what it does not list.
  Result<void, Error> exchange_part(const std::string& name);
  Result<void, Error> give(std::span<const std::string> hashes);
  /// Its whole change log was read: is it to be counted as heard?
  Result<void, Error> hear(const SinceAnswer& answer);
  /// Our last statement, for a peer that knows less; it asks for the rest.
  Result<void, Error> give_our_end();
  /// The charter's witness whose word this peer gives.
  /// gives its Multikey; "" if none is asked for
  core::Result<std::string, Doubt> word_of_witness();
  Result<void, Error> fill_gaps(const registry::Receipt& wanted);
  /// Fetches, and what the fetched turns out to need, for as long as that brings anything new.
  Result<void, Error> take(Fetch fetch);

  const Gossip::Parts& parts_;
  const std::string own_name_;  // Gossip::name()
  const Store store_;
  std::stop_token stop_;  // of the thread, for it alone
  LogReading log_{parts_.membership.feed()};
  ViewRepair repair_;
  std::string repair_fault_;  // why the last one failed
  LastAsked asked_;           // of the peer, to fill gaps
  LastAsked given_;           // of what it needs
  /// Queued for the peer, sent to it since a pull was last due, and not settled by its answer.
  std::set<std::int64_t> unanswered_;
  std::int64_t asks_ = 0;  // of the replica, when the change log was last read from the beginning
  std::chrono::steady_clock::time_point next_reading_;
  int in_vain_ = 0;         // pulls that ended in doubt since then
  std::int64_t pages_ = 0;  // of the change log, since it was last read to its end
  std::string endless_;     // says so, if it was not
  bool is_endless_told_ = false;
  mutable std::mutex mutex_;
  std::condition_variable_any condition_;
  bool woken_ = false;
  std::deque<std::shared_ptr<const registry::Receipt>> looks_;
  PeerState state_;
  std::jthread thread_;
};

}  // namespace avow::node::gossip
