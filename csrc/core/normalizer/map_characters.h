// Removes characters of a text or gives each another one in its place, where it lies; every byte keeps its range.
#pragma once

#include <algorithm>
#include <array>

#include "core/normalizer/text.h"

namespace polyvocab {

constexpr char32_t removed = 0xFFFFFFFF;

// `map` gives for a character the one that takes its place, or `removed`. Expects: it is no longer in UTF-8 than the old one.
template <class Map>
class CharacterMap {
 public:
  explicit CharacterMap(Map map) : map_(map) {
    for (char32_t code = 0; code < 0x80; ++code) stays_[code] = map_(code) == code;
  }

  void apply(Text& text) const {
    const std::uint32_t size = text.size();
    std::uint32_t written = 0;
    std::uint32_t run = 0;  // where the characters begin that stay and are not moved yet
    for (std::uint32_t at = 0; at < size;) {
      while (at < size && stays_[static_cast<unsigned char>(text.bytes[at])]) ++at;
      if (at == size) break;
      const auto [code, length] = utf8::decode(&text.bytes[at]);
      const char32_t mapped = map_(code);
      if (mapped != code) {
        written = move(text, run, at, written);
        if (mapped != removed) written = write(text, mapped, at, written);
        run = at + length;
      }
      at += length;
    }
    written = move(text, run, size, written);
    text.bytes.resize(written);
    if (text.aligned) text.spans.resize(written);
  }

 private:
  static std::uint32_t move(Text& text, std::uint32_t begin, std::uint32_t end, std::uint32_t to) {
    if (begin == to) return end;
    std::copy(text.bytes.begin() + begin, text.bytes.begin() + end, text.bytes.begin() + to);
    if (text.aligned) std::copy(text.spans.begin() + begin, text.spans.begin() + end, text.spans.begin() + to);
    return to + (end - begin);
  }

  static std::uint32_t write(Text& text, char32_t code, std::uint32_t from, std::uint32_t to) {
    const utf8::Encoded encoded = utf8::encode(code);
    std::copy_n(encoded.bytes, encoded.size, text.bytes.begin() + to);
    if (text.aligned) std::fill_n(text.spans.begin() + to, encoded.size, Span{text.spans[from]});
    return to + encoded.size;
  }

  Map map_;
  std::array<bool, 256> stays_{};  // by first byte; false says that `map_` must be asked
};

}  // namespace polyvocab
