// Several sources as one: the counts of what is the same are added.
#pragma once

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "core/sorted/source.h"

namespace polyvocab {

template <class Entry>
class SortedMerge final : public SortedSource<Entry> {
 public:
  using Source = SortedSource<Entry>;

  explicit SortedMerge(std::vector<std::unique_ptr<Source>> sources) : sources_(std::move(sources)) {
    for (const auto& source : sources_) taken_.push_back(source.get());
  }

  bool next() override {
    for (Source* const source : taken_) {
      if (source->next()) push(source);
    }
    taken_.clear();
    if (heap_.empty()) return false;
    taken_.push_back(pop());
    this->current_ = taken_.front()->current();
    while (!heap_.empty() && heap_.front()->current().is_of(this->current_)) {
      taken_.push_back(pop());
      this->current_.add(taken_.back()->current());
    }
    return true;
  }

 private:
  std::vector<std::unique_ptr<Source>> sources_;
  std::vector<Source*> heap_;   // those that are not at their end, the least first
  std::vector<Source*> taken_;  // those whose current entry was given out

  static bool is_behind(const Source* a, const Source* b) { return b->current() < a->current(); }

  void push(Source* source) {
    heap_.push_back(source);
    std::ranges::push_heap(heap_, is_behind);
  }
  Source* pop() {
    std::ranges::pop_heap(heap_, is_behind);
    Source* const source = heap_.back();
    heap_.pop_back();
    return source;
  }
};

}  // namespace polyvocab
