#include "core/replay/stepwise.h"

#include <algorithm>
#include <functional>

#include "core/replay/pair_event.h"

namespace polyvocab {

std::span<const Stepwise::Change> Stepwise::run(std::span<const TokenId> symbols) {
  load(symbols);
  for (Step step; (step = is_queued_ ? next_queued() : next_step()) != MergeSteps::none;) {
    state_ = step + 1;
    const auto& [left, right, merged] = steps_[step];
    for (const Place at : found_) {
      if (left == right) rewrite_run(at, merged);
      else rewrite_pair(at, merged);
    }
  }
  return changes_;
}

void Stepwise::load(std::span<const TokenId> symbols) {
  state_ = 0;
  nodes_.clear();
  keys_.clear();
  free_.clear();
  queue_.clear();
  changes_.clear();
  is_queued_ = symbols.size() > short_run;
  Place last = nowhere;
  for (std::size_t i = 0, end; i < symbols.size(); i = end) {
    for (end = i + 1; end < symbols.size() && symbols[end] == symbols[i];) ++end;
    const Place at = add(symbols[i], static_cast<std::uint32_t>(end - i));
    connect(last, at);
    last = at;
  }
  connect(last, nowhere);
}

// The least step of all nodes, and where it has something to do.
Stepwise::Step Stepwise::next_step() {
  Step least = MergeSteps::none;
  for (const Step key : keys_) least = std::min(least, key);
  found_.clear();
  if (least == MergeSteps::none) return least;
  for (Place at = 0; at < keys_.size(); ++at) {
    if (keys_[at] == least) found_.push_back(at);
  }
  return least;
}

// The same by a heap. A candidate whose node has changed since is known by the step of the node.
Stepwise::Step Stepwise::next_queued() {
  found_.clear();
  Step least = MergeSteps::none;
  while (!queue_.empty() && (found_.empty() || queue_.front().step == least)) {
    const auto [step, at] = queue_.front();
    std::ranges::pop_heap(queue_, std::greater<>());
    queue_.pop_back();
    if (keys_[at] != step) continue;
    least = step;
    keys_[at] = MergeSteps::none;  // not twice
    found_.push_back(at);
  }
  return least;
}

void Stepwise::rewrite_run(Place at, TokenId merged) {
  const Node node = nodes_[at];
  const bool one_stays = node.length % 2 == 1;
  change(node.symbol, node.symbol, -pairs_inside(node.length));
  disconnect(node.before, at);
  if (one_stays) {
    nodes_[at].length = 1;
    nodes_[at].inside = MergeSteps::none;
    set_key(at);
  } else {
    disconnect(at, node.after);
    remove(at);
  }
  put(merged, node.length / 2, node.before, one_stays ? at : node.after);
}

void Stepwise::rewrite_pair(Place at, TokenId merged) {
  Place before = at, after = nodes_[at].after;
  disconnect(before, after);
  if (nodes_[before].length > 1) {
    resize(before, nodes_[before].length - 1);
  } else {
    before = nodes_[at].before;
    disconnect(before, at);
    remove(at);
  }
  if (nodes_[after].length > 1) {
    resize(after, nodes_[after].length - 1);
    set_key(after);
  } else {
    const Place gone = after;
    after = nodes_[gone].after;
    disconnect(gone, after);
    remove(gone);
  }
  put(merged, 1, before, after);
}

// Between two nodes that are not connected any more; joins those that have the same symbol.
void Stepwise::put(TokenId symbol, std::uint32_t length, Place before, Place after) {
  Place at = before;
  if (before != nowhere && nodes_[before].symbol == symbol) {
    resize(at, nodes_[at].length + length);
  } else {
    at = add(symbol, length);
    connect(before, at);
  }
  if (after == nowhere || nodes_[after].symbol != symbol) return connect(at, after);
  const Node joined = nodes_[after];
  change(symbol, symbol, -pairs_inside(joined.length));
  remove(after);
  resize(at, nodes_[at].length + joined.length);
  nodes_[at].after = joined.after;
  nodes_[at].behind = joined.behind;
  if (joined.after != nowhere) nodes_[joined.after].before = at;
  set_key(at);
}

void Stepwise::connect(Place before, Place after) {
  if (after != nowhere) nodes_[after].before = before;
  if (before == nowhere) return;
  Node& node = nodes_[before];
  node.after = after;
  node.behind = MergeSteps::none;
  if (after != nowhere) {
    change(node.symbol, nodes_[after].symbol, 1);
    node.behind = steps_.next(node.symbol, nodes_[after].symbol, state_);
  }
  set_key(before);
}

void Stepwise::disconnect(Place before, Place after) {
  if (before != nowhere && after != nowhere) change(nodes_[before].symbol, nodes_[after].symbol, -1);
}

void Stepwise::resize(Place at, std::uint32_t length) {
  Node& node = nodes_[at];
  change(node.symbol, node.symbol, pairs_inside(length) - pairs_inside(node.length));
  if (length < 2) node.inside = MergeSteps::none;
  else if (node.length < 2) node.inside = steps_.next(node.symbol, node.symbol, state_);
  node.length = length;
}

Stepwise::Place Stepwise::add(TokenId symbol, std::uint32_t length) {
  Place at;
  if (free_.empty()) {
    at = static_cast<Place>(nodes_.size());
    nodes_.emplace_back();
    keys_.emplace_back();
  } else {
    at = free_.back();
    free_.pop_back();
  }
  nodes_[at] = {symbol, 1, nowhere, nowhere, MergeSteps::none, MergeSteps::none};
  keys_[at] = MergeSteps::none;
  resize(at, length);
  return at;
}

void Stepwise::remove(Place at) {
  keys_[at] = MergeSteps::none;
  free_.push_back(at);
}

void Stepwise::set_key(Place at) {
  keys_[at] = std::min(nodes_[at].inside, nodes_[at].behind);
  if (!is_queued_ || keys_[at] == MergeSteps::none) return;
  queue_.push_back({keys_[at], at});
  std::ranges::push_heap(queue_, std::greater<>());
}

void Stepwise::change(TokenId left, TokenId right, std::int64_t by) {
  if (by != 0) changes_.push_back({PairEvent::pair_of(left, right), state_, by});
}

}  // namespace polyvocab
