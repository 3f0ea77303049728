#include <cstdio>
#include <thread>

#include "interop-tests/load/commands.h"
#include "node/http/testing/raw_client.h"

namespace avow::interop::load {

void drip(std::uint16_t port, int clients, int seconds) {
  using node::http::testing::RawClient;
  std::vector<RawClient> slow;
  long closed = 0;
  for (int second = 0; second < seconds; ++second) {
    std::vector<RawClient> alive;
    for (RawClient& client : slow) {
      if (client.send("x")) alive.push_back(std::move(client));
    }
    closed += static_cast<long>(slow.size() - alive.size());
    while (alive.size() < static_cast<std::size_t>(clients)) {
      RawClient client(port);
      client.send("POST /echo HTTP/1.1\r\nX-Slow: ");
      alive.push_back(std::move(client));
    }
    slow.swap(alive);
    std::this_thread::sleep_for(std::chrono::seconds(1));
  }
  std::printf("%ld\n", closed);
}

}  // namespace avow::interop::load
