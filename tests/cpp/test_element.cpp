#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "core/recipe/element.h"

using namespace polyvocab;

TEST_CASE("every 16-bit pattern survives the way to float and back") {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto value = static_cast<std::uint16_t>(bits);
    const float f16 = Float16::load(value);
    const float bf16 = BFloat16::load(value);
    if (std::isnan(f16)) {
      CHECK(std::isnan(Float16::load(Float16::store(f16))));
    } else {
      CHECK(Float16::store(f16) == value);
    }
    if (std::isnan(bf16)) {
      CHECK(std::isnan(BFloat16::load(BFloat16::store(bf16))));
    } else {
      CHECK(BFloat16::store(bf16) == value);
    }
  }
}

TEST_CASE("known values of float16") {
  CHECK(Float16::load(0x3C00) == 1.0F);
  CHECK(Float16::load(0x0001) == std::ldexp(1.0F, -24));
  CHECK(Float16::load(0x7BFF) == 65504.0F);
  CHECK(Float16::store(65519.0F) == 0x7BFF);
  CHECK(Float16::store(65520.0F) == 0x7C00);
  CHECK(Float16::store(-std::numeric_limits<float>::infinity()) == 0xFC00);
  CHECK(Float16::store(std::ldexp(1.0F, -25)) == 0);            // half of the smallest: to even
  CHECK(Float16::store(std::ldexp(1.5F, -25)) == 1);
  CHECK(Float16::store(1.0F + std::ldexp(1.0F, -11)) == 0x3C00);  // a tie goes to even
  CHECK(Float16::store(1.0F + std::ldexp(3.0F, -11)) == 0x3C02);
}

TEST_CASE("bfloat16 rounds to nearest even") {
  CHECK(BFloat16::store(1.0F + std::ldexp(1.0F, -8)) == 0x3F80);
  CHECK(BFloat16::store(1.0F + std::ldexp(3.0F, -8)) == 0x3F82);
  CHECK(BFloat16::store(std::numeric_limits<float>::max()) == 0x7F80);
}
