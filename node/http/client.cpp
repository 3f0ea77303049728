#include "node/http/client.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <functional>
#include <limits>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <httplib.h>
#include <poll.h>
#include <sys/socket.h>

#include "node/http/internal/socket.h"

namespace avow::node::http {
namespace {

using core::HttpRequest;
using core::HttpResponse;
using std::chrono::steady_clock;

constexpr std::size_t kMaxHeadBytes = 65'536;
constexpr std::size_t kMaxBodyBytes = std::size_t{1} << 30;
constexpr std::size_t kMaxIdlePerOrigin = 4;
constexpr std::size_t kMaxOrigins = 256;

core::Error unreachable(std::string why) {
  return core::Error{core::ErrorCode::unreachable, std::move(why)};
}

/// One exchange over a socket: one deadline and one allowance of bytes for all of it.
class BoundedStream final : public httplib::Stream {
 public:
  BoundedStream(int fd, SteadyTime until, std::size_t allowance)
      : fd_(fd), until_(until), allowance_(allowance) {}

  using httplib::Stream::write;
  bool is_readable() const override { return true; }
  bool is_writable() const override { return true; }
  ssize_t read(char* to, std::size_t size) override {
    if (begin_ == end_ && !refill()) return -1;
    size = std::min(size, end_ - begin_);
    std::copy_n(buffer_.data() + begin_, size, to);
    begin_ += size;
    return static_cast<ssize_t>(size);
  }
  ssize_t write(const char* from, std::size_t size) override {
    for (std::size_t done = 0; done < size;) {
      const ssize_t sent = ::send(fd_, from + done, size - done, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent > 0) {
        done += static_cast<std::size_t>(sent);
      } else if (errno != EINTR && (errno != EAGAIN || !wait_for(fd_, POLLOUT, until_))) {
        return -1;
      }
    }
    return static_cast<ssize_t>(size);
  }
  void get_remote_ip_and_port(std::string& ip, int& port) const override {
    ip.clear();
    port = 0;
  }
  void get_local_ip_and_port(std::string& ip, int& port) const override {
    ip.clear();
    port = 0;
  }
  socket_t socket() const override { return fd_; }

  bool exhausted() const { return allowance_ == 0; }

 private:
  bool refill() {
    // Also asks the clock when bytes are there: a steady stream would never let poll time out.
    if (allowance_ == 0 || steady_clock::now() >= until_ || !wait_for(fd_, POLLIN, until_)) {
      return false;
    }
    const ssize_t count =
        ::recv(fd_, buffer_.data(), std::min(buffer_.size(), allowance_), MSG_DONTWAIT);
    if (count <= 0) return false;
    begin_ = 0;
    end_ = static_cast<std::size_t>(count);
    allowance_ -= end_;
    return true;
  }

  const int fd_;
  const SteadyTime until_;
  std::size_t allowance_;
  std::array<char, 16'384> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

/// httplib's client around our own sockets: the two virtual functions it opens and reads them with.
class Exchanger final : public httplib::ClientImpl {
 public:
  using Connect = std::function<Result<FileDescriptor, std::string>(SteadyTime until)>;

  Exchanger(const HostPort& authority, bool keep_alive, Connect connect)
      : httplib::ClientImpl(authority.host, authority.port),
        authority_(authority),
        connect_(std::move(connect)) {
    set_keep_alive(keep_alive);
    set_url_encode(false);  // the target is sent as given: `%253A` stays what it is
    set_decompress(false);
    set_follow_location(false);
  }

  core::Result<HttpResponse, core::Error> exchange(const HttpRequest& request,
                                                   const std::string& target) {
    until_ = steady_clock::now() + request.deadline;
    // Chunked framing may double a body; anything beyond is not an honest answer.
    allowance_ = kMaxHeadBytes + 2 * std::min(request.max_response_bytes, kMaxBodyBytes);
    too_large_ = false;
    why_.clear();

    std::string body;
    const auto fits = [&](std::uint64_t more) {
      too_large_ = too_large_ || more > request.max_response_bytes - body.size();
      return !too_large_;
    };
    httplib::Request sent = to_httplib(request, target);
    bool not_modified = false;
    sent.response_handler = [&](const httplib::Response& head) {
      // Has no body, for which httplib would wait until the connection ends.
      not_modified = head.status == 304;
      if (not_modified) return false;
      const std::string length = head.get_header_value("Content-Length");
      return length.size() <= 19 && fits(std::strtoull(length.c_str(), nullptr, 10));
    };
    sent.content_receiver = [&](const char* bytes, std::size_t size, std::uint64_t, std::uint64_t) {
      if (!fits(size)) return false;
      body.append(bytes, size);
      return true;
    };

    httplib::Response received;
    httplib::Error error = httplib::Error::Success;
    const bool answered = send(sent, received, error);
    if (too_large_) {
      return core::fail(core::Error{core::ErrorCode::response_too_large,
                                    "the answer of " + authority_.text() + " is over the limit"});
    }
    if (!answered && !not_modified)
      return core::fail(unreachable(authority_.text() + ": " + words_of(error)));
    HttpResponse response{received.status, {}, std::move(body)};
    response.headers.assign(received.headers.begin(), received.headers.end());
    return response;
  }

 private:
  httplib::Request to_httplib(const HttpRequest& request, const std::string& target) const {
    httplib::Request sent;
    sent.method = request.method;
    sent.path = target;
    sent.body = request.body;
    for (const auto& [name, value] : request.headers) sent.headers.emplace(name, value);
    if (!sent.has_header("Host")) sent.headers.emplace("Host", authority_.text());
    if (!sent.has_header("User-Agent")) sent.headers.emplace("User-Agent", "avow");
    return sent;
  }

  std::string words_of(httplib::Error error) const {
    if (!why_.empty()) return why_;
    if (steady_clock::now() >= until_) return "no answer within the time allowed";
    return "the exchange failed (" + httplib::to_string(error) + ")";
  }

  bool create_and_connect_socket(Socket& socket, httplib::Error& error) override {
    Result<FileDescriptor, std::string> connected = connect_(until_);
    if (!connected) {
      why_ = connected.error();
      error = httplib::Error::Connection;
      return false;
    }
    socket.sock = connected->release();
    return true;
  }

  bool process_socket(const Socket& socket,
                      std::function<bool(httplib::Stream& stream)> callback) override {
    BoundedStream stream(socket.sock, until_, allowance_);
    const bool done = callback(stream);
    too_large_ = too_large_ || (!done && stream.exhausted());
    return done;
  }

  const HostPort authority_;
  const Connect connect_;
  SteadyTime until_;
  std::size_t allowance_ = 0;
  bool too_large_ = false;
  std::string why_;
};

bool is_field_text(std::string_view text) {
  return std::ranges::none_of(text,
                              [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7f; });
}

/// What httplib would write to the wire unseen must not begin another line there.
bool is_writable(const HttpRequest& request) {
  const bool plain_method =
      std::ranges::all_of(request.method, [](char c) { return c >= 'A' && c <= 'Z'; });
  return plain_method && !request.method.empty() &&
         std::ranges::all_of(request.headers, [](const auto& header) {
           return is_field_text(header.first) && is_field_text(header.second) &&
                  header.first.find(':') == std::string::npos;
         });
}

/// The URL of a request that may be sent as plain HTTP.
core::Result<Url, core::Error> plain_url_of(const HttpRequest& request) {
  Result<Url, Error> url = parse_url(request.url);
  if (!url) return core::fail(unreachable("the URL is malformed: " + url.error().why));
  if (url->scheme != "http") {
    return core::fail(unreachable("only http:// to loopback or private addresses can be fetched"));
  }
  if (!is_writable(request)) {
    return core::fail(unreachable("the method or a header holds a character that it may not"));
  }
  return std::move(*url);
}

/// httplib reports trouble in an answer partly by exceptions of the standard library.
core::Result<HttpResponse, core::Error> run(Exchanger& exchanger, const HttpRequest& request,
                                            const Url& url) {
  try {
    return exchanger.exchange(request, url.target);
  } catch (const std::exception&) {
    return core::fail(unreachable(url.authority.text() + ": the answer is malformed"));
  }
}

}  // namespace

bool is_local_address(const std::string& numeric_address) {
  in_addr ipv4{};
  if (::inet_pton(AF_INET, numeric_address.c_str(), &ipv4) == 1) {
    const std::uint32_t address = ntohl(ipv4.s_addr);
    return (address >> 24) == 127 || (address >> 24) == 10 || (address >> 20) == 0xac1 ||
           (address >> 16) == 0xc0a8;
  }
  in6_addr ipv6{};
  if (::inet_pton(AF_INET6, numeric_address.c_str(), &ipv6) != 1) return false;
  return IN6_IS_ADDR_LOOPBACK(&ipv6) || (ipv6.s6_addr[0] & 0xfe) == 0xfc;
}

/// Connections that are not in use, by origin.
class PlainHttpFetcher::Connections {
 public:
  std::unique_ptr<Exchanger> take(const Url& url) {
    {
      const std::scoped_lock lock(mutex_);
      const auto found = idle_.find(url.origin());
      if (found != idle_.end() && !found->second.empty()) {
        std::unique_ptr<Exchanger> exchanger = std::move(found->second.back());
        found->second.pop_back();
        return exchanger;
      }
    }
    const HostPort authority = url.authority;
    return std::make_unique<Exchanger>(authority, /*keep_alive=*/true,
                                       [authority](SteadyTime until) {
                                         return connect_to_tcp(authority, until, &is_local_address);
                                       });
  }

  void give_back(const Url& url, std::unique_ptr<Exchanger> exchanger) {
    const std::scoped_lock lock(mutex_);
    if (idle_.size() > kMaxOrigins) idle_.clear();
    std::vector<std::unique_ptr<Exchanger>>& idle = idle_[url.origin()];
    if (idle.size() < kMaxIdlePerOrigin) idle.push_back(std::move(exchanger));
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::vector<std::unique_ptr<Exchanger>>> idle_;
};

PlainHttpFetcher::PlainHttpFetcher() : connections_(std::make_unique<Connections>()) {}
PlainHttpFetcher::~PlainHttpFetcher() = default;

core::Result<HttpResponse, core::Error> PlainHttpFetcher::fetch(const HttpRequest& request) {
  core::Result<Url, core::Error> url = plain_url_of(request);
  if (!url) return core::fail(std::move(url.error()));
  std::unique_ptr<Exchanger> exchanger = connections_->take(*url);
  core::Result<HttpResponse, core::Error> response = run(*exchanger, request, *url);
  if (response) connections_->give_back(*url, std::move(exchanger));
  return response;
}

UnixSocketClient::UnixSocketClient(std::string socket_path)
    : socket_path_(std::move(socket_path)) {}

core::Result<HttpResponse, core::Error> UnixSocketClient::fetch(const HttpRequest& request) {
  core::Result<Url, core::Error> url = plain_url_of(request);
  if (!url) return core::fail(std::move(url.error()));
  Exchanger exchanger(url->authority, /*keep_alive=*/false, [this](SteadyTime until) {
    return connect_to_unix_socket(socket_path_, until);
  });
  core::Result<HttpResponse, core::Error> response = run(exchanger, request, *url);
  if (!response && response.error().code == core::ErrorCode::unreachable) {
    response.error().detail = socket_path_ + ": " + response.error().detail;
  }
  return response;
}

}  // namespace avow::node::http
