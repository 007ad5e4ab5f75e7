#include <doctest/doctest.h>

#include <array>
#include <random>
#include <vector>

#include "core/splitter/places.h"

using namespace polyvocab;

TEST_CASE("the numbers of all bits are written, and nothing beyond 64 numbers") {
  std::mt19937_64 random(8);
  std::vector<WritePlaces*> kernels{generic_places()};
  if (avx512_places() != nullptr) kernels.push_back(avx512_places());
  for (int round = 0; round < 3000; ++round) {
    std::uint64_t bits = random();
    if (round % 3 == 0) bits &= random() & random();
    if (round % 7 == 0) bits |= random() | random() | random();
    if (round == 0) bits = 0;
    if (round == 1) bits = ~std::uint64_t{0};
    const auto first = static_cast<std::uint32_t>(random() >> 33);
    std::vector<std::uint32_t> expected;
    for (std::uint32_t i = 0; i < 64; ++i) {
      if (bits >> i & 1) expected.push_back(first + i);
    }
    for (WritePlaces* const write : kernels) {
      std::array<std::uint32_t, 80> out;
      out.fill(7);
      const std::size_t count = write(bits, first, out.data());
      CHECK(std::vector(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(count)) == expected);
      CHECK(std::vector(out.begin() + 64, out.end()) == std::vector<std::uint32_t>(16, 7));
    }
  }
}
