#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/http_fetcher.h"
#include "node/http/url.h"

namespace avow::node::http {

/// True for loopback and private (RFC 1918, RFC 4193) addresses in numeric form; link-local is not private.
bool is_local_address(const std::string& numeric_address);

/// Plain HTTP to loopback and private addresses, with connections kept per origin.
///
/// url     http:// only; a name is resolved, and the connection goes to the very address that was checked
/// limits  the deadline covers connecting, sending and reading, however slowly bytes drip (a name's lookup
///         has the system resolver's own limit); max_response_bytes is enforced while reading
/// never   follows a redirect, decompresses, uses a proxy
/// fails   unreachable (also a public address, https, or a header that holds a control byte; the detail says
///         which), response_too_large
/// threads any number at once
class PlainHttpFetcher final : public core::HttpFetcher {
 public:
  PlainHttpFetcher();
  ~PlainHttpFetcher() override;
  core::Result<core::HttpResponse, core::Error> fetch(const core::HttpRequest& request) override;

 private:
  class Connections;
  std::unique_ptr<Connections> connections_;
};

/// The same over a Unix socket: for the command line and the node's admin socket. The URL's host goes into
/// the Host header and nowhere else ("http://localhost/v1/status"). One connection per exchange.
///
/// fails   unreachable, response_too_large
class UnixSocketClient final : public core::HttpFetcher {
 public:
  explicit UnixSocketClient(std::string socket_path);
  core::Result<core::HttpResponse, core::Error> fetch(const core::HttpRequest& request) override;

 private:
  std::string socket_path_;
};

}  // namespace avow::node::http
