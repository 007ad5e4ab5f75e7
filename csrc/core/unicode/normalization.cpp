#include "core/unicode/normalization.h"

#include <algorithm>

#include "core/unicode/normal_tables.h"
#include "core/unicode/utf8.h"

namespace polyvocab::unicode {
namespace {

// The first character of a decomposition takes the place of the old one, the others are inserted.
void append_decomposition(char32_t code, bool compatible, std::vector<Change>& out) {
  if (is_syllable(code)) {
    const char32_t index = code - first_syllable;
    out.push_back({first_lead + index / (vowels * tails), 0});
    out.push_back({first_vowel + index / tails % vowels, 1});
    if (index % tails != 0) out.push_back({before_first_tail + index % tails, 1});
    return;
  }
  const auto codes = decomposition(code, compatible);
  int change = 0;
  for (const char32_t part : codes) {
    out.push_back({part, change});
    change = 1;
  }
  if (codes.empty()) out.push_back({code, 0});
}

// Puts each run of marks at or after `from` in the order of their classes. A change moves with its character.
void order_marks(std::vector<Change>& out, std::size_t from) {
  const auto by_class = [](const Change& a, const Change& b) { return combining_class(a.code) < combining_class(b.code); };
  for (std::size_t i = from; i < out.size(); ++i) {
    if ((traits(out[i].code) & is_mark) == 0) continue;
    const std::size_t begin = i;
    while (i < out.size() && (traits(out[i].code) & is_mark) != 0) ++i;
    const auto first = out.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto last = out.begin() + static_cast<std::ptrdiff_t>(i);
    if (!std::is_sorted(first, last, by_class)) std::stable_sort(first, last, by_class);
  }
}

// Composes what is decomposed and in order, at or after `from`. Each character that goes into another gives it its change.
void compose_in_place(std::vector<Change>& out, std::size_t from) {
  constexpr std::size_t none = static_cast<std::size_t>(-1);
  std::size_t starter = none;
  unsigned last_class = 0;  // of the marks kept since the starter; 0: there are none
  std::size_t end = from;
  for (std::size_t i = from; i < out.size(); ++i) {
    const Change next = out[i];
    const std::uint8_t next_traits = traits(next.code);
    const unsigned next_class = (next_traits & is_mark) != 0 ? combining_class(next.code) : 0;
    const bool blocked = last_class != 0 && last_class >= next_class;
    if (starter != none && !blocked && (next_traits & backward) != 0 && (traits(out[starter].code) & forward) != 0) {
      if (const char32_t composed = composition(out[starter].code, next.code); composed != 0) {
        out[starter] = {composed, out[starter].change + next.change - 1};
        continue;
      }
    }
    if (next_class == 0) starter = end;
    if (starter != none) last_class = next_class;
    out[end++] = next;
  }
  out.resize(end);
}

}  // namespace

void decompose(std::string_view text, bool compatible, std::vector<Change>& out) {
  const std::uint8_t mask = decomposed_traits(compatible);
  const std::size_t begin = out.size();
  bool has_marks = false;
  for (std::size_t at = 0; at < text.size();) {
    const auto [code, size] = utf8::decode(text.data() + at);
    at += size;
    if (code < 0x80) {
      out.push_back({code, 0});
      continue;
    }
    const std::uint8_t found = traits(code) & mask;
    has_marks |= found != 0;
    if ((found & ~is_mark) == 0) {
      out.push_back({code, 0});
    } else {
      append_decomposition(code, compatible, out);
    }
  }
  if (has_marks) order_marks(out, begin);
}

void compose(std::string_view text, bool compatible, std::vector<Change>& out) {
  // A character without these traits is what it composes to, and nothing before it matters to what follows. Nor does it where
  // the trait is to compose with some character before, and the one that is there does not compose.
  const std::uint8_t mask = composed_traits(compatible);
  std::size_t last = out.size();  // where the last such character was put
  bool open = false;              // what was put since is still to be composed
  const auto close = [&] {
    if (open) {
      order_marks(out, last);
      compose_in_place(out, last);
    }
    open = false;
  };
  for (std::size_t at = 0; at < text.size();) {
    const auto [code, size] = utf8::decode(text.data() + at);
    at += size;
    const std::uint8_t found = code < 0x80 ? 0 : traits(code) & mask;
    const bool is_closed = !open && last < out.size();  // the character before was put as it is
    const char32_t before = is_closed ? out[last].code : 0;
    if (found == 0 || (found == backward && is_closed && (traits(before) & forward) == 0)) {
      close();
      last = out.size();
      out.push_back({code, 0});
      continue;
    }
    if (is_closed) {
      out.pop_back();
      append_decomposition(before, compatible, out);
    }
    open = true;
    append_decomposition(code, compatible, out);
  }
  close();
}

}  // namespace polyvocab::unicode
