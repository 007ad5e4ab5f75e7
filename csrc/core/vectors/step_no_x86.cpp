// For machines that are not x86-64: the generic kernel serves, which a compiler turns into the vectors of the machine.
#include "core/vectors/step.h"

namespace polyvocab {

const StepKernel* avx2_step() { return nullptr; }
const StepKernel* avx512_step() { return nullptr; }

}  // namespace polyvocab
