#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "core/models/byte_alphabet.h"
#include "core/models/piece_merges.h"
#include "core/models/piece_set.h"
#include "core/models/string_table.h"
#include "core/models/symbol_table.h"
#include "core/trim/collect_parts.h"
#include "core/unicode/utf8.h"

namespace polyvocab {
namespace {

// Merges symbols until two are left, always the leftmost pair of the lowest rank.
class LastMerge {
 public:
  explicit LastMerge(const PairTable& merges) : merges_(merges) {}

  // Whether `symbols` become `token`; then the two tokens that its last merge is of are left.
  bool makes(TokenId token, std::vector<TokenId>& symbols) {
    found_.resize(symbols.size());
    for (std::size_t i = 0; i + 1 < symbols.size(); ++i) look(symbols, i);
    while (symbols.size() > 2) {
      const auto least = std::min_element(found_.begin(), found_.begin() + static_cast<std::ptrdiff_t>(symbols.size()) - 1,
                                          [](const auto& a, const auto& b) { return a.rank < b.rank; });
      if (least->rank == PairTable::none) return false;
      const auto at = least - found_.begin();
      symbols[static_cast<std::size_t>(at)] = least->merged;
      symbols.erase(symbols.begin() + at + 1);
      found_.erase(found_.begin() + at + 1);
      if (static_cast<std::size_t>(at) + 1 < symbols.size()) look(symbols, static_cast<std::size_t>(at));
      if (at > 0) look(symbols, static_cast<std::size_t>(at) - 1);
    }
    return symbols.size() == 2 && found_[0].rank != PairTable::none && found_[0].merged == token;
  }

 private:
  const PairTable& merges_;
  std::vector<PairTable::Found> found_;

  void look(const std::vector<TokenId>& symbols, std::size_t at) { found_[at] = merges_(symbols[at], symbols[at + 1]); }
};

// The text of a token as the symbols that it is merged from.
class Spelling {
 public:
  Spelling(const StringTable& vocabulary, const BpeOptions& options) : options_(options), symbols_(vocabulary, options) {
    if (options.byte_fallback) bytes_ = fallback_bytes(vocabulary);
    else bytes_.fill(SymbolTable::none);
  }

  // A token with the prefix is inside a word, one with the suffix ends it. False where a part of the text is no symbol.
  bool spell(std::string_view token, std::vector<TokenId>& out) const {
    const auto& [prefix, suffix] = std::tie(options_.continuing_prefix, options_.end_suffix);
    const bool inside = !prefix.empty() && token.size() > prefix.size() && token.starts_with(prefix);
    if (inside) token.remove_prefix(prefix.size());
    const bool ends = !suffix.empty() && token.size() > suffix.size() && token.ends_with(suffix);
    if (ends) token.remove_suffix(suffix.size());
    return options_.spelt == Spelt::in_characters ? spell_characters(token, !inside, ends, out)
                                                  : spell_bytes(token, !inside, ends, out);
  }

 private:
  BpeOptions options_;
  SymbolTable symbols_;
  std::array<TokenId, 256> bytes_;

  bool spell_bytes(std::string_view text, bool begins, bool ends, std::vector<TokenId>& out) const {
    for (std::size_t i = 0; i < text.size(); ++i) {
      const TokenId id = symbols_(static_cast<unsigned char>(text[i]), begins && i == 0, ends && i + 1 == text.size());
      if (id == SymbolTable::none) return false;
      out.push_back(id);
    }
    return true;
  }

  bool spell_characters(std::string_view text, bool begins, bool ends, std::vector<TokenId>& out) const {
    for (std::size_t i = 0; i < text.size();) {
      const auto [code, size] = utf8::decode(text.data() + i);
      const bool is_first = begins && i == 0, is_last = ends && i + size == text.size();
      if (const TokenId id = symbols_(code, is_first, is_last); id != SymbolTable::none) {
        out.push_back(id);
      } else {
        for (const char byte : symbols_.spelled(text.substr(i, size), is_first, is_last)) {
          out.push_back(bytes_[static_cast<unsigned char>(byte)]);
          if (out.back() == SymbolTable::none) return false;
        }
      }
      i += size;
    }
    return true;
  }
};

TokenParts parts_of(Strings tokens, std::span<const TokenId> ids, std::span<const Merge> merges, const BpeOptions& options,
                    TokenId size, int threads) {
  const StringTable table(tokens, ids);
  const Spelling spelling(table, options);
  const PairTable pairs(merges);
  return collect_parts(ids, size, threads, [&] {
    return [&, run = LastMerge(pairs), symbols = std::vector<TokenId>()](std::size_t i, std::vector<TokenId>& parts) mutable {
      symbols.clear();
      if (table.find(tokens[i]) != ids[i] || !spelling.spell(tokens[i], symbols)) return TokenKind::never;
      if (symbols.size() == 1) return symbols[0] == ids[i] ? TokenKind::symbol : TokenKind::never;
      if (!run.makes(ids[i], symbols)) return TokenKind::never;
      parts.insert(parts.end(), symbols.begin(), symbols.end());
      return TokenKind::made;
    };
  });
}

}  // namespace

TokenParts bpe_parts(Strings tokens, std::span<const TokenId> ids, std::span<const Merge> merges, const BpeOptions& options,
                     TokenId size, int threads) {
  if (options.spelt != Spelt::in_alphabet) return parts_of(tokens, ids, merges, options, size, threads);
  const byte_alphabet::Respelt respelt(tokens, ids);
  TokenParts out = parts_of(respelt.strings.view(), respelt.ids, merges, options, size, threads);
  for (const TokenId id : ids) {
    auto& kind = out.kinds[id];
    if (kind == static_cast<std::uint8_t>(TokenKind::absent)) kind = static_cast<std::uint8_t>(TokenKind::never);
  }
  return out;
}

TokenParts sentencepiece_bpe_parts(Strings pieces, std::span<const float> scores, std::span<const PieceType> types,
                                   bool byte_fallback, TokenId size, int threads) {
  const PieceSet set(pieces, types, byte_fallback);
  const PieceMerges found = piece_merges(pieces, scores, set);
  const PairTable pairs(found.merges);
  std::vector<TokenId> ids(pieces.count);
  for (TokenId id = 0; id < ids.size(); ++id) ids[id] = id;
  return collect_parts(ids, size, threads, [&] {
    return [&, run = LastMerge(pairs), symbols = std::vector<TokenId>()](std::size_t i, std::vector<TokenId>& parts) mutable {
      const auto id = static_cast<TokenId>(i);
      const std::string_view piece = pieces[i];
      if (set.find(piece) != id) return TokenKind::symbol;  // control pieces, bytes, the unknown one: not made of text
      if (types[i] == PieceType::user_defined) return TokenKind::symbol;
      symbols.clear();
      for (std::size_t at = 0; at < piece.size();) {
        const auto [code, length] = utf8::decode(piece.data() + at);
        symbols.push_back(found.characters(code));
        at += length;
      }
      if (symbols.size() == 1) return TokenKind::symbol;
      if (!run.makes(id, symbols)) return TokenKind::never;
      std::ranges::copy_if(symbols, std::back_inserter(parts), [&](TokenId part) { return part < pieces.count; });
      return TokenKind::made;
    };
  });
}

}  // namespace polyvocab
