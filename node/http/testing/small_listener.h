#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "node/http/listener.h"
#include "node/http/testing/raw_client.h"

namespace avow::node::http::testing {

/// A listener on a free loopback port with a handful of routes that say what they were given, and a
/// record of what was routed, so that a test can ask whether a smuggled request was.
class SmallListener {
 public:
  explicit SmallListener(ListenerConfig config = {}) {
    config.on_exchange = [this](const Exchange& exchange) {
      const std::scoped_lock lock(mutex_);
      exchanges_.push_back(exchange);
    };
    auto listener = Listener::on_tcp({"127.0.0.1", 0}, std::move(config));
    if (!listener) throw std::runtime_error(listener.error().what + ": " + listener.error().why);
    listener_ = std::move(*listener);
    listener_->start(routes());
  }

  std::uint16_t port() const { return listener_->port(); }
  Listener& listener() { return *listener_; }

  /// Sends the bytes on a connection of their own and reads until the listener ends it.
  Received ask(std::string_view bytes) {
    RawClient client(port());
    client.send(bytes);
    return client.read_to_end();
  }
  /// An ordinary request on a connection of its own.
  Received ask_politely() {
    RawClient client(port());
    client.send("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n");
    return client.read_answer();
  }

  /// Targets that reached a handler, in order.
  std::vector<std::string> routed() const {
    const std::scoped_lock lock(mutex_);
    return routed_;
  }
  std::vector<Exchange> exchanges() const {
    const std::scoped_lock lock(mutex_);
    return exchanges_;
  }

 private:
  Response echo(const Request& request) {
    {
      const std::scoped_lock lock(mutex_);
      routed_.push_back(request.target);
    }
    const std::string* seen = request.header("x-in");
    return json_response(200, core::Json::object({{"target", request.target},
                                                  {"path", request.path},
                                                  {"body", request.body},
                                                  {"peer", request.peer},
                                                  {"x-in", seen == nullptr ? "" : *seen}}));
  }

  RouteTable routes() {
    const auto said = [this](const Request& request) { return echo(request); };
    RouteTable table;
    table.add({"GET", "/echo", said})
        .add({"DELETE", "/echo", said})
        .add({"POST", "/echo", said, /*max_body=*/65'536})
        .add({"GET", "/1.0/identifiers/{did...}", said})
        .add({"GET", "/p/{name}", said})
        .add({"GET", "/large",
              [](const Request&) { return text_response(200, std::string(32 << 20, 'x')); }})
        .add({"GET", "/throws",
              [](const Request&) -> Response {
                throw std::runtime_error("secret /var/lib/keys/a.key");
              }})
        .add(
            {"GET", "/fails",
             [](const Request&) {
               return problem(Error{ErrorCode::storage, "cannot read", "/var/lib/avow.db: page 7"});
             }})
        .add({"GET", "/throws-int", [](const Request&) -> Response { throw 7; }})
        .add({"GET", "/reflects/{name}", [](const Request& request) {
                Response response = text_response(200, "reflected");
                // A careless handler: decodes by itself what the listener would not.
                response.headers.emplace_back("X-Out", *request.raw_parameter("name") == "crlf"
                                                           ? "a\r\nSet-Cookie: evil=1"
                                                           : "a");
                return response;
              }});
    return table;
  }

  mutable std::mutex mutex_;
  std::vector<std::string> routed_;
  std::vector<Exchange> exchanges_;
  std::unique_ptr<Listener> listener_;
};

}  // namespace avow::node::http::testing
