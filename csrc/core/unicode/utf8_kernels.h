// What is done to long texts, once for each instruction set.
//
// Promises: every set of kernels gives the same results. Texts are read within their bounds, and no more than their characters
// are written.
#pragma once

#include "core/unicode/fixed_width.h"

namespace polyvocab::utf8 {

struct Kernels {
  const char* name;
  bool (*is_valid)(std::string_view bytes);
  // These expect valid UTF-8.
  Measure (*measure)(std::string_view text);
  void (*widen_to_latin1)(std::string_view text, std::uint8_t* characters);
  void (*widen_to_ucs2)(std::string_view text, std::uint16_t* characters);
  void (*widen_to_ucs4)(std::string_view text, std::uint32_t* characters);
  std::optional<std::size_t> (*narrow_latin1)(std::span<const std::uint8_t> characters, char* out);
  std::optional<std::size_t> (*narrow_ucs2)(std::span<const std::uint16_t> characters, char* out);
  std::optional<std::size_t> (*narrow_ucs4)(std::span<const std::uint32_t> characters, char* out);
};

const Kernels& generic_kernels();
// nullptr where the machine has no such instructions.
const Kernels* avx512_kernels();
// The best ones.
const Kernels& kernels();

}  // namespace polyvocab::utf8
