#include "core/models/token_search.h"

#include <string>
#include <utility>

namespace polyvocab {

std::optional<TokenSearch> TokenSearch::of(std::span<const Symbol> symbols, std::span<const Merge> merges,
                                           std::size_t most_bytes) {
  std::vector<TokenId> ids;
  for (const Symbol& symbol : symbols) ids.push_back(symbol.id);
  auto derivations = Derivations::of(ids, merges);
  if (!derivations || derivations->size() > DoubleArray::max_keys) return {};
  std::string texts;
  std::vector<std::uint64_t> offsets{0};
  offsets.reserve(derivations->size() + std::size_t{1});
  for (const Symbol& symbol : symbols) {
    texts += symbol.text;
    offsets.push_back(texts.size());
  }
  for (Number token = derivations->symbols(); token < derivations->size(); ++token) {
    const auto [left, right] = derivations->parts(token);
    texts.append(texts, offsets[left], offsets[left + 1] - offsets[left]);
    texts.append(texts, offsets[right], offsets[right + 1] - offsets[right]);
    offsets.push_back(texts.size());
    if (texts.size() > most_bytes) return {};
  }
  return TokenSearch(*std::move(derivations), {texts, offsets.data(), offsets.size() - 1});
}

TokenSearch::TokenSearch(Derivations derivations, const Strings& texts) : derivations_(std::move(derivations)) {
  std::vector<Number> sure;
  for (Number token = 0; token < texts.count; ++token) {
    if (derivations_.is_sure(token)) sure.push_back(token);
  }
  tokens_ = DoubleArray(texts, std::move(sure));
  shorter_.reserve(texts.count);
  for (Number token = 0; token < texts.count; ++token) {
    const auto text = texts[token];
    shorter_.push_back(longest(text.substr(0, text.size() - 1)));
  }
}

TokenSearch::Prefix TokenSearch::longest(std::string_view text) const {
  Prefix last{none, 0};
  std::uint32_t children = tokens_.root();
  for (std::uint32_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto unit = tokens_.child(children, byte);
    if (!unit.is(byte)) break;
    if (unit.key() != 0) last = {unit.key() - 1, i + 1};
    children = unit.children;
  }
  return last;
}

bool TokenSearch::find(std::string_view word, Dead& dead, Symbols& out) const {
  dead.assign(word.size() / 64 + 1, 0);
  auto& tokens = out.ids;
  std::uint32_t at = 0;
  Prefix next = longest(word);
  while (at < word.size()) {
    if (next.token == none) {
      if (tokens.empty()) return false;
      dead[at / 64] |= std::uint64_t{1} << at % 64;
      next = shorter_[tokens.back()];
      tokens.pop_back();
      out.ends.pop_back();
      at = out.ends.empty() ? 0 : out.ends.back();
      continue;
    }
    const std::uint32_t end = at + next.length;
    if (dead[end / 64] >> end % 64 & 1 || (!tokens.empty() && !derivations_.stay_apart(tokens.back(), next.token))) {
      next = shorter_[next.token];
      continue;
    }
    out.add(next.token, end);
    at = end;
    next = longest(word.substr(at));
  }
  return true;
}

}  // namespace polyvocab
