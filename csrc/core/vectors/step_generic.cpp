// For every machine, in plain C++.
#include "core/vectors/step_lanes.h"

namespace polyvocab {

const StepKernel* generic_step() {
  static constexpr StepKernel kernel{"generic", sum_rows, move_row, dots, answer, pull};
  return &kernel;
}

}  // namespace polyvocab
