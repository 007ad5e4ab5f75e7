#include "core/added_tokens/added_tokens.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "core/unicode/properties.h"
#include "core/unicode/utf8.h"

namespace polyvocab {
namespace {

std::vector<std::string_view> contents(const std::vector<AddedToken>& tokens) {
  std::vector<std::string_view> contents;
  contents.reserve(tokens.size());
  for (const AddedToken& token : tokens) {
    if (token.content.empty()) throw std::invalid_argument("added token " + std::to_string(token.id) + " is empty");
    contents.push_back(token.content);
  }
  return contents;
}

std::vector<AddedToken> sorted(std::vector<AddedToken> tokens) {
  std::sort(tokens.begin(), tokens.end(), [](const AddedToken& a, const AddedToken& b) { return a.content < b.content; });
  for (std::size_t i = 1; i < tokens.size(); ++i) {
    if (tokens[i - 1].content != tokens[i].content) continue;
    throw std::invalid_argument("added tokens " + std::to_string(tokens[i - 1].id) + " and " + std::to_string(tokens[i].id) +
                                " are searched for as the same text, '" + tokens[i].content + "'");
  }
  return tokens;
}

// Where the character begins that ends at `end`.
std::size_t character_before(std::string_view text, std::size_t end) {
  do --end;
  while (utf8::is_continuation(text[end]));
  return end;
}

bool is_word_at(std::string_view text, std::size_t at) { return unicode::is_word(utf8::decode(&text[at]).code); }
bool is_space_at(std::string_view text, std::size_t at) { return unicode::is_space(utf8::decode(&text[at]).code); }

bool is_single_word(std::string_view text, std::size_t begin, std::size_t end) {
  return (begin == 0 || !is_word_at(text, character_before(text, begin))) && (end == text.size() || !is_word_at(text, end));
}

std::size_t skip_space_back(std::string_view text, std::size_t at) {
  while (at > 0 && is_space_at(text, character_before(text, at))) at = character_before(text, at);
  return at;
}

std::size_t skip_space(std::string_view text, std::size_t at) {
  while (at < text.size() && is_space_at(text, at)) at += utf8::length(static_cast<unsigned char>(text[at]));
  return at;
}

}  // namespace

AddedTokens::AddedTokens(std::vector<AddedToken> tokens)
    : tokens_(sorted(std::move(tokens))), trie_(contents(tokens_)), starts_(contents(tokens_)) {}

void AddedTokens::segment(std::string_view text, bool encode_special_tokens, std::vector<Segment>& out) const {
  const auto add = [&](std::size_t begin, std::size_t end, std::optional<TokenId> id) {
    out.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end), id});
  };
  std::size_t done = 0;  // before this the text is segmented
  StartSearch starts(starts_, text);
  std::size_t at = tokens_.empty() ? text.size() : 0;
  while ((at = starts.next(at)) < text.size()) {
    const PatternTrie::Match match = trie_.longest(text.substr(at));
    if (match.size == 0) {
      ++at;
      continue;
    }
    std::size_t begin = at;
    std::size_t end = at + match.size;
    at = end;
    const AddedToken& token = tokens_[match.pattern];
    if (encode_special_tokens && token.special) continue;
    if (token.single_word && !is_single_word(text, begin, end)) continue;
    if (token.lstrip) begin = std::max(skip_space_back(text, begin), done);
    if (token.rstrip) end = skip_space(text, end);
    if (done < begin) add(done, begin, std::nullopt);
    if (begin < end) add(begin, end, token.id);  // else a token before it took all of it
    done = end;
  }
  if (done < text.size()) add(done, text.size(), std::nullopt);
}

}  // namespace polyvocab
