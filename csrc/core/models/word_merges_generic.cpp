// For any machine.
#include "core/models/word_merges_lanes.h"

namespace polyvocab {

MergeWords* generic_merges() { return merge_all; }

}  // namespace polyvocab
