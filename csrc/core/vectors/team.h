// Threads that go through the same steps and wait for each other after each.
//
// Promises: all bodies run with the same meeting point; where the system gives fewer threads, there are fewer workers.
// Expects: a body that does not throw, and that meets as often in every worker.
#pragma once

#include <atomic>
#include <cstdint>
#include <latch>
#include <system_error>
#include <thread>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace polyvocab {

class MeetingPoint {
 public:
  explicit MeetingPoint(std::uint32_t workers) : workers_(workers) {}

  // Returns when all workers have come. Steps are short, and to be woken may take longer than a step: so it looks for the
  // others for a while, then gives its core to whoever wants it, and sleeps only after that.
  void wait() {
    const std::uint32_t turn = turn_.load(std::memory_order_acquire);
    if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == workers_) {
      arrived_.store(0, std::memory_order_relaxed);
      turn_.store(turn + 1, std::memory_order_release);
      turn_.notify_all();
      return;
    }
    for (int i = 0; i < looks + yields; ++i) {
      if (turn_.load(std::memory_order_acquire) != turn) return;
      if (i >= looks) std::this_thread::yield();
#if defined(__x86_64__)
      _mm_pause();
#endif
    }
    turn_.wait(turn, std::memory_order_acquire);
  }

 private:
  static constexpr int looks = 1000;
  static constexpr int yields = 1000;
  const std::uint32_t workers_;
  alignas(64) std::atomic<std::uint32_t> arrived_{0};
  alignas(64) std::atomic<std::uint32_t> turn_{0};
};

// Calls body(worker, workers, meetings) in up to `threads` threads, of which the caller is worker 0; meetings is what
// make(workers) gives.
template <class Make, class Body>
void work_together(int threads, Make&& make, Body&& body) {
  using Meetings = decltype(make(1U));
  std::atomic<Meetings*> shared{nullptr};
  std::size_t workers = 1;
  std::latch begin{1};
  std::vector<std::jthread> others;
  others.reserve(static_cast<std::size_t>(threads));
  try {
    for (int i = 1; i < threads; ++i) {
      others.emplace_back([&, i] {
        begin.wait();
        body(static_cast<std::size_t>(i), workers, *shared.load());
      });
    }
  } catch (const std::system_error&) {
    // No more threads: those that there are do the work.
  }
  workers = others.size() + 1;
  Meetings meetings = make(static_cast<std::uint32_t>(workers));
  shared.store(&meetings);
  begin.count_down();
  body(std::size_t{0}, workers, meetings);
  others.clear();  // waits for them, before what they use is gone
}

}  // namespace polyvocab
