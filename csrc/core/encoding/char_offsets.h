// Offsets in bytes to offsets in characters.
//
// Promises: what Hugging Face `tokenizers` does with the offsets of a document: an offset within a character is that of
// the character. Two oddities are kept. A span that begins at or behind the end of the document stays in bytes; one that
// only ends behind it ends one character after the one it ends behind, or two after its beginning where there is none.
// Expects: valid UTF-8 that lives as long as this is used.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/normalizer/text.h"

namespace polyvocab {

class CharOffsets {
 public:
  explicit CharOffsets(std::string_view document);

  Span convert(Span bytes) const;
  void convert(std::span<Span> spans) const;

 private:
  std::uint32_t character_at(std::uint32_t byte) const;

  std::string_view document_;
  std::vector<std::uint32_t> preceding_;  // characters that begin before each eighth byte; empty where all are one byte
};

}  // namespace polyvocab
