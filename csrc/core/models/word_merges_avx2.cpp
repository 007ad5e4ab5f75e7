// For AVX2.
#include "core/models/word_merges_lanes.h"

namespace polyvocab {

MergeWords* avx2_merges() {
  const bool runs_here = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
  return runs_here ? merge_all : nullptr;
}

}  // namespace polyvocab
