#include "core/tokenizer/word_encoder.h"

#include <algorithm>
#include <cstring>

namespace polyvocab {

void WordEncoder::encode(std::string_view text, Span word, IdBuffer& out) {
  const std::uint32_t end = word.end;
  encode(text, word.begin, {&end, 1}, out);
}

// Two passes over a batch, so that the slots of all its words are on their way from memory when the first is looked at. Words
// that are not known are left out, learnt together, and their ids put in where they belong.
void WordEncoder::encode(std::string_view text, std::uint32_t begin, std::span<const std::uint32_t> ends, IdBuffer& out) {
  while (!ends.empty()) {
    const auto block = ends.first(std::min(batch, ends.size()));
    ends = ends.subspan(block.size());
    std::uint32_t at = begin;
    for (std::size_t i = 0; i < block.size(); ++i) {
      const std::uint32_t size = block[i] - at;
      if (size <= ShortWord::most_bytes) [[likely]] {
        keys_[i] = ShortWord::of(text.data() + at, size, std::size_t{at} + 16 <= text.size());
        hashes_[i] = keys_[i].hash();
        cache_.prefetch_short(hashes_[i]);
      } else if (size <= WordCache::most_bytes) {
        hashes_[i] = hash_bytes({text.data() + at, size});
        cache_.prefetch_long(hashes_[i]);
      }
      at = block[i];
    }
    new_words_.clear();
    new_places_.clear();
    gaps_.clear();
    constexpr std::size_t usual = 4;  // ids of a word
    const std::size_t before = out.size();
    TokenId* to = out.room(usual * block.size());
    const TokenId* written = to;
    for (std::size_t i = 0; i < block.size(); ++i) {
      const std::string_view word(text.data() + begin, block[i] - begin);
      begin = block[i];
      if (word.size() <= ShortWord::most_bytes) [[likely]] {
        if (const int count = cache_.copy(keys_[i], hashes_[i], to); count >= 0) [[likely]] {
          to += count;
          continue;
        }
      }
      out.wrote(static_cast<std::size_t>(to - written));
      if (const auto found = recall(word, i); found.ids != nullptr) out.add(std::span(found.ids, found.count));
      else leave_out(word, i, found.awaited, out.size() - before);
      written = to = out.room(usual * block.size());
    }
    out.wrote(static_cast<std::size_t>(to - written));
    if (!gaps_.empty()) learn(out.size() - before, out);
  }
}

WordCache::Found WordEncoder::recall(std::string_view word, std::size_t index) {
  if (word.size() <= ShortWord::most_bytes) return cache_.find(keys_[index], hashes_[index]);
  if (word.size() <= WordCache::most_bytes) return cache_.find(word, hashes_[index]);
  return {};
}

// `place`: how many ids of the batch come before those of the word.
void WordEncoder::leave_out(std::string_view word, std::size_t index, std::uint32_t awaited, std::size_t place) {
  // The cache may still await a word of an earlier batch.
  if (awaited >= new_words_.size() || new_words_[awaited] != word) {
    awaited = static_cast<std::uint32_t>(new_words_.size());
    new_words_.push_back(word);
    new_places_.push_back(static_cast<std::uint32_t>(index));
    if (word.size() <= ShortWord::most_bytes) cache_.await(keys_[index], hashes_[index], awaited);
    else if (word.size() <= WordCache::most_bytes) cache_.await(word, hashes_[index], awaited);
  }
  gaps_.push_back({awaited, static_cast<std::uint32_t>(place)});
}

void WordEncoder::learn(std::size_t batch_ids, IdBuffer& out) {
  new_tokens_.ids.clear();
  new_counts_.clear();
  new_begins_.clear();
  model_->encode_all(new_words_, *scratch_, new_tokens_, new_counts_);
  std::size_t begin = 0;
  for (const std::uint32_t count : new_counts_) {
    new_begins_.push_back(begin);
    begin += count;
  }
  fill_gaps(batch_ids, out);
  for (std::size_t k = 0; k < new_words_.size(); ++k) {
    const std::string_view word = new_words_[k];
    const std::span<const TokenId> ids(new_tokens_.ids.data() + new_begins_[k], new_counts_[k]);
    if (word.size() <= ShortWord::most_bytes) cache_.insert(keys_[new_places_[k]], hashes_[new_places_[k]], ids);
    else if (word.size() <= WordCache::most_bytes) cache_.insert(word, hashes_[new_places_[k]], ids);
  }
}

// Moves the ids of the batch apart, from the last ones on, and puts in those of the words that were left out.
void WordEncoder::fill_gaps(std::size_t batch_ids, IdBuffer& out) {
  std::size_t more = 0;
  for (const Gap& gap : gaps_) more += new_counts_[gap.word];
  TokenId* end = out.room(more) + more;
  TokenId* const begin = end - more - batch_ids;
  out.wrote(more);
  for (std::size_t k = gaps_.size(), unmoved = batch_ids; k-- > 0; unmoved = gaps_[k].place) {
    const auto [word, place] = gaps_[k];
    end -= unmoved - place;
    std::memmove(end, begin + place, (unmoved - place) * sizeof(TokenId));
    end -= new_counts_[word];
    std::copy_n(new_tokens_.ids.data() + new_begins_[word], new_counts_[word], end);
  }
}

}  // namespace polyvocab
