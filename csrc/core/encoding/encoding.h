// What a text becomes: one entry per token in each of several columns, and the pieces that truncation cut off.
//
// Promises: the values that Hugging Face `tokenizers` has in the fields of its Encoding; merging included.
// Expects: columns of equal length. A token's string is that of its id, except where `surfaces` has another one.
// Does not: know the unit of the spans. Convert them to characters (char_offsets.h) before anything is done to an
// encoding: post-processing trims in whatever unit they are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/models/model.h"
#include "core/normalizer/text.h"

namespace polyvocab {

// The string of one token where it is not that of its id: an unknown word, say.
struct Surface {
  std::uint32_t token;
  std::string string;
  friend bool operator==(const Surface&, const Surface&) = default;
};

// The tokens [begin, end) that come from input sequence `sequence` (0, and 1 in a pair).
struct SequenceRange {
  std::size_t sequence;
  std::size_t begin;
  std::size_t end;
  friend bool operator==(const SequenceRange&, const SequenceRange&) = default;
};

// A token that is put in, not found in the text.
struct InsertedToken {
  TokenId id;
  std::optional<std::string> surface;  // only where it is not the string of the id
};

struct Encoding {
  static constexpr std::int32_t no_word = -1;

  std::vector<TokenId> ids;
  std::vector<std::uint32_t> type_ids;
  std::vector<Span> spans;
  std::vector<std::int32_t> word_ids;
  std::vector<std::uint8_t> special_tokens_mask;
  std::vector<std::uint8_t> attention_mask;
  std::vector<Surface> surfaces;               // ascending
  std::vector<SequenceRange> sequence_ranges;  // ascending by sequence; empty: one sequence, which is everything
  std::vector<Encoding> overflowing;

  std::size_t size() const { return ids.size(); }

  // `count` equal tokens more, special and without a span or a word.
  void insert_at_end(const InsertedToken& token, std::uint32_t type_id, bool attended, std::size_t count = 1);

  // All tokens are those of this sequence.
  void set_sequence(std::size_t sequence);

  // The tokens [begin, end), without sequences and overflow.
  Encoding slice(std::size_t begin, std::size_t end) const;

  // What `other` holds comes behind. Every overflowing piece of the two is combined with every one of the other.
  // growing_offsets: the other's spans are shifted by the end of the last span here.
  // Throws std::invalid_argument where a shifted span would leave 32 bits.
  void append(const Encoding& other, bool growing_offsets);

  friend bool operator==(const Encoding&, const Encoding&) = default;
};

Encoding merge(std::vector<Encoding> encodings, bool growing_offsets);

}  // namespace polyvocab
