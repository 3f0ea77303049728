#include "node/http/peer_client.h"

#include <chrono>
#include <optional>
#include <utility>

#include "core/json.h"
#include "node/http/address.h"
#include "node/http/internal/dial.h"
#include "node/http/internal/exchange.h"
#include "node/http/internal/peer_tls.h"
#include "node/http/internal/tls.h"
#include "node/http/internal/tls_stream.h"
#include "node/http/url.h"

namespace avow::node::http {
namespace {

using std::chrono::steady_clock;

bool may_connect(const std::string& address) {
  return is_local_address(address) || is_public_address(address);
}

std::string joined(const std::vector<std::string>& keys) {
  std::string text;
  for (const auto& key : keys) text += (text.empty() ? "" : " or ") + key;
  return text;
}

core::Error no_pin(const std::string& origin) {
  return tls_failure("peer_key_unknown: no member has said which key the node at " + origin +
                     " has; ask who runs it (avow status shows it) and give --peer " + origin +
                     "#KEY");
}

core::Error mismatch(const std::string& origin, const std::vector<std::string>& pins,
                     const ShownKey& shown) {
  return tls_failure(
      "peer_key_mismatch: expected " + joined(pins) + ", but the node at " + origin + " has " +
      (shown.key().empty() ? "no Ed25519 key" : shown.key()) +
      "; ask who runs it: if the key is new, it is taken once its node.set has come, by itself; "
      "else somebody is in between, or the address is another node's");
}

}  // namespace

class PeerClient::Connections {
 public:
  Connections(std::shared_ptr<const PeerIdentity> identity, Pins pins)
      : identity_(std::move(identity)),
        anonymous_(identity_ ? nullptr : PeerTls::make(nullptr)),
        pins_(std::move(pins)) {}

  struct Taken {
    std::unique_ptr<Stream> stream;
    std::string key;
  };
  core::Result<Taken, core::Error> take(const Url& url, SteadyTime until) {
    const auto pins = pins_(url.origin());
    if (pins.empty()) return core::fail(no_pin(url.origin()));
    for (const auto& pin : pins) {
      if (auto idle = idle_.take(url.origin() + "#" + pin)) return Taken{std::move(idle), pin};
    }
    auto connected = dial(url.authority, names_, may_connect, until);
    if (!connected) return core::fail(connected.error());
    return shake_hands(std::move(*connected), url.origin(), pins, until);
  }

  void give_back(const std::string& origin, Taken taken) {
    idle_.give_back(origin + "#" + taken.key, std::move(taken.stream));
  }

  std::string proven(const std::string& origin) const {
    const std::scoped_lock lock(mutex_);
    const auto found = proven_.find(origin);
    return found == proven_.end() ? "" : found->second;
  }

 private:
  core::Result<Taken, core::Error> shake_hands(FileDescriptor socket, const std::string& origin,
                                               const std::vector<std::string>& pins,
                                               SteadyTime until) {
    const PeerTls* tls = identity_ ? &identity_->tls() : anonymous_.get();
    auto stream =
        std::make_unique<TlsStream>(std::move(socket), tls == nullptr ? nullptr : tls->client());
    if (stream->ssl() == nullptr) return core::fail(tls_failure("TLS cannot be set up"));
    ShownKey shown(pins);
    shown.watch(stream->ssl());
    const auto shaken = stream->shake_hands(until);
    SSL_set_app_data(stream->ssl(), nullptr);  // no certificate comes after the handshake
    if (shaken) {
      const std::scoped_lock lock(mutex_);
      proven_[origin] = shown.key();
      return Taken{std::move(stream), shown.key()};
    }
    if (shaken.error() == kTimeIsUp) return core::fail(unreachable(shaken.error()));
    if (shown.has_certificate()) return core::fail(mismatch(origin, pins, shown));
    return core::fail(
        tls_failure("no agreement on TLS 1.3 with an Ed25519 key was reached: is it the peer "
                    "listener of an avow, and https?"));
  }

  const std::shared_ptr<const PeerIdentity> identity_;
  const std::unique_ptr<const PeerTls> anonymous_;
  const Pins pins_;
  const TimedLookup names_{system_lookup};
  IdleStreams idle_;
  mutable std::mutex mutex_;
  std::map<std::string, std::string> proven_;  // by origin
};

PeerClient::PeerClient(core::HttpFetcher& plain, std::shared_ptr<const PeerIdentity> identity,
                       Pins pins, Sign sign)
    : plain_(plain),
      sign_(std::move(sign)),
      connections_(std::make_unique<Connections>(std::move(identity), std::move(pins))) {}
PeerClient::~PeerClient() = default;

core::Result<core::HttpResponse, core::Error> PeerClient::fetch(const core::HttpRequest& request) {
  auto answer = fetch_once(request);
  if (!sign_ || !answer || (answer->status != 403 && answer->status != 503)) return answer;
  const auto problem = core::parse_json(answer->body);
  const std::string* code = problem ? problem->find_string("code") : nullptr;
  if (code == nullptr || (*code != kPeerUnknown && *code != kPeerBusy)) return answer;
  core::HttpRequest with_signature = request;
  sign_(with_signature);
  return fetch_once(with_signature);
}

core::Result<core::HttpResponse, core::Error> PeerClient::fetch_once(
    const core::HttpRequest& request) {
  const auto url = parse_url(request.url);
  if (!url || url->scheme != "https") return plain_.fetch(request);
  const SteadyTime until = steady_clock::now() + request.deadline;
  auto taken = connections_->take(*url, until);
  if (!taken) return core::fail(at(url->authority.text(), taken.error()));
  core::Result<Answer, core::Error> answer = exchange(*taken->stream, request, *url, until);
  if (!answer) return core::fail(at(url->authority.text(), answer.error()));
  if (answer->reusable) connections_->give_back(url->origin(), std::move(*taken));
  return std::move(answer->response);
}

std::string PeerClient::proven_key(const std::string& origin) const {
  return connections_->proven(origin);
}

}  // namespace avow::node::http
