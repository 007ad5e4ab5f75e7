#include "core/unicode/normal_tables.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/unicode/two_stage.h"

namespace polyvocab::unicode {
namespace {

struct Composition {
  char32_t first, second, composed;  // sorted by the pair
};

#include "core/unicode/tables_normal_forms.inc"

// `normal_form_entry` has 0 for nothing, a combining class, or, from `first_spelling` on, a place in `spellings`: the sizes of
// the two decompositions (size of the compatible one * 256 + size of the canonical one), and then both. A compatible one of
// size 0 is the canonical one.
constexpr unsigned first_spelling = 256;

}  // namespace

std::uint8_t traits(char32_t code) { return normal_form_traits[code]; }

unsigned combining_class(char32_t code) {
  const unsigned entry = normal_form_entry[code];
  return entry < first_spelling ? entry : 0;
}

std::span<const char32_t> decomposition(char32_t code, bool compatible) {
  const unsigned entry = normal_form_entry[code];
  if (entry < first_spelling) return {};
  const char32_t* at = spellings + (entry - first_spelling);
  const std::size_t canonical_size = *at & 0xFF;
  const std::size_t compatible_size = *at >> 8;
  ++at;
  return compatible && compatible_size != 0 ? std::span{at + canonical_size, compatible_size} : std::span{at, canonical_size};
}

char32_t composition(char32_t first, char32_t second) {
  if (first - first_lead < leads && second - first_vowel < vowels) {
    return first_syllable + ((first - first_lead) * vowels + (second - first_vowel)) * tails;
  }
  if (is_syllable(first) && (first - first_syllable) % tails == 0 && second - before_first_tail - 1 < tails - 1) {
    return first + (second - before_first_tail);
  }
  const auto pair = std::pair(first, second);
  const auto* at = std::lower_bound(std::begin(compositions), std::end(compositions), pair,
                                    [](const Composition& c, const auto& key) { return std::pair(c.first, c.second) < key; });
  return at != std::end(compositions) && std::pair(at->first, at->second) == pair ? at->composed : 0;
}

}  // namespace polyvocab::unicode
