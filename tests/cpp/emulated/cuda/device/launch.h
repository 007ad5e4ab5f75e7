// csrc/cuda/device/launch.h: the blocks run at once, one after the other.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/device/emulator.h"
#include "cuda/device/memory.h"

namespace polyvocab::cuda {

template <class... Parameters, class... Arguments>
void launch(const char*, void (*kernel)(Parameters...), std::int64_t blocks, int threads, std::size_t shared, const Stream&,
            Arguments... arguments) {
  if (shared > DeviceLimits::settings().shared) throw std::logic_error("more shared memory than there is");
  for (std::int64_t b = 0; b < blocks; ++b) {
    emulated::block_index.x = static_cast<unsigned>(b);
    emulated::Block(threads, shared, [&] { kernel(arguments...); }, static_cast<unsigned>(b * 31 + threads)).run();
  }
}

}  // namespace polyvocab::cuda
