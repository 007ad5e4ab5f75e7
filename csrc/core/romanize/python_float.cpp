#include "core/romanize/python_float.h"

#include <charconv>
#include <cmath>
#include <limits>

namespace polyvocab::romanize {
namespace {

constexpr std::size_t fixed_size = std::numeric_limits<double>::max_exponent10 + 16;  // digits, point, decimals

// Python writes an exponent before the first of these decimal exponents and from the second on.
constexpr int least_plain_exponent = -4, first_large_exponent = 16;

}  // namespace

double parse_float(std::string_view text) {
  double x = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), x);
  if (error != std::errc::result_out_of_range) return x;
  const bool is_large = text.substr(0, text.find('.')).find_first_not_of('0') != std::string_view::npos;
  return is_large ? std::numeric_limits<double>::infinity() : 0.0;
}

double round_to_5_decimals(double x) {
  if (!std::isfinite(x)) return x;
  char digits[fixed_size];
  const auto written = std::to_chars(digits, digits + fixed_size, x, std::chars_format::fixed, 5);
  return parse_float({digits, written.ptr});
}

void append_float(std::string& text, double x) {
  if (std::isinf(x)) {
    text += "inf";
    return;
  }
  char digits[32];  // "d.ddde+dd"
  const char* const end = std::to_chars(digits, digits + sizeof digits, x, std::chars_format::scientific).ptr;
  const std::string_view scientific(digits, end);
  const std::size_t mark = scientific.find('e');
  int exponent = 0;
  std::from_chars(digits + mark + (scientific[mark + 1] == '+' ? 2 : 1), end, exponent);
  if (exponent < least_plain_exponent || exponent >= first_large_exponent) {
    text += scientific;
    return;
  }
  std::string significant(1, digits[0]);
  if (mark > 2) significant += scientific.substr(2, mark - 2);
  if (exponent < 0) {
    text.append("0.").append(static_cast<std::size_t>(-exponent - 1), '0').append(significant);
    return;
  }
  const auto whole = static_cast<std::size_t>(exponent) + 1;
  if (significant.size() <= whole) significant.append(whole + 1 - significant.size(), '0');
  text.append(significant, 0, whole).append(".").append(significant, whole);
}

void append_integer(std::string& text, double x) {
  char digits[fixed_size];
  text.append(digits, std::to_chars(digits, digits + fixed_size, x, std::chars_format::fixed, 0).ptr);
}

}  // namespace polyvocab::romanize
