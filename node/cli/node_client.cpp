#include "node/cli/node_client.h"

#include "core/canonical_json.h"
#include "node/data_directory.h"
#include "node/http/client.h"
#include "node/http/url.h"
#include "node/problem.h"

namespace avow::node::cli {
namespace {

constexpr std::size_t kMaxAnswerBytes = std::size_t{8} << 20;
constexpr core::Milliseconds kDeadline{30'000};

}  // namespace

NodeClient::NodeClient(std::unique_ptr<core::HttpFetcher> fetcher, std::string base_url,
                       std::string name)
    : fetcher_(std::move(fetcher)), base_url_(std::move(base_url)), name_(std::move(name)) {}

NodeClient NodeClient::admin_socket(const std::filesystem::path& data_directory) {
  const std::string socket = (data_directory / "admin.sock").string();
  return {std::make_unique<http::UnixSocketClient>(socket), "http://localhost", socket};
}

Result<NodeClient, Error> NodeClient::at(const std::string& base_url) {
  const auto url = http::parse_url(base_url);
  if (!url || url->target.find('?') != std::string::npos) {
    return fail(Error{ErrorCode::usage, "--node " + base_url + " is not the URL of a node",
                      url ? "it holds a query" : url.error().why,
                      "write for example --node https://acme.example or http://127.0.0.1:8443"});
  }
  std::string base = base_url;
  while (base.back() == '/') base.pop_back();
  std::string name = base;
  if (url->scheme == "http")
    return NodeClient(std::make_unique<http::PlainHttpFetcher>(), std::move(base), std::move(name));
  http::HttpsOptions options;
  options.allow_private = true;
  return NodeClient(std::make_unique<http::HttpsFetcher>(std::move(options)), std::move(base),
                    std::move(name));
}

Result<Answer, Error> NodeClient::exchange(std::string_view method, std::string_view path,
                                           std::string body, std::string_view accept) const {
  core::HttpRequest request;
  request.method = method;
  request.url = base_url_ + std::string(path);
  request.headers = {{"Accept", std::string(accept)}};
  if (method == "POST") request.headers.emplace_back("Content-Type", "application/json");
  request.body = std::move(body);
  request.max_response_bytes = kMaxAnswerBytes;
  request.deadline = kDeadline;
  auto response = fetcher_->fetch(request);
  if (!response) {
    return fail(Error{ErrorCode::unreachable, "cannot reach the node at " + name_,
                      response.error().detail,
                      "start it with `avow serve`, or name the right --data or --node; if it has "
                      "just been started, try again in a moment"});
  }
  if (response->body.empty()) return Answer{response->status, core::Json()};
  auto json = core::parse_json(response->body, {kMaxAnswerBytes, 64, 1'000'000});
  if (!json) {
    return fail(Error{ErrorCode::unreachable, "the node at " + name_ + " did not answer with JSON",
                      "HTTP status " + std::to_string(response->status),
                      "is this the address of an Avow node?"});
  }
  return Answer{response->status, std::move(*json)};
}

Result<core::Json, Error> NodeClient::get(std::string_view path) const {
  auto answer = exchange("GET", path, "");
  if (!answer) return fail(answer.error());
  if (answer->status / 100 != 2) return fail(from_problem(answer->status, answer->body));
  return std::move(answer->body);
}

Result<core::Json, Error> NodeClient::post(std::string_view path, const core::Json& body) const {
  auto answer = exchange("POST", path, core::to_canonical(body));
  if (!answer) return fail(answer.error());
  if (answer->status / 100 != 2) return fail(from_problem(answer->status, answer->body));
  return std::move(answer->body);
}

Result<NodeClient, Error> client_of(const Target& target) {
  if (!target.node.empty()) return NodeClient::at(target.node);
  const DataDirectory directory{target.data};
  // Whoever may not look there is told so by the socket.
  std::error_code unknown;
  if (!std::filesystem::exists(directory.organisation(), unknown) && !unknown)
    return fail(no_organisation(directory));
  return NodeClient::admin_socket(target.data);
}

}  // namespace avow::node::cli
