#include <algorithm>

#include "node/http/message.h"
#include "node/http/url.h"

namespace avow::node::http {
namespace {

const std::string* find(const NamedValues& values, std::string_view name) {
  const auto found = std::ranges::find(values, name, &NamedValues::value_type::first);
  return found == values.end() ? nullptr : &found->second;
}

}  // namespace

const std::string* Request::header(std::string_view lower_case_name) const {
  return find(headers, lower_case_name);
}

const std::string* Request::query_value(std::string_view name) const {
  return find(query, name);
}

const std::string* Request::raw_parameter(std::string_view name) const {
  return find(parameters, name);
}

std::optional<std::string> Request::parameter(std::string_view name) const {
  const std::string* raw = raw_parameter(name);
  return raw == nullptr ? std::nullopt : percent_decode(*raw);
}

}  // namespace avow::node::http
