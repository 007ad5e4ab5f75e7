// The few things that kernels say in the words of the processor: half numbers, asynchronous copies, matrix fragments.
//
// tests/cpp/emulated has a file of the same name that says them in plain C++, so that the kernels run in tests without a GPU.
// Expects: compute capability 8.0 or newer.
#pragma once

#include <cuda_fp16.h>
#include <cuda_runtime.h>

#include <cstdint>

namespace polyvocab::cuda {

using Half = std::uint16_t;  // the bits of a half-precision number

inline constexpr unsigned whole_warp = 0xFFFFFFFFU;

__device__ inline Half to_half(float value) { return __half_as_ushort(__float2half_rn(value)); }
__device__ inline float from_half(Half value) { return __half2float(__ushort_as_half(value)); }

// What the launch asked for; its beginning is aligned for anything.
__device__ inline unsigned char* shared_memory() {
  extern __shared__ __align__(128) unsigned char bytes[];
  return bytes;
}

// Sixteen bytes, both addresses multiples of sixteen. They are there after wait_for_copies, and a barrier for other threads.
__device__ inline void copy_async(void* shared, const void* global) {
  const auto to = static_cast<unsigned>(__cvta_generic_to_shared(shared));
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16;\n" ::"r"(to), "l"(global) : "memory");
}

__device__ inline void wait_for_copies() { asm volatile("cp.async.wait_all;\n" ::: "memory"); }

// Four matrices of 8 x 8 halves: lane i names row i % 8 of matrix i / 8 (sixteen bytes, aligned), and gets of matrix m the
// halves 2 (i % 4) and the next of row i / 4, in fragment[m].
__device__ inline void load_matrices(std::uint32_t (&fragment)[4], const Half* row) {
  const auto from = static_cast<unsigned>(__cvta_generic_to_shared(row));
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];\n"
               : "=r"(fragment[0]), "=r"(fragment[1]), "=r"(fragment[2]), "=r"(fragment[3])
               : "r"(from)
               : "memory");
}

// sums (16 x 8) += a (16 x 16) * b (16 x 8). Of the sums a lane holds row lane / 4 (the first two) and the row 8 below, columns
// 2 (lane % 4) and the next. Products are exact; sums are float, and rounded toward zero.
__device__ inline void multiply_matrices(float (&sums)[4], const std::uint32_t (&a)[4], std::uint32_t b0, std::uint32_t b1) {
  asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};\n"
      : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

}  // namespace polyvocab::cuda
