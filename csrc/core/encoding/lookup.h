// From tokens to words and characters, and back. `sequence` is the input sequence; positions are in the unit of the spans.
//
// Promises: the answers of Hugging Face `tokenizers`; nothing for what there is not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "core/encoding/encoding.h"

namespace polyvocab {

struct TokenRange {
  std::size_t begin;
  std::size_t end;
  friend bool operator==(const TokenRange&, const TokenRange&) = default;
};

std::size_t sequence_count(const Encoding& encoding);
// The sequence of each token, -1 for none.
std::vector<std::int64_t> sequence_ids(const Encoding& encoding);

std::optional<std::size_t> token_to_sequence(const Encoding& encoding, std::size_t token);
std::optional<Span> token_to_chars(const Encoding& encoding, std::size_t token);
std::optional<std::int32_t> token_to_word(const Encoding& encoding, std::size_t token);
std::optional<TokenRange> word_to_tokens(const Encoding& encoding, std::int64_t word, std::size_t sequence);
std::optional<Span> word_to_chars(const Encoding& encoding, std::int64_t word, std::size_t sequence);
std::optional<std::size_t> char_to_token(const Encoding& encoding, std::size_t position, std::size_t sequence);
std::optional<std::int32_t> char_to_word(const Encoding& encoding, std::size_t position, std::size_t sequence);

}  // namespace polyvocab
