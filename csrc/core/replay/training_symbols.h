// Words as the symbols that a trainer merges: bytes or characters of its vocabulary, spelled as a BPE model spells a word.
//
// Promises: the runs of symbols of a word. A character (or byte) that is no token ends a run: no pair reaches over it. So it
// is with byte fallback too: pieces of bytes are put in by hand, and a trainer never saw one.
// Does not: leave such characters out, as the Hugging Face trainer does where its alphabet is limited, so that what stands
// beside them would become neighbours.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "core/models/string_table.h"
#include "core/models/symbol_table.h"
#include "core/models/token_search.h"
#include "core/unicode/utf8.h"

namespace polyvocab {

class TrainingSymbols {
 public:
  // `tokens` are not in the byte alphabet (see byte_alphabet::Respelt).
  TrainingSymbols(Strings tokens, std::span<const TokenId> ids, const BpeOptions& options)
      : over_bytes_(options.spelt != Spelt::in_characters), vocabulary_(tokens, ids), table_(vocabulary_, options) {}

  // Calls body(text of the run, its symbols) for each run of a word; `symbols` is working memory.
  template <class Body>
  void for_each_run(std::string_view word, std::vector<TokenId>& symbols, Body&& body) const {
    std::size_t begin = 0;
    symbols.clear();
    for (std::size_t at = 0, size = 1; at < word.size(); at += size) {
      char32_t code = static_cast<unsigned char>(word[at]);
      if (!over_bytes_) {
        const auto decoded = utf8::decode(word.data() + at);
        code = decoded.code;
        size = decoded.size;
      }
      const TokenId id = table_(code, at == 0, at + size == word.size());
      if (id != SymbolTable::none) {
        symbols.push_back(id);
        continue;
      }
      if (!symbols.empty()) body(word.substr(begin, at - begin), std::span<const TokenId>(symbols));
      symbols.clear();
      begin = at + size;
    }
    if (!symbols.empty()) body(word.substr(begin), std::span<const TokenId>(symbols));
  }

  // The tokens of one byte or character, by rising id.
  std::vector<TokenSearch::Symbol> symbols() const;

 private:
  bool over_bytes_;
  StringTable vocabulary_;
  SymbolTable table_;
};

}  // namespace polyvocab
