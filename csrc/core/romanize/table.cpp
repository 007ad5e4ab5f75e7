#include "core/romanize/table.h"

#include <algorithm>

namespace polyvocab::romanize {

NodeId Table::find(std::span<const char32_t> string) const {
  NodeId node = root(string[0]);
  for (std::size_t i = 1; i < string.size() && node != no_node; ++i) node = child(node, string[i]);
  return node;
}

const Number* Table::number(char32_t c) const {
  const auto found = std::ranges::lower_bound(numbers, c, {}, &Number::character);
  return found != numbers.end() && found->character == c ? &*found : nullptr;
}

std::size_t Table::place_decomposed(char32_t c) const {
  const auto found = std::ranges::lower_bound(decomposed, c);
  return found != decomposed.end() && *found == c ? static_cast<std::size_t>(found - decomposed.begin()) : decomposed.size();
}

}  // namespace polyvocab::romanize
