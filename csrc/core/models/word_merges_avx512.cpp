// For AVX-512.
#include "core/models/word_merges_lanes.h"

namespace polyvocab {

MergeWords* avx512_merges() {
  const bool runs_here = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
  return runs_here ? merge_all : nullptr;
}

}  // namespace polyvocab
