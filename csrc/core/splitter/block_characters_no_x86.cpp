// Where there is no AVX-512.
#include "core/splitter/block_characters.h"

namespace polyvocab {

ReadCharacters* avx512_characters() { return nullptr; }

}  // namespace polyvocab
