#pragma once

#include <memory>
#include <string>

#include "core/http_fetcher.h"
#include "node/http/address.h"

namespace avow::node::http {

/// Plain HTTP to loopback and private addresses, with connections kept per origin.
///
/// url     http:// only; a name is looked up once, and the connection goes to an address that was checked
/// limits  the deadline covers the lookup, connecting, sending and reading, however slowly bytes drip;
///         max_response_bytes is enforced while reading; 64 lookups at once, those given up among them
/// never   follows a redirect, decompresses, uses a proxy
/// fails   timed_out, unreachable (also https, a header that holds a control byte, an answer that breaks the rules of HTTP; the
///         detail says which), blocked_address (a public one), too_many_fetches (lookups), response_too_large, unsupported_content_encoding
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

struct HttpsOptions {
  /// For tests: loopback addresses too, http:// to them, and their numeric form in URLs.
  bool allow_loopback = false;
  Lookup lookup = system_lookup;
  /// Where a person names the host, not a stranger's document: loopback and private addresses too, and numeric hosts;
  /// https:// all the same.
  bool allow_private = false;
};

/// HTTPS to hosts of strangers. One connection per exchange.
///
/// url     https:// and a name; the name is looked up once, and the connection goes to an address that was found
///         public (is_public_address)
/// TLS     1.2 or later, certificate and name checked against the system's trust store, or SSL_CERT_FILE
/// limits  those of PlainHttpFetcher; the deadline covers the handshake too
/// never   follows a redirect, decompresses, uses a proxy
/// fails   https_required (another scheme), blocked_address (no address of the host is public; a numeric host),
///         tls_failure, timed_out, unreachable, too_many_fetches (lookups), response_too_large,
///         unsupported_content_encoding
/// threads any number at once
class HttpsFetcher final : public core::HttpFetcher {
 public:
  explicit HttpsFetcher(HttpsOptions options = {});
  ~HttpsFetcher() override;
  core::Result<core::HttpResponse, core::Error> fetch(const core::HttpRequest& request) override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// The same as PlainHttpFetcher over a Unix socket: for the command line and the node's admin socket. The URL's host
/// goes into the Host header and nowhere else ("http://localhost/v1/status"). One connection per exchange.
///
/// fails   timed_out, unreachable, response_too_large, unsupported_content_encoding
class UnixSocketClient final : public core::HttpFetcher {
 public:
  explicit UnixSocketClient(std::string socket_path);
  core::Result<core::HttpResponse, core::Error> fetch(const core::HttpRequest& request) override;

 private:
  std::string socket_path_;
};

}  // namespace avow::node::http
