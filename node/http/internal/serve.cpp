#include "node/http/internal/serve.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include <unistd.h>

#include "node/http/internal/head.h"
#include "node/http/internal/trace.h"

namespace avow::node::http {
namespace {

using std::chrono::steady_clock;

/// An answer and what the listener needs to know to send and report it.
struct Answer {
  Response response;
  std::string_view code = {};  // of a refusal
  bool close = false;
};

Answer refusal_answer(const Refusal& refusal) {
  Answer answer{problem(refusal.status, refusal.code, refusal.detail), refusal.code, true};
  if (!refusal.allow.empty()) answer.response.headers.emplace_back("Allow", refusal.allow);
  return answer;
}

bool holds_control_byte(std::string_view text) {
  return std::ranges::any_of(text,
                             [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7f; });
}

/// Whether the response can be written without becoming another one on the wire.
bool is_writable(const Response& response) {
  if (response.status < 200 || response.status > 599) return false;
  if (holds_control_byte(response.content_type)) return false;
  return std::ranges::none_of(response.headers, [](const auto& header) {
    return header.first.find(':') != std::string::npos || holds_control_byte(header.first) ||
           holds_control_byte(header.second);
  });
}

std::string to_wire(const Response& response, bool close, bool with_body) {
  std::string text = "HTTP/1.1 " + std::to_string(response.status) + " ";
  text += status_phrase(response.status);
  const auto add = [&text](std::string_view name, std::string_view value) {
    text.append("\r\n").append(name).append(": ").append(value);
  };
  for (const auto& [name, value] : response.headers) add(name, value);
  const bool bodiless_status = response.status == 204 || response.status == 304;
  if (!bodiless_status) {
    if (!response.content_type.empty()) add("Content-Type", response.content_type);
    add("Content-Length", std::to_string(response.body.size()));
  }
  add("Connection", close ? "close" : "keep-alive");
  text += "\r\n\r\n";
  if (with_body && !bodiless_status) text += response.body;
  return text;
}

/// Why a head that was not read to its end is refused; none for a peer that is gone.
std::optional<Refusal> judge_unread(Connection::HeadStatus status, std::string_view head,
                                    const ListenerLimits& limits) {
  switch (status) {
    case Connection::HeadStatus::complete:
    case Connection::HeadStatus::gone:
      return std::nullopt;
    case Connection::HeadStatus::too_slow:
      return Refusal{408, "slow_head", "the request took too long to arrive"};
    case Connection::HeadStatus::bare_line_feed:
      return Refusal{400, "bad_header", "lines must end in CR LF"};
    case Connection::HeadStatus::too_large:
      break;
  }
  const auto lines = std::ranges::count(head, '\n');
  if (lines == 0) return Refusal{414, "target_too_long", "the request target is too long"};
  if (lines > limits.max_headers) {
    return Refusal{431, "too_many_headers", "the request has too many header lines"};
  }
  return Refusal{431, "head_too_large", "the request's head is too large"};
}

bool contains(const std::vector<std::string>& list, const std::string& text) {
  return std::ranges::find(list, text) != list.end();
}

std::optional<Refusal> judge_site(const Request& request, const ListenerConfig& config) {
  const std::string* origin = request.header("origin");
  const bool changes_state = request.method != "GET";
  if (origin != nullptr && changes_state && config.allowed_origins &&
      !contains(*config.allowed_origins, *origin)) {
    return Refusal{403, "origin_not_allowed", "web pages of another origin may not do this"};
  }
  return std::nullopt;
}

/// "Application/JSON; charset=utf-8" gives "application/json".
std::string media_type(std::string_view content_type) {
  std::string type(content_type.substr(0, content_type.find_first_of("; \t")));
  for (char& c : type) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return type;
}

std::optional<Refusal> judge_body(const Head& head, const Route& route) {
  if (head.content_length > route.max_body) {
    return Refusal{413, "too_large", "the body is larger than this route takes"};
  }
  if (head.content_length == 0) return std::nullopt;
  const std::string* header = head.request.header("content-type");
  const std::string type = header == nullptr ? std::string() : media_type(*header);
  const bool wanted = std::ranges::any_of(route.content_types, [&](const std::string& known) {
    return known.starts_with('+') ? type.ends_with(known) : type == known;
  });
  if (wanted) return std::nullopt;
  return Refusal{415, "unsupported_media_type", "this route does not take that Content-Type"};
}

Answer run_handler(const Route& route, const Request& request) {
  try {
    Answer answer{route.handler(request)};
    if (is_writable(answer.response)) return answer;
  } catch (...) {
    // The text of an exception may hold a path or a secret, so it goes nowhere.
  }
  return refusal_answer(Refusal{500, "internal", "the node failed to answer this request"});
}

class Conversation {
 public:
  Conversation(Connection& connection, const RouteTable& routes, const ListenerConfig& config)
      : connection_(connection), routes_(routes), config_(config) {}

  void run() {
    if (!connection_.shake_hands()) return;
    if (!peer_is_allowed()) {
      begin();
      send(refusal_answer(
          Refusal{403, "peer_not_allowed", "this user may not use the node's socket"}));
      return connection_.linger();
    }
    for (int left = config_.limits.max_requests_per_connection; left > 0; --left) {
      if (!answer_one(/*last=*/left == 1)) return;
    }
  }

 private:
  bool peer_is_allowed() const {
    if (!connection_.peer_uid()) return true;
    const uid_t uid = *connection_.peer_uid();
    if (config_.allowed_uids.empty()) return uid == ::geteuid();
    return std::ranges::find(config_.allowed_uids, uid) != config_.allowed_uids.end();
  }

  void begin() {
    started_ = steady_clock::now();
    exchange_ = {};
    exchange_.method = exchange_.route = "-";
    exchange_.peer = connection_.peer();
  }

  /// False when the connection is over.
  bool answer_one(bool last) {
    const Connection::HeadStatus status = connection_.read_head();
    begin();
    if (status == Connection::HeadStatus::gone) return false;
    Answer answer = status == Connection::HeadStatus::complete
                        ? answer_head()
                        : refusal_answer(*judge_unread(status, connection_.head(), config_.limits));
    answer.close = answer.close || last || connection_.stopping();
    const bool close = answer.close;
    if (!send(std::move(answer))) return false;
    if (close) connection_.linger();
    return !close;
  }

  Answer answer_head() {
    Result<Head, Refusal> head = judge_head(connection_.head(), config_.limits);
    if (!head) return refusal_answer(head.error());
    exchange_.method = head->request.method;
    exchange_.trace_id = trace_id_of(head->request);
    if (auto bad = judge_site(head->request, config_)) return refusal_answer(*bad);
    auto found = routes_.find(head->request.method, head->request.path);
    if (const auto* other = std::get_if<MethodNotAllowed>(&found)) {
      return refusal_answer(
          Refusal{405, "method_not_allowed", "this path has other methods", other->allow});
    }
    const auto* match = std::get_if<RouteMatch>(&found);
    if (match == nullptr) {
      return refusal_answer(Refusal{404, "no_such_route", "there is nothing at this path"});
    }
    exchange_.route = match->route->pattern;
    if (auto bad = judge_body(*head, *match->route)) return refusal_answer(*bad);
    Request& request = head->request;
    if (!connection_.read_body(head->content_length, request.body)) {
      return refusal_answer(Refusal{408, "slow_body", "the body took too long to arrive"});
    }
    request.parameters = match->parameters;
    request.peer = connection_.peer();
    request.peer_uid = connection_.peer_uid();
    request.peer_key = connection_.peer_key();
    Answer answer = run_handler(*match->route, request);
    answer.close = answer.close || !head->keep_alive;
    return answer;
  }

  bool send(Answer answer) {
    const bool is_problem = answer.response.content_type == kProblemType;
    if (is_problem && exchange_.trace_id.empty() && config_.new_trace_id) {
      exchange_.trace_id = config_.new_trace_id();
    }
    if (is_problem && !exchange_.trace_id.empty()) {
      name_occurrence(answer.response, exchange_.trace_id);
    }
    if (config_.tells_faults) {
      tell_fault(answer.response);
    } else {
      exchange_.fault = answer.response.fault;
    }
    const bool with_body = exchange_.method != "HEAD";
    const bool sent = connection_.write(to_wire(answer.response, answer.close, with_body));
    if (config_.on_exchange) {
      exchange_.status = answer.response.status;
      exchange_.code = answer.code;
      exchange_.duration =
          std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - started_);
      config_.on_exchange(exchange_);
    }
    return sent;
  }

  Connection& connection_;
  const RouteTable& routes_;
  const ListenerConfig& config_;
  Exchange exchange_;
  steady_clock::time_point started_;
};

}  // namespace

void serve(Connection& connection, const RouteTable& routes,
           const ListenerConfig& config) noexcept {
  try {
    Conversation(connection, routes, config).run();
  } catch (...) {
    // Out of memory: this connection is lost, the listener is not.
  }
}

}  // namespace avow::node::http
