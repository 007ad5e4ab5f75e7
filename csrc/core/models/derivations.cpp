#include "core/models/derivations.h"

#include <algorithm>
#include <bit>
#include <ranges>

namespace polyvocab {

void Derivations::set(Parts parts, Number token) {
  const std::uint64_t hash = mix(parts.left, parts.right);
  slots_[slot(parts, hash)] = {parts, token};
  present_[bit(hash) / 64] |= std::uint64_t{1} << bit(hash) % 64;
}

void Derivations::add(TokenId id, Parts parts) {
  set(parts, size());
  ids_.push_back(id);
  parts_.push_back(parts);
}

// The first irregular merge that happens in a word is of two tokens that meet by regular ones. As a token that is made before
// all others, what the two make lets nothing stay apart that they could meet in. Returns whether there are few enough.
bool Derivations::set_irregular(std::span<const Parts> pairs) {
  if (pairs.empty()) return true;
  if (pairs.size() > slots_.size() / 16) return false;
  for (const Parts& pair : pairs) set(pair, 0);
  unsure_.resize(size());
  for (Number token = symbols_; token < size(); ++token) {
    const auto [left, right] = parts_[token];
    unsure_[token] = unsure_[left] || unsure_[right] || !meet(left, right);
  }
  return true;
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
    if (!out.meet(left, right)) continue;
    if (merge.rank == last_rank || number[merge.merged] != none) return {};
    last_rank = merge.rank;
    number[merge.merged] = out.size();
    out.add(merge.merged, {left, right});
  }
  std::vector<Parts> irregular;
  for (const Merge& merge : partless) {
    const Parts parts{number[merge.left], number[merge.right]};
    if (parts.left != none && parts.right != none && out.meet(parts.left, parts.right)) irregular.push_back(parts);
  }
  if (!out.set_irregular(irregular)) return {};
  out.ids_are_numbers_ = std::ranges::equal(out.ids_, std::views::iota(Number{0}, out.size()));
  return out;
}

}  // namespace polyvocab
