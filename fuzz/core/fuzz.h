// What the targets share: values that the fuzzer's bytes choose, and the end of a run in which a law does not hold.
#pragma once

#include <fuzzer/FuzzedDataProvider.h>

#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace polyvocab::fuzz {

using Input = FuzzedDataProvider;

// Aborts, so that the fuzzer keeps the input.
inline void require(bool holds, const char* law) {
  if (holds) return;
  std::fprintf(stderr, "this does not hold: %s\n", law);
  std::abort();
}

// What tokenizers look at: white space of all kinds, contractions, marks, what changes its length or its neighbours under
// normalization, and what vocabularies are made of.
inline constexpr std::string_view fragments[] = {
    "a", "b", "c", "e", "s", "t", "A", "B", "S", "0", "1", "12345", " ", "  ", "\t", "\n", "\r\n", "\x0B", "\x01", "\x7F",
    ".", ",", "-", "'", "'s", "'ll", "(", "#", "##", "_", "<", ">", "<0x61>", "</w>", "▁", "Ġ", "é", "e\u0301", "\u0301",
    "ß", "İ", "ı", "Σ", "ς", "ﬁ", "ª", "½", "①", "٣", "中", "文", "ｶﾞ", "각", "ก็", "א",
    "\u00A0", "\u0085", "\u3000", "\u200B", "\u200D", "\uFEFF", "\uFFFD", "🙂", "𝔘"};

// Few characters, so that pieces of a vocabulary occur in words.
inline constexpr std::string_view letters[] = {"a", "b", "c", "1", " ", "#", "▁", "é", "中", "🙂"};

template <std::size_t N>
std::string_view one_of(Input& input, const std::string_view (&choices)[N]) {
  return choices[input.ConsumeIntegralInRange<std::size_t>(0, N - 1)];
}

// Valid UTF-8, of `least` to `most` fragments.
inline std::string text_of(Input& input, std::span<const std::string_view> choices, std::size_t least, std::size_t most) {
  std::string text;
  for (auto count = input.ConsumeIntegralInRange(least, most); count > 0; --count) {
    text += choices[input.ConsumeIntegralInRange<std::size_t>(0, choices.size() - 1)];
    if (input.remaining_bytes() == 0 && !text.empty()) break;
  }
  return text;
}

// What is left of the input, as fragments.
inline std::string rest_as_text(Input& input, std::span<const std::string_view> choices) {
  std::string text;
  while (input.remaining_bytes() > 0) text += choices[input.ConsumeIntegralInRange<std::size_t>(0, choices.size() - 1)];
  return text;
}

}  // namespace polyvocab::fuzz
