// Words drawn in proportion to their counts to the power of 3/4: the noise of negative sampling (Mikolov et al. 2013).
//
// Promises: a draw costs one look at a table of eight bytes per word (Walker's alias method), and depends on the bits alone.
// Expects: at least one word, counts > 0.
#pragma once

#include <cstdint>
#include <vector>

#include "core/vectors/random.h"

namespace polyvocab {

class NoiseTable {
 public:
  explicit NoiseTable(const std::vector<std::int64_t>& counts);

  std::uint32_t draw(std::uint64_t bits) const {
    const std::uint32_t word = below(static_cast<std::uint32_t>(bits >> 32), static_cast<std::uint32_t>(slots_.size()));
    const Slot slot = slots_[word];
    return static_cast<std::uint32_t>(bits) < slot.share ? word : slot.alias;
  }

 private:
  // The word of this place with a probability of share / 2^32, the other one otherwise.
  struct Slot {
    std::uint32_t share;
    std::uint32_t alias;
  };
  std::vector<Slot> slots_;
};

}  // namespace polyvocab
