// Numbers of JSON as serde_json makes them of their digits.
//
// Promises: the same double, bit for bit, for any number. It is not always the nearest one: the first digits, as many as
// fit 64 bits, are scaled by a power of ten with one rounding each. Unigram models compare sums of such numbers.
#pragma once

#include <cstdint>
#include <string_view>

namespace polyvocab::json {

struct Number {
  double value;
  std::uint64_t magnitude = 0;  // where is_count
  bool is_count = false;        // a whole number without sign, point or exponent, below 2^64
};

enum class NumberError { none, malformed, out_of_range };

// Reads the number at text[at] and moves `at` behind it; leaves `at` where there is none.
NumberError read_number(std::string_view text, std::size_t& at, Number& out);

}  // namespace polyvocab::json
