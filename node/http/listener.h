#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "node/error.h"
#include "node/http/peer_identity.h"
#include "node/http/route.h"
#include "node/http/url.h"

namespace avow::node::http {

/// Every time is total, not per read. Tests shorten them; a node uses these.
struct ListenerLimits {
  std::chrono::milliseconds idle{5000};    // from the last answer to the next first byte
  std::chrono::milliseconds head{5000};    // from the first byte to the end of the head
  std::chrono::milliseconds body{10000};   // from the head to the last byte of the body
  std::chrono::milliseconds write{5000};   // for a whole answer
  std::chrono::milliseconds linger{1000};  // reading on after the last answer, so that it arrives
  std::chrono::milliseconds drain{5000};   // from stop() until what was begun is cut off
  std::size_t max_head_bytes = 16'384;
  std::size_t max_target_bytes = 8'192;
  int max_headers = 64;
  int max_requests_per_connection = 1000;
  /// A connection holds a thread; threads are made when they are first needed. At most so many more, and never over
  /// 17, are accepted and wait; further ones stay with the kernel.
  std::size_t max_connections = 1100;
};

/// One answered request, for logs and metrics. It never holds the path, which may name people.
struct Exchange {
  std::string method;  // "-" when the head could not be read
  std::string route;   // the pattern, or "-"
  int status = 0;
  std::string code;           // of a refusal by the listener itself, else empty
  std::string trace_id = {};  // the client's, or of a problem; empty if there is neither
  std::string fault = {};     // what failed inside, where the client was not told
  std::chrono::microseconds duration{0};
  std::string peer;
};

struct ListenerConfig {
  ListenerLimits limits = {};
  /// TCP: TLS 1.3 with this key and nothing else. A client may show a key of its own (Request::peer_key), whichever, or
  /// none. Who has not shaken hands when a head would have to be whole, or speaks anything else, is closed on.
  std::shared_ptr<const PeerIdentity> identity = {};
  /// Unix socket: who may connect; the node's own user when empty.
  std::vector<uid_t> allowed_uids = {};
  /// When set, a state-changing request with an Origin outside this list is refused (a browser always
  /// sends one).
  std::optional<std::vector<std::string>> allowed_origins = {};
  /// 32 hexadecimal digits for a problem whose request brought no traceparent; called from the connections' threads.
  /// Without it such a problem has neither `traceId` nor `instance`.
  std::function<std::string()> new_trace_id = {};
  /// The clients are the node's own people: a problem tells them what failed inside. Else on_exchange does.
  bool tells_faults = false;
  /// Called after every answer, from the connection's thread; must not throw.
  std::function<void(const Exchange&)> on_exchange = {};
};

/// What on_unix_socket asks of a path, for callers who want to know before they do anything else.
/// fails configuration (empty, over 107 bytes)
Result<void, Error> check_socket_path(const std::string& path);

/// An HTTP/1.1 server on one TCP port or one Unix socket, with threads of its own, so that a flood
/// on one listener cannot stop another.
///
/// It trusts nothing about a request until the whole head has been judged byte by byte, and nothing
/// of httplib but its accept loop: httplib percent-decodes header values, skips lines that end in a
/// bare LF, answers Range and Expect before any hook runs, cannot close one connection, and
/// measures time per read. Two parsers that disagree are how requests are smuggled, so there is
/// one: what was judged is what the handler sees.
///
/// Refused, each with a stable code, and the connection closed after it, because the bytes that
/// follow a refused head can be anything:
///
///   400  bad_request_line, bad_header (control bytes, bare LF, folded lines, space before the colon)
///   400  bad_host, duplicate_header, bad_content_length, conflicting_framing, unexpected_body
///   400  bad_path (broken escapes, control bytes, dot segments, not UTF-8), bad_query
///   403  peer_not_allowed, origin_not_allowed
///   404  no_such_route
///   405  method_not_allowed (HEAD and OPTIONS always)
///   408  slow_head, slow_body
///   411  length_required (a POST without Content-Length; any Transfer-Encoding)
///   413  too_large
///   414  target_too_long
///   415  unsupported_content_encoding, unsupported_media_type
///   416  range_not_supported
///   417  expectation_failed
///   431  too_many_headers, head_too_large
///   500  internal (an exception of any type; its text goes nowhere)
///   501  method_not_implemented
///   505  http_version_not_supported
///
/// What a handler answers, of any status, keeps the connection. A silent client, and one that never
/// reads, is closed without an answer. `Upgrade` and `X-Forwarded-For` are ignored.
///
/// source  RFC 9112 "Message Body Length", "Obsolete Line Folding"; RFC 9110 "Method Not Allowed"
class Listener {
 public:
  /// Binds; connections wait until start(). Port 0 takes a free one. SO_REUSEPORT stays off, so a
  /// second process on the port fails instead of silently taking half the connections.
  /// fails port_in_use, address_refused (not an address of this machine, or no permission)
  static Result<std::unique_ptr<Listener>, Error> on_tcp(const HostPort& address,
                                                         ListenerConfig config = {});
  /// The socket's mode is 0600 from its first moment. A path left by a dead process is removed,
  /// after a connection to it has failed; anything else at that path is left alone.
  ///
  /// fails port_in_use (somebody answers there), address_refused, configuration (over 107 bytes)
  static Result<std::unique_ptr<Listener>, Error> on_unix_socket(const std::string& path,
                                                                 ListenerConfig config = {});
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// Begins to answer with these routes, on threads of its own. Once.
  void start(RouteTable routes);
  /// Takes no more connections, answers what was begun (at most `drain`), closes the rest, returns
  /// when all threads have ended; a handler that is running is waited for. May be called twice.
  void stop();
  /// The port bound; 0 on a Unix socket.
  std::uint16_t port() const;

 private:
  class Server;
  explicit Listener(std::unique_ptr<Server> server);
  std::unique_ptr<Server> server_;
};

}  // namespace avow::node::http
