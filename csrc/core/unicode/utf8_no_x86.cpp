// For machines that are not x86-64: the generic kernels serve.
#include "core/unicode/utf8_kernels.h"

namespace polyvocab::utf8 {

const Kernels* avx512_kernels() { return nullptr; }

}  // namespace polyvocab::utf8
