#include "core/similarity/tile.h"

#include <cstring>
#include <stdexcept>
#include <string>

namespace polyvocab {
namespace {

bool runs_here(const TileKernel* kernel) {
  if (kernel == nullptr) return false;
#if defined(__x86_64__)
  if (kernel == avx512_tile()) return __builtin_cpu_supports("avx512f");
  if (kernel == avx2_tile()) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
  return true;
}

}  // namespace

const TileKernel& tile_kernel(const char* name) {
  for (const TileKernel* kernel : {avx512_tile(), avx2_tile(), generic_tile()}) {
    if (runs_here(kernel) && (name == nullptr || std::strcmp(name, kernel->name) == 0)) return *kernel;
  }
  throw std::invalid_argument("no tile kernel '" + std::string(name) + "' on this machine");
}

}  // namespace polyvocab
