#include "core/models/find_last.h"

#include <numeric>

#include "core/models/string_table.h"

namespace polyvocab {

std::vector<std::int64_t> find_last(Strings strings, Strings wanted) {
  std::vector<TokenId> numbers(wanted.count);
  std::iota(numbers.begin(), numbers.end(), TokenId{0});
  const StringTable table(wanted, numbers);
  std::vector<std::int64_t> positions(wanted.count, -1);
  for (std::size_t i = 0; i < strings.count; ++i) {
    if (const auto number = table.find(strings[i])) positions[*number] = static_cast<std::int64_t>(i);
  }
  // Of equal wanted strings the table knows the last one only.
  for (std::size_t i = 0; i < wanted.count; ++i) positions[i] = positions[*table.find(wanted[i])];
  return positions;
}

}  // namespace polyvocab
