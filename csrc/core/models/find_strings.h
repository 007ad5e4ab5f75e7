// Where strings stand in a block.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/models/model.h"

namespace polyvocab {

// The position of the last string that equals each wanted one, or -1. One pass over the block.
std::vector<std::int64_t> find_last(Strings strings, Strings wanted);

// The first string that equals one before it, and the position of that one; those that do not `count` are passed over.
struct Repeated {
  std::size_t first, again;
};
std::optional<Repeated> find_repeated(Strings strings, std::span<const bool> counts);

}  // namespace polyvocab
