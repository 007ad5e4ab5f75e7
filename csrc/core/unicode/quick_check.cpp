#include <cstring>

#include "core/unicode/normal_tables.h"
#include "core/unicode/normalization.h"
#include "core/unicode/utf8.h"

namespace polyvocab::unicode {
namespace {

// Calls `check(code, at, after)` for each character with a trait of the mask; stops where it says false.
template <class Check>
bool all_with_traits(std::string_view text, std::uint8_t mask, Check check) {
  constexpr std::uint64_t not_ascii = 0x8080808080808080;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    if (static_cast<unsigned char>(*at) < 0x80) {
      ++at;
      for (std::uint64_t word; end - at >= 8; at += 8) {
        std::memcpy(&word, at, sizeof word);
        if ((word & not_ascii) != 0) break;
      }
      continue;
    }
    const auto [code, size] = utf8::decode(at);
    if ((traits(code) & mask) != 0 && !check(code, at, at + size)) return false;
    at += size;
  }
  return true;
}

char32_t character_before(const char* at) {
  do {
    --at;
  } while (utf8::is_continuation(*at));
  return utf8::decode(at).code;
}

}  // namespace

bool is_surely_decomposed(std::string_view text, bool compatible) {
  const char* previous = nullptr;  // the end of the last mark
  unsigned last_class = 0;
  return all_with_traits(text, decomposed_traits(compatible), [&](char32_t code, const char* at, const char* after) {
    const unsigned mark_class = combining_class(code);
    if (mark_class == 0) return false;
    const bool ordered = at != previous || last_class <= mark_class;
    previous = after;
    last_class = mark_class;
    return ordered;
  });
}

bool is_surely_composed(std::string_view text, bool compatible) {
  const std::uint8_t changed = compatible ? changed_by_nfkc : changed_by_nfc;
  const char* previous = text.data();  // the end of the last character that was looked at
  char32_t starter = 0;                // before it; U+0000, which composes with nothing, where there is none
  unsigned last_class = 0;             // of the marks between
  return all_with_traits(text, composed_traits(compatible), [&](char32_t code, const char* at, const char* after) {
    const std::uint8_t found = traits(code);
    if ((found & changed) != 0) return false;
    if (at != previous) {
      starter = character_before(at);
      last_class = 0;
    }
    previous = after;
    const unsigned code_class = combining_class(code);
    if (code_class != 0 && last_class > code_class) return false;
    if ((found & backward) != 0 && (last_class == 0 || last_class < code_class)) {
      // A mark may go below one that the starter contains; finding out is what the normal form is for.
      if (code_class != 0 && (traits(starter) & changed_by_nfd) != 0) return false;
      if ((traits(starter) & forward) != 0 && composition(starter, code) != 0) return false;
    }
    if (code_class == 0) starter = code;
    last_class = code_class;
    return true;
  });
}

}  // namespace polyvocab::unicode
