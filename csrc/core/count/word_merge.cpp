#include "core/count/word_merge.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace polyvocab {
namespace {

bool is_behind(const WordSource* a, const WordSource* b) { return b->current() < a->current(); }

}  // namespace

WordMerge::WordMerge(std::vector<std::unique_ptr<WordSource>> sources) : sources_(std::move(sources)) {
  for (const auto& source : sources_) taken_.push_back(source.get());
}

void WordMerge::push(WordSource* source) {
  heap_.push_back(source);
  std::ranges::push_heap(heap_, is_behind);
}

WordSource* WordMerge::pop() {
  std::ranges::pop_heap(heap_, is_behind);
  WordSource* const source = heap_.back();
  heap_.pop_back();
  return source;
}

bool WordMerge::next() {
  for (WordSource* const source : taken_) {
    if (source->next()) push(source);
  }
  taken_.clear();
  if (heap_.empty()) return false;
  taken_.push_back(pop());
  current_ = taken_.front()->current();
  while (!heap_.empty() && heap_.front()->current().is_of(current_)) {
    taken_.push_back(pop());
    if (__builtin_add_overflow(current_.count, taken_.back()->current().count, &current_.count)) {
      throw std::overflow_error("a word has more occurrences than 64 bits can count");
    }
  }
  return true;
}

}  // namespace polyvocab
