#include "core/romanize/big_number.h"

namespace polyvocab::romanize {
namespace {

char digit(std::uint64_t value) { return static_cast<char>('0' + value % 10); }

// Puts what is left of a number before its last digits.
void put_first(std::string& digits, std::uint64_t rest) {
  if (rest != 0) digits.insert(0, std::to_string(rest));
}

}  // namespace

void multiply(std::string& digits, std::uint64_t factor) {
  if (factor == 0) {
    digits.assign(1, '0');
    return;
  }
  std::uint64_t carry = 0;
  for (auto at = digits.rbegin(); at != digits.rend(); ++at) {
    carry += static_cast<std::uint64_t>(*at - '0') * factor;
    *at = digit(carry);
    carry /= 10;
  }
  put_first(digits, carry);
}

void add(std::string& digits, std::uint64_t addend) {
  for (auto at = digits.rbegin(); at != digits.rend() && addend != 0; ++at) {
    // Divided first: the sum of both may be more than 64 bits hold.
    const std::uint64_t last = addend % 10 + static_cast<std::uint64_t>(*at - '0');
    *at = digit(last);
    addend = addend / 10 + last / 10;
  }
  put_first(digits, addend);
}

}  // namespace polyvocab::romanize
