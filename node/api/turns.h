#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>

namespace avow::node::api {

/// Lets so many callers do one kind of work at a time; further ones wait. For work that takes many
/// times the memory of what was sent for it, where a thousand clients at once would take it all.
class Turns {
 public:
  explicit Turns(std::size_t at_once) : free_(at_once) {}

  /// What `work` gives, once it is the caller's turn.
  template <class Work>
  auto take(const Work& work) {
    {
      std::unique_lock lock(mutex_);
      freed_.wait(lock, [this] { return free_ > 0; });
      --free_;
    }
    const Turn turn(*this);
    return work();
  }
  /// … at once, or nothing: for callers who are to hold no thread meanwhile.
  template <class Work>
  auto try_take(const Work& work) -> std::optional<decltype(work())> {
    {
      const std::scoped_lock lock(mutex_);
      if (free_ == 0) return std::nullopt;
      --free_;
    }
    const Turn turn(*this);
    return work();
  }

 private:
  /// Given back however the work ends.
  class Turn {
   public:
    explicit Turn(Turns& turns) : turns_(turns) {}
    ~Turn() {
      {
        const std::scoped_lock lock(turns_.mutex_);
        ++turns_.free_;
      }
      turns_.freed_.notify_one();
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    Turns& turns_;
  };

  std::mutex mutex_;
  std::condition_variable freed_;
  std::size_t free_;
};

}  // namespace avow::node::api
