#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "core/sha256.h"
#include "core/timestamp.h"

namespace avow::simulation {

/// What is to happen, by its time, and of one moment in the order in which it was planned. The clock goes on with it.
class EventQueue {
 public:
  core::Milliseconds now() const { return now_; }
  void at(core::Milliseconds time, std::function<void()> happening) {
    events_.emplace(std::pair(time, next_++), std::move(happening));
  }
  void run_until(core::Milliseconds time) {
    while (!events_.empty() && events_.begin()->first.first <= time) {
      const auto next = events_.extract(events_.begin());
      now_ = next.key().first;
      next.mapped()();
    }
    now_ = time;
  }

 private:
  core::Milliseconds now_{0};
  std::uint64_t next_ = 0;
  std::map<std::pair<core::Milliseconds, std::uint64_t>, std::function<void()>> events_;
};

/// SHA-256 over all that was delivered: of each line, after what came before.
class Trace {
 public:
  void add(std::string_view line) { hash_ = core::sha256({hash_, core::as_bytes(line)}); }
  std::string hash() const { return core::to_multibase(hash_); }

 private:
  core::Sha256 hash_{};
};

}  // namespace avow::simulation
