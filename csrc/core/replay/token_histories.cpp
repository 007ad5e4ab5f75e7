#include "core/replay/token_histories.h"

#include <algorithm>
#include <utility>

#include "core/replay/last_pairs.h"

namespace polyvocab {
namespace {

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

// From the youngest token to the oldest. A pair waits for the younger one of its two, and a token by itself is a pair with the
// end; they wait for a group of tokens at a time, so that what is looked at together lies together.
class TokenHistories::Unwinding {
 public:
  Unwinding(const TokenHistories& histories, ColumnArena& arena, LargeVector<PairChange>& out)
      : derivations_(histories.search_.derivations()), states_(histories.states_), symbols_(derivations_.symbols()),
        end_(histories.end()), arena_(arena), out_(out), width_(end_ / most_groups + 1),
        waiting_(end_ / width_ + std::size_t{1}), group_(static_cast<Number>(waiting_.size())), first_(width_, nothing) {}

  void add(Number left, Number right, ColumnCounts counts) {
    const Number younger = right == end_ ? left : std::max(left, right);
    if (younger < symbols_) {
      if (right != end_) emit(left, right, 0, counts, false);
      return;
    }
    auto& waiting = waiting_[younger / width_];
    waiting.push_back({PairEvent::pair_of(left, right), counts});
    if (younger / width_ == group_) chain(waiting.size() - 1);
  }

  void run() {
    while (group_-- > 0) {
      begin_ = group_ * width_;
      next_.clear();
      for (std::size_t i = 0; i < waiting_[group_].size(); ++i) chain(i);
      for (Number token = std::min(begin_ + width_, end_); token-- > std::max(begin_, symbols_);) take(token);
      waiting_[group_] = {};
    }
  }

 private:
  static constexpr Number most_groups = 512;
  static constexpr std::uint32_t nothing = 0xFFFFFFFF;
  struct Waiting {
    std::uint64_t pair;
    ColumnCounts counts;
    Number left() const { return static_cast<Number>(pair >> 32); }
    Number right() const { return static_cast<Number>(pair); }
  };

  const Derivations& derivations_;
  const std::vector<std::uint32_t>& states_;
  Number symbols_, end_;
  ColumnArena& arena_;
  LargeVector<PairChange>& out_;
  Number width_;
  std::vector<std::vector<Waiting>> waiting_;  // for each group of tokens
  Number group_, begin_ = 0;                   // the one that is looked at, and its first token
  std::vector<std::uint32_t> first_, next_;    // chains of what waits for a token of the group
  std::vector<Waiting> met_;
  ColumnSums sums_;

  void emit(Number left, Number right, std::uint32_t state, ColumnCounts counts, bool is_taken) {
    out_.push_back(PairChange::of(derivations_.id(left), derivations_.id(right), state, counts, is_taken));
  }

  void chain(std::size_t i) {
    const Waiting& pair = waiting_[group_][i];
    std::uint32_t& first = first_[(pair.right() == end_ ? pair.left() : std::max(pair.left(), pair.right())) - begin_];
    next_.push_back(std::exchange(first, static_cast<std::uint32_t>(i)));
  }

  // Takes apart all pairs that came into being with a token, and the token.
  void take(Number token) {
    met_.clear();
    for (std::uint32_t i = std::exchange(first_[token - begin_], nothing); i != nothing; i = next_[i]) {
      met_.push_back(waiting_[group_][i]);
    }
    std::ranges::sort(met_, {}, &Waiting::pair);
    const auto [left, right] = derivations_.parts(token);
    const std::uint32_t state = states_[token];
    for (std::size_t i = 0; i < met_.size();) {
      const Waiting pair = met_[i];
      const ColumnCounts counts = sum(i);
      if (pair.right() == end_) {
        emit(left, right, state, counts, true);
        add(left, right, counts);
        add(left, end_, counts);
        add(right, end_, counts);
        continue;
      }
      emit(pair.left(), pair.right(), state, counts, false);
      const Number before = pair.left() == token ? right : pair.left(), after = pair.right() == token ? left : pair.right();
      emit(before, after, state, counts, true);
      add(before, after, counts);
    }
  }

  // The counts of all that is equal from `i` on, which it goes past.
  ColumnCounts sum(std::size_t& i) {
    const Waiting& first = met_[i++];
    if (i == met_.size() || met_[i].pair != first.pair) return first.counts;
    sums_.add(first.counts);
    for (; i < met_.size() && met_[i].pair == first.pair; ++i) sums_.add(met_[i].counts);
    const auto counts = arena_.allocate(sums_.size());
    sums_.take(counts);
    return counts;
  }
};

void TokenHistories::unwind(LastPairs& last, const CountedWords& words, ColumnArena& arena,
                            LargeVector<PairChange>& out) const {
  Unwinding unwinding(*this, arena, out);
  last.take(words, end() + 1, arena, [&](Number left, Number right, ColumnCounts counts) {
    if (right != end()) unwinding.add(left, right, counts);
    unwinding.add(left, end(), counts);  // the token by itself
  });
  unwinding.run();
}

}  // namespace polyvocab
