// In which order tokens are worth keeping, and what a vocabulary of each size costs.
//
// Promises: an order of all ids of which every beginning that has all of `first` is closed: it has the parts of each of its
// tokens. Equal counts: the smaller id is worth more. Nothing depends on anything else.
// Expects: ids in `parts` below the size; a closed `first`; parts that do not go in circles (by count they may: there a beginning
// can end inside a circle).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/models/model.h"

namespace polyvocab {

// Parts by id, in the form of TokenParts: parts[indptr[id], indptr[id + 1]).
struct PartLists {
  std::span<const std::int64_t> indptr;
  std::span<const TokenId> parts;

  std::size_t size() const { return indptr.size() - 1; }
  std::span<const TokenId> operator[](std::size_t id) const {
    return parts.subspan(static_cast<std::size_t>(indptr[id]), static_cast<std::size_t>(indptr[id + 1] - indptr[id]));
  }
};

// The ids of `first`, ascending, then the others by falling count, each behind its parts: of a given size, most texts keep all
// their tokens.
std::vector<TokenId> order_by_count(const PartLists& parts, std::span<const double> counts, std::span<const bool> first);

// The ids of `first`, ascending, then the others in the order in which they are taken away last to first. The token that is
// taken away is the one with the lowest count that is part of no token that is left, and its parts take over its count: of a
// given size, texts become shortest.
std::vector<TokenId> order_by_leaves(const PartLists& parts, std::span<const double> counts, std::span<const bool> first);

struct Costs {
  std::vector<double> tokens;   // [order + 1]: tokens of the texts when the first so many of the order are left
  std::vector<double> unknown;  // [order + 1]: those of them that nothing stands for any more
};

// What the texts that `counts` are of cost with each beginning of an order, where a token that is missing is replaced by its
// parts, and those that are missing by theirs. An estimate: neighbours may merge anew.
Costs costs_along(const PartLists& parts, std::span<const double> counts, std::span<const TokenId> order);

}  // namespace polyvocab
