// Kernels in plain C++: a block's threads are fibers of one thread of the machine, which take turns in a random order:
// a warp runs ahead as far as it can, then another one does.
//
// Promises: what waits for a barrier or for the other lanes of a warp goes on when all are there, and not before; so a missing
// barrier shows as a wrong result in some order. Asynchronous copies are made when they are waited for, as late as can be.
// Shared and device memory begin as NaN, and are pieces of the heap, where AddressSanitizer sees every step beside them.
// Does not: know of time, of banks, or of the device's own order of memory accesses.
#pragma once

#include <ucontext.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <random>
#include <stdexcept>
#include <utility>
#include <vector>

namespace polyvocab::emulated {

struct Index {
  unsigned x = 0;
};

inline Index thread_index;
inline Index block_index;

// A place where `expected` fibers meet.
struct Meeting {
  int expected = 0;
  int arrived = 0;
  unsigned long long round = 0;
  int any[2] = {0, 0};  // of __syncthreads_or, of this round and the next
};

// What lanes show each other; of two rounds, as some go on while others still look.
struct Warp {
  Meeting meeting;
  std::uint64_t words[2][32][4] = {};
};

struct Fiber {
  ucontext_t context = {};
  bool done = false;
  const Meeting* waits_for = nullptr;
  unsigned long long round = 0;
  std::vector<std::pair<void*, const void*>> copies;
};

class Block {
 public:
  static Block*& current() {
    static Block* block = nullptr;
    return block;
  }

  Block(int threads, std::size_t shared_bytes, std::function<void()> body, unsigned seed)
      : fibers_(static_cast<std::size_t>(threads)), warps_(static_cast<std::size_t>((threads + 31) / 32)),
        body_(std::move(body)), engine_(seed),
        shared_(static_cast<unsigned char*>(std::aligned_alloc(128, (shared_bytes + 127) / 128 * 128)), std::free) {
    std::memset(shared_.get(), 0xFF, shared_bytes);
    all_.expected = threads;
    for (auto& warp : warps_) warp.meeting.expected = 32;
    static std::vector<std::unique_ptr<char[]>> stacks;  // for the next block too: most of the time would go into making them
    while (stacks.size() < fibers_.size()) stacks.push_back(std::make_unique_for_overwrite<char[]>(stack_bytes));
    for (std::size_t i = 0; i < fibers_.size(); ++i) {
      Fiber& fiber = fibers_[i];
      getcontext(&fiber.context);
      fiber.context.uc_stack.ss_sp = stacks[i].get();
      fiber.context.uc_stack.ss_size = stack_bytes;
      fiber.context.uc_link = &scheduler_;
      makecontext(&fiber.context, &Block::enter, 0);
    }
  }

  void run() {
    Block* const outer = std::exchange(current(), this);
    std::vector<unsigned> order(warps_.size());
    for (unsigned i = 0; i < order.size(); ++i) order[i] = i;
    for (bool progress = true; progress;) {
      progress = false;
      std::shuffle(order.begin(), order.end(), engine_);
      for (const unsigned warp : order) {
        while (run_warp(warp)) progress = true;
      }
    }
    current() = outer;
    for (const auto& fiber : fibers_) {
      if (!fiber.done) throw std::logic_error("threads of a block wait for others that never come");
      if (!fiber.copies.empty()) throw std::logic_error("a copy that nobody waited for");
    }
  }

  unsigned char* shared() { return shared_.get(); }
  Fiber& fiber() { return fibers_[thread_index.x]; }
  Warp& warp() { return warps_[thread_index.x / 32]; }

  int meet_all(int value) {
    const std::size_t side = all_.round % 2;
    all_.any[side] |= value;
    meet(all_);
    return all_.any[side];
  }

  void meet_warp() { meet(warp().meeting); }

  // What all lanes show. Valid until the lane shows something again.
  template <class T>
  const std::uint64_t (*show(const T& mine))[4] {
    static_assert(sizeof(T) <= 32);
    Warp& here = warp();
    auto& words = here.words[here.meeting.round % 2];
    std::memcpy(words[thread_index.x % 32], &mine, sizeof(T));
    meet(here.meeting);
    return words;
  }

 private:
  static constexpr std::size_t stack_bytes = 128 * 1024;

  static void enter() {
    Block* const block = current();
    block->body_();
    Fiber& fiber = block->fiber();
    fiber.done = true;
    block->leave(block->all_);
    block->leave(block->warp().meeting);
  }

  // Each lane up to where it next waits. Whether any could go on.
  bool run_warp(unsigned warp) {
    const auto first = static_cast<unsigned>(engine_()) % 32;
    bool progress = false;
    for (unsigned i = 0; i < 32; ++i) {
      const unsigned thread = warp * 32 + (first + i * turn_) % 32;
      if (thread < fibers_.size()) progress |= resume(thread);
    }
    turn_ = static_cast<unsigned>(engine_()) | 1U;
    return progress;
  }

  bool resume(unsigned i) {
    Fiber& fiber = fibers_[i];
    if (fiber.done || (fiber.waits_for != nullptr && fiber.waits_for->round == fiber.round)) return false;
    thread_index.x = i;
    fiber.waits_for = nullptr;
    swapcontext(&scheduler_, &fiber.context);
    return true;
  }

  void meet(Meeting& meeting) {
    Fiber& mine = fiber();
    mine.waits_for = &meeting;
    mine.round = meeting.round;
    if (++meeting.arrived == meeting.expected) open(meeting);
    swapcontext(&mine.context, &scheduler_);
  }

  static void open(Meeting& meeting) {
    meeting.arrived = 0;
    ++meeting.round;
    meeting.any[meeting.round % 2] = 0;
  }

  // A thread that has ended is waited for no longer.
  static void leave(Meeting& meeting) {
    --meeting.expected;
    if (meeting.expected > 0 && meeting.arrived == meeting.expected) open(meeting);
  }

  ucontext_t scheduler_ = {};
  std::vector<Fiber> fibers_;
  std::vector<Warp> warps_;
  Meeting all_;
  std::function<void()> body_;
  std::mt19937 engine_;
  unsigned turn_ = 1;  // odd: the lanes' order
  std::unique_ptr<unsigned char, void (*)(void*)> shared_;
};

}  // namespace polyvocab::emulated
