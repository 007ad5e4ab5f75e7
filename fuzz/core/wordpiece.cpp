// A small WordPiece: the longest token that fits, again and again, found the slow way.
#include <map>

#include "core/models/wordpiece.h"
#include "laws.h"

using namespace polyvocab;

namespace {

using Table = std::map<std::string, TokenId, std::less<>>;

std::optional<Encoded> encode_slowly(const Table& table, std::optional<TokenId> unknown, const std::string& prefix,
                                     std::size_t max_input_chars, const std::string& word) {
  std::optional<Encoded> whole;
  if (unknown) whole = Encoded{{*unknown}, {{0, static_cast<std::uint32_t>(word.size())}}};
  if (utf8::count(word) > max_input_chars) return whole;
  Encoded out;
  for (std::size_t begin = 0; begin < word.size();) {
    std::size_t end = word.size();
    auto found = table.end();
    for (; end > begin; --end) {
      if (end < word.size() && utf8::is_continuation(word[end])) continue;
      found = table.find((begin == 0 ? "" : prefix) + word.substr(begin, end - begin));
      if (found != table.end()) break;
    }
    if (found == table.end()) return whole;
    out.ids.push_back(found->second);
    out.spans.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)});
    begin = end;
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const std::string prefix = fuzz::text_of(input, fuzz::letters, 0, 2);
  std::vector<std::string> tokens;
  std::vector<TokenId> ids;
  Table table;
  for (auto count = input.ConsumeIntegralInRange(1, 40); count > 0; --count) {
    tokens.push_back((input.ConsumeBool() ? prefix : "") + fuzz::text_of(input, fuzz::letters, 1, 4));
    ids.push_back(static_cast<TokenId>(5 * ids.size()));
    table[tokens.back()] = ids.back();
  }
  std::optional<TokenId> unknown;
  if (input.ConsumeBool()) unknown = 1;
  const std::size_t max_input_chars = input.ConsumeIntegralInRange(0, 60);
  const std::string word = fuzz::rest_as_text(input, fuzz::letters);
  if (word.empty()) return 0;
  const ModelPtr model = wordpiece(Vocabulary(tokens).strings(), ids, unknown, prefix, max_input_chars);
  const auto found = fuzz::try_encode(*model, word);
  fuzz::require(found == encode_slowly(table, unknown, prefix, max_input_chars, word), "the longest token that fits is taken");
  if (!found) return 0;
  fuzz::require_same_when_cached(model, word, *found);
  fuzz::require_separable(*model, word, *found);
  return 0;
}
