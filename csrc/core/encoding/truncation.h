// Encodings cut to a number of tokens. What is cut off becomes overflowing pieces of at most the same length, which
// overlap by `stride` tokens.
//
// Promises: the pieces of Hugging Face `tokenizers`, in its order; ranges of sequences are lost with the first cut.
#pragma once

#include <cstddef>

#include "core/encoding/encoding.h"

namespace polyvocab {

enum class Side { left, right };

enum class TruncationStrategy { longest_first, only_first, only_second };

struct Truncation {
  std::size_t max_length;
  std::size_t stride = 0;
  TruncationStrategy strategy = TruncationStrategy::longest_first;
  Side side = Side::right;  // where tokens are taken away
};

// The same with room for tokens that post-processing adds. A max_length without room for even those limits nothing: the
// reference's subtraction wraps around.
Truncation with_room_for(Truncation truncation, std::size_t added_tokens);

// Throws std::invalid_argument where the stride is longer than what added tokens leave of max_length.
void check_truncation(const Truncation& truncation, std::size_t added_tokens);

// Throws std::invalid_argument where something must be cut and the stride is not below max_length.
void truncate(Encoding& encoding, std::size_t max_length, std::size_t stride, Side side);

// One encoding or a pair, whose lengths together are limited. Throws std::invalid_argument where the strategy wants to cut
// a second encoding that is not there, or more from one than it has.
void truncate(Encoding& first, Encoding* second, const Truncation& truncation);

}  // namespace polyvocab
