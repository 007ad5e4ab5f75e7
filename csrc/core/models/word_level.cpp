#include "core/models/word_level.h"

#include <stdexcept>

#include "core/models/string_table.h"

namespace polyvocab {
namespace {

class WordLevel final : public Model {
 public:
  WordLevel(const Strings& tokens, std::span<const TokenId> ids, std::optional<TokenId> unknown)
      : tokens_(tokens, ids), unknown_(unknown) {}

  std::unique_ptr<Scratch> scratch() const override { return std::make_unique<Scratch>(); }

  void encode(std::string_view word, Scratch&, Tokens& out) const override {
    const std::optional<TokenId> known = tokens_.find(word);
    const std::optional<TokenId> id = known ? known : unknown_;
    if (!id) throw std::invalid_argument("WordLevel: a word is not in the vocabulary, and neither is an unknown token");
    out.add(*id, 0, static_cast<std::uint32_t>(word.size()));
  }

 private:
  StringTable tokens_;
  std::optional<TokenId> unknown_;
};

}  // namespace

ModelPtr word_level(Strings tokens, std::span<const TokenId> ids, std::optional<TokenId> unknown) {
  return std::make_shared<WordLevel>(tokens, ids, unknown);
}

}  // namespace polyvocab
