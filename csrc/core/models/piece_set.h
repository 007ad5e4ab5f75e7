// The pieces of a SentencePiece model by what they are for, and how what no piece stands for is written.
//
// Promises: refuses what the library (version 0.2.3) refuses to load. Immutable once built.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "core/models/character_table.h"
#include "core/models/sentencepiece.h"
#include "core/models/string_table.h"
#include "core/models/user_symbols.h"

namespace polyvocab {

class PieceSet {
 public:
  PieceSet(const Strings& pieces, std::span<const PieceType> types, bool byte_fallback);

  // The id of a piece that a text may contain: normal, user-defined or unused.
  std::optional<TokenId> find(std::string_view piece) const { return text_pieces_.find(piece); }

  // The user-defined symbol that `text` begins with; its size is 0 where there is none.
  struct Symbol {
    std::uint32_t size = 0;
    TokenId id = 0;
  };
  Symbol symbol(std::string_view text) const {
    if (!user_symbols_.may_begin(text[0])) return {};
    const auto [size, index] = user_symbols_.find(text);
    return size == 0 ? Symbol{} : Symbol{size, user_ids_[index]};
  }

  PieceType type(TokenId id) const { return types_[id]; }
  bool byte_fallback() const { return byte_fallback_; }

 private:
  friend class PieceWriter;

  // Some of the pieces, in a block of their own.
  struct Part {
    std::string bytes;
    std::vector<std::uint64_t> offsets{0};
    std::vector<TokenId> ids;

    template <class Wanted>
    Part(const Strings& pieces, Wanted&& wanted);
    Strings strings() const { return {bytes, offsets.data(), ids.size()}; }
  };
  PieceSet(const Strings& pieces, std::span<const PieceType> types, bool byte_fallback, const Part& text, const Part& user);

  std::vector<PieceType> types_;
  bool byte_fallback_;
  StringTable text_pieces_;
  UserSymbols user_symbols_;
  std::vector<TokenId> user_ids_;
  std::optional<TokenId> unknown_;
  std::array<TokenId, 256> bytes_{};
};

// Writes the tokens of one text.
class PieceWriter {
 public:
  PieceWriter(const PieceSet& pieces, std::string_view text, Tokens& out) : pieces_(pieces), text_(text), out_(out) {}

  void known(TokenId id, std::uint32_t begin, std::uint32_t end) {
    out_.add(id, begin, end);
    after_unknown_ = false;
  }

  void unknown(std::uint32_t begin, std::uint32_t end) {
    if (pieces_.byte_fallback_) {
      for (std::uint32_t at = begin; at < end; ++at) {
        out_.add(pieces_.bytes_[static_cast<unsigned char>(text_[at])], begin, at + 1 == end ? end : begin);
      }
    } else if (!after_unknown_) {
      out_.add(*pieces_.unknown_, begin, end);
    } else if (out_.want_spans) {
      out_.spans.back().end = end;
    }
    after_unknown_ = true;
  }

 private:
  const PieceSet& pieces_;
  std::string_view text_;
  Tokens& out_;
  bool after_unknown_ = false;
};

}  // namespace polyvocab
