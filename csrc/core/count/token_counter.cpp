#include "core/count/token_counter.h"

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <string>
#include <utility>

#include "core/parallel.h"

namespace polyvocab {
namespace {

// Adds up the ids of words.
class Accumulator {
 public:
  Accumulator(const Model& model, std::size_t token_count)
      : model_(model), scratch_(model.scratch()), counts_(token_count) {}

  void add(std::string_view word, std::uint64_t times) {
    if (word.empty()) throw std::invalid_argument("an empty word has no tokens");
    bytes_ += word;
    ends_.push_back(bytes_.size());
    times_.push_back(times);
    if (times_.size() == together || bytes_.size() > most_bytes) encode();
  }

  void add_to(std::vector<std::uint64_t>& all, std::mutex& guard) {
    encode();
    const std::lock_guard lock(guard);
    for (std::size_t id = 0; id < counts_.size(); ++id) all[id] += counts_[id];
  }

 private:
  static constexpr std::size_t together = 256, most_bytes = 64 << 10;  // of words that the model encodes at once
  const Model& model_;
  std::unique_ptr<Scratch> scratch_;
  std::string bytes_;  // of words that wait, one behind the other
  std::vector<std::size_t> ends_;
  std::vector<std::uint64_t> times_;
  std::vector<std::string_view> words_;
  std::vector<std::uint32_t> lengths_;  // in tokens
  Tokens tokens_;
  std::vector<std::uint64_t> counts_;

  void encode() {
    words_.clear();
    std::size_t begin = 0;
    for (const std::size_t end : ends_) {
      words_.push_back(std::string_view(bytes_).substr(begin, end - begin));
      begin = end;
    }
    tokens_.ids.clear();
    lengths_.clear();
    model_.encode_all(words_, *scratch_, tokens_, lengths_);
    const TokenId* id = tokens_.ids.data();
    for (std::size_t i = 0; i < lengths_.size(); ++i) {
      for (const TokenId* const end = id + lengths_[i]; id != end; ++id) counts_.at(*id) += times_[i];
    }
    bytes_.clear();
    ends_.clear();
    times_.clear();
  }
};

}  // namespace

std::vector<std::uint64_t> tokens_of_words(const Model& model, const Strings& words, std::span<const std::uint64_t> counts,
                                           std::size_t token_count, int threads) {
  constexpr std::size_t turn = 4096;
  std::vector<std::uint64_t> all(token_count);
  std::mutex guard;
  std::atomic<std::size_t> next{0};
  const int workers = static_cast<int>(std::min<std::size_t>(thread_count(threads), words.count / turn + 1));
  parallel_blocks(workers, workers, [&](std::int64_t) {
    Accumulator tokens(model, token_count);
    for (std::size_t begin; (begin = next.fetch_add(turn)) < words.count;) {
      for (std::size_t i = begin; i < std::min(begin + turn, words.count); ++i) tokens.add(words[i], counts[i]);
    }
    tokens.add_to(all, guard);
  });
  return all;
}

TokenCounter::TokenCounter(const Pipeline& pipeline, std::vector<TokenId> added, std::size_t token_count,
                           std::size_t memory_limit, int threads)
    : pipeline_(pipeline), added_(std::move(added)), threads_(threads), counts_(token_count),
      tallies_(pipeline, {1, added_}, memory_limit, threads, [this](WordTable& words) { encode(words); }) {}

// In the order of their bytes: neighbours take the same way through the tables of a model.
void TokenCounter::encode(WordTable& table) {
  Accumulator tokens(pipeline_.model(), counts_.size());
  const auto words = table.take_sorted();
  while (words->next()) tokens.add(words->current().word, words->current().count);
  tokens.add_to(counts_, guard_);
}

std::vector<std::uint64_t> TokenCounter::finish() {
  const auto tallies = tallies_.all();
  parallel_blocks(static_cast<std::int64_t>(tallies.size()), threads_,
                  [&](std::int64_t i) {
                    Tally& tally = *tallies[static_cast<std::size_t>(i)];
                    tally.cut_chunks();
                    encode(tally.word_table());
                  });
  const BlockTotals met = totals();
  for (std::size_t i = 0; i < added_.size(); ++i) counts_.at(added_[i]) += met.added[i];
  return std::move(counts_);
}

}  // namespace polyvocab
