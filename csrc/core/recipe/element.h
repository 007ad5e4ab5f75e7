// The element types of model weights and their exact conversions.
//
// Promises: to float is exact; from float rounds to nearest even, overflow to infinity, NaN stays NaN.
#pragma once

#include <bit>
#include <cstdint>

namespace polyvocab {

enum class Element { f32, bf16, f16 };

inline int element_bytes(Element type) { return type == Element::f32 ? 4 : 2; }

struct Float32 {
  using storage = float;
  static float load(storage value) { return value; }
  static storage store(float value) { return value; }
};

struct BFloat16 {
  using storage = std::uint16_t;
  static float load(storage value) { return std::bit_cast<float>(static_cast<std::uint32_t>(value) << 16); }
  static storage store(float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const std::uint32_t rounded = bits + 0x7FFFU + ((bits >> 16) & 1U);
    const bool nan = (bits & 0x7FFFFFFFU) > 0x7F800000U;
    return static_cast<storage>(nan ? (bits >> 16) | 0x40U : rounded >> 16);
  }
};

struct Float16 {
  using storage = std::uint16_t;
  static float load(storage value) {
    const std::uint32_t sign = (value & 0x8000U) << 16;
    const std::uint32_t magnitude = value & 0x7FFFU;
    // Scaling by 2^112 moves the exponent bias from 15 to 127 and makes subnormals normal; infinities and NaN are beyond.
    const float scaled = std::bit_cast<float>(magnitude << 13) * std::bit_cast<float>(0x77800000U);
    const std::uint32_t special = magnitude >= 0x7C00U ? 0x7F800000U : 0U;
    return std::bit_cast<float>(sign | special | std::bit_cast<std::uint32_t>(scaled));
  }
  static storage store(float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const auto sign = static_cast<std::uint32_t>((bits >> 16) & 0x8000U);
    const std::uint32_t magnitude = bits & 0x7FFFFFFFU;
    if (magnitude > 0x7F800000U) return static_cast<storage>(sign | 0x7E00U);
    if (magnitude >= 0x477FF000U) return static_cast<storage>(sign | 0x7C00U);  // 65520 and above round to infinity
    if (magnitude < 0x38800000U) {
      // Subnormal: adding 0.5 lets the hardware round at the right bit, the last bits of the sum are the answer.
      const float shifted = std::bit_cast<float>(magnitude) + 0.5F;
      return static_cast<storage>(sign | (std::bit_cast<std::uint32_t>(shifted) - 0x3F000000U));
    }
    const std::uint32_t rounded = magnitude + 0xFFFU + ((magnitude >> 13) & 1U);
    return static_cast<storage>(sign | ((rounded - 0x38000000U) >> 13));
  }
};

// Calls body with the element type that a matrix holds.
template <class Body>
void with_element(Element type, Body&& body) {
  switch (type) {
    case Element::f32: return body(Float32{});
    case Element::bf16: return body(BFloat16{});
    case Element::f16: return body(Float16{});
  }
}

}  // namespace polyvocab
