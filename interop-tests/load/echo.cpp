#include <cstdio>
#include <stdexcept>

#include "interop-tests/load/commands.h"
#include "node/http/listener.h"

namespace avow::interop::load {

void echo() {
  using node::http::Request;
  auto listener = node::http::Listener::on_tcp({"127.0.0.1", 0});
  if (!listener) throw std::runtime_error(listener.error().what + ": " + listener.error().why);
  node::http::RouteTable routes;
  routes.add({"POST", "/echo",
              [](const Request& request) {
                return node::http::Response{200, "application/json", {}, request.body};
              },
              /*max_body=*/65'536});
  (*listener)->start(std::move(routes));
  std::printf("%u\n", static_cast<unsigned>((*listener)->port()));
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
}

}  // namespace avow::interop::load
