#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "node/http/client.h"
#include "node/http/peer_client.h"
#include "node/http/testing/small_listener.h"
#include "node/http/testing/tls_server.h"

namespace peer_tls_test {

using namespace avow;
using namespace avow::node::http;
using namespace avow::node::http::testing;
using core::Ed25519SigningKey;
using std::chrono::milliseconds;

namespace {

Ed25519SigningKey key(std::uint8_t seed) {
  return std::move(*Ed25519SigningKey::from_seed(std::vector<std::uint8_t>(32, seed)));
}
std::string multikey(std::uint8_t seed) {
  return key(seed).public_key().to_multikey();
}
std::shared_ptr<const PeerIdentity> identity(std::uint8_t seed) {
  auto made = PeerIdentity::of(key(seed));
  REQUIRE(made.has_value());
  return *made;
}

/// A listener with key 1 whose only route tells which key the client has shown.
struct KeyedListener {
  explicit KeyedListener(ListenerConfig config = {}) {
    config.identity = identity(1);
    auto bound = Listener::on_tcp({"127.0.0.1", 0}, std::move(config));
    REQUIRE(bound.has_value());
    listener = std::move(*bound);
    RouteTable routes;
    const auto who = [this](const Request& request) {
      ++asked;
      return text_response(200, request.peer_key.value_or("nobody") + " " + request.body);
    };
    routes.add({"GET", "/who", who})
        .add({"POST", "/who", who, 2 << 20})
        .add({"GET", "/large",
              [](const Request&) { return text_response(200, std::string(1 << 20, 'x')); }});
    listener->start(std::move(routes));
  }
  std::string origin() const { return "https://127.0.0.1:" + std::to_string(listener->port()); }

  std::atomic<int> asked = 0;
  std::unique_ptr<Listener> listener;
};

/// The client of a node, and what it pins.
struct Client {
  explicit Client(std::optional<std::uint8_t> seed, std::vector<std::string> pinned = {multikey(1)})
      : pins(std::move(pinned)),
        fetcher(plain, seed ? identity(*seed) : nullptr,
                [this](const std::string&) { return pins; }) {}

  core::Result<core::HttpResponse, core::Error> ask(const std::string& url) {
    core::HttpRequest request;
    request.url = url;
    return fetcher.fetch(request);
  }
  std::string answer(const std::string& url) {
    const auto response = ask(url);
    return response ? response->body : response.error().detail;
  }

  PlainHttpFetcher plain;
  std::vector<std::string> pins;
  PeerClient fetcher;
};

/// A client that does what ours does not: it is told how.
class OddClient {
 public:
  explicit OddClient(std::uint16_t port, const TlsIdentity* shown = nullptr,
                     int max_version = TLS1_3_VERSION)
      : socket_(port), context_(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX_set_max_proto_version(context_.get(), max_version);
    SSL_CTX_set_security_level(context_.get(), 0);
    if (shown != nullptr) {
      SSL_CTX_use_certificate(context_.get(), shown->certificate.get());
      SSL_CTX_use_PrivateKey(context_.get(), shown->key.get());
    }
    const timeval patience{20, 0};
    ::setsockopt(socket_.fd(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_fd(ssl_.get(), socket_.fd());
  }

  bool shake_hands() { return SSL_connect(ssl_.get()) == 1; }
  bool send(std::string_view text) {
    return SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size())) > 0;
  }
  /// To the end of the connection, however it comes.
  std::string read() {
    std::string all;
    char buffer[4096];
    for (int count = 0; (count = SSL_read(ssl_.get(), buffer, sizeof buffer)) > 0;)
      all.append(buffer, static_cast<std::size_t>(count));
    return all;
  }
  std::string ask() {
    if (!shake_hands() || !send("GET /who HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
      return "";
    return read();
  }
  SSL* ssl() { return ssl_.get(); }

 private:
  RawClient socket_;
  std::unique_ptr<SSL_CTX, Freed<SSL_CTX, &::SSL_CTX_free>> context_;
  std::unique_ptr<SSL, Freed<SSL, &::SSL_free>> ssl_;
};

/// A self-signed certificate of any key.
TlsIdentity certified(EVP_PKEY* key, const EVP_MD* digest) {
  TlsIdentity made{Certificate(X509_new()), PrivateKey(key)};
  X509* certificate = made.certificate.get();
  X509_gmtime_adj(X509_getm_notBefore(certificate), -7200);
  X509_gmtime_adj(X509_getm_notAfter(certificate), -3600);  // expired: that means nothing
  X509_set_pubkey(certificate, key);
  REQUIRE(X509_sign(certificate, key, digest) > 0);
  return made;
}
TlsIdentity p256() {
  return certified(EVP_EC_gen("P-256"), EVP_sha256());
}
TlsIdentity ed25519(std::uint8_t seed) {
  const auto signing = key(seed);
  return certified(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, signing.reveal_seed().data(), 32),
      nullptr);
}

bool says(const core::Result<core::HttpResponse, core::Error>& failed, const std::string& words) {
  return !failed && failed.error().code == core::ErrorCode::tls_failure &&
         failed.error().detail.find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("nodes with keys talk over TLS, and each learns the other's key", "[peer_tls]") {
  KeyedListener node;
  Client peer(2);
  CHECK(peer.fetcher.proven_key(node.origin()).empty());
  CHECK(peer.answer(node.origin() + "/who") == multikey(2) + " ");
  CHECK(peer.answer(node.origin() + "/who") == multikey(2) + " ");  // on the same connection
  CHECK(peer.fetcher.proven_key(node.origin()) == multikey(1));

  core::HttpRequest post;
  post.method = "POST";
  post.url = node.origin() + "/who";
  post.headers = {{"Content-Type", "application/json"}};
  post.max_response_bytes = 4 << 20;
  post.body = "[" + std::string(1 << 20, ' ') + "]";
  const auto posted = peer.fetcher.fetch(post);
  REQUIRE(posted.has_value());
  CHECK(posted->body == multikey(2) + " " + post.body);
  CHECK(peer.answer(node.origin() + "/large") == std::string(1 << 20, 'x'));

  Client nobody(std::nullopt);
  CHECK(nobody.answer(node.origin() + "/who") == "nobody ");
}

TEST_CASE("a node that shows another key than the pinned one is told nothing", "[peer_tls]") {
  KeyedListener node;
  Client peer(2, {multikey(3)});
  const auto refused = peer.ask(node.origin() + "/who");
  CHECK(says(refused, "peer_key_mismatch: expected " + multikey(3)));
  CHECK(says(refused, "has " + multikey(1)));
  CHECK(node.asked == 0);
  CHECK(peer.fetcher.proven_key(node.origin()).empty());
  // Of several keys each is good; without one nobody is asked.
  peer.pins = {multikey(3), multikey(1)};
  CHECK(peer.ask(node.origin() + "/who").has_value());
  peer.pins = {};
  CHECK(says(peer.ask(node.origin() + "/who"), "peer_key_unknown"));
}

TEST_CASE("a key that is pinned no more ends the connection that was kept [AUTH-24]",
          "[peer_tls]") {
  KeyedListener node;
  Client peer(2);
  REQUIRE(peer.ask(node.origin() + "/who").has_value());
  peer.pins = {multikey(3)};
  CHECK(says(peer.ask(node.origin() + "/who"), "peer_key_mismatch"));
  CHECK(node.asked == 1);
}

TEST_CASE("who is not known asks once more, signed", "[peer_tls]") {
  /// Refuses what is not signed; each answer is counted.
  struct Strict final : core::HttpFetcher {
    core::Result<core::HttpResponse, core::Error> fetch(const core::HttpRequest& request) override {
      ++asked;
      const bool is_signed = !request.headers.empty();
      return core::HttpResponse{is_signed ? 200 : status, {}, is_signed ? "signed" : text};
    }
    int asked = 0;
    int status = 403;
    std::string text = R"({"code":"peer_unknown"})";
  } strict;
  const auto none = [](const std::string&) { return std::vector<std::string>(); };
  core::HttpRequest request;
  request.url = "http://10.0.0.6:8444/gossip/v1/since";
  PeerClient signing(strict, nullptr, none, [](core::HttpRequest& unsigned_one) {
    unsigned_one.headers.emplace_back("Signature", "x");
  });
  CHECK(signing.fetch(request)->body == "signed");
  CHECK(strict.asked == 2);
  // Other refusals are not answered by a signature, nor is anything without one to give.
  strict.text = R"({"code":"denied"})";
  CHECK(signing.fetch(request)->status == 403);
  strict.text = "peer_unknown";
  CHECK(signing.fetch(request)->status == 403);
  strict.text = R"({"code":"peer_unknown"})";
  strict.status = 401;
  CHECK(signing.fetch(request)->status == 401);
  strict.status = 403;
  CHECK(strict.asked == 5);
  PeerClient silent(strict, nullptr, none);
  CHECK(silent.fetch(request)->status == 403);
  CHECK(strict.asked == 6);
}

TEST_CASE("peers speak TLS 1.3 and nothing before it [HTTP-42]", "[peer_tls]") {
  KeyedListener node;
  const auto port = node.listener->port();
  CHECK(OddClient(port).ask().find("nobody ") != std::string::npos);
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION})
    CHECK_FALSE(OddClient(port, nullptr, version).shake_hands());
  Received plain;
  {
    RawClient client(port);
    client.send("GET /who HTTP/1.1\r\nHost: x\r\n\r\n");
    plain = client.read_to_end();
  }
  CHECK(plain.closed);
  CHECK(plain.answers() == 0);
  CHECK(node.asked == 1);

  TlsServerOptions old;
  old.max_protocol = TLS1_2_VERSION;
  const auto answer = [](const std::string&) { return http_answer(200, "text/plain", "ok"); };
  TlsServer before(ed25519(1), answer, old);
  Client peer(2);
  CHECK(says(peer.ask(before.url("/")), "TLS 1.3"));
  CHECK(before.requests().empty());
  TlsServer now(ed25519(1), answer);
  CHECK(peer.answer(now.url("/")) == "ok");
  const SmallListener without;
  CHECK(says(peer.ask("https://127.0.0.1:" + std::to_string(without.port()) + "/echo"), "TLS 1.3"));
}

TEST_CASE("only an Ed25519 key makes a certificate of a node", "[peer_tls]") {
  KeyedListener node;
  const auto port = node.listener->port();
  // Dates and names mean nothing, only the key counts.
  const auto good = ed25519(4);
  CHECK(OddClient(port, &good).ask().find(multikey(4)) != std::string::npos);
  // OpenSSL shows no certificate that was not asked for in its kind; the client is nobody then.
  const auto other = p256();
  const auto answered = OddClient(port, &other).ask();
  CHECK((answered.empty() || answered.find("nobody ") != std::string::npos));
  CHECK(answered.find("z6Mk") == std::string::npos);

  TlsServer server(p256(), [](const std::string&) { return http_answer(200, "text/plain", "ok"); });
  Client peer(2);
  CHECK(peer.ask(server.url("/")).error().code == core::ErrorCode::tls_failure);
  CHECK(server.requests().empty());
}

TEST_CASE("a session is never resumed and nothing is taken early", "[peer_tls]") {
  KeyedListener node;
  OddClient client(node.listener->port());
  REQUIRE(client.ask().find("200 OK") != std::string::npos);
  SSL_SESSION* session = SSL_get0_session(client.ssl());
  REQUIRE(session != nullptr);
  CHECK(SSL_SESSION_is_resumable(session) == 0);
  CHECK(SSL_SESSION_get_max_early_data(session) == 0);
}

TEST_CASE("who renews keys without end is closed on like a slow head [HTTP-43]", "[peer_tls]") {
  ListenerConfig config;
  config.limits.idle = config.limits.head = milliseconds(300);
  KeyedListener node(std::move(config));
  OddClient client(node.listener->port());
  REQUIRE(client.shake_hands());
  REQUIRE(client.send("GET /who HTTP/1.1\r\n"));
  // Asked for the other side's too, each is answered, until the listener ends it.
  while (SSL_key_update(client.ssl(), SSL_KEY_UPDATE_REQUESTED) == 1 &&
         SSL_do_handshake(client.ssl()) == 1) {
    char one = 0;
    const timeval at_once{0, 1};
    ::setsockopt(SSL_get_fd(client.ssl()), SOL_SOCKET, SO_RCVTIMEO, &at_once, sizeof at_once);
    const int count = SSL_read(client.ssl(), &one, 1);
    if (count > 0 || SSL_get_error(client.ssl(), count) != SSL_ERROR_WANT_READ) break;
  }
  CHECK(node.asked == 0);
  CHECK(OddClient(node.listener->port()).ask().find("200 OK") != std::string::npos);
}

TEST_CASE("clients that stall in the handshake keep nobody waiting", "[peer_tls]") {
  ListenerConfig config;
  config.limits.max_connections = 40;
  KeyedListener node(std::move(config));
  std::vector<std::unique_ptr<RawClient>> silent;
  for (int i = 0; i < 32; ++i) {
    silent.push_back(std::make_unique<RawClient>(node.listener->port()));
    // Nothing at all, or the beginning of a record.
    if (i % 2 == 0) silent.back()->send("\x16\x03\x01");
  }
  Client peer(2);
  CHECK(peer.ask(node.origin() + "/who").has_value());
  // And a listener that stops does not wait for them.
  node.listener->stop();
}

TEST_CASE("who has not shaken hands in the time of a head is closed on", "[peer_tls]") {
  ListenerConfig config;
  config.limits.head = milliseconds(50);
  KeyedListener node(std::move(config));
  RawClient silent(node.listener->port());
  silent.send("\x16\x03\x01");
  const auto received = silent.read_to_end();
  CHECK(received.closed);
  CHECK(received.answers() == 0);
}

}  // namespace peer_tls_test
