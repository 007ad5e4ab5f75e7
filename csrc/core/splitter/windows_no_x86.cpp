// Where there is no AVX-512.
#include "core/splitter/windows.h"

namespace polyvocab {

WindowKernel WindowKernel::avx512() { return {nullptr, nullptr}; }

}  // namespace polyvocab
