#include "core/models/find_strings.h"

#include <bit>
#include <numeric>
#include <stdexcept>

#include "core/hash.h"
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

// Most strings differ in their hashes already, so that the strings themselves are hardly ever looked at again.
std::optional<Repeated> find_repeated(Strings strings, std::span<const bool> counts) {
  if (counts.size() != strings.count) throw std::invalid_argument("as many yes or no as strings are needed");
  if (strings.count >= UINT32_MAX) throw std::invalid_argument("a vocabulary of 4294967295 strings or more");
  struct Slot {
    std::uint32_t tag = 0;
    std::uint32_t number = 0;  // the position + 1, or 0
  };
  std::vector<Slot> slots(std::bit_ceil(strings.count * 2 + 2));
  const std::size_t mask = slots.size() - 1;
  for (std::size_t i = 0; i < strings.count; ++i) {
    if (!counts[i]) continue;
    const std::uint64_t hash = hash_bytes(strings[i]);
    const auto tag = static_cast<std::uint32_t>(hash >> 32);
    std::size_t at = hash & mask;
    for (; slots[at].number != 0; at = (at + 1) & mask) {
      const std::size_t other = slots[at].number - 1;
      if (slots[at].tag == tag && strings[other] == strings[i]) return Repeated{other, i};
    }
    slots[at] = {tag, static_cast<std::uint32_t>(i + 1)};
  }
  return {};
}

}  // namespace polyvocab
