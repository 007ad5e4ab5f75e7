// One tally for each thread that counts.
//
// Promises: never the same tally to two threads, and never more of them than threads were named: a further thread waits.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "core/count/tally.h"

namespace polyvocab {

class Tallies {
 public:
  // Each has its share of the memory.
  Tallies(const Pipeline& pipeline, TallyLayout layout, std::size_t memory_limit, int threads, Tally::EmptyWords empty_words)
      : pipeline_(pipeline), layout_(std::move(layout)), share_(memory_limit / static_cast<std::size_t>(threads)),
        threads_(static_cast<std::size_t>(threads)), empty_words_(std::move(empty_words)) {}

  void add(std::span<const std::string_view> documents) {
    Tally* const tally = take();
    const GiveBack lease{*this, tally};
    for (const std::string_view document : documents) tally->add(document);
  }

  // All of them, when no thread counts any more.
  std::span<const std::unique_ptr<Tally>> all() const { return all_; }
  BlockTotals totals() const {
    BlockTotals sum(layout_);
    for (const auto& tally : all_) sum.add(tally->totals());
    return sum;
  }

 private:
  struct GiveBack {
    Tallies& tallies;
    Tally* tally;
    ~GiveBack() {
      const std::lock_guard lock(tallies.guard_);
      tallies.free_.push_back(tally);
      tallies.was_freed_.notify_one();
    }
  };

  const Pipeline& pipeline_;
  TallyLayout layout_;
  std::size_t share_, threads_;
  Tally::EmptyWords empty_words_;
  std::mutex guard_;
  std::condition_variable was_freed_;
  std::vector<std::unique_ptr<Tally>> all_;
  std::vector<Tally*> free_;

  Tally* take() {
    std::unique_lock lock(guard_);
    if (free_.empty() && all_.size() < threads_) {
      all_.push_back(std::make_unique<Tally>(pipeline_, layout_, share_, empty_words_));
      free_.reserve(all_.size());  // so that giving back cannot fail
      return all_.back().get();
    }
    was_freed_.wait(lock, [&] { return !free_.empty(); });
    Tally* const tally = free_.back();
    free_.pop_back();
    return tally;
  }
};

}  // namespace polyvocab
