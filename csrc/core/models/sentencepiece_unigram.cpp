#include "core/models/sentencepiece_unigram.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/models/best_path.h"
#include "core/models/byte_pieces.h"

namespace polyvocab {
namespace {

constexpr float unknown_penalty = 10.0F;
constexpr float largest_total = 100000.0F;
constexpr std::size_t piece_limit = 8000;  // bytes

// Every bit of a user-defined piece's score counts: the product is a double, and rounded once.
float user_defined_score(std::size_t bytes) { return static_cast<float>(0.1 * (static_cast<double>(bytes) - 1.0)); }

[[noreturn]] void refuse(std::size_t piece, const char* why) {
  throw std::invalid_argument("SentencePiece unigram: piece " + std::to_string(piece) + " " + why);
}

bool in_text(PieceType type) {
  return type == PieceType::normal || type == PieceType::user_defined || type == PieceType::unused;
}

DoubleArray distinct(const Strings& pieces, const std::vector<std::uint32_t>& indices) {
  DoubleArray trie(pieces, indices);
  if (const auto i = trie.first_replaced()) refuse(*i, "is defined twice");
  return trie;
}

struct UnigramScratch final : Scratch {
  BestPath<float> path;
};

class SentencePieceUnigramModel final : public SentencePieceUnigram {
 public:
  SentencePieceUnigramModel(const Strings& pieces, std::span<const float> scores, std::span<const PieceType> types,
                            bool byte_fallback)
      : byte_fallback_(byte_fallback) {
    if (scores.size() != pieces.count || types.size() != pieces.count) {
      throw std::invalid_argument("SentencePiece unigram: there must be one score and one type for each piece");
    }
    std::vector<std::uint32_t> text;      // pieces that text may hold, with those that are not used any more
    std::vector<std::uint32_t> reserved;  // the names of the others
    float lowest = std::numeric_limits<float>::max();
    pieces_.scores.assign(pieces.count + 1, 0.0F);
    for (std::size_t i = 0; i < pieces.count; ++i) {
      if (!std::isfinite(scores[i])) refuse(i, "has a score that is not finite");
      if (types[i] == PieceType::normal) lowest = std::min(lowest, scores[i]);
      if (is_placeholder(pieces[i], types[i])) continue;
      check(pieces[i], types[i], i);
      const bool free = types[i] == PieceType::user_defined;
      pieces_.scores[i + 1] = free ? user_defined_score(pieces[i].size()) : scores[i];
      (in_text(types[i]) ? text : reserved).push_back(static_cast<std::uint32_t>(i));
    }
    if (text.empty()) throw std::invalid_argument("SentencePiece unigram: no piece can occur in text");
    if (!unknown_ && !byte_fallback) throw std::invalid_argument("SentencePiece unigram: there is no unknown token");
    pieces_.scores[0] = lowest - unknown_penalty;
    pieces_.rebase_above = largest_total;
    pieces_.trie = distinct(pieces, text);
    for (const std::uint32_t i : text) {
      pieces_.longest = std::max(pieces_.longest, static_cast<std::uint32_t>(pieces[i].size()));
    }
    const auto is_unused = [&](std::uint32_t i) { return types[i] == PieceType::unused; };
    if (std::erase_if(text, is_unused) > 0) pieces_.trie = DoubleArray(pieces, std::move(text));
    const DoubleArray names = distinct(pieces, reserved);
    if (byte_fallback) find_bytes(names);
  }

  std::unique_ptr<Scratch> scratch() const override { return std::make_unique<UnigramScratch>(); }

  void encode(std::string_view word, Scratch& scratch, Tokens& out) const override { encode_from(word, 0.0F, scratch, out); }

  float encode_from(std::string_view word, float total, Scratch& scratch, Tokens& out) const override {
    bool after_unknown = false;
    return static_cast<UnigramScratch&>(scratch).path.find(
        pieces_, word, total, [&](std::uint32_t key, std::size_t begin_at, std::size_t end_at) {
          const auto begin = static_cast<std::uint32_t>(begin_at);
          const auto end = static_cast<std::uint32_t>(end_at);
          if (key != 0) {
            out.add(key - 1, begin, end);
          } else if (byte_fallback_) {
            for (std::uint32_t i = begin; i < end; ++i) {
              out.add(bytes_[static_cast<unsigned char>(word[i])] - 1, begin, i + 1 == end ? end : begin);
            }
          } else if (!after_unknown) {
            out.add(*unknown_, begin, end);
          } else if (out.want_spans) {
            out.spans.back().end = end;
          }
          after_unknown = key == 0;
        });
  }

 private:
  Pieces<float> pieces_;
  BytePieces bytes_{};
  std::optional<TokenId> unknown_;
  bool byte_fallback_;

  // Pieces that were taken out of a model are left as an unused NUL.
  static bool is_placeholder(std::string_view piece, PieceType type) {
    return type == PieceType::unused && piece == std::string_view("\0", 1);
  }

  void check(std::string_view piece, PieceType type, std::size_t i) {
    if (piece.empty()) refuse(i, "is empty");
    if (piece.size() >= piece_limit) refuse(i, "is longer than 7999 bytes");
    if (piece.find('\0') != std::string_view::npos) refuse(i, "has a NUL");
    if (type < PieceType::normal || type > PieceType::byte) refuse(i, "has a type that is not known");
    if (type == PieceType::byte && !byte_fallback_) refuse(i, "stands for a byte, but there is no byte fallback");
    if (type != PieceType::unknown) return;
    if (unknown_) refuse(i, "is a second unknown token");
    unknown_ = static_cast<TokenId>(i);
  }

  void find_bytes(const DoubleArray& names) {
    bytes_ = byte_pieces(names);
    if (std::find(bytes_.begin(), bytes_.end(), 0u) != bytes_.end()) {
      throw std::invalid_argument("SentencePiece unigram: with byte fallback there must be a piece for each byte");
    }
  }
};

}  // namespace

std::shared_ptr<const SentencePieceUnigram> sentencepiece_unigram(Strings pieces, std::span<const float> scores,
                                                                  std::span<const PieceType> types, bool byte_fallback) {
  return std::make_shared<SentencePieceUnigramModel>(pieces, scores, types, byte_fallback);
}

}  // namespace polyvocab
