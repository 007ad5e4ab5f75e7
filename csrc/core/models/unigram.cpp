#include "core/models/unigram.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

#include "core/models/best_path.h"
#include "core/models/byte_pieces.h"

namespace polyvocab {
namespace {

constexpr double unknown_penalty = 10.0;
constexpr double largest_score = 1e290;  // a sum over 4 GiB of text stays finite

struct UnigramScratch final : Scratch {
  BestPath<double> path;
};

class Unigram final : public Model {
 public:
  Unigram(const Strings& pieces, std::span<const double> scores, std::optional<TokenId> unknown, bool byte_fallback)
      : unknown_(unknown) {
    if (scores.size() != pieces.count) throw std::invalid_argument("Unigram: there must be one score for each piece");
    if (unknown && *unknown >= pieces.count) {
      throw std::invalid_argument("Unigram: the unknown token " + std::to_string(*unknown) + " is not one of the " +
                                  std::to_string(pieces.count) + " pieces");
    }
    double lowest = std::numeric_limits<double>::infinity();
    pieces_.scores.reserve(pieces.count + 1);
    pieces_.scores.push_back(0);
    for (std::size_t i = 0; i < pieces.count; ++i) {
      if (!(std::abs(scores[i]) <= largest_score)) {
        throw std::invalid_argument("Unigram: the score of piece " + std::to_string(i) + " is not finite or is too large");
      }
      lowest = std::min(lowest, scores[i]);
      pieces_.scores.push_back(scores[i]);
      pieces_.longest = std::max(pieces_.longest, static_cast<std::uint32_t>(pieces[i].size()));
      add_characters(pieces[i]);
    }
    pieces_.scores[0] = lowest - unknown_penalty;
    pieces_.knows_unknown = unknown.has_value();
    pieces_.trie = DoubleArray(pieces);
    if (byte_fallback) bytes_ = byte_pieces(pieces_.trie);
  }

  std::unique_ptr<Scratch> scratch() const override { return std::make_unique<UnigramScratch>(); }

  void encode(std::string_view word, Scratch& scratch, Tokens& out) const override {
    constexpr auto none = std::string_view::npos;
    std::size_t run = none;  // where the unknown run that is still open begins
    const std::size_t foreign = pieces_.knows_unknown ? foreign_end(word) : word.size();
    static_cast<UnigramScratch&>(scratch).path.find(
        pieces_, word.substr(0, foreign), 0.0, [&](std::uint32_t key, std::size_t begin, std::size_t end) {
          if (key == 0 || key - 1 == unknown_) {
            if (run == none) run = begin;
            return;
          }
          if (run != none) add_unknown(word, run, begin, out);
          run = none;
          out.add(key - 1, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end));
        });
    if (foreign < word.size()) run = std::min(run, foreign);
    if (run != none) add_unknown(word, run, word.size(), out);
  }

 private:
  Pieces<double> pieces_;
  std::optional<TokenId> unknown_;
  BytePieces bytes_{};
  std::vector<bool> in_pieces_ = std::vector<bool>(0x10000);  // the characters of the first plane that are in some piece

  void add_characters(std::string_view piece) {
    for (std::size_t at = 0; at < piece.size();) {
      const auto [code, size] = utf8::decode(&piece[at]);
      if (code < in_pieces_.size()) in_pieces_[code] = true;
      at += size;
    }
  }

  // Where the characters at the end of a word begin that are in no piece. Each of them is unknown on every path, and what the
  // best path to the first of them is depends on nothing behind it.
  std::size_t foreign_end(std::string_view word) const {
    std::size_t end = word.size();
    while (end > 0) {
      const auto [code, size] = utf8::decode_before(word.data() + end);
      if (code >= in_pieces_.size() || in_pieces_[code]) break;
      end -= size;
    }
    return end;
  }

  void add_unknown(std::string_view word, std::size_t begin, std::size_t end, Tokens& out) const {
    const std::string_view run = word.substr(begin, end - begin);
    const auto add = [&](TokenId id) { out.add(id, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)); };
    const auto key_of = [&](char byte) { return bytes_[static_cast<unsigned char>(byte)]; };
    if (const std::uint32_t key = pieces_.trie.find(run).key(); key != 0) {
      add(key - 1);
    } else if (std::all_of(run.begin(), run.end(), key_of)) {
      for (const char byte : run) add(key_of(byte) - 1);
    } else {
      add(*unknown_);
    }
  }
};

}  // namespace

ModelPtr unigram(Strings pieces, std::span<const double> scores, std::optional<TokenId> unknown, bool byte_fallback) {
  return std::make_shared<Unigram>(pieces, scores, unknown, byte_fallback);
}

}  // namespace polyvocab
