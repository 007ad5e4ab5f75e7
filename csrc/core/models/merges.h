// Merges of a BPE by the strings of their parts, resolved to ids.
//
// Throws std::invalid_argument naming the merge that has no two parts, or a part or a result outside the vocabulary.
#pragma once

#include <span>
#include <vector>

#include "core/models/model.h"

namespace polyvocab {

enum class MergeForm {
  lines,  // one string, "left right"; lines that begin with #version say nothing
  pairs,  // two strings
};

struct ResolvedMerges {
  std::vector<TokenId> parts;   // left and right, one merge after the other, in order of rank
  std::vector<TokenId> merged;  // what each becomes
};

// The result is the left part and the right one without its first `prefix_size` bytes, whatever these are.
ResolvedMerges resolve_merges(Strings tokens, std::span<const TokenId> ids, Strings merges, MergeForm form,
                              std::size_t prefix_size);

}  // namespace polyvocab
