#include "core/timestamp.h"

#include <algorithm>
#include <optional>

namespace avow::core {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Instant kFirst = std::chrono::sys_days{std::chrono::year{1} / 1 / 1};
constexpr Instant kLast = std::chrono::sys_days{std::chrono::year{10000} / 1 / 1} - Milliseconds{1};

/// Takes a text apart from the left. After a mismatch it stays failed.
class Scanner {
 public:
  explicit Scanner(std::string_view rest) : rest_(rest) {}

  /// A number of exactly `digits` digits within the bounds.
  int number(std::size_t digits, int min, int max) {
    int value = 0;
    if (rest_.size() < digits) return stop();
    for (const char c : rest_.substr(0, digits)) {
      if (c < '0' || c > '9') return stop();
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(digits);
    return min <= value && value <= max ? value : stop();
  }
  void literal(char expected) {
    if (!take(expected)) stop();
  }
  bool take(char wanted) {
    if (!rest_.starts_with(wanted)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::size_t digits_ahead() const {
    return std::min(rest_.find_first_not_of("0123456789"), rest_.size());
  }
  bool at_end() const { return ok_ && rest_.empty(); }

  int stop() {
    ok_ = false;
    rest_ = {};
    return 0;
  }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

Milliseconds read_fraction(Scanner& scan) {
  constexpr std::size_t kMaxDigits = 9;
  if (!scan.take('.')) return {};
  std::size_t digits = scan.digits_ahead();
  if (digits == 0 || digits > kMaxDigits) return Milliseconds{scan.stop()};
  int nanoseconds = scan.number(digits, 0, 999'999'999);
  for (; digits < kMaxDigits; ++digits) nanoseconds *= 10;
  return Milliseconds{nanoseconds / 1'000'000};
}

/// xsd:dateTimeStamp ends at ±14:00, RFC 3339 alone at ±23:59.
minutes read_offset(Scanner& scan) {
  if (scan.take('Z')) return {};
  const bool is_behind = scan.take('-');
  if (!is_behind) scan.literal('+');
  const hours h{scan.number(2, 0, 14)};
  scan.literal(':');
  const minutes offset = h + minutes{scan.number(2, 0, 59)};
  if (offset > hours{14}) scan.stop();
  return is_behind ? -offset : offset;
}

std::optional<Instant> read_instant(std::string_view text) {
  Scanner scan(text);
  const std::chrono::year year{scan.number(4, 1, 9999)};
  scan.literal('-');
  const std::chrono::month month{static_cast<unsigned>(scan.number(2, 1, 12))};
  scan.literal('-');
  const std::chrono::day day{static_cast<unsigned>(scan.number(2, 1, 31))};
  scan.literal('T');
  const hours h{scan.number(2, 0, 23)};
  scan.literal(':');
  const minutes m{scan.number(2, 0, 59)};
  scan.literal(':');
  const seconds s{scan.number(2, 0, 59)};
  const Milliseconds fraction = read_fraction(scan);
  const minutes offset = read_offset(scan);
  const std::chrono::year_month_day date = year / month / day;
  if (!scan.at_end() || !date.ok()) return std::nullopt;
  const Instant at = std::chrono::sys_days{date} + h + m + s + fraction - offset;
  if (at < kFirst || at > kLast) return std::nullopt;
  return at;
}

struct Fields {
  int year;
  unsigned month;
  unsigned day;
  int hour;
  int minute;
  int second;
  int millisecond;
};

Fields to_fields(Instant at) {
  const Instant shown = std::clamp(at, kFirst, kLast);
  const auto midnight = std::chrono::floor<days>(shown);
  const std::chrono::year_month_day date{midnight};
  const std::chrono::hh_mm_ss<Milliseconds> time{shown - midnight};
  return {static_cast<int>(date.year()),
          static_cast<unsigned>(date.month()),
          static_cast<unsigned>(date.day()),
          static_cast<int>(time.hours().count()),
          static_cast<int>(time.minutes().count()),
          static_cast<int>(time.seconds().count()),
          static_cast<int>(time.subseconds().count())};
}

void append_number(std::string& text, int value, int width) {
  const std::string digits = std::to_string(value);
  text.append(static_cast<std::size_t>(width) - digits.size(), '0').append(digits);
}

/// "2026-11-21T08:00:00", the part that both forms share.
std::string up_to_seconds(const Fields& fields) {
  std::string text;
  append_number(text, fields.year, 4);
  text += '-';
  append_number(text, static_cast<int>(fields.month), 2);
  text += '-';
  append_number(text, static_cast<int>(fields.day), 2);
  text += 'T';
  append_number(text, fields.hour, 2);
  text += ':';
  append_number(text, fields.minute, 2);
  text += ':';
  append_number(text, fields.second, 2);
  return text;
}

}  // namespace

Result<Instant, Error> parse_rfc3339(std::string_view text) {
  if (const auto at = read_instant(text)) return *at;
  return fail(Error{ErrorCode::bad_datetime,
                    "not a moment like 2026-11-21T08:00:00Z (calendar date, offset required)"});
}

std::string format_seconds(Instant at) {
  return up_to_seconds(to_fields(at)) + 'Z';
}

std::string format_milliseconds(Instant at) {
  const Fields fields = to_fields(at);
  std::string text = up_to_seconds(fields) + '.';
  append_number(text, fields.millisecond, 3);
  return text + 'Z';
}

}  // namespace avow::core
