// What the normal forms know of a character: its class, its decompositions, what it composes with.
//
// Does not: treat a text; see normalization.h. Hangul syllables, which are arithmetic, are handled here.
#pragma once

#include <cstdint>
#include <span>

namespace polyvocab::unicode {

// Why a text with this character may not be in a normal form.
enum Trait : std::uint8_t {
  changed_by_nfc = 1,
  changed_by_nfkc = 2,
  changed_by_nfd = 4,
  changed_by_nfkd = 8,
  is_mark = 16,  // its combining class is not 0: it may be reordered
  backward = 32,  // it composes with some character before it
  forward = 64,   // and this one with some character after it
};

// A union of the traits above; 0 for most characters.
std::uint8_t traits(char32_t code);

constexpr std::uint8_t composed_traits(bool compatible) {
  return static_cast<std::uint8_t>((compatible ? changed_by_nfkc : changed_by_nfc) | is_mark | backward);
}
constexpr std::uint8_t decomposed_traits(bool compatible) {
  return static_cast<std::uint8_t>((compatible ? changed_by_nfkd : changed_by_nfd) | is_mark);
}

// The canonical combining class. A character that decomposes has none of its own: 0.
unsigned combining_class(char32_t code);

// The full decomposition of a character that is no Hangul syllable; empty: the character itself.
std::span<const char32_t> decomposition(char32_t code, bool compatible);

constexpr char32_t first_syllable = 0xAC00;
constexpr char32_t first_lead = 0x1100, first_vowel = 0x1161, before_first_tail = 0x11A7;
constexpr char32_t leads = 19, vowels = 21, tails = 28;  // a syllable without a tail counts as one of the tails

constexpr bool is_syllable(char32_t code) { return code - first_syllable < leads * vowels * tails; }

// The character that two compose to, or 0.
char32_t composition(char32_t first, char32_t second);

}  // namespace polyvocab::unicode
