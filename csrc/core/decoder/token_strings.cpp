#include "core/decoder/token_strings.h"

#include <stdexcept>

namespace polyvocab {

TokenStrings::TokenStrings(const Strings& strings, std::span<const TokenKind> kinds)
    : offsets_{0}, kinds_(kinds.begin(), kinds.end()) {
  if (strings.count != kinds.size()) {
    throw std::invalid_argument(std::to_string(strings.count) + " token strings, but " + std::to_string(kinds.size()) +
                                " kinds");
  }
  offsets_.reserve(strings.count + 1);
  for (std::size_t id = 0; id < strings.count; ++id) {
    bytes_.append(strings[id]);
    offsets_.push_back(bytes_.size());
  }
}

}  // namespace polyvocab
