#include "node/http/client.h"

#include <chrono>
#include <utility>

#include "node/http/internal/dial.h"
#include "node/http/internal/exchange.h"
#include "node/http/internal/socket.h"
#include "node/http/internal/stream.h"
#include "node/http/internal/tls.h"
#include "node/http/url.h"

namespace avow::node::http {
namespace {

using core::HttpRequest;
using core::HttpResponse;
using std::chrono::steady_clock;

core::Result<Url, core::Error> url_of(const HttpRequest& request) {
  Result<Url, Error> url = parse_url(request.url);
  if (!url) return core::fail(unreachable("the URL is malformed: " + url.error().why));
  return std::move(*url);
}

/// The URL of a request that may be sent as plain HTTP.
core::Result<Url, core::Error> plain_url_of(const HttpRequest& request) {
  core::Result<Url, core::Error> url = url_of(request);
  if (url && url->scheme != "http") {
    return core::fail(unreachable("only http:// to loopback or private addresses can be fetched"));
  }
  return url;
}

}  // namespace

class PlainHttpFetcher::Connections {
 public:
  /// One that is still open, or a new one.
  core::Result<std::unique_ptr<Stream>, core::Error> take(const Url& url, SteadyTime until) {
    if (auto idle = idle_.take(url.origin())) return idle;
    auto connected = dial(url.authority, names_, is_local_address, until);
    if (!connected) return core::fail(connected.error());
    return std::make_unique<SocketStream>(std::move(*connected));
  }

  void give_back(const Url& url, std::unique_ptr<Stream> stream) {
    idle_.give_back(url.origin(), std::move(stream));
  }

 private:
  const TimedLookup names_{system_lookup};
  IdleStreams idle_;
};

PlainHttpFetcher::PlainHttpFetcher() : connections_(std::make_unique<Connections>()) {}
PlainHttpFetcher::~PlainHttpFetcher() = default;

core::Result<HttpResponse, core::Error> PlainHttpFetcher::fetch(const HttpRequest& request) {
  const SteadyTime until = steady_clock::now() + request.deadline;
  const core::Result<Url, core::Error> url = plain_url_of(request);
  if (!url) return core::fail(url.error());
  auto stream = connections_->take(*url, until);
  if (!stream) return core::fail(at(url->authority.text(), stream.error()));
  core::Result<Answer, core::Error> answer = exchange(**stream, request, *url, until);
  if (!answer) return core::fail(at(url->authority.text(), answer.error()));
  if (answer->reusable) connections_->give_back(*url, std::move(*stream));
  return std::move(answer->response);
}

class HttpsFetcher::Impl {
 public:
  explicit Impl(HttpsOptions options)
      : allow_loopback_(options.allow_loopback),
        allow_private_(options.allow_private),
        names_(std::move(options.lookup)) {}

  core::Result<HttpResponse, core::Error> fetch(const HttpRequest& request, const Url& url) const {
    const SteadyTime until = steady_clock::now() + request.deadline;
    core::Result<std::unique_ptr<Stream>, core::Error> stream = open(url, until);
    if (!stream) return core::fail(stream.error());
    HttpRequest once = request;
    once.headers.emplace_back("Connection", "close");
    core::Result<Answer, core::Error> answer = exchange(**stream, once, url, until);
    if (!answer) return core::fail(answer.error());
    return std::move(answer->response);
  }

 private:
  core::Result<std::unique_ptr<Stream>, core::Error> open(const Url& url, SteadyTime until) const {
    const bool is_plain = url.scheme != "https";
    if (is_plain && !allow_loopback_) {
      return core::fail(
          core::Error{core::ErrorCode::https_required, "only https:// is fetched from others"});
    }
    if (is_ip_address(url.authority.host) && !allow_loopback_ && !allow_private_) {
      return core::fail(
          core::Error{core::ErrorCode::blocked_address, "a host is a name, not an address"});
    }
    const auto may_connect = [&](const std::string& address) {
      if (allow_loopback_ && is_loopback_address(address)) return true;
      if (is_plain) return false;
      return is_public_address(address) || (allow_private_ && is_local_address(address));
    };
    auto connected = dial(url.authority, names_, may_connect, until);
    if (!connected) return core::fail(connected.error());
    if (is_plain) return std::make_unique<SocketStream>(std::move(*connected));
    return tls_.connect(std::move(*connected), url.authority.host, until);
  }

  const bool allow_loopback_;
  const bool allow_private_;
  const TimedLookup names_;
  const TlsClient tls_;
};

HttpsFetcher::HttpsFetcher(HttpsOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}
HttpsFetcher::~HttpsFetcher() = default;

core::Result<HttpResponse, core::Error> HttpsFetcher::fetch(const HttpRequest& request) {
  const core::Result<Url, core::Error> url = url_of(request);
  if (!url) return core::fail(url.error());
  core::Result<HttpResponse, core::Error> response = impl_->fetch(request, *url);
  if (!response) return core::fail(at(url->authority.text(), response.error()));
  return response;
}

UnixSocketClient::UnixSocketClient(std::string socket_path)
    : socket_path_(std::move(socket_path)) {}

core::Result<HttpResponse, core::Error> UnixSocketClient::fetch(const HttpRequest& request) {
  const SteadyTime until = steady_clock::now() + request.deadline;
  const core::Result<Url, core::Error> url = plain_url_of(request);
  if (!url) return core::fail(url.error());
  auto connected = connect_to_unix_socket(socket_path_, until);
  if (!connected) return core::fail(at(socket_path_, unreachable(connected.error())));
  SocketStream stream(std::move(*connected));
  core::Result<Answer, core::Error> answer = exchange(stream, request, *url, until);
  if (!answer) return core::fail(at(socket_path_, answer.error()));
  return std::move(answer->response);
}

}  // namespace avow::node::http
