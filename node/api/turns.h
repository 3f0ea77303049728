#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace avow::node::api {

/// Lets so many callers do one kind of work at a time; further ones wait. For work that takes many
/// times the memory of what was sent for it, where a thousand clients at once would take it all.
class Turns {
 public:
  explicit Turns(std::size_t at_once) : free_(at_once) {}

  /// What `work` gives, once it is the caller's turn.
  template <class Work>
  auto take(const Work& work) {
    const Turn turn(*this);
    return work();
  }

 private:
  class Turn {
   public:
    explicit Turn(Turns& turns) : turns_(turns) {
      std::unique_lock lock(turns_.mutex_);
      turns_.freed_.wait(lock, [this] { return turns_.free_ > 0; });
      --turns_.free_;
    }
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
