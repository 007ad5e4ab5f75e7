// Merges of any strings: refused, or resolved as a map of strings resolves them.
#include <map>
#include <optional>
#include <stdexcept>

#include "core/models/merges.h"
#include "fuzz.h"
#include "vocabulary.h"

using namespace polyvocab;

namespace {

constexpr std::string_view parts[] = {"a", "b", "##", " ", "#version", "é", "▁", "#"};

using Table = std::map<std::string, TokenId>;

// Empty where a merge cannot be resolved.
std::optional<ResolvedMerges> resolve_slowly(const Table& table, const std::vector<std::string>& merges, MergeForm form,
                                             std::size_t prefix_size) {
  ResolvedMerges out;
  const auto add = [&](const std::string& left, const std::string& right) {
    if (!table.contains(left) || !table.contains(right) || right.size() < prefix_size) return false;
    const auto merged = table.find(left + right.substr(prefix_size));
    if (merged == table.end()) return false;
    out.parts.insert(out.parts.end(), {table.at(left), table.at(right)});
    out.merged.push_back(merged->second);
    return true;
  };
  for (std::size_t i = 0; i < merges.size(); ++i) {
    if (form == MergeForm::pairs) {
      if (i % 2 == 1 && !add(merges[i - 1], merges[i])) return {};
      continue;
    }
    if (merges[i].starts_with("#version")) continue;
    const auto space = merges[i].find(' ');
    if (space == std::string::npos || space != merges[i].rfind(' ')) return {};
    if (!add(merges[i].substr(0, space), merges[i].substr(space + 1))) return {};
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const MergeForm form = input.ConsumeBool() ? MergeForm::pairs : MergeForm::lines;
  const std::size_t prefix_size = input.ConsumeIntegralInRange(0, 3);
  std::vector<std::string> tokens{"a", "b", "aa", "ab"}, merges;
  for (auto count = input.ConsumeIntegralInRange(0, 12); count > 0; --count) {
    tokens.push_back(fuzz::text_of(input, parts, 0, 4));
  }
  while (input.remaining_bytes() > 0) {
    const std::string_view middle = form == MergeForm::lines ? " " : "";
    merges.push_back(fuzz::text_of(input, parts, 0, 3).append(middle).append(fuzz::text_of(input, parts, 0, 3)));
  }
  Table table;
  std::vector<TokenId> ids;
  for (const std::string& token : tokens) {
    ids.push_back(static_cast<TokenId>(3 * ids.size()));
    table[token] = ids.back();
  }
  const auto expected = resolve_slowly(table, merges, form, prefix_size);
  try {
    const auto found = resolve_merges(Vocabulary(tokens).strings(), ids, Vocabulary(merges).strings(), form, prefix_size);
    const bool same = expected && found.parts == expected->parts && found.merged == expected->merged;
    fuzz::require(same, "merges are those of the slow way");
  } catch (const std::invalid_argument&) {
    fuzz::require(!expected, "merges that can be resolved are not refused");
  }
  return 0;
}
