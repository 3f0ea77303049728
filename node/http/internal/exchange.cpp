#include "node/http/internal/exchange.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "node/http/internal/fields.h"

namespace avow::node::http {
namespace {

using core::HttpRequest;
using core::HttpResponse;

constexpr std::size_t kMaxHeadBytes = 65'536;
constexpr int kMaxFields = 128;
constexpr int kMaxInterim = 8;
constexpr std::size_t kMaxChunkLine = 256;
constexpr std::size_t kFreeFraming = 16'384;  // of chunks, beyond as much as they hold
constexpr std::size_t kMaxBodyBytes = std::size_t{1} << 30;

core::Error malformed() {
  return unreachable("the answer is malformed");
}

core::Error too_large() {
  return core::Error{core::ErrorCode::response_too_large, "the answer is over the limit"};
}

/// What arrives, in the pieces that the framing asks for.
class Reader {
 public:
  Reader(Stream& stream, SteadyTime until, std::size_t allowance)
      : stream_(stream), until_(until), allowance_(allowance) {}

  /// Up to and including `end`, which begins within the next `most` bytes.
  core::Result<std::string, core::Error> read_to(std::string_view end, std::size_t most) {
    for (std::size_t searched = 0;;) {
      const std::string_view held = rest();
      const std::size_t at = held.find(end, searched);
      if (at != std::string_view::npos && at <= most) return take(at + end.size());
      if (held.size() >= most + end.size()) return core::fail(too_large());
      searched = held.size() - std::min(held.size(), end.size() - 1);
      const auto more = refill();
      if (!more) return core::fail(more.error());
      if (!*more) return core::fail(unreachable("the answer ends too early"));
    }
  }

  core::Result<std::string, core::Error> read_exactly(std::size_t size) {
    while (rest().size() < size) {
      const auto more = refill();
      if (!more) return core::fail(more.error());
      if (!*more) return core::fail(unreachable("the answer ends too early"));
    }
    return take(size);
  }

  /// To the end of the stream.
  core::Result<std::string, core::Error> read_all(std::size_t most) {
    for (;;) {
      if (rest().size() > most) return core::fail(too_large());
      const auto more = refill();
      if (!more) return core::fail(more.error());
      if (!*more) return take(rest().size());
    }
  }

  /// Nothing arrived that belongs to no answer.
  bool is_at_end() const { return rest().empty(); }

 private:
  std::string_view rest() const { return std::string_view(held_).substr(taken_); }

  std::string take(std::size_t size) {
    std::string taken(rest().substr(0, size));
    taken_ += size;
    return taken;
  }

  /// False at the end of the stream.
  core::Result<bool, core::Error> refill() {
    if (allowance_ == 0) return core::fail(too_large());
    const auto count =
        stream_.read(std::span(buffer_).first(std::min(buffer_.size(), allowance_)), until_);
    if (!count) return core::fail(unreachable(count.error()));
    // Once for each arrival, not for each piece: a thousand small ones would each move all that follows.
    held_.erase(0, std::exchange(taken_, 0));
    held_.append(buffer_.data(), *count);
    allowance_ -= *count;
    return *count > 0;
  }

  Stream& stream_;
  const SteadyTime until_;
  std::size_t allowance_;
  std::array<char, 16'384> buffer_{};
  std::string held_;
  std::size_t taken_ = 0;  // of it, from its beginning
};

/// The request's bytes, or nothing if one of them would begin another line or request.
std::optional<std::string> request_bytes(const HttpRequest& request, const Url& url) {
  if (!is_token(request.method)) return std::nullopt;
  const bool is_default = url.authority.port == (url.scheme == "https" ? 443 : 80);
  const std::string host = is_default ? url.authority.host : url.authority.text();
  std::string text = request.method + " " + url.target + " HTTP/1.1\r\nHost: " + host +
                     "\r\nUser-Agent: avow\r\nAccept-Encoding: identity\r\n";
  for (const auto& [name, value] : request.headers) {
    if (!is_token(name) || has_control_byte(value)) return std::nullopt;
    text.append(name).append(": ").append(value).append(kLineEnd);
  }
  if (request.method != "GET" || !request.body.empty()) {
    text += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  }
  return text + "\r\n" + request.body;
}

struct ResponseHead {
  int status = 0;
  bool is_http_1_1 = false;
  NamedValues fields;

  std::vector<std::string_view> all(std::string_view name) const {
    std::vector<std::string_view> values;
    for (const auto& [field, value] : fields) {
      if (field == name) values.emplace_back(value);
    }
    return values;
  }
};

/// "HTTP/1.1 200 OK"; the reason, and the space before it, may be absent.
bool read_status_line(std::string_view line, ResponseHead& head) {
  head.is_http_1_1 = line.starts_with("HTTP/1.1 ");
  if (!head.is_http_1_1 && !line.starts_with("HTTP/1.0 ")) return false;
  line.remove_prefix(9);
  const std::string_view digits = line.substr(0, 3);
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (digits.size() != 3 || !std::ranges::all_of(digits, is_digit)) return false;
  head.status = (digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0');
  line.remove_prefix(3);
  return head.status >= 100 && (line.empty() || line[0] == ' ') && !has_control_byte(line);
}

core::Result<ResponseHead, core::Error> read_head(Reader& reader) {
  for (int i = 0; i <= kMaxInterim; ++i) {
    const auto text = reader.read_to("\r\n\r\n", kMaxHeadBytes);
    if (!text) return core::fail(text.error());
    ResponseHead head;
    const std::size_t line_end = text->find(kLineEnd);
    const std::string_view lines = std::string_view(*text).substr(line_end + kLineEnd.size());
    if (!read_status_line(std::string_view(*text).substr(0, line_end), head) ||
        head.status == 101 || read_fields(lines, kMaxFields, head.fields)) {
      return core::fail(malformed());
    }
    if (head.status >= 200) return head;
  }
  return core::fail(malformed());
}

std::optional<std::size_t> number_of(std::string_view text, int base) {
  std::size_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [at, problem] = std::from_chars(text.data(), end, number, base);
  if (text.empty() || problem != std::errc() || at != end) return std::nullopt;
  return number;
}

/// The chunks' content. Extensions and trailers are read and left.
core::Result<std::string, core::Error> read_chunks(Reader& reader, std::size_t most) {
  std::string body;
  for (std::size_t framing = 0;;) {
    const auto line = reader.read_to(kLineEnd, kMaxChunkLine);
    if (!line) return core::fail(line.error());
    const auto digits = std::string_view(*line).substr(0, line->find_first_of("; \t\r"));
    const auto size = number_of(digits, 16);
    if (!size) return core::fail(malformed());
    if (*size > most - body.size()) return core::fail(too_large());
    if (*size == 0) break;
    framing += line->size() + kLineEnd.size();
    if (framing > kFreeFraming + body.size() + *size) return core::fail(too_large());
    const auto chunk = reader.read_exactly(*size + kLineEnd.size());
    if (!chunk) return core::fail(chunk.error());
    if (!chunk->ends_with(kLineEnd)) return core::fail(malformed());
    body.append(*chunk, 0, *size);
  }
  for (int i = 0; i <= kMaxFields; ++i) {
    const auto trailer = reader.read_to(kLineEnd, kMaxHeadBytes);
    if (!trailer) return core::fail(trailer.error());
    if (*trailer == kLineEnd) return body;
    NamedValues ignored;
    if (read_fields(*trailer + std::string(kLineEnd), 1, ignored)) break;
  }
  return core::fail(malformed());
}

/// How the body ends, decided once: by nothing that two readers could understand differently.
struct Framing {
  bool is_chunked = false;
  std::optional<std::size_t> length;
};
std::optional<Framing> framing_of(const ResponseHead& head) {
  const auto lengths = head.all("content-length");
  const auto codings = head.all("transfer-encoding");
  if (lengths.size() > 1 || codings.size() > 1 || (!lengths.empty() && !codings.empty())) {
    return std::nullopt;
  }
  Framing framing;
  if (!codings.empty()) {
    framing.is_chunked = head.is_http_1_1 && lower_case(codings[0]) == "chunked";
    if (!framing.is_chunked) return std::nullopt;
  }
  if (!lengths.empty()) {
    framing.length = number_of(lengths[0], 10);
    if (!framing.length) return std::nullopt;
  }
  if (head.status == 204 || head.status == 304) return Framing{false, 0};
  return framing;
}

core::Result<std::string, core::Error> read_body(Reader& reader, const Framing& framing,
                                                 std::size_t most) {
  if (framing.is_chunked) return read_chunks(reader, most);
  if (!framing.length) return reader.read_all(most);
  if (*framing.length > most) return core::fail(too_large());
  return reader.read_exactly(*framing.length);
}

bool says_close(const ResponseHead& head) {
  return std::ranges::any_of(head.all("connection"), [](std::string_view value) {
    return lower_case(value).find("close") != std::string::npos;
  });
}

}  // namespace

core::Result<Answer, core::Error> exchange(Stream& stream, const HttpRequest& request,
                                           const Url& url, SteadyTime until) {
  const auto bytes = request_bytes(request, url);
  if (!bytes) {
    return core::fail(
        unreachable("the method or a header of the request holds a character that it may not"));
  }
  // A server may answer and hang up before it has read everything: what it said is then still to be read.
  const auto written = stream.write(*bytes, until);
  const std::size_t most = std::min(request.max_response_bytes, kMaxBodyBytes);
  // What read_chunks lets pass; anything beyond is not an honest answer.
  Reader reader(stream, until, kMaxHeadBytes + 2 * most);
  auto head = read_head(reader);
  if (!head) return core::fail(written ? head.error() : unreachable(written.error()));
  for (const std::string_view coding : head->all("content-encoding")) {
    if (lower_case(coding) != "identity") {
      return core::fail(core::Error{core::ErrorCode::unsupported_content_encoding,
                                    "the answer is compressed, which was not asked for"});
    }
  }
  const auto framing = framing_of(*head);
  if (!framing) return core::fail(malformed());
  auto body = read_body(reader, *framing, most);
  if (!body) return core::fail(body.error());
  Answer answer;
  answer.reusable = head->is_http_1_1 && !says_close(*head) && reader.is_at_end() &&
                    (framing->is_chunked || framing->length);
  answer.response = HttpResponse{head->status, std::move(head->fields), std::move(*body)};
  return answer;
}

}  // namespace avow::node::http
