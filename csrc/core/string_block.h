// Strings that are appended to one block.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/models/model.h"

namespace polyvocab {

struct StringBlock {
  std::string bytes;
  std::vector<std::uint64_t> offsets{0};

  void end_string() { offsets.push_back(bytes.size()); }
  Strings view() const { return {bytes, offsets.data(), offsets.size() - 1}; }
};

}  // namespace polyvocab
