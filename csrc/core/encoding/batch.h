// Many single sequences written straight into rectangular matrices, as models take them.
//
// Promises: the rows that truncating, post-processing and padding each sequence as an Encoding gives; overflow is dropped.
// Does not: pairs, offsets, or rows of different lengths.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/encoding/padding.h"
#include "core/encoding/truncation.h"

namespace polyvocab {

// What post-processing does to a single sequence: it puts tokens around it.
struct Frame {
  struct Token {
    TokenId id;
    std::uint32_t type_id;
    bool special;
    friend bool operator==(const Token&, const Token&) = default;
  };
  std::vector<Token> before;
  std::vector<Token> after;
  std::uint32_t type_id = 0;  // of the sequence
};

struct BatchLayout {
  Frame frame;
  std::optional<std::size_t> max_length;  // of a row, frame and all; without room for the frame it limits nothing
  Side cut = Side::right;
  std::optional<Padding> padding;
};

// The ids of all sequences; sequence i is ids[offsets[i], offsets[i + 1]).
struct FlatSequences {
  std::span<const TokenId> ids;
  std::span<const std::int64_t> offsets;  // rows + 1, ascending
  std::size_t rows() const { return offsets.size() - 1; }
  std::span<const TokenId> operator[](std::size_t row) const {
    const auto begin = static_cast<std::size_t>(offsets[row]);
    return ids.subspan(begin, static_cast<std::size_t>(offsets[row + 1]) - begin);
  }
};

// The length of all rows. Throws std::invalid_argument where offsets are not those of the ids, and where rows would differ
// in length: without padding, or padded to less than the longest.
std::size_t batch_width(const FlatSequences& sequences, const BatchLayout& layout);

// Row-major, rows x width. A matrix that is not wanted is null.
template <class Int>
struct BatchMatrices {
  Int* input_ids = nullptr;
  Int* attention_mask = nullptr;
  Int* token_type_ids = nullptr;
  Int* special_tokens_mask = nullptr;
};

// Expects: the width that batch_width gives. threads: 0 or less means one per core.
template <class Int>
void fill_batch(const FlatSequences& sequences, const BatchLayout& layout, std::size_t width, const BatchMatrices<Int>& out,
                int threads);

extern template void fill_batch(const FlatSequences&, const BatchLayout&, std::size_t, const BatchMatrices<std::int32_t>&, int);
extern template void fill_batch(const FlatSequences&, const BatchLayout&, std::size_t, const BatchMatrices<std::int64_t>&, int);

}  // namespace polyvocab
