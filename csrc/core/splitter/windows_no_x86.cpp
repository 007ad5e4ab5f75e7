// Where there is no AVX-512: the kernel is never called.
#include <stdexcept>

#include "core/splitter/windows.h"

namespace polyvocab {

bool has_avx512_windows() { return false; }

Windows::Masks masks_avx512(const Windows&, const unsigned char*) { throw std::logic_error("no AVX-512 on this machine"); }

}  // namespace polyvocab
