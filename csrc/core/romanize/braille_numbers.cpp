#include <string_view>

#include "core/romanize/numbers.h"

namespace polyvocab::romanize {
namespace {

constexpr char32_t number_sign = U'⠼', point = U'⠲', comma = U'⠂';
constexpr std::u32string_view digits = U"⠚⠁⠃⠉⠙⠑⠋⠛⠓⠊";  // 0 to 9

// What a sign writes within a number; 0: it ends one.
char written(char32_t sign) {
  if (sign == point) return '.';
  if (sign == comma) return ',';
  const auto digit = digits.find(sign);
  return digit == std::u32string_view::npos ? '\0' : static_cast<char>('0' + digit);
}

}  // namespace

void add_braille_numbers(Lattice& lattice, Numbers& numbers) {
  std::string& number = numbers.text;
  number.clear();
  bool is_within = false;
  std::uint32_t start = 0;
  const auto finish = [&](std::uint32_t end) {
    if (number.empty()) return false;
    lattice.add(start, end, lattice.keep(number), "number", Plan::rule);
    number.clear();
    return true;
  };
  for (std::uint32_t i = 0; i < lattice.size(); ++i) {
    const char32_t sign = lattice.text[i];
    if (sign == number_sign) {
      if (!is_within) start = i;
      is_within = true;
    } else if (is_within) {
      // A sign "number" with nothing written after it yet waits for the first digit, however far that is.
      if (const char next = written(sign)) {
        number += next;
      } else if (finish(i)) {
        is_within = false;
      }
    }
  }
  finish(lattice.size());
}

}  // namespace polyvocab::romanize
