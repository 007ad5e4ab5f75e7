// For machines that are not x86-64: there are no vector tiles yet, the generic one serves.
#include "core/similarity/chains.h"
#include "core/similarity/tile.h"

namespace polyvocab {

const TileKernel* avx2_tile() { return nullptr; }
const TileKernel* avx512_tile() { return nullptr; }
const TileKernel* bf16_avx512_tile() { return nullptr; }
const TileKernel* bf16_amx_tile() { return nullptr; }

ChainKernel avx512_chains() { return nullptr; }

}  // namespace polyvocab
