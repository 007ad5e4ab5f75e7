#include <algorithm>
#include <utility>

#include "core/models/adjacency.h"
#include "core/models/piece_merges.h"
#include "core/models/piece_set.h"
#include "core/models/sentencepiece.h"
#include "core/models/symbols.h"
#include "core/models/unused_pieces.h"
#include "core/unicode/utf8.h"

namespace polyvocab {
namespace {

struct BpeScratch final : Scratch {
  Symbols symbols;
  Merger merger;
};

class SentencePieceBpe final : public Model {
 public:
  SentencePieceBpe(const Strings& pieces, PieceSet&& set, PieceMerges&& found)
      : pieces_(std::move(set)),
        merges_(found.merges),
        characters_(std::move(found.characters)),
        unknown_(found.unknown),
        ranks_(std::move(found.ranks)),
        adjacent_(pieces.bytes.size()) {
    for (TokenId id = 0; id < pieces.count; ++id) {
      if (pieces_.find(pieces[id]) == id) adjacent_.add(pieces[id]);
    }
    has_unused_ = std::ranges::any_of(found.merges, [&](const Merge& merge) { return is_unused(merge.merged); });
  }

  std::unique_ptr<Scratch> scratch() const override { return std::make_unique<BpeScratch>(); }

  void encode(std::string_view word, Scratch& scratch, Tokens& out) const override {
    auto& [symbols, merger] = static_cast<BpeScratch&>(scratch);
    symbols.clear();
    spell(word, symbols);
    merger.merge(merges_, symbols);
    PieceWriter writer(pieces_, word, out);
    if (has_unused_ && std::any_of(symbols.ids.begin(), symbols.ids.end(), [&](TokenId id) { return is_unused(id); })) {
      return encode_with_unused(pieces_, ranks_, word, writer);
    }
    std::uint32_t begin = 0;
    for (std::size_t i = 0; i < symbols.ids.size(); ++i) {
      const std::uint32_t end = symbols.ends[i];
      if (symbols.ids[i] < unknown_) writer.known(symbols.ids[i], begin, end);
      else writer.unknown(begin, end);
      begin = end;
    }
  }

  // A text in which unused pieces may come about is one whole. Else no merge can cross the place, and so none does; of two
  // unknown neighbours, which would be one token, neither can be anything else. Characters beyond ASCII are alike on the left.
  bool separable(char32_t left, char32_t right) const override {
    if (has_unused_) return false;
    if (!Adjacency::is_other(left)) return apart(left, right);
    return !Adjacency::is_other(right) && !adjacent_.after_others(right) && (pieces_.byte_fallback() || is_known(right));
  }

 private:
  PieceSet pieces_;
  PairTable merges_;
  CharacterTable characters_;
  TokenId unknown_;  // also the number of pieces: from here on no id is a piece
  std::vector<std::uint32_t> ranks_;
  Adjacency adjacent_;
  bool has_unused_;

  bool is_known(char32_t code) const { return characters_(code) < unknown_; }

  bool apart(char32_t left, char32_t right) const {
    return !adjacent_(left, right) && (pieces_.byte_fallback() || is_known(right) || is_known(left));
  }

  bool is_unused(TokenId id) const { return id < unknown_ && pieces_.type(id) == PieceType::unused; }

  void spell(std::string_view word, Symbols& symbols) const {
    for (std::uint32_t at = 0; at < word.size();) {
      if (const auto symbol = pieces_.symbol(word.substr(at)); symbol.size > 0) {
        symbols.add(symbol.id, at += symbol.size);
        continue;
      }
      const auto [code, size] = utf8::decode(word.data() + at);
      const TokenId id = characters_(code);
      symbols.add(id == CharacterTable::none ? unknown_ : id, at += size);
    }
  }
};

}  // namespace

ModelPtr sentencepiece_bpe(Strings pieces, std::span<const float> scores, std::span<const PieceType> types,
                           bool byte_fallback) {
  PieceSet set(pieces, types, byte_fallback);
  PieceMerges merges = piece_merges(pieces, scores, set);
  return std::make_shared<SentencePieceBpe>(pieces, std::move(set), std::move(merges));
}

}  // namespace polyvocab
