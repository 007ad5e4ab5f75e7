#include "core/tokenizer/word_encoder.h"

#include <algorithm>
#include <array>

namespace polyvocab {

std::span<const TokenId> WordEncoder::ask(std::string_view word) {
  missed_.ids.clear();
  model_->encode(word, *scratch_, missed_);
  return missed_.ids;
}

template <class Word>
void WordEncoder::encode_known(std::string_view word, Word key, std::uint64_t hash, IdBuffer& out) {
  if (const auto found = cache_.find(key, hash); found.ids != nullptr) return out.add(std::span(found.ids, found.count));
  const auto ids = ask(word);
  cache_.insert(key, hash, ids);
  out.add(ids);
}

void WordEncoder::encode(std::string_view text, Span word, IdBuffer& out) {
  const std::uint32_t end = word.end;
  encode(text, word.begin, {&end, 1}, out);
}

// Two passes over a batch, so that the slots of all its words are on their way from memory when the first is looked at.
void WordEncoder::encode(std::string_view text, std::uint32_t begin, std::span<const std::uint32_t> ends, IdBuffer& out) {
  std::array<ShortWord, batch> keys;
  std::array<std::uint64_t, batch> hashes;
  while (!ends.empty()) {
    const auto block = ends.first(std::min(batch, ends.size()));
    ends = ends.subspan(block.size());
    std::uint32_t at = begin;
    for (std::size_t i = 0; i < block.size(); ++i) {
      const std::uint32_t size = block[i] - at;
      if (size <= ShortWord::most_bytes) [[likely]] {
        keys[i] = ShortWord::of(text.data() + at, size, at + 16 <= text.size());
        hashes[i] = keys[i].hash();
        cache_.prefetch_short(hashes[i]);
      } else if (size <= WordCache::most_bytes) {
        hashes[i] = hash_bytes({text.data() + at, size});
        cache_.prefetch_long(hashes[i]);
      }
      at = block[i];
    }
    constexpr std::size_t usual = 4;  // ids of a word
    TokenId* to = out.room(usual * batch);
    const TokenId* written = to;
    for (std::size_t i = 0; i < block.size(); ++i) {
      const std::string_view word(text.data() + begin, block[i] - begin);
      begin = block[i];
      if (word.size() <= ShortWord::most_bytes) [[likely]] {
        if (const int count = cache_.copy(keys[i], hashes[i], to); count >= 0) [[likely]] {
          to += count;
          continue;
        }
      }
      out.wrote(static_cast<std::size_t>(to - written));
      encode_unusual(word, keys[i], hashes[i], out);
      written = to = out.room(usual * batch);
    }
    out.wrote(static_cast<std::size_t>(to - written));
  }
}

void WordEncoder::encode_unusual(std::string_view word, ShortWord key, std::uint64_t hash, IdBuffer& out) {
  if (word.size() <= ShortWord::most_bytes) return encode_known(word, key, hash, out);
  if (word.size() <= WordCache::most_bytes) return encode_known(word, word, hash, out);
  out.add(ask(word));
}

}  // namespace polyvocab
