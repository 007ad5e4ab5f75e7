// The kernel of WordMerges: one text, compiled once for each instruction set.
//
// Expects: to be included only by the files of the kernels, after the compiler was told which instructions it may use.
#pragma once

#ifdef __AVX512F__
#include <immintrin.h>
#endif

#include <bit>

#include "core/models/word_merges.h"

namespace polyvocab {
namespace {

// Sixteen numbers, in as many registers as that takes.
using Numbers = std::uint32_t __attribute__((vector_size(64)));
constexpr Numbers first_places{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

inline std::uint32_t least_of(Numbers& all) {
  const auto keep_lesser = [&](const Numbers& other) { all = other < all ? other : all; };
  keep_lesser(__builtin_shufflevector(all, all, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  keep_lesser(__builtin_shufflevector(all, all, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11));
  keep_lesser(__builtin_shufflevector(all, all, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13));
  return all[1] < all[0] ? all[1] : all[0];
}

// Writes those of sixteen numbers whose bits are set, one after the other, and returns how many they are.
inline std::uint32_t pack(const std::uint32_t* numbers, std::uint16_t which, std::uint32_t* to) {
  const auto count = static_cast<std::uint32_t>(std::popcount(which));
#ifdef __AVX512F__
  // The instruction that compresses straight into memory takes some processors a hundred cycles.
  const auto packed = _mm512_maskz_compress_epi32(which, _mm512_load_si512(numbers));
  _mm512_mask_storeu_epi32(to, static_cast<__mmask16>((1U << count) - 1), packed);
#else
  for (unsigned left = which; left != 0; left &= left - 1) *to++ = numbers[std::countr_zero(left)];
#endif
  return count;
}

// A word of at most 16 * registers - 2 symbols. A symbol stands at its place, counted from 1; before the first and behind the
// last one is what is in no pair.
template <unsigned registers>
struct Lane {
  static constexpr std::size_t places = 16 * registers;
  // By place: what the symbol there and the next one make there.
  std::array<Numbers, registers> made;
  alignas(64) std::array<std::uint32_t, places> numbers;
  std::uint64_t is_there;  // places where a symbol stands, and the two at the ends
  // What is asked of the pairs that the last merge made, and their places.
  PairLines::Question left_pair, right_pair;
  std::uint32_t left, right, gone;
  const MergedWord* word;

  void begin(const MergeTables& tables, const MergedWord& next) {
    word = &next;
    const std::size_t size = next.text.size();
    const auto* text = reinterpret_cast<const unsigned char*>(next.text.data());
    made.fill(~Numbers{});
    numbers[0] = numbers[size + 1] = PairLines::nothing;
    for (std::uint32_t i = 1; i < size; ++i) {
      numbers[i] = tables.bytes[text[i - 1]];
      made[i / 16][i % 16] = tables.pairs_of_bytes[text[i - 1] | text[i] << 8] | i;
    }
    numbers[size] = tables.bytes[text[size - 1]];
    left_pair = right_pair = tables.pairs.ask(PairLines::nothing, 0);
    left = right = gone = 0;
    is_there = ~std::uint64_t{0} >> (62 - size);
  }

  // Takes the answers for the last merge, then merges the pair that comes first. Returns false where there is none, or where
  // it is not to be merged here.
  bool merge(const MergeTables& tables) {
    const PairLines& pairs = tables.pairs;
    const std::uint32_t made_left = MergeTables::made_at(pairs.answer(left_pair), left);
    const std::uint32_t made_right = MergeTables::made_at(pairs.answer(right_pair), right);
    Numbers all = ~Numbers{};
    for (unsigned k = 0; k < registers; ++k) {
      const Numbers at = first_places + 16 * k;
      Numbers& pair = made[k];
      pair = at == left ? Numbers{} + made_left : pair;
      pair = at == right ? Numbers{} + made_right : pair;
      pair = at == gone ? ~Numbers{} : pair;
      all = pair < all ? pair : all;
    }
    const std::uint32_t least = least_of(all);
    constexpr std::uint32_t places_end = 1U << MergeTables::place_bits;
    const std::uint32_t number = least / places_end, place = least % places_end;
    if (least == MergeTables::no_pair) return false;
    if (number < tables.symbols) {
      is_there = 0;
      return false;
    }
    const std::uint64_t before = is_there & ((std::uint64_t{1} << place) - 1);
    const std::uint64_t behind = is_there & (~std::uint64_t{1} << place);
    gone = static_cast<std::uint32_t>(std::countr_zero(behind));
    const auto next = static_cast<std::uint32_t>(std::countr_zero(behind & (behind - 1)));
    left = 63 - static_cast<std::uint32_t>(std::countl_zero(before));
    right = place;
    left_pair = pairs.ask(numbers[left], number);
    right_pair = pairs.ask(number, numbers[next]);
    is_there &= ~(std::uint64_t{1} << gone);
    numbers[place] = number;
    return true;
  }

  void end() const {
    const std::uint64_t ends = std::uint64_t{1} | std::bit_floor(is_there);
    std::uint32_t count = 0;
    for (unsigned k = 0; k < registers; ++k) {
      const auto here = static_cast<std::uint16_t>((is_there & ~ends) >> 16 * k);
      count += pack(&numbers[16 * k], here, word->tokens + count);
    }
    *word->count = count;
  }
};

// Words of about the same size that take turns.
template <unsigned registers>
class Lanes {
 public:
  explicit Lanes(const MergeTables& tables) : tables_(tables) {}

  void add(const MergedWord& word) { words_[count_++] = &word; }

  void begin() {
    for (; active_ < most && next_ < count_; ++active_) {
      order_[active_] = static_cast<std::uint8_t>(active_);
      lanes_[active_].begin(tables_, *words_[next_++]);
    }
  }

  // One merge of each word. Returns whether any is left.
  bool take_turns() {
    for (std::size_t i = 0; i < active_;) {
      Lane<registers>& lane = lanes_[order_[i]];
      if (lane.merge(tables_)) [[likely]] {
        ++i;
        continue;
      }
      lane.end();
      if (next_ < count_) {
        lane.begin(tables_, *words_[next_++]);
        ++i;
      } else {
        std::swap(order_[i], order_[--active_]);
      }
    }
    return active_ > 0;
  }

 private:
  static constexpr std::size_t most = 16;
  const MergeTables& tables_;
  std::array<Lane<registers>, most> lanes_;
  std::array<std::uint8_t, most> order_;
  std::array<const MergedWord*, merged_together> words_;
  std::size_t count_ = 0, next_ = 0, active_ = 0;
};

void merge_all(const MergeTables& tables, std::span<const MergedWord> words) {
  Lanes<1> small(tables);
  Lanes<2> middling(tables);
  Lanes<4> large(tables);
  for (const MergedWord& word : words) {
    const std::size_t size = word.text.size();
    if (size <= 14) small.add(word);
    else if (size <= 30) middling.add(word);
    else large.add(word);
  }
  small.begin();
  middling.begin();
  large.begin();
  for (bool any = true; any;) {
    any = small.take_turns();
    any = middling.take_turns() || any;
    any = large.take_turns() || any;
  }
}

}  // namespace
}  // namespace polyvocab
