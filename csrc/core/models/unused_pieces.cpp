#include "core/models/unused_pieces.h"

#include <queue>
#include <unordered_map>
#include <utility>

#include "core/unicode/utf8.h"

namespace polyvocab {
namespace {

constexpr int deepest = 100;  // beyond this an unused piece is left as it is

class Agenda {
 public:
  Agenda(const PieceSet& pieces, std::span<const std::uint32_t> ranks, std::string_view text)
      : pieces_(pieces), ranks_(ranks), text_(text) {
    for (std::uint32_t begin = 0; begin < text.size();) {
      const auto symbol = pieces.symbol(text.substr(begin));
      const std::uint32_t size = symbol.size > 0 ? symbol.size : utf8::length(static_cast<unsigned char>(text[begin]));
      const int at = static_cast<int>(symbols_.size());
      symbols_.push_back({begin, size, at - 1, at + 1, symbol.size > 0});
      begin += size;
    }
    symbols_.back().after = nowhere;
  }

  void merge() {
    for (int right = 1; right < static_cast<int>(symbols_.size()); ++right) offer(right - 1, right);
    while (!queue_.empty()) {
      const Candidate best = queue_.top();
      queue_.pop();
      Symbol& left = symbols_[best.left];
      Symbol& right = symbols_[best.right];
      if (left.size == 0 || right.size == 0 || left.size + right.size != best.size) continue;
      left.size += right.size;
      left.after = right.after;
      if (right.after != nowhere) symbols_[right.after].before = best.left;
      right.size = 0;
      offer(left.before, best.left);
      offer(best.left, left.after);
    }
  }

  void write(PieceWriter& out) const {
    for (int at = 0; at != nowhere; at = symbols_[at].after) write(symbols_[at].begin, symbols_[at].size, 0, out);
  }

 private:
  static constexpr int nowhere = -1;
  struct Symbol {
    std::uint32_t begin, size;
    int before, after;
    bool frozen;
  };
  struct Candidate {
    std::uint32_t rank;
    int left, right;
    std::uint32_t size;
    bool operator<(const Candidate& other) const { return std::pair(rank, left) > std::pair(other.rank, other.left); }
  };

  const PieceSet& pieces_;
  std::span<const std::uint32_t> ranks_;
  std::string_view text_;
  std::vector<Symbol> symbols_;
  std::priority_queue<Candidate> queue_;
  std::unordered_map<std::string_view, std::uint32_t> cuts_;  // an unused piece: the bytes of its left part

  void offer(int left, int right) {
    if (left == nowhere || right == nowhere || symbols_[left].frozen || symbols_[right].frozen) return;
    const std::uint32_t size = symbols_[left].size + symbols_[right].size;
    const std::string_view both = text_.substr(symbols_[left].begin, size);
    const auto id = pieces_.find(both);
    if (!id) return;
    queue_.push({ranks_[*id], left, right, size});
    if (pieces_.type(*id) == PieceType::unused) cuts_[both] = symbols_[left].size;
  }

  void write(std::uint32_t begin, std::uint32_t size, int depth, PieceWriter& out) const {
    const std::string_view piece = text_.substr(begin, size);
    const auto id = pieces_.find(piece);
    if (!id) return out.unknown(begin, begin + size);
    if (pieces_.type(*id) != PieceType::unused || depth > deepest) return out.known(*id, begin, begin + size);
    const auto cut = cuts_.find(piece);
    if (cut == cuts_.end()) return out.unknown(begin, begin + size);
    write(begin, cut->second, depth + 1, out);
    write(begin + cut->second, size - cut->second, depth + 1, out);
  }
};

}  // namespace

void encode_with_unused(const PieceSet& pieces, std::span<const std::uint32_t> ranks, std::string_view text, PieceWriter& out) {
  Agenda agenda(pieces, ranks, text);
  agenda.merge();
  agenda.write(out);
}

}  // namespace polyvocab
