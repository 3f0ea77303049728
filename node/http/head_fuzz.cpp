// A head that is served has one host, one meaning for its length, and nothing that a second parser could read another
// way.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "node/http/internal/head.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace avow::node::http;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto head = judge_head(bytes, ListenerLimits{});
  if (!head) {
    if (head.error().status < 400 || head.error().status > 505 || head.error().code.empty())
      std::abort();
    return 0;
  }
  const Request& request = head->request;
  const auto is_control = [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
  };
  int hosts = 0;
  for (const auto& [name, value] : request.headers) {
    if (name.empty() || std::any_of(value.begin(), value.end(), is_control)) std::abort();
    if (name.find_first_of(" \t:") != std::string::npos) std::abort();
    if (name == "transfer-encoding") std::abort();
    hosts += name == "host" ? 1 : 0;
  }
  if (hosts != 1 || request.headers.size() > 64) std::abort();
  if (std::any_of(request.target.begin(), request.target.end(), is_control)) std::abort();
  if (request.target.empty() || request.target.front() != '/') std::abort();
  if (head->content_length > 0 && !takes_body(request.method)) std::abort();
  return 0;
}
