// A kernel put into a stream.
//
// Errors: std::runtime_error with the kernel's name and CUDA's message, where the launch itself fails.
#pragma once

#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>

#include "cuda/device/memory.h"

namespace polyvocab::cuda {

// shared: bytes; more than 48 KiB must be asked for by name.
template <class... Parameters, class... Arguments>
void launch(const char* name, void (*kernel)(Parameters...), std::int64_t blocks, int threads, std::size_t shared,
            const Stream& stream, Arguments... arguments) {
  if (blocks == 0) return;
  check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(shared)), name);
  kernel<<<static_cast<unsigned>(blocks), static_cast<unsigned>(threads), shared, stream.get()>>>(arguments...);
  check(cudaGetLastError(), name);
}

}  // namespace polyvocab::cuda
