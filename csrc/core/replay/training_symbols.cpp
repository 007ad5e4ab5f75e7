#include "core/replay/training_symbols.h"

#include <algorithm>

namespace polyvocab {

std::vector<TokenSearch::Symbol> TrainingSymbols::symbols() const {
  std::vector<TokenSearch::Symbol> out;
  vocabulary_.for_each([&](std::string_view token, TokenId id) {
    const bool is_one = over_bytes_ ? token.size() == 1
                                    : !token.empty() && token.size() == utf8::length(static_cast<unsigned char>(token[0]));
    if (is_one) out.push_back({id, token});
  });
  std::ranges::sort(out, {}, &TokenSearch::Symbol::id);
  return out;
}

}  // namespace polyvocab
