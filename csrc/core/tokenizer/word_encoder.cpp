#include "core/tokenizer/word_encoder.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace polyvocab {

std::span<const TokenId> WordEncoder::ask(std::string_view word) {
  missed_.ids.clear();
  model_->encode(word, *scratch_, missed_);
  return missed_.ids;
}

namespace {

// Nearly all words have at most 4 ids: those are written at once, however many count.
inline void put(WordCache::Found found, IdBuffer& out) {
  TokenId* to = out.room(std::max<std::size_t>(found.count, 4));
  std::memcpy(to, found.ids, 4 * sizeof(TokenId));
  if (found.count > 4) [[unlikely]] std::memcpy(to + 4, found.ids + 4, (found.count - 4) * sizeof(TokenId));
  out.wrote(found.count);
}

}  // namespace

template <class Word>
inline void WordEncoder::encode_known(std::string_view word, Word key, std::uint64_t hash, IdBuffer& out) {
  if (const auto found = cache_.find(key, hash); found.ids != nullptr) [[likely]] return put(found, out);
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
  for (std::size_t from = 0; from < ends.size(); from += batch) {
    const std::size_t count = std::min(batch, ends.size() - from);
    std::uint32_t at = begin;
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint32_t size = ends[from + i] - at;
      if (size <= ShortWord::most_bytes) {
        keys[i] = ShortWord::of(text.data() + at, size, at + 16 <= text.size());
        hashes[i] = keys[i].hash();
        cache_.prefetch_short(hashes[i]);
      } else if (size <= WordCache::most_bytes) {
        hashes[i] = hash_bytes(text.substr(at, size));
        cache_.prefetch_long(hashes[i]);
      }
      at += size;
    }
    for (std::size_t i = 0; i < count; ++i) {
      const auto word = text.substr(begin, ends[from + i] - begin);
      if (word.size() <= ShortWord::most_bytes) {
        encode_known(word, keys[i], hashes[i], out);
      } else if (word.size() <= WordCache::most_bytes) {
        encode_known(word, word, hashes[i], out);
      } else {
        out.add(ask(word));
      }
      begin += static_cast<std::uint32_t>(word.size());
    }
  }
}

}  // namespace polyvocab
