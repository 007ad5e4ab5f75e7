#include "core/models/bpe.h"

#include <algorithm>
#include <array>
#include <optional>
#include <stdexcept>
#include <utility>

#include "core/models/adjacency.h"
#include "core/models/byte_alphabet.h"
#include "core/models/string_table.h"
#include "core/models/symbol_table.h"
#include "core/models/symbols.h"
#include "core/models/token_search.h"
#include "core/models/word_merges.h"
#include "core/unicode/utf8.h"

namespace polyvocab {
namespace {

struct BpeScratch : Scratch {
  Symbols symbols;
  Merger merger;
  TokenSearch::Dead dead;
  WordMerges::Words merged;
};

class Bpe final : public Model {
 public:
  Bpe(const StringTable& vocabulary, std::size_t vocabulary_bytes, std::span<const Merge> merges, const BpeOptions& options)
      : options_(options), symbols_(vocabulary, options) {
    if (options.byte_fallback) bytes_ = fallback_bytes(vocabulary);
    spells_all_ = options.byte_fallback && std::ranges::find(bytes_, SymbolTable::none) == bytes_.end();
    const bool is_bare = options.continuing_prefix.empty() && options.end_suffix.empty();
    if (is_bare) {
      const auto symbols = symbols_of(vocabulary);
      search_ = TokenSearch::of(symbols, merges, vocabulary_bytes);
      if (search_ && symbols_.spells_all_bytes()) find_short_words(symbols);
    }
    if (!search_ || !search_->is_complete() || !symbols_.spells_all_bytes()) merges_.emplace(merges);
    if (options.ignore_merges) find_whole_words(vocabulary);
    if (options.spelt == Spelt::in_characters && !options.ignore_merges && is_bare && !merge_bytes(merges)) {
      adjacent_.emplace(vocabulary_bytes);
      vocabulary.for_each([&](std::string_view token, TokenId) { adjacent_->add(token); });
    }
  }

  std::unique_ptr<Scratch> scratch() const override { return std::make_unique<BpeScratch>(); }

  void encode(std::string_view word, Scratch& scratch, Tokens& out) const override {
    if (const auto whole = find_whole(word)) return out.add(*whole, 0, static_cast<std::uint32_t>(word.size()));
    auto& own = static_cast<BpeScratch&>(scratch);
    own.symbols.clear();
    if (!search_ || !search_->encode(word, own.dead, own.symbols)) merge(word, own);
    add(own.symbols, out);
  }

  void encode_all(std::span<const std::string_view> words, Scratch& scratch, Tokens& out,
                  std::vector<std::uint32_t>& counts) const override {
    if (!short_) return Model::encode_all(words, scratch, out, counts);
    auto& own = static_cast<BpeScratch&>(scratch);
    short_->merge(words, own.merged);
    std::size_t begin = 0;
    for (std::size_t i = 0; i < words.size(); ++i) {
      const std::size_t before = out.ids.size();
      const bool is_short = WordMerges::is_short(words[i]);
      const std::span ids(own.merged.tokens.data() + begin, own.merged.counts[i]);
      begin += is_short ? words[i].size() : 0;
      if (const auto whole = find_whole(words[i])) {
        out.ids.push_back(*whole);
      } else if (!ids.empty()) {
        search_->derivations().to_ids(ids);
        out.ids.insert(out.ids.end(), ids.begin(), ids.end());
      } else if (!is_short) {
        encode(words[i], scratch, out);
      } else {
        own.symbols.clear();
        merge(words[i], own);
        out.ids.insert(out.ids.end(), own.symbols.ids.begin(), own.symbols.ids.end());
      }
      counts.push_back(static_cast<std::uint32_t>(out.ids.size() - before));
    }
  }

  // No merge can make a token across the place, so none does. Of two neighbours that may be unknown and one token, one has a
  // token of its own; both have, where an unknown character vanishes and leaves its neighbours side by side. A text that is no
  // more than a token, spelled by its place in the word, or by bytes that merge, is one whole.
  bool separable(char32_t left, char32_t right) const override {
    if (!adjacent_) return false;
    const auto known = [&](char32_t code) { return symbols_(code, true, true) != SymbolTable::none; };
    if (Adjacency::is_other(left)) {
      return options_.unknown && !Adjacency::is_other(right) && !adjacent_->after_others(right) && known(right);
    }
    if ((*adjacent_)(left, right)) return false;
    return options_.unknown ? known(left) || known(right) : known(left) && known(right);
  }

  // Where every character is a symbol or is spelled by bytes, which merge with nothing, none is unknown and none vanishes.
  const Adjacency* adjacency() const override { return spells_all_ && adjacent_ ? &*adjacent_ : nullptr; }

 private:
  BpeOptions options_;
  SymbolTable symbols_;
  std::optional<TokenSearch> search_;  // for words of symbols, where merges are mostly regular
  std::optional<WordMerges> short_;    // for short words of bytes, many at once, where `search_` is there too
  std::optional<PairTable> merges_;    // for all other words, where there are any
  std::optional<StringTable> whole_;   // words that are a token whatever they are merged to
  std::array<TokenId, 256> bytes_{};
  bool spells_all_ = false;            // all of `bytes_` are tokens
  std::optional<Adjacency> adjacent_;  // where words may be cut

  static void add(const Symbols& symbols, Tokens& out) {
    std::uint32_t begin = 0;
    for (std::size_t i = 0; i < symbols.ids.size(); ++i) {
      out.add(symbols.ids[i], begin, symbols.ends[i]);
      begin = symbols.ends[i];
    }
  }

  // A word that is a token whatever it is merged to.
  std::optional<TokenId> find_whole(std::string_view word) const { return whole_ ? whole_->find(word) : std::nullopt; }

  // By merging alone; `own.symbols` is empty.
  void merge(std::string_view word, BpeScratch& own) const {
    if (options_.spelt == Spelt::in_characters) spell_characters(word, own.symbols);
    else spell_bytes(word, own.symbols);
    own.merger.merge(*merges_, own.symbols);
  }

  std::vector<TokenSearch::Symbol> symbols_of(const StringTable& vocabulary) const {
    std::vector<TokenSearch::Symbol> out;
    vocabulary.for_each([&](std::string_view token, TokenId id) {
      const bool is_one = options_.spelt != Spelt::in_characters
                              ? token.size() == 1
                              : !token.empty() && token.size() == utf8::length(static_cast<unsigned char>(token[0]));
      if (is_one) out.push_back({id, token});
    });
    std::ranges::sort(out, {}, &TokenSearch::Symbol::id);
    return out;
  }

  // Where all words that are tokens are found by merging too, looking for them first would be for nothing.
  void find_whole_words(const StringTable& vocabulary) {
    std::string bytes;
    std::vector<std::uint64_t> offsets{0};
    std::vector<TokenId> ids;
    vocabulary.for_each([&](std::string_view token, TokenId id) {
      if (search_ && search_->whole(token) == id) return;
      bytes += token;
      offsets.push_back(bytes.size());
      ids.push_back(id);
    });
    if (!ids.empty()) whole_.emplace(Strings{bytes, offsets.data(), ids.size()}, ids);
  }

  // For words of bytes, all of which are symbols.
  void find_short_words(std::span<const TokenSearch::Symbol> symbols) {
    if (search_->derivations().size() >= PairLines::most_numbers) return;
    std::array<MergeTables::Number, 256> bytes;
    for (MergeTables::Number number = 0; number < symbols.size(); ++number) {
      bytes[static_cast<unsigned char>(symbols[number].text[0])] = number;
    }
    short_.emplace(MergeTables(search_->derivations(), bytes));
  }

  bool merge_bytes(std::span<const Merge> merges) const {
    if (!options_.byte_fallback) return false;
    auto bytes = bytes_;
    std::ranges::sort(bytes);
    const auto is_byte = [&](TokenId id) { return std::ranges::binary_search(bytes, id); };
    return std::ranges::any_of(merges, [&](const Merge& merge) { return is_byte(merge.left) || is_byte(merge.right); });
  }

  // Where symbols end is counted over what became a symbol: the reference leaves characters without a token out of this count.
  struct Speller {
    const BpeOptions& options;
    Symbols& symbols;
    std::uint32_t end = 0;
    std::uint32_t unknown_bytes = 0;  // of unknowns that are not written yet

    void known(TokenId id, std::uint32_t bytes) {
      flush();
      symbols.add(id, end += bytes);
    }
    void unknown(std::uint32_t bytes) {
      if (!options.unknown) return;
      if (!options.fuse_unknown) flush();
      unknown_bytes += bytes;
    }
    void flush() {
      if (unknown_bytes == 0) return;
      symbols.add(*options.unknown, end += unknown_bytes);
      unknown_bytes = 0;
    }
  };

  void spell_bytes(std::string_view word, Symbols& symbols) const {
    if (symbols_.spells_all_bytes()) return spell_known_bytes(word, symbols);
    Speller speller{options_, symbols};
    for (std::size_t i = 0; i < word.size(); ++i) {
      const TokenId id = symbols_(static_cast<unsigned char>(word[i]), i == 0, i + 1 == word.size());
      if (id != SymbolTable::none) speller.known(id, 1);
      else speller.unknown(1);
    }
    speller.flush();
  }

  void spell_known_bytes(std::string_view word, Symbols& symbols) const {
    symbols.ids.resize(word.size());
    symbols.ends.resize(word.size());
    const TokenId* tokens = symbols_.bytes();
    for (std::size_t i = 0; i < word.size(); ++i) {
      symbols.ids[i] = tokens[static_cast<unsigned char>(word[i])];
      symbols.ends[i] = static_cast<std::uint32_t>(i + 1);
    }
  }

  void spell_characters(std::string_view word, Symbols& symbols) const {
    Speller speller{options_, symbols};
    for (std::size_t i = 0; i < word.size();) {
      const auto [code, size] = utf8::decode(word.data() + i);
      const bool is_first = i == 0, is_last = i + size == word.size();
      const TokenId id = symbols_(code, is_first, is_last);
      if (id != SymbolTable::none) speller.known(id, size);
      else if (!fall_back(word.substr(i, size), is_first, is_last, speller)) speller.unknown(size);
      i += size;
    }
    speller.flush();
  }

  // The byte pieces go in front of unknowns that are still being gathered, as they do in the reference.
  bool fall_back(std::string_view character, bool is_first, bool is_last, Speller& speller) const {
    if (!options_.byte_fallback) return false;
    const std::string spelled = symbols_.spelled(character, is_first, is_last);
    for (const char byte : spelled) {
      if (bytes_[static_cast<unsigned char>(byte)] == SymbolTable::none) return false;
    }
    for (const char byte : spelled) speller.symbols.add(bytes_[static_cast<unsigned char>(byte)], ++speller.end);
    return true;
  }
};

}  // namespace

ModelPtr bpe(Strings tokens, std::span<const TokenId> ids, std::span<const Merge> merges, const BpeOptions& options) {
  if (options.spelt != Spelt::in_alphabet) {
    return std::make_shared<Bpe>(StringTable(tokens, ids), tokens.bytes.size(), merges, options);
  }
  const byte_alphabet::Respelt respelt(tokens, ids);
  const Strings spelt = respelt.strings.view();
  return std::make_shared<Bpe>(StringTable(spelt, respelt.ids), spelt.bytes.size(), merges, options);
}

std::vector<Merge> rank_merges(Strings tokens, std::span<const TokenId> ranks) {
  const StringTable table(tokens, ranks);
  std::vector<Merge> merges;
  for (std::size_t i = 0; i < tokens.count; ++i) {
    const auto token = tokens[i];
    for (std::size_t cut = 1; cut < token.size(); ++cut) {
      const auto left = table.find(token.substr(0, cut));
      if (!left) continue;
      if (const auto right = table.find(token.substr(cut))) merges.push_back({*left, *right, ranks[i], ranks[i]});
    }
  }
  std::ranges::stable_sort(merges, {}, &Merge::rank);
  return merges;
}

BpeOptions rank_options() { return {.spelt = Spelt::in_bytes, .ignore_merges = true}; }

ModelPtr rank_bpe(Strings tokens, std::span<const TokenId> ranks) {
  const StringTable table(tokens, ranks);
  for (unsigned byte = 0; byte < 256; ++byte) {
    const char one = static_cast<char>(static_cast<unsigned char>(byte));
    if (!table.find({&one, 1})) throw std::invalid_argument("the byte " + std::to_string(byte) + " has no token");
  }
  return std::make_shared<Bpe>(table, tokens.bytes.size(), rank_merges(tokens, ranks), rank_options());
}

}  // namespace polyvocab
