// The pairs of one run of symbols while merges are applied to it, step by step.
//
// Promises: what counting all pairs again after each step gives, for any list of merges. A step rewrites, from the left and
// without overlap, every place where its pair stands in its state; then it is over, and what comes into being later stays.
// Time n log n in the length of the run.
// Expects: merges that make no part of their own.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/replay/merge_steps.h"

namespace polyvocab {

class Stepwise {
 public:
  struct Change {
    std::uint64_t pair;
    std::uint32_t state;
    std::int64_t change;
  };

  // `overlapping`: whether 'aaa' has the pair (a, a) twice; else once, and 'aaaa' twice, counted from the left.
  Stepwise(const MergeSteps& steps, bool overlapping) : steps_(steps), overlapping_(overlapping) {}

  // The changes of one run of symbols, in the order of the states; the same pair and state may come more than once. Good until
  // the next call.
  std::span<const Change> run(std::span<const TokenId> symbols);

 private:
  using Step = MergeSteps::Step;
  using Place = std::uint32_t;
  static constexpr Place nowhere = 0xFFFFFFFF;
  static constexpr std::size_t short_run = 64;  // up to here looking at all places is quicker than a queue

  // Equal symbols that stand side by side are one node. So all places of a pair can be rewritten in any order.
  struct Node {
    TokenId symbol;
    std::uint32_t length;
    Place before, after;
    Step inside;  // the next step that merges two of its symbols
    Step behind;  // the next step that merges its last symbol with the first one of the node after it
  };
  struct Candidate {
    Step step;
    Place at;
    bool operator>(const Candidate& other) const { return step > other.step; }
  };

  const MergeSteps& steps_;
  bool overlapping_;
  bool is_queued_ = false;
  std::uint32_t state_ = 0;
  std::vector<Node> nodes_;
  std::vector<Step> keys_;  // of each node: the lower one of its two steps; none where the place is free
  std::vector<Place> free_, found_;
  std::vector<Candidate> queue_;
  std::vector<Change> changes_;

  void load(std::span<const TokenId> symbols);
  Step next_step();
  Step next_queued();
  void rewrite_run(Place at, TokenId merged);
  void rewrite_pair(Place at, TokenId merged);
  void put(TokenId symbol, std::uint32_t length, Place before, Place after);
  void connect(Place before, Place after);
  void disconnect(Place before, Place after);
  void resize(Place at, std::uint32_t length);
  Place add(TokenId symbol, std::uint32_t length);
  void remove(Place at);
  void set_key(Place at);
  std::int64_t pairs_inside(std::uint32_t length) const { return overlapping_ ? length - std::int64_t{1} : length / 2; }
  void change(TokenId left, TokenId right, std::int64_t by);
};

}  // namespace polyvocab
