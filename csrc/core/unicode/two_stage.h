// A value per code point: one table lookup below U+20000, where nearly all text is, and a search of ranges above.
//
// The tables are generated (tools/make_unicode_tables.py): `blocks` says for each block of code points where its values begin
// in `values`, in units of a block, so that equal blocks are stored once.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace polyvocab::unicode {

template <class Value>
struct HighRange {
  char32_t first;
  char32_t last;  // inclusive
  Value value;
};

template <class Value, class Block, unsigned block_bits, std::size_t high_count>
struct TwoStage {
  static constexpr char32_t limit = 0x20000;

  Block blocks[limit >> block_bits];
  const Value* values;
  HighRange<Value> high[high_count];  // sorted; a code point of no range has the value 0

  Value operator[](char32_t code) const {
    if (code < limit) return values[std::size_t{blocks[code >> block_bits]} << block_bits | (code & ((1U << block_bits) - 1))];
    const auto* range = std::lower_bound(high, high + high_count, code,
                                         [](const HighRange<Value>& r, char32_t sought) { return r.last < sought; });
    return range != high + high_count && range->first <= code ? range->value : Value{0};
  }
};

}  // namespace polyvocab::unicode
