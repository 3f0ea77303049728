#include "node/http/route.h"

#include <algorithm>
#include <cassert>
#include <optional>

namespace avow::node::http {
namespace {

/// The segments between the slashes of a path that begins with one: "/a//b" gives "a", "", "b".
std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> segments;
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::size_t end = std::min(path.find('/'), path.size());
    segments.push_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return segments;
}

bool is_name(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}
bool is_rest(std::string_view segment) {
  return is_name(segment) && segment.ends_with("...}");
}
std::string name_of(std::string_view segment) {
  const std::size_t around = is_rest(segment) ? 5 : 2;
  return std::string(segment.substr(1, segment.size() - around));
}

std::optional<NamedValues> match(const std::vector<std::string>& pattern,
                                 const std::vector<std::string_view>& path) {
  const bool has_rest = std::ranges::any_of(pattern, is_rest);
  if (path.size() < pattern.size() || (path.size() > pattern.size() && !has_rest)) {
    return std::nullopt;
  }
  const std::size_t surplus = path.size() - pattern.size();
  NamedValues parameters;
  std::size_t at = 0;
  for (const std::string& segment : pattern) {
    if (!is_name(segment)) {
      if (path[at++] != segment) return std::nullopt;
      continue;
    }
    const std::string_view first = path[at];
    at += is_rest(segment) ? surplus + 1 : 1;
    const std::string_view last = path[at - 1];
    if (first.empty()) return std::nullopt;
    // Both lie in the same path, so what stands between them is the value.
    const auto size = static_cast<std::size_t>(last.data() + last.size() - first.data());
    parameters.emplace_back(name_of(segment), std::string(first.data(), size));
  }
  return parameters;
}

}  // namespace

RouteTable& RouteTable::add(Route route) {
  assert(route.pattern.starts_with('/') && route.handler);
  Entry entry{std::move(route), {}};
  for (const std::string_view segment : split(entry.route.pattern)) {
    entry.segments.emplace_back(segment);
  }
  assert(std::ranges::count_if(entry.segments, is_rest) <= 1);
  entries_.push_back(std::move(entry));
  return *this;
}

std::variant<RouteMatch, MethodNotAllowed, NoSuchRoute> RouteTable::find(
    std::string_view method, std::string_view raw_path) const {
  const std::vector<std::string_view> path = split(raw_path);
  std::string allow;
  for (const Entry& entry : entries_) {
    std::optional<NamedValues> parameters = match(entry.segments, path);
    if (!parameters) continue;
    if (entry.route.method == method) return RouteMatch{&entry.route, std::move(*parameters)};
    if (!allow.empty()) allow += ", ";
    allow += entry.route.method;
  }
  if (allow.empty()) return NoSuchRoute{};
  return MethodNotAllowed{std::move(allow)};
}

std::vector<std::pair<std::string, std::string>> RouteTable::list() const {
  std::vector<std::pair<std::string, std::string>> routes;
  for (const Entry& entry : entries_) routes.emplace_back(entry.route.method, entry.route.pattern);
  return routes;
}

}  // namespace avow::node::http
