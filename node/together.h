#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace avow::node {

/// What several threads ask for is done together: the one who comes first does it for all who wait by then, no sooner than
/// `apart` after the time before. Who is alone and comes later than that waits for nobody.
template <typename Asked, typename Answer>
class Together {
 public:
  /// Answers each, in order. What it throws, all of them get.
  using Work = std::function<std::vector<Answer>(const std::vector<Asked>& asked)>;

  /// `most` at a time, in the order in which they came
  Together(Work work, std::chrono::milliseconds apart, std::size_t most)
      : work_(std::move(work)), apart_(apart), most_(most) {}

  Answer ask(Asked asked) {
    Waiting own{std::move(asked), std::nullopt, nullptr};
    std::unique_lock lock(mutex_);
    waiting_.push_back(&own);
    while (!own.answer && !own.fault) {
      if (is_at_work_) {
        changed_.wait(lock);
      } else {
        do_next(lock);
      }
    }
    if (own.fault) std::rethrow_exception(own.fault);
    return std::move(*own.answer);
  }

 private:
  struct Waiting {
    Asked asked;
    std::optional<Answer> answer;
    std::exception_ptr fault;
  };

  void do_next(std::unique_lock<std::mutex>& lock) {
    is_at_work_ = true;
    changed_.wait_until(lock, next_, [] { return false; });  // more may come meanwhile
    std::vector<Waiting*> taken;
    std::vector<Asked> asked;
    while (!waiting_.empty() && taken.size() < most_) {
      taken.push_back(waiting_.front());
      asked.push_back(taken.back()->asked);
      waiting_.pop_front();
    }
    next_ = std::chrono::steady_clock::now() + apart_;
    lock.unlock();
    std::vector<Answer> answers;
    std::exception_ptr fault;
    try {
      answers = work_(asked);
    } catch (...) {
      fault = std::current_exception();
    }
    lock.lock();
    for (std::size_t i = 0; i < taken.size(); ++i) {
      if (i < answers.size()) {
        taken[i]->answer = std::move(answers[i]);
      } else {
        taken[i]->fault = fault;
      }
    }
    is_at_work_ = false;
    changed_.notify_all();
  }

  const Work work_;
  const std::chrono::milliseconds apart_;
  const std::size_t most_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Waiting*> waiting_;
  bool is_at_work_ = false;
  std::chrono::steady_clock::time_point next_;
};

}  // namespace avow::node
