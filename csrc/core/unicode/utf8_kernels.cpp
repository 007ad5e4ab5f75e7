#include "core/unicode/utf8_kernels.h"

#include <algorithm>

#include "core/unicode/utf8.h"

namespace polyvocab::utf8 {
namespace {

bool is_valid_generic(std::string_view bytes) { return first_invalid(bytes) == std::string_view::npos; }

Width width_of(unsigned char highest_byte) {
  if (highest_byte < 0x80) return Width::ascii;
  if (highest_byte < 0xC4) return Width::latin1;
  return highest_byte < 0xF0 ? Width::ucs2 : Width::ucs4;
}

Measure measure_generic(std::string_view text) {
  unsigned char highest = 0;
  for (const char byte : text) highest = std::max(highest, static_cast<unsigned char>(byte));
  const Width width = width_of(highest);
  return {width == Width::ascii ? text.size() : count(text), width};
}

template <class Character>
void widen_generic(std::string_view text, Character* characters) {
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end) {
    const auto [code, size] = decode(at);
    *characters++ = static_cast<Character>(code);
    at += size;
  }
}

template <class Character>
std::optional<std::size_t> narrow_generic(std::span<const Character> characters, char* out) {
  char* at = out;
  for (const char32_t code : characters) {
    if (code >= 0xD800 && code < 0xE000) return {};
    const auto bytes = encode(code);
    at = std::ranges::copy(bytes.view(), at).out;
  }
  return static_cast<std::size_t>(at - out);
}

constexpr Kernels generic{"generic",
                          is_valid_generic,
                          measure_generic,
                          widen_generic<std::uint8_t>,
                          widen_generic<std::uint16_t>,
                          widen_generic<std::uint32_t>,
                          narrow_generic<std::uint8_t>,
                          narrow_generic<std::uint16_t>,
                          narrow_generic<std::uint32_t>};

}  // namespace

const Kernels& generic_kernels() { return generic; }

const Kernels& kernels() {
  static const Kernels& best = avx512_kernels() != nullptr ? *avx512_kernels() : generic;
  return best;
}

bool is_valid(std::string_view bytes) { return kernels().is_valid(bytes); }

Measure measure(std::string_view text) { return kernels().measure(text); }

void widen(std::string_view text, std::uint8_t* characters) { kernels().widen_to_latin1(text, characters); }
void widen(std::string_view text, std::uint16_t* characters) { kernels().widen_to_ucs2(text, characters); }
void widen(std::string_view text, std::uint32_t* characters) { kernels().widen_to_ucs4(text, characters); }

std::optional<std::size_t> narrow(std::span<const std::uint8_t> characters, char* out) {
  return kernels().narrow_latin1(characters, out);
}
std::optional<std::size_t> narrow(std::span<const std::uint16_t> characters, char* out) {
  return kernels().narrow_ucs2(characters, out);
}
std::optional<std::size_t> narrow(std::span<const std::uint32_t> characters, char* out) {
  return kernels().narrow_ucs4(characters, out);
}

}  // namespace polyvocab::utf8
