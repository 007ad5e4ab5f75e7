#include "core/models/piece_merges.h"

#include <algorithm>
#include <bit>
#include <stdexcept>

#include "core/unicode/utf8.h"

namespace polyvocab {
namespace {

constexpr std::size_t short_piece = 64;  // characters; the merges of longer ones are all kept

// Floats in the library's order, which is total: -0 is below 0, and what is no number is further out than infinity.
std::uint32_t ordered(float score) {
  const auto bits = std::bit_cast<std::uint32_t>(score);
  return bits >> 31 ? ~bits : bits | 0x80000000u;
}

std::vector<std::uint32_t> ranks_of(std::span<const float> scores) {
  std::vector<std::uint32_t> all(scores.size());
  std::transform(scores.begin(), scores.end(), all.begin(), ordered);
  std::vector<std::uint32_t> distinct = all;
  std::sort(distinct.begin(), distinct.end(), std::greater<>());
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  for (std::uint32_t& score : all) {
    const auto at = std::lower_bound(distinct.begin(), distinct.end(), score, std::greater<>());
    score = static_cast<std::uint32_t>(at - distinct.begin());
  }
  return all;
}

class Finder {
 public:
  Finder(const Strings& pieces, std::span<const float> scores, const PieceSet& set) : pieces_(pieces), set_(set) {
    out_.ranks = ranks_of(scores);
    out_.unknown = static_cast<TokenId>(pieces.count);
    next_ = out_.unknown + 1;
  }

  PieceMerges find() {
    for (TokenId id = 0; id < pieces_.count; ++id) {
      if (merges(id)) add_characters(pieces_[id]);
    }
    for (TokenId id = 0; id < pieces_.count; ++id) {
      if (merges(id)) add_merges(id);
    }
    const PairTable all(out_.merges);
    std::erase_if(out_.merges, [&](const Merge& merge) { return !is_last(all, merge); });
    return std::move(out_);
  }

 private:
  struct Parts {
    TokenId left, right;
  };

  const Strings& pieces_;
  const PieceSet& set_;
  PieceMerges out_;
  TokenId next_;
  TokenId asked_ = 0xFFFFFFFF;  // the piece that `last_` is of
  std::optional<Parts> last_;

  // User-defined symbols are none: a text that has one has it as it is from the beginning.
  bool merges(TokenId id) const {
    return set_.find(pieces_[id]) == id && (set_.type(id) == PieceType::normal || set_.type(id) == PieceType::unused);
  }

  // A single character is a token only as a normal piece; an unused one could not be taken apart.
  void add_characters(std::string_view piece) {
    for (std::size_t at = 0; at < piece.size();) {
      const auto [code, size] = utf8::decode(piece.data() + at);
      if (out_.characters(code) == CharacterTable::none) {
        const auto id = set_.find(piece.substr(at, size));
        out_.characters.set(code, id && set_.type(*id) == PieceType::normal ? *id : next_++);
      }
      at += size;
    }
  }

  std::optional<TokenId> part(std::string_view text) const {
    const auto [code, size] = utf8::decode(text.data());
    if (text.size() == size) return out_.characters(code);
    const auto id = set_.find(text);
    return id && set_.type(*id) != PieceType::user_defined ? id : std::nullopt;
  }

  void add_merges(TokenId id) {
    const std::string_view piece = pieces_[id];
    for (std::size_t cut = utf8::length(static_cast<unsigned char>(piece[0])); cut < piece.size();
         cut += utf8::length(static_cast<unsigned char>(piece[cut]))) {
      const auto left = part(piece.substr(0, cut));
      if (!left) continue;
      if (const auto right = part(piece.substr(cut))) out_.merges.push_back({*left, *right, id, out_.ranks[id]});
    }
  }

  bool is_last(const PairTable& all, const Merge& merge) {
    if (asked_ != merge.merged) {
      asked_ = merge.merged;
      last_ = last_merge(all, pieces_[asked_]);
    }
    return !last_ || (merge.left == last_->left && merge.right == last_->right);
  }

  // What a piece comes into being from: itself twice, which is nothing, where it never does. Not known for a long one.
  std::optional<Parts> last_merge(const PairTable& all, std::string_view piece) const {
    if (utf8::count(piece) > short_piece) return {};
    TokenId ids[short_piece];
    std::size_t count = 0;
    for (std::size_t at = 0; at < piece.size();) {
      const auto [code, size] = utf8::decode(piece.data() + at);
      ids[count++] = out_.characters(code);
      at += size;
    }
    while (count > 2) {
      PairTable::Found best{PairTable::none, 0};
      std::size_t best_at = 0;
      for (std::size_t i = 0; i + 1 < count; ++i) {
        const auto found = all(ids[i], ids[i + 1]);
        if (found.rank < best.rank) best = found, best_at = i;
      }
      if (best.rank == PairTable::none) return Parts{asked_, asked_};
      ids[best_at] = best.merged;
      std::copy(ids + best_at + 2, ids + count--, ids + best_at + 1);
    }
    return Parts{ids[0], ids[1]};
  }
};

}  // namespace

PieceMerges piece_merges(const Strings& pieces, std::span<const float> scores, const PieceSet& set) {
  if (scores.size() != pieces.count) throw std::invalid_argument("SentencePiece: there must be one score for each piece");
  return Finder(pieces, scores, set).find();
}

}  // namespace polyvocab
