// For AVX2 with FMA.
#include "core/vectors/step_lanes.h"

namespace polyvocab {

const StepKernel* avx2_step() {
  static constexpr StepKernel kernel{"avx2", sum_rows, move_row, dots, answer, pull};
  return &kernel;
}

}  // namespace polyvocab
