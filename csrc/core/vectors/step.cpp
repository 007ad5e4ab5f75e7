#include "core/vectors/step.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>
#include <string>

namespace polyvocab {
namespace {

bool runs_here(const StepKernel* kernel) {
  if (kernel == nullptr) return false;
#if defined(__x86_64__)
  if (kernel == avx512_step()) return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("fma");
  if (kernel == avx2_step()) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
  return true;
}

}  // namespace

const StepKernel& step_kernel(const char* name) {
  for (const StepKernel* kernel : {avx512_step(), avx2_step(), generic_step()}) {
    if (runs_here(kernel) && (name == nullptr || std::strcmp(name, kernel->name) == 0)) return *kernel;
  }
  throw std::invalid_argument("no step kernel '" + std::string(name) + "' on this machine");
}

double softplus(double x) {
  // exp(-|x|) as the 1024th power of a short series; then log(1 + e) = 2 atanh(e / (2 + e)), whose series ends quickly.
  const double small = -std::min(std::fabs(x), 40.0) / 1024.0;
  double e = 1.0 + small * (1.0 + small / 2.0 * (1.0 + small / 3.0 * (1.0 + small / 4.0 * (1.0 + small / 5.0))));
  for (int i = 0; i < 10; ++i) e *= e;
  const double z = e / (2.0 + e);
  double power = z;
  double sum = 0.0;
  for (int k = 1; k < 32; k += 2, power *= z * z) sum += power / k;
  return std::max(x, 0.0) + 2.0 * sum;
}

}  // namespace polyvocab
