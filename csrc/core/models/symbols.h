// The symbols of a word and how they are merged.
//
// Promises: what repeated merging of the best pair (lowest rank, then leftmost) leaves. Time is linear in the length: a long
// run is cut where merging cannot reach across.
#pragma once

#include <cstdint>
#include <vector>

#include "core/models/pair_table.h"

namespace polyvocab {

struct Symbols {
  std::vector<TokenId> ids;
  std::vector<std::uint32_t> ends;  // the end of each symbol in bytes of the word

  void clear() {
    ids.clear();
    ends.clear();
  }
  void add(TokenId id, std::uint32_t end) {
    ids.push_back(id);
    ends.push_back(end);
  }
};

class Merger {
 public:
  // Merges in place.
  void merge(const PairTable& merges, Symbols& symbols);

 private:
  struct Candidate {
    std::uint32_t rank;
    std::uint32_t at;
    TokenId merged;
  };
  std::vector<std::uint32_t> ranks_;
  std::vector<TokenId> merged_;
  std::vector<Candidate> queue_;
  std::vector<std::uint32_t> before_, after_;
  Symbols window_, next_, pair_, done_;

  void merge_short(const PairTable& merges, Symbols& symbols);
  void merge_queued(const PairTable& merges, Symbols& symbols);
  void merge_run(const PairTable& merges, Symbols& symbols);
  void merge_long(const PairTable& merges, Symbols& symbols);
  bool stays_apart(const PairTable& merges, const Symbols& all, std::size_t begin, std::size_t cut, std::size_t end);
};

}  // namespace polyvocab
