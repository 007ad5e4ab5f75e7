// Where strings stand in a block.
#pragma once

#include <cstdint>
#include <vector>

#include "core/models/model.h"

namespace polyvocab {

// The position of the last string that equals each wanted one, or -1. One pass over the block.
std::vector<std::int64_t> find_last(Strings strings, Strings wanted);

}  // namespace polyvocab
