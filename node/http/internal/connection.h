#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <sys/types.h>

#include "core/file_descriptor.h"
#include "node/http/internal/peer_tls.h"
#include "node/http/internal/tls_session.h"
#include "node/http/listener.h"

namespace avow::node::http {

using SteadyTime = std::chrono::steady_clock::time_point;

using core::FileDescriptor;

/// Waits until the descriptor is ready for `events` (poll's), or has failed; false when the time is up.
bool wait_for(int fd, short events, SteadyTime until);

/// Tells every connection of a listener that it stops: idle ones wake at once, busy ones learn how
/// long they may still take. Raised once.
class StopSignal {
 public:
  StopSignal();
  void raise(SteadyTime drain_until);
  bool raised() const { return raised_; }
  SteadyTime drain_until() const { return drain_until_.load(); }
  /// Readable for ever once raised.
  int fd() const { return event_.get(); }

 private:
  FileDescriptor event_;
  std::atomic<SteadyTime> drain_until_;
  std::atomic<bool> raised_{false};
};

/// One accepted connection: its buffer, so that pipelined bytes survive, and its deadlines, each for a
/// whole step and not per read, so that dripping bytes buys nobody time.
class Connection {
 public:
  /// `identity`: null without TLS.
  Connection(FileDescriptor socket, const ListenerLimits& limits, const StopSignal& stop,
             const PeerIdentity* identity = nullptr);

  /// First of all; within the time for a head. False: there is nobody to talk to. Without TLS it does nothing.
  bool shake_hands();

  enum class HeadStatus { complete, gone, too_slow, too_large, bare_line_feed };
  /// Waits for the next head. `gone`: closed, or silent for too long.
  HeadStatus read_head();
  /// After `complete`: the head with its empty line; else what has come of it.
  std::string_view head() const { return std::string_view(in_).substr(0, head_size_); }
  /// Forgets the head and reads exactly `size` bytes after it.
  bool read_body(std::size_t size, std::string& body);
  bool write(std::string_view bytes);
  /// Ends our side and reads on for a moment: bytes left unread at close would turn into a reset, and
  /// the peer would never see our answer.
  void linger();

  const std::string& peer() const { return peer_; }
  std::optional<uid_t> peer_uid() const { return peer_uid_; }
  /// Multikey, after the handshake; none if the client has shown none.
  const std::optional<std::string>& peer_key() const { return peer_key_; }
  bool stopping() const { return stop_.raised(); }

 private:
  enum class Fill { data, closed, timed_out };
  Fill fill(SteadyTime until, bool idle);
  Fill receive(SteadyTime until, bool idle);
  /// Repeats a step of TLS until it is done, has failed (closed) or the time is up.
  template <class Step>
  Fill finish(const Step& step, std::size_t& count, SteadyTime until, bool idle);
  bool wait(short events, SteadyTime until, bool idle);

  FileDescriptor socket_;
  const ListenerLimits& limits_;
  const StopSignal& stop_;
  std::string in_;
  std::size_t head_size_ = 0;
  std::string peer_;
  std::optional<uid_t> peer_uid_;
  ShownKey shown_;
  std::optional<std::string> peer_key_;
  std::unique_ptr<TlsSession> tls_;  // null without
};

}  // namespace avow::node::http
