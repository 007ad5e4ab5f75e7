#include <array>
#include <limits>

#include "core/models/byte_pieces.h"
#include "core/models/double_array.h"
#include "core/trim/collect_parts.h"
#include "core/unicode/utf8.h"

namespace polyvocab {
namespace {

constexpr double unknown_penalty = 10.0;
constexpr std::uint32_t unknown_key = 0;

// The best path over a piece that does not take it whole.
class OtherPath {
 public:
  OtherPath(const DoubleArray& trie, std::span<const double> scores, double unknown_score)
      : trie_(trie), scores_(scores), unknown_score_(unknown_score) {}

  struct Step {
    std::uint32_t key, begin, end;  // unknown_key: a character that is no piece
  };

  // Steps from right to left; returns their total.
  double find(std::string_view piece, std::vector<Step>& steps) {
    nodes_.assign(piece.size() + 1, {});
    nodes_[0].score = 0;
    for (std::uint32_t begin = 0; begin < piece.size(); begin += utf8::length(static_cast<unsigned char>(piece[begin]))) {
      follow(piece, begin);
    }
    for (auto end = static_cast<std::uint32_t>(piece.size()); end > 0; end = nodes_[end].begin) {
      steps.push_back({nodes_[end].key, nodes_[end].begin, end});
    }
    return nodes_.back().score;
  }

 private:
  struct Node {
    double score = -std::numeric_limits<double>::infinity();
    std::uint32_t key = unknown_key, begin = 0;
  };
  const DoubleArray& trie_;
  std::span<const double> scores_;
  double unknown_score_;
  std::vector<Node> nodes_;

  void offer(std::uint32_t begin, std::uint32_t end, std::uint32_t key, double score) {
    const double total = nodes_[begin].score + score;
    if (total > nodes_[end].score) nodes_[end] = {total, key, begin};
  }

  void follow(std::string_view piece, std::uint32_t begin) {
    const std::uint32_t first = begin + utf8::length(static_cast<unsigned char>(piece[begin]));
    bool is_known = false;
    std::uint32_t children = trie_.root();
    for (std::uint32_t at = begin; at < piece.size(); ++at) {
      const auto byte = static_cast<unsigned char>(piece[at]);
      const auto unit = trie_.child(children, byte);
      if (!unit.is(byte)) break;
      children = unit.children;
      const bool is_whole = begin == 0 && at + 1 == piece.size();
      if (unit.key() == 0 || is_whole) continue;
      if (at + 1 == first) is_known = true;
      offer(begin, at + 1, unit.key(), scores_[unit.key() - 1]);
    }
    if (!is_known) offer(begin, first, unknown_key, unknown_score_);
  }
};

}  // namespace

TokenParts unigram_parts(Strings pieces, std::span<const double> scores, std::span<const bool> in_text,
                         std::optional<TokenId> unknown, bool byte_fallback, TokenId size, int threads) {
  std::vector<TokenId> ids;
  double lowest = std::numeric_limits<double>::infinity();
  for (TokenId id = 0; id < pieces.count; ++id) {
    if (in_text[id] && id != unknown && !pieces[id].empty()) ids.push_back(id);
    lowest = std::min(lowest, scores[id]);
  }
  const DoubleArray trie(pieces, ids);
  const BytePieces bytes = byte_fallback ? byte_pieces(DoubleArray(pieces)) : BytePieces{};
  return collect_parts(ids, size, threads, [&] {
    return [&, path = OtherPath(trie, scores, lowest - unknown_penalty),
            steps = std::vector<OtherPath::Step>()](std::size_t i, std::vector<TokenId>& parts) mutable {
      const std::string_view piece = pieces[ids[i]];
      const bool is_replaced = trie.find(piece).key() != ids[i] + 1;  // by an equal piece behind it
      steps.clear();
      const double other = path.find(piece, steps);
      if (steps.size() == 1 && steps[0].key == unknown_key && !byte_fallback) {
        return is_replaced ? TokenKind::never : TokenKind::symbol;
      }
      for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
        if (step->key != unknown_key) {
          parts.push_back(step->key - 1);
          continue;
        }
        const std::string_view character = piece.substr(step->begin, step->end - step->begin);
        const bool spells = std::ranges::all_of(character, [&](char c) { return bytes[static_cast<unsigned char>(c)] != 0; });
        if (spells) {
          for (const char byte : character) parts.push_back(bytes[static_cast<unsigned char>(byte)] - 1);
        } else if (unknown) {
          parts.push_back(*unknown);
        }
      }
      return is_replaced || other > scores[ids[i]] ? TokenKind::never : TokenKind::made;
    };
  });
}

}  // namespace polyvocab
