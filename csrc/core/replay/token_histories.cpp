#include "core/replay/token_histories.h"

#include <algorithm>
#include <utility>

namespace polyvocab {
namespace {

constexpr std::uint32_t no_link = 0xFFFFFFFF;

// The steps that may do something where tokens come from one pair each.
std::vector<Merge> effective(std::span<const TokenSearch::Symbol> symbols, const MergeSteps& steps) {
  TokenId most = 0;
  for (const auto& symbol : symbols) most = std::max(most, symbol.id);
  for (const auto& [left, right, merged] : steps.all()) most = std::max({most, left, right, merged});
  std::vector<bool> is_there(most + std::size_t{1});
  for (const auto& symbol : symbols) is_there[symbol.id] = true;
  std::vector<Merge> merges;
  std::vector<bool> is_done(steps.size());  // by the first step of a pair
  for (MergeSteps::Step step = 0; step < steps.size(); ++step) {
    const auto& [left, right, merged] = steps[step];
    const MergeSteps::Step first = steps.next(left, right, 0);
    if (!is_there[left] || !is_there[right] || is_done[first]) continue;
    is_there[merged] = is_done[first] = true;
    merges.push_back({left, right, merged, step});
  }
  return merges;
}

}  // namespace

std::optional<TokenHistories> TokenHistories::of(std::span<const TokenSearch::Symbol> symbols, const MergeSteps& steps,
                                                 std::size_t most_bytes) {
  const auto merges = effective(symbols, steps);
  auto search = TokenSearch::of(symbols, merges, most_bytes);
  if (!search || !search->is_complete()) return {};
  return TokenHistories(*std::move(search), merges);
}

TokenHistories::TokenHistories(TokenSearch search, std::span<const Merge> merges) : search_(std::move(search)) {
  const Derivations& derivations = search_.derivations();
  const PairTable steps(merges);
  states_.assign(derivations.size(), 0);
  for (Number token = derivations.symbols(); token < derivations.size(); ++token) {
    const auto [left, right] = derivations.parts(token);
    states_[token] = steps(derivations.id(left), derivations.id(right)).rank + 1;
  }
}

void TokenHistories::unwind(std::span<const PairEvent> last, Unwinding& memory, LargeVector<PairEvent>& out) const {
  if (last.empty()) return;
  const Derivations& derivations = search_.derivations();
  const Number symbols = derivations.symbols();
  const std::uint32_t column = last.front().column();
  auto& [links, first, met, chain] = memory;
  links.clear();
  first.assign(derivations.size(), no_link);
  met.assign(derivations.size(), 0);
  const auto emit = [&](Number left, Number right, std::uint32_t state, std::int64_t change) {
    out.push_back({PairEvent::pair_of(derivations.id(left), derivations.id(right)), PairEvent::at_of(state, column), change});
  };
  const auto add = [&](Number left, Number right, std::int64_t count) {
    const Number younger = std::max(left, right);
    if (younger < symbols) return emit(left, right, 0, count);
    links.push_back({left, right, count, first[younger]});
    first[younger] = static_cast<std::uint32_t>(links.size() - 1);
  };
  for (const PairEvent& pair : last) {
    met[pair.left()] += pair.change;
    if (pair.right() != end) add(pair.left(), pair.right(), pair.change);
  }
  for (Number token = derivations.size(); token-- > symbols;) {
    const auto [left, right] = derivations.parts(token);
    const std::uint32_t state = states_[token];
    chain.clear();
    for (std::uint32_t link = first[token]; link != no_link; link = links[link].next) {
      chain.push_back({PairEvent::pair_of(links[link].left, links[link].right), 0, links[link].count});
    }
    std::sort(chain.begin(), chain.end());
    for (std::size_t i = 0; i < chain.size();) {
      const TokenId one = chain[i].left(), other = chain[i].right();
      std::int64_t count = 0;
      for (const std::uint64_t pair = chain[i].pair; i < chain.size() && chain[i].pair == pair; ++i) count += chain[i].change;
      emit(one, other, state, count);
      const TokenId before = one == token ? right : one, after = other == token ? left : other;
      emit(before, after, state, -count);
      add(before, after, count);
    }
    if (const std::int64_t count = met[token]; count != 0) {
      emit(left, right, state, -count);
      add(left, right, count);
      met[left] += count;
      met[right] += count;
    }
  }
}

}  // namespace polyvocab
