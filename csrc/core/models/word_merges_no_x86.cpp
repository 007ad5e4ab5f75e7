// For machines that are not x86-64: the generic kernel serves.
#include "core/models/word_merges.h"

namespace polyvocab {

MergeWords* avx2_merges() { return nullptr; }
MergeWords* avx512_merges() { return nullptr; }

}  // namespace polyvocab
