#include "core/models/merges.h"

#include <stdexcept>
#include <string>

#include "core/models/string_table.h"

namespace polyvocab {
namespace {

[[noreturn]] void fail(std::size_t merge, std::string_view what, const char* problem) {
  throw std::invalid_argument("merge " + std::to_string(merge) + ": '" + std::string(what) + "' " + problem);
}

}  // namespace

ResolvedMerges resolve_merges(Strings tokens, std::span<const TokenId> ids, Strings merges, MergeForm form,
                              std::size_t prefix_size) {
  const StringTable table(tokens, ids);
  ResolvedMerges resolved;
  const std::size_t count = form == MergeForm::pairs ? merges.count / 2 : merges.count;
  resolved.parts.reserve(2 * count);
  resolved.merged.reserve(count);
  std::string whole;

  const auto resolve = [&](std::string_view left, std::string_view right) {
    const std::size_t rank = resolved.merged.size();
    const auto left_id = table.find(left);
    if (!left_id) fail(rank, left, "is not in the vocabulary");
    const auto right_id = table.find(right);
    if (!right_id) fail(rank, right, "is not in the vocabulary");
    if (right.size() < prefix_size) fail(rank, right, "is shorter than continuing_subword_prefix");
    whole.assign(left).append(right.substr(prefix_size));
    const auto merged = table.find(whole);
    if (!merged) fail(rank, std::string(left) + "' + '" + std::string(right), "is not in the vocabulary");
    resolved.parts.insert(resolved.parts.end(), {*left_id, *right_id});
    resolved.merged.push_back(*merged);
  };

  for (std::size_t i = 0; i < count; ++i) {
    if (form == MergeForm::pairs) {
      resolve(merges[2 * i], merges[2 * i + 1]);
      continue;
    }
    const std::string_view line = merges[i];
    if (line.starts_with("#version")) continue;
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos || line.find(' ', space + 1) != std::string_view::npos) {
      fail(resolved.merged.size(), line, "needs two parts, divided by one space");
    }
    resolve(line.substr(0, space), line.substr(space + 1));
  }
  return resolved;
}

}  // namespace polyvocab
