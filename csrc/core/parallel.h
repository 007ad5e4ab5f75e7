// Blocks of work over a few threads.
//
// Promises: every block runs exactly once; the first exception is rethrown in the caller after all threads have ended.
// Expects: blocks that write to disjoint places, so that results do not depend on the number of threads.
// Does not: keep threads between calls (a process may fork at any time), or say which thread takes which block.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace polyvocab {

// The number of threads for a request: 0 or less means one per core.
inline int thread_count(int requested) {
  if (requested > 0) return requested;
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

// Calls body(own, block) for every block in [0, blocks), where `own` is what the thread has made for itself, by make(), and keeps
// for all its blocks.
template <class Make, class Body>
void parallel_blocks(std::int64_t blocks, int threads, Make&& make, Body&& body) {
  const auto workers = std::min<std::int64_t>(thread_count(threads), blocks);
  std::atomic<std::int64_t> next{0};
  std::exception_ptr failure;
  std::mutex failure_guard;
  auto work = [&] {
    try {
      auto&& own = make();
      for (std::int64_t block; (block = next.fetch_add(1)) < blocks;) body(own, block);
    } catch (...) {
      next.store(blocks);
      const std::lock_guard lock(failure_guard);
      if (!failure) failure = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> pool;
    pool.reserve(static_cast<std::size_t>(std::max<std::int64_t>(workers - 1, 0)));
    for (std::int64_t i = 1; i < workers; ++i) pool.emplace_back(work);
    if (workers > 0) work();
  }
  if (failure) std::rethrow_exception(failure);
}

// Calls body(block) for every block in [0, blocks).
template <class Body>
void parallel_blocks(std::int64_t blocks, int threads, Body&& body) {
  struct Nothing {};
  parallel_blocks(blocks, threads, [] { return Nothing{}; }, [&](Nothing, std::int64_t block) { body(block); });
}

}  // namespace polyvocab
