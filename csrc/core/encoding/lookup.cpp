#include "core/encoding/lookup.h"

#include <algorithm>

namespace polyvocab {
namespace {

// A sequence that no range names is all tokens.
TokenRange range_of(const Encoding& encoding, std::size_t sequence) {
  for (const auto& range : encoding.sequence_ranges) {
    if (range.sequence == sequence) return {range.begin, range.end};
  }
  return {0, encoding.size()};
}

}  // namespace

std::size_t sequence_count(const Encoding& encoding) {
  return std::max<std::size_t>(1, encoding.sequence_ranges.size());
}

std::vector<std::int64_t> sequence_ids(const Encoding& encoding) {
  std::vector<std::int64_t> out(encoding.size(), -1);
  for (std::size_t sequence = 0; sequence < sequence_count(encoding); ++sequence) {
    const auto [begin, end] = range_of(encoding, sequence);
    std::fill_n(out.begin() + static_cast<std::ptrdiff_t>(begin), end - begin, static_cast<std::int64_t>(sequence));
  }
  return out;
}

std::optional<std::size_t> token_to_sequence(const Encoding& encoding, std::size_t token) {
  if (token > encoding.size()) return {};
  if (encoding.sequence_ranges.empty()) return 0;
  for (const auto& range : encoding.sequence_ranges) {
    if (range.begin <= token && token < range.end) return range.sequence;
  }
  return {};
}

std::optional<Span> token_to_chars(const Encoding& encoding, std::size_t token) {
  if (token >= encoding.size() || !token_to_sequence(encoding, token)) return {};
  return encoding.spans[token];
}

std::optional<std::int32_t> token_to_word(const Encoding& encoding, std::size_t token) {
  if (token >= encoding.size() || !token_to_sequence(encoding, token)) return {};
  const auto word = encoding.word_ids[token];
  if (word == Encoding::no_word) return {};
  return word;
}

std::optional<TokenRange> word_to_tokens(const Encoding& encoding, std::int64_t word, std::size_t sequence) {
  const auto [begin, end] = range_of(encoding, sequence);
  std::optional<TokenRange> found;
  for (std::size_t token = begin; token < end; ++token) {
    const std::int64_t at = encoding.word_ids[token];
    if (at > word) break;  // words come in order
    if (at != word || at == Encoding::no_word) continue;
    if (!found) found = {token, token};
    found->end = token + 1;
  }
  return found;
}

std::optional<Span> word_to_chars(const Encoding& encoding, std::int64_t word, std::size_t sequence) {
  const auto tokens = word_to_tokens(encoding, word, sequence);
  if (!tokens) return {};
  return Span{encoding.spans[tokens->begin].begin, encoding.spans[tokens->end - 1].end};
}

std::optional<std::size_t> char_to_token(const Encoding& encoding, std::size_t position, std::size_t sequence) {
  const auto [begin, end] = range_of(encoding, sequence);
  for (std::size_t token = begin; token < end; ++token) {
    if (encoding.spans[token].begin <= position && position < encoding.spans[token].end) return token;
  }
  return {};
}

std::optional<std::int32_t> char_to_word(const Encoding& encoding, std::size_t position, std::size_t sequence) {
  const auto token = char_to_token(encoding, position, sequence);
  return token ? token_to_word(encoding, *token) : std::nullopt;
}

}  // namespace polyvocab
