// The probability of each piece at each place of a word, over all ways to cut the word into pieces.
//
// Promises: probabilities to the rounding of double, for words of any length. Time is linear in the word.
// Expects: valid UTF-8.
//
// A piece of n bytes weighs exp(score + tilt * n). The tilt does not change the probabilities, because every segmentation
// has all bytes of the word; it keeps the sums of most words within the range of a double. Where they leave it, they are
// computed as logarithms.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

#include "core/models/double_array.h"
#include "core/unicode/utf8.h"

namespace polyvocab {

// Pieces by their keys in the trie; key 0 is an unknown character.
struct WeighedPieces {
  DoubleArray trie;
  std::vector<double> scores;
  std::vector<double> weights;  // exp(score + tilt * bytes)
  double tilt = 0;
};

class ForwardBackward {
 public:
  explicit ForwardBackward(const WeighedPieces& pieces) : pieces_(pieces) {}

  // Calls emit(key, probability) for every place of the word that a piece fits.
  template <class Emit>
  void find(std::string_view word, Emit&& emit) {
    find_edges(word);
    if (!sum_linear(word, emit)) sum_logarithms(word, emit);
  }

 private:
  struct Edge {
    std::uint32_t begin, end, key;
  };
  static constexpr double smallest = 1e-280, largest = 1e280;

  const WeighedPieces& pieces_;
  std::vector<Edge> edges_;  // by where they begin
  std::vector<double> forward_, backward_;

  static bool in_range(double sum) { return sum >= smallest && sum <= largest; }  // false for what is no number

  void find_edges(std::string_view word) {
    edges_.clear();
    const auto size = static_cast<std::uint32_t>(word.size());
    for (std::uint32_t begin = 0, next; begin < size; begin = next) {
      next = begin + utf8::length(static_cast<unsigned char>(word[begin]));
      bool is_known = false;
      std::uint32_t children = pieces_.trie.root();
      for (std::uint32_t at = begin; at < size; ++at) {
        const auto byte = static_cast<unsigned char>(word[at]);
        const DoubleArray::Unit unit = pieces_.trie.child(children, byte);
        if (!unit.is(byte)) break;
        children = unit.children;
        if (unit.key() == 0) continue;
        is_known = is_known || at + 1 == next;
        edges_.push_back({begin, at + 1, unit.key()});
      }
      if (!is_known) edges_.push_back({begin, next, 0});
    }
  }

  // The weight of an edge. All unknown characters weigh the same but for the tilt of their bytes.
  double weight(const Edge& edge) const {
    if (edge.key != 0) return pieces_.weights[edge.key];
    return pieces_.weights[0] * std::exp(pieces_.tilt * (edge.end - edge.begin));
  }

  template <class Emit>
  bool sum_linear(std::string_view word, Emit&& emit) {
    forward_.assign(word.size() + 1, 0.0);
    backward_.assign(word.size() + 1, 0.0);
    forward_.front() = backward_.back() = 1.0;
    for (const Edge& edge : edges_) {
      const double before = forward_[edge.begin];
      if (!in_range(before)) return false;
      forward_[edge.end] += before * weight(edge);
    }
    const double total = forward_.back();
    if (!in_range(total)) return false;
    for (auto edge = edges_.rbegin(); edge != edges_.rend(); ++edge) {
      const double after = backward_[edge->end];
      if (!in_range(after)) return false;
      backward_[edge->begin] += weight(*edge) * after;
    }
    for (const Edge& edge : edges_) emit(edge.key, forward_[edge.begin] * weight(edge) * backward_[edge.end] / total);
    return true;
  }

  // log(exp(sum) + exp(term)) for a finite term.
  static void add_log(double& sum, double term) {
    const auto [low, high] = std::minmax(sum, term);
    sum = high + std::log1p(std::exp(low - high));
  }

  template <class Emit>
  void sum_logarithms(std::string_view word, Emit&& emit) {
    constexpr double none = -std::numeric_limits<double>::infinity();
    forward_.assign(word.size() + 1, none);
    backward_.assign(word.size() + 1, none);
    forward_.front() = backward_.back() = 0.0;
    for (const Edge& edge : edges_) add_log(forward_[edge.end], forward_[edge.begin] + pieces_.scores[edge.key]);
    for (auto edge = edges_.rbegin(); edge != edges_.rend(); ++edge) {
      add_log(backward_[edge->begin], pieces_.scores[edge->key] + backward_[edge->end]);
    }
    const double total = forward_.back();
    for (const Edge& edge : edges_) {
      emit(edge.key, std::exp(forward_[edge.begin] + pieces_.scores[edge.key] + backward_[edge.end] - total));
    }
  }
};

}  // namespace polyvocab
