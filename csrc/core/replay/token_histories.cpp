#include "core/replay/token_histories.h"

#include <algorithm>
#include <utility>

#include "core/replay/event_table.h"

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

// From the youngest token to the oldest. A pair waits for the younger one of its two; a run of tokens at a time, so that what
// is looked at lies together.
class TokenHistories::Unwinding {
 public:
  Unwinding(const TokenHistories& histories, LargeVector<PairEvent>& out)
      : derivations_(histories.search_.derivations()), states_(histories.states_), symbols_(derivations_.symbols()), out_(out),
        width_(derivations_.size() / most_runs + 1), waiting_(derivations_.size() / width_ + std::size_t{1}),
        first_(width_, nothing) {}

  void run(LargeVector<PairEvent> last) {
    for (const PairEvent& pair : last) {
      if (pair.right() != end) add(pair.left(), pair.right(), pair.column(), pair.change);
      add(pair.left(), end, pair.column(), pair.change);  // the token by itself
    }
    last = {};
    for (run_ = static_cast<Number>(waiting_.size()); run_-- > 0;) {
      begin_ = run_ * width_;
      next_.clear();
      for (std::size_t i = 0; i < waiting_[run_].size(); ++i) chain(i);
      for (Number token = std::min(begin_ + width_, derivations_.size()); token-- > std::max(begin_, symbols_);) take(token);
      waiting_[run_] = {};
    }
    const auto first = initial_.take();
    out_.insert(out_.end(), first.begin(), first.end());
  }

 private:
  static constexpr Number most_runs = 512;
  static constexpr std::uint32_t nothing = 0xFFFFFFFF;

  const Derivations& derivations_;
  const std::vector<std::uint32_t>& states_;
  Number symbols_;
  LargeVector<PairEvent>& out_;
  Number width_;
  std::vector<std::vector<PairEvent>> waiting_;  // of each run of tokens
  Number run_ = nothing, begin_ = 0;             // the run that is looked at
  std::vector<std::uint32_t> first_, next_;      // chains of what waits for a token of the run
  std::vector<PairEvent> met_;
  EventTable initial_;

  void emit(Number left, Number right, std::uint32_t state, std::uint32_t column, std::int64_t change) {
    out_.push_back({PairEvent::pair_of(derivations_.id(left), derivations_.id(right)), PairEvent::at_of(state, column), change});
  }

  void add(Number left, Number right, std::uint32_t column, std::int64_t count) {
    const Number younger = right == end ? left : std::max(left, right);
    if (younger < symbols_) {
      if (right == end) return;
      return initial_.add({PairEvent::pair_of(derivations_.id(left), derivations_.id(right)), column, count});
    }
    auto& waiting = waiting_[younger / width_];
    waiting.push_back({PairEvent::pair_of(left, right), column, count});
    if (younger / width_ == run_) chain(waiting.size() - 1);
  }

  void chain(std::size_t i) {
    const PairEvent& pair = waiting_[run_][i];
    std::uint32_t& first = first_[(pair.right() == end ? pair.left() : std::max(pair.left(), pair.right())) - begin_];
    next_.push_back(std::exchange(first, static_cast<std::uint32_t>(i)));
  }

  // Takes apart all pairs that came into being with a token, and then the token.
  void take(Number token) {
    met_.clear();
    for (std::uint32_t i = std::exchange(first_[token - begin_], nothing); i != nothing; i = next_[i]) {
      met_.push_back(waiting_[run_][i]);
    }
    std::sort(met_.begin(), met_.end());
    const auto [left, right] = derivations_.parts(token);
    const std::uint32_t state = states_[token];
    for (std::size_t i = 0; i < met_.size();) {
      PairEvent pair = met_[i];
      while (++i < met_.size() && met_[i].is_of(pair)) pair.change += met_[i].change;
      const std::uint32_t column = pair.column();
      if (pair.right() == end) {
        emit(left, right, state, column, -pair.change);
        add(left, right, column, pair.change);
        add(left, end, column, pair.change);
        add(right, end, column, pair.change);
        continue;
      }
      emit(pair.left(), pair.right(), state, column, pair.change);
      const Number before = pair.left() == token ? right : pair.left(), after = pair.right() == token ? left : pair.right();
      emit(before, after, state, column, -pair.change);
      add(before, after, column, pair.change);
    }
  }
};

void TokenHistories::unwind(LargeVector<PairEvent> last, LargeVector<PairEvent>& out) const {
  Unwinding(*this, out).run(std::move(last));
}

}  // namespace polyvocab
