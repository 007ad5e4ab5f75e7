// csrc/cuda/device/primitives.h, and the words of CUDA C++, for kernels that run on the emulator.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "core/recipe/element.h"
#include "cuda/device/emulator.h"

#define __global__
#define __device__
#define __launch_bounds__(...)

namespace polyvocab::cuda {

inline emulated::Index& threadIdx = emulated::thread_index;
inline emulated::Index& blockIdx = emulated::block_index;

inline emulated::Block& block() { return *emulated::Block::current(); }

inline void __syncthreads() { block().meet_all(0); }
inline int __syncthreads_or(int value) { return block().meet_all(value); }
inline void __syncwarp() { block().meet_warp(); }

template <class T>
T __shfl_xor_sync(unsigned, T value, int lane_mask) {
  const auto* const words = block().show(value);
  T other;
  std::memcpy(&other, words[(threadIdx.x % 32) ^ static_cast<unsigned>(lane_mask)], sizeof(T));
  return other;
}

inline unsigned __ballot_sync(unsigned, bool mine) {
  const std::uint64_t word = mine ? 1 : 0;
  const auto* const words = block().show(word);
  unsigned all = 0;
  for (unsigned lane = 0; lane < 32; ++lane) all |= static_cast<unsigned>(words[lane][0]) << lane;
  return all;
}

inline int __popc(unsigned bits) { return std::popcount(bits); }

template <class T>
T atomicAdd(T* at, T value) {
  const T before = *at;
  *at += value;
  return before;
}

template <class T>
T atomicMin(T* at, T value) {
  const T before = *at;
  *at = std::min(before, value);
  return before;
}

// Through memcpy: the address is that of a double.
inline void atomicMax(unsigned long long* at, unsigned long long value) {
  unsigned long long before;
  std::memcpy(&before, at, sizeof(before));
  before = std::max(before, value);
  std::memcpy(static_cast<void*>(at), &before, sizeof(before));
}

using Half = std::uint16_t;

inline constexpr unsigned whole_warp = 0xFFFFFFFFU;

inline Half to_half(float value) { return Float16::store(value); }
inline float from_half(Half value) { return Float16::load(value); }

inline unsigned char* shared_memory() { return block().shared(); }

inline void must_be_aligned(const void* address) {
  if (reinterpret_cast<std::uintptr_t>(address) % 16 != 0) throw std::logic_error("an address that is no multiple of sixteen");
}

inline void copy_async(void* shared, const void* global) {
  must_be_aligned(shared);
  must_be_aligned(global);
  block().fiber().copies.emplace_back(shared, global);
}

inline void wait_for_copies() {
  for (const auto& [to, from] : block().fiber().copies) std::memcpy(to, from, 16);
  block().fiber().copies.clear();
}

inline void load_matrices(std::uint32_t (&fragment)[4], const Half* row) {
  must_be_aligned(row);
  const auto* const rows = block().show(row);
  const unsigned lane = threadIdx.x % 32;
  for (unsigned matrix = 0; matrix < 4; ++matrix) {
    const Half* from;
    std::memcpy(&from, rows[matrix * 8 + lane / 4], sizeof(from));
    std::memcpy(&fragment[matrix], from + lane % 4 * 2, sizeof(std::uint32_t));
  }
}

// Rounded toward zero once a step.
inline void multiply_matrices(float (&sums)[4], const std::uint32_t (&a)[4], std::uint32_t b0, std::uint32_t b1) {
  const std::uint32_t mine[6] = {a[0], a[1], a[2], a[3], b0, b1};
  const auto* const words = block().show(mine);
  const auto part = [&](unsigned lane, unsigned word, unsigned k) {
    const auto both = static_cast<std::uint32_t>(words[lane][word / 2] >> (word % 2 * 32));
    return static_cast<double>(from_half(static_cast<Half>(both >> (k % 2 * 16))));
  };
  const unsigned lane = threadIdx.x % 32;
  for (unsigned i = 0; i < 4; ++i) {
    const unsigned below = i / 2;  // the row 8 below
    const unsigned column = lane % 4 * 2 + i % 2;
    double sum = sums[i];
    for (unsigned k = 0; k < 16; ++k) {
      const unsigned pair = k % 8 / 2;
      sum += part(lane / 4 * 4 + pair, below + k / 8 * 2, k) * part(column * 4 + pair, 4 + k / 8, k);
    }
    const auto nearest = static_cast<float>(sum);
    sums[i] = std::abs(static_cast<double>(nearest)) > std::abs(sum) ? std::nextafter(nearest, 0.0F) : nearest;
  }
}

}  // namespace polyvocab::cuda
