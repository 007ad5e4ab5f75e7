// A BPE as Python describes it.
#pragma once

#include <string>
#include <vector>

#include "bindings/bindings.h"
#include "core/models/bpe.h"

namespace polyvocab {

inline Spelt spelt_named(const std::string& name) {
  if (name == "characters") return Spelt::in_characters;
  if (name == "bytes") return Spelt::in_bytes;
  if (name == "alphabet") return Spelt::in_alphabet;
  throw std::invalid_argument("unknown spelling '" + name + "'");
}

// The merges in the order of their rank: `merges` [merges, 2] are the parts, `merged` what they become.
inline std::vector<Merge> merge_list(const Array<TokenId>& merges, const Array<TokenId>& merged) {
  require(merges.ndim() == 2 && merges.shape(1) == 2 && merged.ndim() == 1 && merged.shape(0) == merges.shape(0),
          "merges must be [merges, 2] and merged [merges]");
  std::vector<Merge> list(static_cast<std::size_t>(merged.shape(0)));
  for (std::uint32_t i = 0; i < list.size(); ++i) {
    list[i] = {merges.data()[2 * i], merges.data()[2 * i + 1], merged.data()[i], i};
  }
  return list;
}

}  // namespace polyvocab
