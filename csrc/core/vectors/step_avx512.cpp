// For AVX-512.
#include "core/vectors/step_lanes.h"

namespace polyvocab {

const StepKernel* avx512_step() {
  static constexpr StepKernel kernel{"avx512", sum_rows, move_row, dots, answer, pull};
  return &kernel;
}

}  // namespace polyvocab
