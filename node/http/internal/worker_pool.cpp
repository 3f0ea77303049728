#include "node/http/internal/worker_pool.h"

#include <algorithm>
#include <system_error>
#include <utility>

namespace avow::node::http {
namespace {

/// Connections that are accepted before a thread is free for them.
constexpr std::size_t kMaxWaiting = 16;

}  // namespace

void WorkerPool::enqueue(std::function<void()> job) {
  std::unique_lock lock(mutex_);
  // Further ones stay with the kernel: once accepted, each holds a descriptor, and a flood of them
  // would leave none to write a revocation with.
  room_.wait(lock, [this] { return jobs_.size() < std::min(kMaxWaiting, max_threads_); });
  jobs_.push_back(std::move(job));
  if (jobs_.size() > idle_ && threads_.size() < max_threads_) {
    try {
      threads_.emplace_back([this] { work(); });
    } catch (const std::system_error&) {
      // The machine has no thread left: the job waits for one of ours. Without any there is no listener.
      if (threads_.empty()) throw;
    }
  }
  changed_.notify_one();
}

void WorkerPool::shutdown() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void WorkerPool::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    changed_.wait(lock, [this] { return ending_ || !jobs_.empty(); });
    --idle_;
    if (jobs_.empty()) return;
    const std::function<void()> job = std::move(jobs_.front());
    jobs_.pop_front();
    room_.notify_one();
    lock.unlock();
    job();
    lock.lock();
  }
}

}  // namespace avow::node::http
