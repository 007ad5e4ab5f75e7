#include "core/similarity/tile.h"

#include <array>
#include <cstring>
#include <stdexcept>
#include <utility>

#if defined(__x86_64__)
#include <cpuid.h>
#endif
#if defined(__x86_64__) && defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace polyvocab {
namespace {

// Whether the processor has AMX for bfloat16, the system saves its registers, and lets this process use them.
bool has_amx() {
#if defined(__x86_64__) && defined(__linux__)
  constexpr unsigned amx_bf16 = 1U << 22, amx_tile = 1U << 24;
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0 || (d & amx_bf16) == 0 || (d & amx_tile) == 0) return false;
  constexpr long ask_for_permission = 0x1023, tile_data = 18;  // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
  static const bool permitted = syscall(SYS_arch_prctl, ask_for_permission, tile_data) == 0;
  return permitted && __builtin_cpu_supports("avx512f") != 0;
#else
  return false;
#endif
}

bool runs_here(const TileKernel* kernel) {
  if (kernel == nullptr) return false;
#if defined(__x86_64__)
  if (kernel == bf16_amx_tile()) return has_amx();
  if (kernel == bf16_avx512_tile()) return __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512f");
  if (kernel == avx512_tile()) return __builtin_cpu_supports("avx512f");
  if (kernel == avx2_tile()) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
  return true;
}

// Intel's processors multiply pairs of bfloat16 numbers more slowly in vectors than floats (AMX aside).
bool vectors_multiply_pairs_fast() {
#if defined(__x86_64__)
  return __builtin_cpu_is("intel") == 0;
#else
  return true;
#endif
}

std::array<const TileKernel*, 6> fastest_first() {
  const TileKernel* first = avx512_tile();
  const TileKernel* second = bf16_avx512_tile();
  if (vectors_multiply_pairs_fast()) std::swap(first, second);
  return {bf16_amx_tile(), first, second, avx2_tile(), generic_tile(), bf16_generic_tile()};
}

}  // namespace

const TileKernel& tile_kernel(const char* name) {
  for (const TileKernel* kernel : fastest_first()) {
    if (runs_here(kernel) && (name == nullptr || std::strcmp(name, kernel->name) == 0)) return *kernel;
  }
  throw std::invalid_argument("no tile kernel '" + std::string(name) + "' on this machine");
}

std::vector<std::string> tile_kernels() {
  std::vector<std::string> names;
  for (const TileKernel* kernel : fastest_first()) {
    if (runs_here(kernel)) names.emplace_back(kernel->name);
  }
  return names;
}

}  // namespace polyvocab
