// For machines that are not x86-64: the generic kernel serves.
#include "core/splitter/places.h"

namespace polyvocab {

WritePlaces* avx512_places() { return nullptr; }

}  // namespace polyvocab
