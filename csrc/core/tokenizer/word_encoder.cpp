#include "core/tokenizer/word_encoder.h"

#include <array>
#include <stdexcept>

namespace polyvocab {

std::span<const TokenId> WordEncoder::ask(std::string_view word) {
  missed_.ids.clear();
  model_->encode(word, *scratch_, missed_);
  return missed_.ids;
}

inline void WordEncoder::encode_short(std::string_view word, ShortWord key, std::uint64_t hash, IdBuffer& out) {
  if (const int known = cache_.find(key, hash, out.room(4)); known >= 0) return out.wrote(static_cast<std::size_t>(known));
  const auto ids = ask(word);
  cache_.insert(key, hash, ids);
  out.add(ids);
}

void WordEncoder::encode_long(std::string_view word, std::uint64_t hash, IdBuffer& out) {
  if (const int known = cache_.find(word, hash, out.room(WordCache::most_ids)); known >= 0) {
    return out.wrote(static_cast<std::size_t>(known));
  }
  const auto ids = ask(word);
  cache_.insert(word, hash, ids);
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
        encode_short(word, keys[i], hashes[i], out);
      } else if (word.size() <= WordCache::most_bytes) {
        encode_long(word, hashes[i], out);
      } else {
        out.add(ask(word));
      }
      begin += static_cast<std::uint32_t>(word.size());
    }
  }
}

}  // namespace polyvocab
