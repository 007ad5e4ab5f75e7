#include <cuda_runtime.h>

#include "cuda/combine_rows.h"

namespace polyvocab::cuda {

bool compiled() { return true; }

int device_count() {
  int count = 0;
  return cudaGetDeviceCount(&count) == cudaSuccess ? count : 0;  // no driver: no device
}

}  // namespace polyvocab::cuda
