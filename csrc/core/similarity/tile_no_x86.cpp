// For machines that are not x86-64: there are no vector tiles yet, the generic one serves.
#include "core/similarity/tile.h"

namespace polyvocab {

const TileKernel* avx2_tile() { return nullptr; }
const TileKernel* avx512_tile() { return nullptr; }

}  // namespace polyvocab
