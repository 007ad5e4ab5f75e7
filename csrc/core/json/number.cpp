#include "core/json/number.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>

namespace polyvocab::json {
namespace {

constexpr int largest_power = 308;
constexpr std::int64_t exponent_limit = std::numeric_limits<std::int32_t>::max();

std::array<double, largest_power + 1> powers_of_ten() {
  std::array<double, largest_power + 1> powers{};
  for (int n = 0; n <= largest_power; ++n) {
    const std::string text = "1e" + std::to_string(n);
    std::from_chars(text.data(), text.data() + text.size(), powers[n]);
  }
  return powers;
}

bool is_digit(std::string_view text, std::size_t at) { return at < text.size() && text[at] >= '0' && text[at] <= '9'; }

// Appends a digit where the result fits 64 bits.
bool append(std::uint64_t& significand, char digit) {
  std::uint64_t longer;
  if (__builtin_mul_overflow(significand, std::uint64_t{10}, &longer) ||
      __builtin_add_overflow(longer, static_cast<std::uint64_t>(digit - '0'), &longer)) {
    return false;
  }
  significand = longer;
  return true;
}

// significand * 10^exponent; infinite where it is out of range.
double scale(std::uint64_t significand, std::int64_t exponent) {
  static const auto powers = powers_of_ten();
  auto value = static_cast<double>(significand);
  while (exponent < -largest_power && value != 0) {
    value /= powers[largest_power];
    exponent += largest_power;
  }
  if (value == 0) return value;
  if (exponent > largest_power) return std::numeric_limits<double>::infinity();
  return exponent >= 0 ? value * powers[exponent] : value / powers[-exponent];
}

}  // namespace

NumberError read_number(std::string_view text, std::size_t& start, Number& out) {
  std::size_t at = start;
  const bool negative = at < text.size() && text[at] == '-';
  if (negative) ++at;
  if (!is_digit(text, at)) return NumberError::malformed;
  std::uint64_t significand = 0;
  std::int64_t exponent = 0;
  bool is_whole = true;

  if (text[at] == '0') {
    if (is_digit(text, ++at)) return NumberError::malformed;
  } else {
    while (is_digit(text, at) && append(significand, text[at])) ++at;
    for (; is_digit(text, at); ++at) ++exponent;  // digits that no longer fit only scale
  }
  if (exponent > 0) is_whole = false;

  if (at < text.size() && text[at] == '.') {
    is_whole = false;
    if (!is_digit(text, ++at)) return NumberError::malformed;
    for (; is_digit(text, at) && append(significand, text[at]); ++at) --exponent;
    while (is_digit(text, at)) ++at;  // digits that no longer fit are dropped
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    is_whole = false;
    const bool shrinks = ++at < text.size() && text[at] == '-';
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    if (!is_digit(text, at)) return NumberError::malformed;
    std::int64_t power = 0;
    for (; is_digit(text, at); ++at) power = std::min(power * 10 + (text[at] - '0'), exponent_limit + 1);
    if (power > exponent_limit && significand != 0 && shrinks) significand = 0;
    exponent += shrinks ? -power : power;
  }

  const double value = scale(significand, exponent);
  if (std::isinf(value)) return NumberError::out_of_range;
  out = {negative ? -value : value, significand, is_whole && !negative};
  start = at;
  return NumberError::none;
}

}  // namespace polyvocab::json
