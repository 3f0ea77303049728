// Measures what the rooms' x_bench.cpp files offer and prints a table, or one JSON object for machines: name → ratio to
// RAW, or what the end of the name says (`_ns`, `_x_zlib`: times zlib's own).
//   avow-bench [--json] [--rounds N] [--only NAME]…

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "core/canonical_json.h"
#include "core/testing/benches.h"
#include "did/testing/benches.h"
#include "interop-tests/bench/rounds.h"
#include "node/testing/benches.h"
#include "registry/testing/benches.h"
#include "revocation/testing/benches.h"
#include "vc/testing/benches.h"

namespace {

using avow::core::testing::Bench;
using avow::core::testing::Benches;
using avow::core::testing::Figure;
using avow::interop::Measured;

constexpr int kUsualRounds = 25;
constexpr int kMaxRounds = 10'000;

struct Request {
  bool json = false;
  int rounds = kUsualRounds;
  std::vector<std::string_view> only;
};

std::optional<Request> read_words(int count, char** words) {
  Request request;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    const std::string_view value = i + 1 < count ? words[i + 1] : "";
    if (word == "--json") {
      request.json = true;
      continue;
    }
    if (word == "--rounds") {
      const char* end = value.data() + value.size();
      const auto read = std::from_chars(value.data(), end, request.rounds);
      if (read.ec != std::errc{} || read.ptr != end || request.rounds < 1 ||
          request.rounds > kMaxRounds)
        return std::nullopt;
    } else if (word == "--only" && !value.empty()) {
      request.only.push_back(value);
    } else {
      return std::nullopt;
    }
    ++i;
  }
  return request;
}

/// RAW, then all that were asked for.
Benches benches_of(const Request& request) {
  namespace core_benches = avow::core::testing;
  Benches benches{core_benches::raw_bench()};
  if (request.only == std::vector<std::string_view>{"raw"}) return benches;
  for (const auto offer :
       {core_benches::ecdsa_benches, core_benches::ed25519_benches, core_benches::json_benches,
        avow::did::testing::did_key_benches, avow::did::testing::did_webvh_benches,
        avow::vc::testing::issue_benches, avow::node::testing::verify_benches,
        avow::node::testing::trqp_benches, avow::vc::testing::signature_cache_benches,
        avow::revocation::testing::rice_code_benches,
        avow::revocation::testing::status_list_codec_benches, avow::registry::testing::view_benches,
        avow::registry::testing::replica_benches}) {
    for (Bench& bench : offer()) {
      if (request.only.empty() ||
          std::find(request.only.begin(), request.only.end(), bench.name) != request.only.end())
        benches.push_back(std::move(bench));
    }
  }
  return benches;
}

std::string rounded(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), value < 10 ? "%.3f" : value < 1000 ? "%.1f" : "%.0f", value);
  return text;
}

std::string figure_text(const Measured& one) {
  switch (one.bench->figure) {
    case Figure::times_raw:
      return rounded(one.figure) + " RAW";
    case Figure::times_yardstick:
      return rounded(one.figure) + " times";
    case Figure::nanoseconds:
      return rounded(one.figure) + " ns";
  }
  return "";
}

void print_table(const std::vector<Measured>& measured, int rounds) {
  std::printf(
      "RAW is libsodium's Ed25519 verification: %.1f µs of CPU here. A figure in RAW is a rate "
      "over RAW's\n"
      "(more is better), in times (as long as the yardstick that its line below names) or ns a "
      "time (less is better). Medians of %d interleaved rounds.\n"
      "Warm: the keys were seen before. The peers' ratios were measured beside RAW on another "
      "machine.\n\n",
      measured.front().nanoseconds / 1000, rounds);
  std::printf("%-32s %12s %10s  %-6s %-9s %-9s %s\n", "", "figure", "µs", "must", "ambitious",
              "bound", "peer");
  for (const Measured& one : measured) {
    const auto& goal = one.bench->goal;
    std::printf("%-32s %12s %10s %-6s %-9s %-9s %s\n", one.bench->name.c_str(),
                figure_text(one).c_str(), rounded(one.nanoseconds / 1000).c_str(),
                goal.must.c_str(), goal.ambitious.c_str(), goal.bound.c_str(), goal.peer.c_str());
  }
  std::printf("\n");
  for (const Measured& one : measured)
    std::printf("%-32s %s\n", one.bench->name.c_str(), one.bench->what.c_str());
}

/// A name without a unit is a ratio to RAW; `_ns` is a time, `_x_zlib` so many times as long as zlib.
bool names_its_unit(const Bench& bench) {
  const bool in_ns = bench.name.ends_with("_ns");
  const bool in_times = bench.name.find("_x_") != std::string::npos;
  switch (bench.figure) {
    case Figure::times_raw:
      return !in_ns && !in_times;
    case Figure::times_yardstick:
      return in_times;
    case Figure::nanoseconds:
      return in_ns;
  }
  return false;
}

void print_json(const std::vector<Measured>& measured) {
  avow::core::Json json = avow::core::Json::object();
  for (const Measured& one : measured)
    json.set(one.bench->name, avow::core::Json::number(one.figure));
  std::printf("%s\n", avow::core::to_canonical(json).c_str());
}

}  // namespace

int main(int count, char** words) {
  const auto request = read_words(count, words);
  if (!request) {
    std::fputs("usage: avow-bench [--json] [--rounds 1..10000] [--only NAME]...\n", stderr);
    return 2;
  }
  try {
    const Benches benches = benches_of(*request);
    const auto is_named = [&](std::string_view name) {
      return std::any_of(benches.begin(), benches.end(),
                         [&](const Bench& bench) { return bench.name == name; });
    };
    for (const Bench& bench : benches) {
      if (!names_its_unit(bench))
        throw std::logic_error(bench.name + " does not say what it is counted in");
    }
    if (!std::all_of(request->only.begin(), request->only.end(), is_named)) {
      std::fputs("error: --only: avow-bench without it lists the names\n", stderr);
      return 2;
    }
    const auto measured = avow::interop::measure(benches, request->rounds);
    if (request->json) {
      print_json(measured);
    } else {
      print_table(measured, request->rounds);
    }
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "error: %s\n", fault.what());
    return 1;
  }
  return 0;
}
