#include "core/trim/order.h"

#include <algorithm>
#include <numeric>
#include <queue>
#include <utility>

namespace polyvocab {
namespace {

std::vector<TokenId> marked(std::span<const bool> first) {
  std::vector<TokenId> out;
  for (TokenId id = 0; id < first.size(); ++id) {
    if (first[id]) out.push_back(id);
  }
  return out;
}

}  // namespace

std::vector<TokenId> order_by_count(const PartLists& parts, std::span<const double> counts, std::span<const bool> first) {
  std::vector<TokenId> wanted(parts.size());
  std::iota(wanted.begin(), wanted.end(), 0);
  std::ranges::stable_sort(wanted, std::greater<>(), [&](TokenId id) { return counts[id]; });
  std::vector<TokenId> order = marked(first);
  std::vector<bool> seen(first.begin(), first.end());
  std::vector<TokenId> path;  // tokens that wait for their parts
  for (const TokenId id : wanted) {
    if (seen[id]) continue;
    seen[id] = true;
    path.push_back(id);
    while (!path.empty()) {
      const auto needed = parts[path.back()];
      const auto missing = std::ranges::find_if(needed, [&](TokenId part) { return !seen[part]; });
      if (missing != needed.end()) {
        seen[*missing] = true;
        path.push_back(*missing);
      } else {
        order.push_back(path.back());
        path.pop_back();
      }
    }
  }
  return order;
}

std::vector<TokenId> order_by_leaves(const PartLists& parts, std::span<const double> counts, std::span<const bool> first) {
  std::vector<double> count(counts.begin(), counts.end());
  std::vector<std::uint32_t> wholes(parts.size());  // how often a token is part of one that is left
  for (const TokenId part : parts.parts) ++wholes[part];
  struct Leaf {
    double count;
    TokenId id;
    bool operator<(const Leaf& other) const { return std::pair(count, other.id) > std::pair(other.count, id); }
  };
  std::priority_queue<Leaf> leaves;
  const auto offer = [&](TokenId id) {
    if (wholes[id] == 0 && !first[id]) leaves.push({count[id], id});
  };
  for (TokenId id = 0; id < parts.size(); ++id) offer(id);
  std::vector<TokenId> removed;
  while (!leaves.empty()) {
    const TokenId id = leaves.top().id;
    leaves.pop();
    removed.push_back(id);
    for (const TokenId part : parts[id]) {
      count[part] += count[id];
      --wholes[part];
    }
    // A part is offered when its last whole has gone: no later removal changes its count.
    for (std::size_t i = 0; i < parts[id].size(); ++i) {
      const TokenId part = parts[id][i];
      const auto before = parts[id].first(i);
      if (std::ranges::find(before, part) == before.end()) offer(part);
    }
  }
  std::vector<TokenId> order = marked(first);
  order.insert(order.end(), removed.rbegin(), removed.rend());
  return order;
}

Costs costs_along(const PartLists& parts, std::span<const double> counts, std::span<const TokenId> order) {
  std::vector<double> count(counts.begin(), counts.end());
  std::vector<bool> is_left(parts.size());
  for (const TokenId id : order) is_left[id] = true;
  double tokens = std::accumulate(count.begin(), count.end(), 0.0), unknown = 0;
  Costs out{std::vector<double>(order.size() + 1), std::vector<double>(order.size() + 1)};
  std::vector<TokenId> missing;
  for (std::size_t size = order.size();; --size) {
    out.tokens[size] = tokens;
    out.unknown[size] = unknown;
    if (size == 0) return out;
    const double moved = count[order[size - 1]];
    is_left[order[size - 1]] = false;
    missing.assign(1, order[size - 1]);
    tokens -= moved;
    while (!missing.empty()) {
      const TokenId id = missing.back();
      missing.pop_back();
      if (is_left[id]) {
        count[id] += moved;
        tokens += moved;
      } else if (parts[id].empty()) {
        unknown += moved;
        tokens += moved;
      } else {
        missing.insert(missing.end(), parts[id].begin(), parts[id].end());
      }
    }
  }
}

}  // namespace polyvocab
