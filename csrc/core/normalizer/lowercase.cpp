#include <algorithm>
#include <array>
#include <bitset>

#include "core/normalizer/normalizer.h"
#include "core/unicode/properties.h"
#include "core/wider.h"

namespace polyvocab {
namespace {

// Lowers the ASCII letters; says whether there is anything but ASCII.
POLYVOCAB_WIDER bool lower_ascii(unsigned char* bytes, std::size_t size) {
  unsigned char seen = 0;
  for (std::size_t i = 0; i < size; ++i) {
    const unsigned char byte = bytes[i];
    seen |= byte;
    const auto from_a = static_cast<unsigned char>(byte - 'A');
    bytes[i] = static_cast<unsigned char>(byte | (from_a < 26 ? 0x20 : 0));
  }
  return seen >= 0x80;
}

// What most characters become, at hand.
class Table {
 public:
  static constexpr char32_t two_bytes_end = 0x800;
  static constexpr char32_t end = 0x10000;

  Table() {
    for (char32_t code = 0x80; code < end; ++code) {
      const unicode::Mapping mapping = unicode::to_lowercase(code);
      const char32_t lower = mapping.codes[0];
      if (mapping.size != 1 || lower != code) changing_.set(code / block);
      if (code < two_bytes_end && mapping.size == 1 && lower >= 0x80 && lower < two_bytes_end) {
        two_bytes_[code] = static_cast<std::uint16_t>(lower);
      }
    }
  }

  // Of a character of two bytes: its lower case, or 0 where that is not one of two bytes.
  char32_t of_two_bytes(char32_t code) const { return two_bytes_[code]; }
  bool may_change(char32_t code) const { return code >= end || changing_[code / block]; }

 private:
  static constexpr char32_t block = 64;
  std::array<std::uint16_t, two_bytes_end> two_bytes_{};
  std::bitset<end / block> changing_;  // blocks with a character that changes
};

const Table& table() {
  static const Table table;
  return table;
}

// Lowers characters where they lie, as long as they keep their length. Returns where the first is that does not, or the size.
std::uint32_t lower_in_place(std::string& bytes) {
  const Table& lower_case = table();
  const auto size = static_cast<std::uint32_t>(bytes.size());
  for (std::uint32_t at = 0; at < size;) {
    const auto [code, length] = utf8::decode(&bytes[at]);
    if (length == 2) {
      const char32_t lower = lower_case.of_two_bytes(code);
      if (lower == 0) return at;
      std::copy_n(utf8::encode(lower).bytes, 2, bytes.begin() + at);
    } else if (length > 2 && lower_case.may_change(code)) {
      const unicode::Mapping mapping = unicode::to_lowercase(code);
      const utf8::Encoded lower = utf8::encode(mapping.codes[0]);
      if (mapping.size != 1 || lower.size != length) return at;
      std::copy_n(lower.bytes, length, bytes.begin() + at);
    }
    at += length;
  }
  return size;
}

class Lowercase final : public Normalizer {
 public:
  // Character by character.
  bool joins(char32_t, char32_t) const override { return false; }

  void normalize(Text& text) const override {
    if (!lower_ascii(reinterpret_cast<unsigned char*>(text.bytes.data()), text.bytes.size())) return;
    std::uint32_t at = lower_in_place(text.bytes);
    if (at == text.size()) return;
    Rewriter rewriter(text);
    rewriter.keep(0, at);
    while (at < text.size()) {
      const auto [code, length] = utf8::decode(&text.bytes[at]);
      const unicode::Mapping mapping = unicode::to_lowercase(code);
      for (unsigned i = 0; i < mapping.size; ++i) rewriter.put(mapping.codes[i], i > 0 ? 1 : 0);
      at += length;
    }
    rewriter.finish();
  }
};

}  // namespace

NormalizerPtr lowercase() { return std::make_shared<Lowercase>(); }

}  // namespace polyvocab
