#include "core/models/derivations.h"

#include <algorithm>
#include <bit>
#include <ranges>

namespace polyvocab {

void Derivations::add(TokenId id, Parts parts) {
  const std::uint64_t hash = mix(parts.left, parts.right);
  slots_[slot(parts, hash)] = {parts, size()};
  present_[bit(hash) / 64] |= std::uint64_t{1} << bit(hash) % 64;
  ids_.push_back(id);
  parts_.push_back(parts);
}

std::optional<Derivations> Derivations::of(std::span<const TokenId> symbols, std::span<const Merge> merges) {
  TokenId most = 0;
  for (const TokenId id : symbols) most = std::max(most, id);
  for (const Merge& merge : merges) most = std::max({most, merge.left, merge.right, merge.merged});
  if (most / 16 > symbols.size() + merges.size()) return {};
  std::vector<Number> number(most + std::size_t{1}, none);
  std::vector<bool> is_made(most + std::size_t{1});
  for (const Merge& merge : merges) is_made[merge.merged] = true;
  const auto made = static_cast<std::size_t>(std::count(is_made.begin(), is_made.end(), true));

  Derivations out;
  out.slots_.resize(made + made / 2 + 2);
  out.present_.assign(std::bit_ceil(made / 4 + 64), 0);
  for (const TokenId id : symbols) {
    if (number[id] != none) return {};
    number[id] = out.symbols_++;
    out.ids_.push_back(id);
    out.parts_.push_back({none, none});
  }
  std::vector<Merge> partless;
  std::optional<std::uint32_t> last_rank;
  for (const Merge& merge : merges) {
    if (last_rank && merge.rank < *last_rank) return {};
    const Number left = number[merge.left], right = number[merge.right];
    if (left == none || right == none) {
      partless.push_back(merge);
      continue;
    }
    if (out.find(left, right) != none) return {};
    if (!out.stay_apart(left, right, none, none, none)) continue;
    if (merge.rank == last_rank || number[merge.merged] != none) return {};
    last_rank = merge.rank;
    number[merge.merged] = out.size();
    out.add(merge.merged, {left, right});
  }
  const auto comes_too_early = [&](const Merge& merge) {
    const Number left = number[merge.left], right = number[merge.right];
    return left != none && right != none && out.stay_apart(left, right, none, none, none);
  };
  if (std::ranges::any_of(partless, comes_too_early)) return {};
  out.ids_are_numbers_ = std::ranges::equal(out.ids_, std::views::iota(Number{0}, out.size()));
  return out;
}

}  // namespace polyvocab
