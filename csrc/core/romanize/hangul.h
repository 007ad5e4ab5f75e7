// Hangul syllables: an opening, a vowel, an ending, in the order of their code points.
#pragma once

#include <string>
#include <string_view>

namespace polyvocab::romanize::hangul {

constexpr char32_t first = 0xAC00, last = 0xD7A3;

constexpr std::string_view openings[] = {"g",  "gg", "n", "d",  "dd", "r", "m", "b", "bb", "s",
                                         "ss", "",   "j", "jj", "c",  "k", "t", "p", "h"};
constexpr std::string_view vowels[] = {"a",  "ae", "ya", "yae", "eo", "e",  "yeo", "ye", "o",  "wa", "wai",
                                       "oe", "yo", "u",  "weo", "we", "wi", "yu",  "eu", "yi", "i"};
constexpr std::string_view endings[] = {"",   "g",  "gg", "gs", "n", "nj", "nh", "d",  "l", "lg", "lm", "lb", "ls", "lt",
                                        "lp", "lh", "m",  "b",  "bs", "s", "ss", "ng", "j", "c",  "k",  "t",  "p",  "h"};

inline bool is_syllable(char32_t c) { return first <= c && c <= last; }

inline std::string romanized(char32_t syllable) {
  const auto code = syllable - first;
  std::string out(openings[code / (28 * 21)]);
  out += vowels[code / 28 % 21];
  out += endings[code % 28];
  return out;
}

}  // namespace polyvocab::romanize::hangul
