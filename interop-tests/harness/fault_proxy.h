#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <list>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

#include "interop-tests/harness/node.h"

namespace avow::interop {

/// What a link does to the bytes that it carries.
struct LinkFaults {
  /// Each byte comes so much later.
  std::chrono::milliseconds delay{0};
  /// No more than so many pass each way; 0: all.
  std::size_t bytes_per_second = 0;
  /// What is sent waits until the link is whole again, as in a network that loses every packet.
  bool loses_requests = false;
  bool loses_answers = false;
};

/// A link to a listener at this test's own address: who connects to port() is connected with the target, through whatever
/// faults the link has now. One thread; it holds no more of each connection than a few buffers.
class FaultProxy {
 public:
  explicit FaultProxy(std::uint16_t target);
  ~FaultProxy();
  FaultProxy(const FaultProxy&) = delete;
  FaultProxy& operator=(const FaultProxy&) = delete;

  std::uint16_t port() const { return port_.number(); }

  void set(const LinkFaults& faults);
  /// Resets every connection that there is, in the middle of whatever it carries.
  void reset_connections();
  /// How many bytes have passed, both ways.
  std::uint64_t carried() const { return carried_; }

 private:
  struct Connection;
  void carry(const std::stop_token& stop);
  void accept_one(std::list<Connection>& connections) const;

  const std::uint16_t target_;
  const ReservedPort port_;
  int listener_ = -1;
  int wake_ = -1;  // eventfd
  mutable std::mutex mutex_;
  LinkFaults faults_;
  bool resets_ = false;
  std::atomic<std::uint64_t> carried_ = 0;
  std::jthread thread_;
};

}  // namespace avow::interop
