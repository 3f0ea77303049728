#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include <httplib.h>

namespace avow::node::http {

/// Threads that are made when they are first needed and kept. A connection holds one for as long as it is
/// open, so a fixed pool is either too small for slow clients or wasteful in an idle node.
class WorkerPool final : public httplib::TaskQueue {
 public:
  explicit WorkerPool(std::size_t max_threads) : max_threads_(max_threads) {}

  /// Waits while as many jobs as are let in wait for a thread.
  void enqueue(std::function<void()> job) override;
  /// Runs what is queued and joins.
  void shutdown() override;

 private:
  void work();

  const std::size_t max_threads_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::condition_variable room_;
  std::deque<std::function<void()>> jobs_;
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;
  bool ending_ = false;
};

}  // namespace avow::node::http
