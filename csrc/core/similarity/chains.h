// The exact product of one row with some rows of a pool: what the exact tiles compute, for those that another tile named.
//
// Promises: out[i] = query . pool row columns[i], the same chain of fused multiply-adds as in tile.h, bit for bit.
#pragma once

#include <cstdint>

namespace polyvocab {

using ChainKernel = void (*)(const float* query, const float* pool, std::int64_t dim, const std::int32_t* columns,
                             std::int64_t count, float* out);

void generic_chains(const float* query, const float* pool, std::int64_t dim, const std::int32_t* columns,
                    std::int64_t count, float* out);

// Null where this build has none.
ChainKernel avx512_chains();

// The fastest of this machine.
ChainKernel chain_kernel();

}  // namespace polyvocab
