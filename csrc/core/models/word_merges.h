// Many short words, merged at once.
//
// A merge waits for what memory says of the pairs that came into being by the one before. So some words take turns, a merge of
// each, and none of them jumps: which pair is merged next is the least of a few numbers, whatever it is.
//
// Promises: what merging gives.
// Does not: merge words of more than `most_symbols` bytes, or those in which an irregular merge could happen.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/large_pages.h"
#include "core/models/derivations.h"
#include "core/models/pair_lines.h"

namespace polyvocab {

// A merge list for words of bytes.
struct MergeTables {
  using Number = Derivations::Number;
  PairLines pairs;
  std::array<Number, 256> bytes;       // the symbol of each byte
  LargeVector<Number> pairs_of_bytes;  // [first | second << 8]: what they make, as `made_at` a place, or `no_pair`
  Number symbols;                      // what is made has this number or a higher one; others are of irregular merges

  // What two symbols make, and in the low bits a place in a word, so that of equals the first is least.
  static constexpr unsigned place_bits = 6;
  static constexpr Number no_pair = ~Number{0};
  static Number made_at(std::uint64_t number, Number place) {
    const Number nothing = -static_cast<Number>(number >= PairLines::none);
    return static_cast<Number>(number) << place_bits | place | nothing;
  }

  // Expects fewer tokens than `PairLines::most_numbers`, and as many symbols as bytes.
  MergeTables(const Derivations& derivations, const std::array<Number, 256>& bytes);
};

class WordMerges {
 public:
  static constexpr std::size_t most_symbols = 62;

  explicit WordMerges(MergeTables tables) : tables_(std::move(tables)) {}

  // What is made of some words.
  struct Words {
    std::vector<MergeTables::Number> tokens;  // those of a word begin where its bytes do in all words that are short
    std::vector<std::uint32_t> counts;        // of tokens in each word; 0 where it is left to others
  };
  static bool is_short(std::string_view word) { return word.size() <= most_symbols; }
  void merge(std::span<const std::string_view> words, Words& out) const;

 private:
  MergeTables tables_;
};

// A word, and where what it becomes goes.
struct MergedWord {
  std::string_view text;
  MergeTables::Number* tokens;
  std::uint32_t* count;
};

// At most `merged_together` words, each of 1 to `most_symbols` bytes.
constexpr std::size_t merged_together = 64;
using MergeWords = void(const MergeTables& tables, std::span<const MergedWord> words);

// One kernel per instruction set, with equal results; null where the machine has no such instructions.
MergeWords* generic_merges();
MergeWords* avx2_merges();
MergeWords* avx512_merges();

}  // namespace polyvocab
