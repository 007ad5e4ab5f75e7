// Several sources of counted words as one.
#pragma once

#include "core/count/word_source.h"
#include "core/sorted/merge.h"

namespace polyvocab {

using WordMerge = SortedMerge<WordCount>;

}  // namespace polyvocab
