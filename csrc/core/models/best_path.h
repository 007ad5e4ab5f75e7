// The best way to cut a word into pieces: the path of the highest total score (Viterbi).
//
// Promises: of two paths with equal scores to a place, the one whose last piece is longer. Scores are added from the left in
// `Score`, so that float and double give what an implementation in float or in double gives. Time is linear in the word;
// memory is one window, and more only while all paths that are still open have no place in common.
// Expects: valid UTF-8; finite scores, whose sums are finite too. A character that is no piece costs `scores[0]`.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "core/models/double_array.h"
#include "core/unicode/utf8.h"

namespace polyvocab {

template <class Score>
struct Pieces {
  DoubleArray trie;
  std::vector<Score> scores;   // scores[key] is a piece's, by its key in the trie; scores[0] is an unknown character's
  std::uint32_t longest = 4;   // bytes of the longest piece, and no less than a character has
  bool knows_unknown = true;   // false: an unknown character on a best path is an error
  Score rebase_above = std::numeric_limits<Score>::infinity();  // totals further from 0 than this start from 0 again
};

template <class Score>
class BestPath {
 public:
  // Calls emit(key, begin, end) for each piece from left to right, with key 0 for an unknown character; returns the total.
  // `start` is the total before the word.
  template <class Emit>
  Score find(const Pieces<Score>& pieces, std::string_view word, Score start, Emit&& emit) {
    if (word.empty()) return start;
    std::size_t done = 0;  // all that is before has been emitted; positions in nodes_ count from here
    nodes_.clear();
    nodes_.push_back({start, 0, 0});
    At at{0, 0};
    for (std::size_t stop = window;; stop = at.begin + std::max<std::size_t>(window, at.begin)) {
      const std::string_view rest = word.substr(done);
      nodes_.resize(std::min(rest.size(), stop + pieces.longest) + 1);
      at = advance(pieces, rest, at, std::min(rest.size(), stop));
      if (at.begin == rest.size()) break;
      const std::uint32_t common = common_place(at);
      emit_path(common, done, emit);
      forget(common, at);
      done += common;
    }
    const Score total = nodes_[at.begin].score;
    emit_path(at.begin, done, emit);
    return total;
  }

 private:
  // The best path that ends at a place: its last piece and where that begins.
  struct Node {
    Score score = -std::numeric_limits<Score>::infinity();
    std::uint32_t key = 0;
    std::uint32_t begin = 0;
  };
  // The paths that end up to `begin` are final; none ends behind `reach`.
  struct At {
    std::uint32_t begin, reach;
  };

  static constexpr std::size_t window = 4096;  // small enough to stay in a cache

  std::vector<Node> nodes_;

  // The child of the root by a whole character.
  static DoubleArray::Unit first_character(const DoubleArray& trie, const unsigned char* text, std::uint32_t size) {
    DoubleArray::Unit unit = trie.child(trie.root(), text[0]);
    if (!unit.is(text[0])) return {};
    for (std::uint32_t i = 1; i < size; ++i) {
      unit = trie.child(unit.children, text[i]);
      if (!unit.is(text[i])) return {};
    }
    return unit;
  }

  // Follows the pieces that begin in [at, stop).
  At advance(const Pieces<Score>& pieces, std::string_view rest, At at, std::size_t stop) {
    const DoubleArray& trie = pieces.trie;
    const Score* const scores = pieces.scores.data();
    Node* const nodes = nodes_.data();
    const auto* const text = reinterpret_cast<const unsigned char*>(rest.data());
    const auto end = static_cast<std::uint32_t>(rest.size());
    std::uint32_t length = utf8::length(text[at.begin]);
    DoubleArray::Unit unit = first_character(trie, text + at.begin, length);
    while (at.begin < stop) {
      const std::uint32_t begin = at.begin;
      Score here = nodes[begin].score;
      if (here > pieces.rebase_above || here < -pieces.rebase_above) {
        rebase(at, here);
        here = 0;
      }
      std::uint32_t place = begin + length;
      const Score single = here + scores[unit.key()];
      if (single > nodes[place].score) {
        if (unit.key() == 0 && !pieces.knows_unknown) refuse_unknown();
        nodes[place] = {single, unit.key(), begin};
      }
      at.begin = place;
      std::uint32_t children = unit.children;
      // The next character is looked up while the walk from this one still waits for memory.
      if (place < end) {
        length = utf8::length(text[place]);
        unit = first_character(trie, text + place, length);
        if (place + length < end) trie.prefetch(unit.children, text[place + length]);
      }
      for (; place < end; ++place) {
        const DoubleArray::Unit longer = trie.child(children, text[place]);
        if (!longer.is(text[place])) break;
        children = longer.children;
        if (longer.key() == 0) continue;
        const Score score = here + scores[longer.key()];
        if (score > nodes[place + 1].score) nodes[place + 1] = {score, longer.key(), begin};
      }
      at.reach = std::max(at.reach, place);
    }
    return at;
  }

  // Takes the total of the place `at` off all that is still open.
  void rebase(At at, Score total) {
    for (std::uint32_t i = at.begin + 1; i <= at.reach; ++i) nodes_[i].score -= total;
  }

  // The last place that every open path goes through.
  std::uint32_t common_place(At at) const {
    std::uint32_t common = at.begin;
    for (std::uint32_t end = at.begin + 1; end <= at.reach; ++end) {
      if (nodes_[end].score == Node{}.score) continue;
      for (std::uint32_t place = end; place != common;) {
        (place > common ? place : common) = nodes_[std::max(place, common)].begin;
      }
    }
    return common;
  }

  // The links of the path lead back; they are turned around, and followed.
  template <class Emit>
  void emit_path(std::uint32_t end, std::size_t offset, Emit&& emit) {
    std::uint32_t next = 0;
    for (std::uint32_t place = end; place != 0;) {
      const std::uint32_t begin = nodes_[place].begin;
      nodes_[place].begin = next;
      next = place;
      place = begin;
    }
    for (std::uint32_t begin = 0; next != 0;) {
      const std::uint32_t place = next;
      emit(nodes_[place].key, offset + begin, offset + place);
      begin = place;
      next = nodes_[place].begin;
    }
  }

  // Moves what is still open to the front.
  void forget(std::uint32_t common, At& at) {
    if (common == 0) return;
    at = {at.begin - common, at.reach - common};
    std::copy_n(nodes_.begin() + common, at.reach + 1, nodes_.begin());
    nodes_.resize(at.reach + 1);
    for (std::uint32_t i = 1; i <= at.reach; ++i) nodes_[i].begin -= common;
  }

  [[noreturn]] static void refuse_unknown() {
    throw std::invalid_argument("a character is not in the vocabulary, and the model has no unknown token");
  }
};

}  // namespace polyvocab
