#include "interop-tests/harness/http.h"

#include <algorithm>
#include <cctype>
#include <chrono>

#include "core/canonical_json.h"
#include "node/http/client.h"
#include "node/http/peer_client.h"

namespace avow::interop {

std::string Reply::code() const {
  const std::string* text_of_code = body.find_string("code");
  return text_of_code != nullptr ? *text_of_code : std::string();
}

std::string Reply::header(std::string_view name) const {
  const auto same = [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) ==
           std::tolower(static_cast<unsigned char>(b));
  };
  for (const auto& [key, value] : headers) {
    if (std::equal(key.begin(), key.end(), name.begin(), name.end(), same)) return value;
  }
  return "";
}

Client::Client(std::shared_ptr<core::HttpFetcher> fetcher, std::string base_url)
    : fetcher_(std::move(fetcher)), base_url_(std::move(base_url)) {}

Client Client::at(std::string base_url) {
  return {std::make_shared<node::http::PlainHttpFetcher>(), std::move(base_url)};
}

Client Client::at_keyed(std::string base_url, const core::Ed25519SigningKey& key) {
  static node::http::PlainHttpFetcher plain;
  const auto pin = key.public_key().to_multikey();
  return {std::make_shared<node::http::PeerClient>(
              plain, *node::http::PeerIdentity::of(key),
              [pin](const std::string&) { return std::vector<std::string>{pin}; }),
          std::move(base_url)};
}

Client Client::over(const std::filesystem::path& unix_socket) {
  return {std::make_shared<node::http::UnixSocketClient>(unix_socket.string()), "http://localhost"};
}

Reply Client::get(const std::string& path) const {
  core::HttpRequest request;
  request.url = path;
  return exchange(std::move(request));
}

Reply Client::post(const std::string& path, const core::Json& body) const {
  core::HttpRequest request;
  request.method = "POST";
  request.url = path;
  request.headers.emplace_back("Content-Type", "application/json");
  request.body = core::to_canonical(body);
  return exchange(std::move(request));
}

Reply Client::exchange(core::HttpRequest request) const {
  request.url = base_url_ + request.url;
  // Longer than anything that a node waits for: what it says then is what is asked.
  request.deadline = std::chrono::seconds(30);
  const auto response = fetcher_->fetch(request);
  if (!response) return {0, {}, response.error().detail};
  Reply reply{response->status, {}, response->body, response->headers};
  if (auto json = core::parse_json(response->body, {std::size_t{1} << 20, 64, 100'000}))
    reply.body = std::move(*json);
  return reply;
}

}  // namespace avow::interop
