// What the CUDA headers promise, in a build without CUDA.
#include <stdexcept>

#include "cuda/combine_rows.h"
#include "cuda/similarity/rows.h"

namespace polyvocab::cuda {
namespace {

[[noreturn]] void say_how() {
  throw std::runtime_error(
      "this build of polyvocab has no CUDA kernels: install with -C cmake.define.POLYVOCAB_CUDA=ON where nvcc is");
}

}  // namespace

bool compiled() { return false; }
int device_count() { return 0; }

void combine_rows(const RecipeView&, const void*, void*, std::int64_t, Element, std::uintptr_t) { say_how(); }

// None is ever made.
struct DevicePool::State {};

DevicePool::DevicePool(const float*, std::int64_t, std::int64_t, const DeviceSettings&) { say_how(); }
DevicePool::~DevicePool() = default;
std::int64_t DevicePool::size() const { say_how(); }
std::int64_t DevicePool::dim() const { say_how(); }
double DevicePool::seconds() const { say_how(); }
std::int64_t DevicePool::given_up() const { say_how(); }
SparseRows DevicePool::select(const Selection&, const float*, std::int64_t, int) { say_how(); }

}  // namespace polyvocab::cuda
