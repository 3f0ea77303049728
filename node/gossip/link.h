#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

#include "node/gossip/gossip.h"
#include "node/hearing.h"
#include "registry/gossip/link.h"

namespace avow::node::gossip {

/// The thread that serves one peer: it carries out what the link asks for, and gives it what becomes of that.
class LinkThread {
 public:
  /// Takes what was fetched from that peer (URL). It is durable when this returns.
  using Store = std::function<Result<registry::Receipt, Error>(const registry::Objects& objects,
                                                               const std::string& from)>;
  /// `own_name`: the node's, since its start.
  LinkThread(const Gossip::Parts& parts, std::string own_name, const std::string& url, Store store);

  void start();
  void request_stop();
  void join();
  void wake();
  PeerState state() const;
  void want(std::shared_ptr<const registry::Receipt> look);

 private:
  void run(const std::stop_token& stop);
  Effects step(Event event);
  Event rest_until(core::Milliseconds wake_at);

  Event carry_out(const Call& call);
  Event carry_out(const registry::gossip::Store& asked);
  Event carry_out(const Acknowledge& asked);
  Event carry_out(const Settle& asked);
  Event carry_out(const Hear& asked);
  Result<core::Json, Error> exchange(std::string method, const std::string& path, std::string body);
  PeerHeard hear(const Hear& asked);
  /// Our last statement, for a peer that knows less; it asks for the rest.
  registry::Objects our_end() const;
  /// The charter's witness whose word this peer gives.
  /// gives its Multikey; "" if none is asked for
  core::Result<std::string, Doubt> word_of_witness();

  void tell(const PeerRejected& news);
  void tell(const LogGoesOn& news);
  void tell(const ViewRepaired& news);
  void tell(const ViewNotRepaired& news);
  void tell(const TurnEnded& news);

  const Gossip::Parts& parts_;
  const std::string own_name_;  // Gossip::name()
  const Store store_;
  Link link_;  // of the thread, for it alone, as what follows
  std::stop_token stop_;
  std::string endless_;  // says so, if the peer's change log was not read to its end
  bool is_endless_told_ = false;
  mutable std::mutex mutex_;
  std::condition_variable_any condition_;
  bool woken_ = false;
  std::deque<std::shared_ptr<const registry::Receipt>> looks_;
  PeerState state_;
  std::jthread thread_;
};

}  // namespace avow::node::gossip
