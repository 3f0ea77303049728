#include "node/http/listener.h"

#include <atomic>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "node/http/internal/serve.h"
#include "node/http/internal/socket.h"
#include "node/http/internal/worker_pool.h"

namespace avow::node::http {

/// httplib's accept loop around our own conversation. Its process_and_close_socket is a private virtual,
/// which a derived class may override; nothing else of httplib ever sees the bytes of a connection.
class Listener::Server final : public httplib::Server {
 public:
  Server(FileDescriptor socket, std::string socket_path, ListenerConfig config)
      : socket_(std::move(socket)),
        socket_path_(std::move(socket_path)),
        config_(std::move(config)) {
    new_task_queue = [this] { return new WorkerPool(config_.limits.max_connections); };
  }

  ~Server() override { stop_listening(); }

  void start(RouteTable routes) {
    routes_ = std::move(routes);
    // httplib expects a socket that blocks in accept.
    ::fcntl(socket_.get(), F_SETFL, ::fcntl(socket_.get(), F_GETFL) & ~O_NONBLOCK);
    thread_ = std::thread([this] { accept_connections(); });
  }

  void stop_listening() {
    if (thread_.joinable()) {
      signal_.raise(std::chrono::steady_clock::now() + config_.limits.drain);
      // Every accept fails from here on, also one that has not begun yet.
      ::shutdown(socket_.get(), SHUT_RDWR);
      thread_.join();
    }
    // Once only: afterwards the path may be another listener's.
    const std::string path = std::exchange(socket_path_, {});
    if (!path.empty()) ::unlink(path.c_str());
  }

  std::uint16_t port() const { return bound_port(socket_.get()); }

 private:
  /// httplib gives up and closes its socket at the first accept that fails, also for a passing reason
  /// (a connection reset while it waited, no memory), so it gets a duplicate, and a new one afterwards.
  void accept_connections() {
    while (!signal_.raised()) {
      svr_sock_ = ::fcntl(socket_.get(), F_DUPFD_CLOEXEC, 0);
      listen_after_bind();
    }
  }

  bool process_and_close_socket(socket_t accepted) override {
    FileDescriptor socket(accepted);
    try {
      Connection connection(std::move(socket), config_.limits, signal_, config_.identity.get());
      serve(connection, routes_, config_);
    } catch (const std::bad_alloc&) {
      return false;
    }
    return true;
  }

  const FileDescriptor socket_;
  std::string socket_path_;
  RouteTable routes_;  // unchanged once the threads run
  const ListenerConfig config_;
  StopSignal signal_;
  std::thread thread_;
};

Listener::Listener(std::unique_ptr<Server> server) : server_(std::move(server)) {}
Listener::~Listener() = default;

Result<std::unique_ptr<Listener>, Error> Listener::on_tcp(const HostPort& address,
                                                          ListenerConfig config) {
  Result<FileDescriptor, Error> socket = listen_on_tcp(address);
  if (!socket) return fail(std::move(socket.error()));
  return std::unique_ptr<Listener>(
      new Listener(std::make_unique<Server>(std::move(*socket), std::string(), std::move(config))));
}

Result<std::unique_ptr<Listener>, Error> Listener::on_unix_socket(const std::string& path,
                                                                  ListenerConfig config) {
  Result<FileDescriptor, Error> socket = listen_on_unix_socket(path);
  if (!socket) return fail(std::move(socket.error()));
  return std::unique_ptr<Listener>(
      new Listener(std::make_unique<Server>(std::move(*socket), path, std::move(config))));
}

void Listener::start(RouteTable routes) {
  server_->start(std::move(routes));
}
void Listener::stop() {
  server_->stop_listening();
}
std::uint16_t Listener::port() const {
  return server_->port();
}

}  // namespace avow::node::http
