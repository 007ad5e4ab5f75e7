#include "core/models/wordpiece.h"

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "core/models/double_array.h"
#include "core/unicode/utf8.h"

namespace polyvocab {
namespace {

class WordPiece final : public Model {
 public:
  WordPiece(const Strings& tokens, std::span<const TokenId> ids, std::optional<TokenId> unknown, std::string_view prefix,
            std::size_t max_input_chars)
      : trie_(tokens),
        ids_(ids.begin(), ids.end()),
        unknown_(unknown),
        continuation_(trie_.find(prefix).children),
        max_input_chars_(max_input_chars) {
    if (ids.size() != tokens.count) throw std::invalid_argument("WordPiece: there must be one id for each token");
  }

  std::unique_ptr<Scratch> scratch() const override { return std::make_unique<Scratch>(); }

  void encode(std::string_view word, Scratch&, Tokens& out) const override {
    const std::size_t before = out.ids.size();
    if (!is_too_long(word) && add_tokens(word, out)) return;
    if (!unknown_) throw std::invalid_argument("WordPiece: a word is not in the vocabulary, and neither is an unknown token");
    out.ids.resize(before);
    if (out.want_spans) out.spans.resize(before);
    out.add(*unknown_, 0, static_cast<std::uint32_t>(word.size()));
  }

 private:
  DoubleArray trie_;
  std::vector<TokenId> ids_;
  std::optional<TokenId> unknown_;
  std::uint32_t continuation_;  // where the tokens that continue a word hang in the trie
  std::size_t max_input_chars_;

  // A long text is not counted: no character has more than 4 bytes.
  bool is_too_long(std::string_view word) const {
    if (word.size() <= max_input_chars_) return false;
    if (word.size() / 4 > max_input_chars_) return true;
    return utf8::count(word) > max_input_chars_;
  }

  bool add_tokens(std::string_view word, Tokens& out) const {
    std::uint32_t children = trie_.root();
    for (std::size_t begin = 0; begin < word.size();) {
      std::uint32_t key = 0;
      std::size_t end = begin;
      for (std::size_t at = begin; at < word.size();) {
        const auto byte = static_cast<unsigned char>(word[at++]);
        const DoubleArray::Unit unit = trie_.child(children, byte);
        if (!unit.is(byte)) break;
        children = unit.children;
        if (unit.key() == 0) continue;
        key = unit.key();
        end = at;
      }
      if (key == 0) return false;
      out.add(ids_[key - 1], static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end));
      begin = end;
      children = continuation_;
    }
    return true;
  }
};

}  // namespace

ModelPtr wordpiece(Strings tokens, std::span<const TokenId> ids, std::optional<TokenId> unknown, std::string_view prefix,
                   std::size_t max_input_chars) {
  return std::make_shared<WordPiece>(tokens, ids, unknown, prefix, max_input_chars);
}

}  // namespace polyvocab
