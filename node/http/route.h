#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "node/http/message.h"

namespace avow::node::http {

using Handler = std::function<Response(const Request&)>;

/// One thing that a listener answers.
///
/// pattern  segments between slashes, compared with the raw bytes of the path: a literal, `{name}` (one
///          segment that is not empty) or, once, `{name...}` (one or more segments)
/// handler  called on one thread per connection, many at once; an exception of any type becomes 500
struct Route {
  std::string method;
  std::string pattern;
  Handler handler;
  /// Largest body in bytes; 0 means that the route takes none.
  std::size_t max_body = 0;
  /// Media types a body may have, in lower case; one that begins with '+' stands for a suffix.
  std::vector<std::string> content_types = {"application/json", "+json"};
};

struct RouteMatch {
  const Route* route;
  NamedValues parameters;
};
/// The path is known, the method is not; `allow` as the header wants it ("GET, POST").
struct MethodNotAllowed {
  std::string allow;
};
struct NoSuchRoute {};

/// Routes of one listener, asked in the order in which they were added.
class RouteTable {
 public:
  /// Asserts that the pattern is one.
  RouteTable& add(Route route);
  std::variant<RouteMatch, MethodNotAllowed, NoSuchRoute> find(std::string_view method,
                                                               std::string_view raw_path) const;
  /// Method and pattern of each, in the order in which they were added.
  std::vector<std::pair<std::string, std::string>> list() const;

 private:
  struct Entry {
    Route route;
    std::vector<std::string> segments;
  };
  std::vector<Entry> entries_;
};

}  // namespace avow::node::http
