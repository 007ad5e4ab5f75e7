#include "core/added_tokens/pattern_trie.h"

#include <cstring>

namespace polyvocab {
namespace {

constexpr std::uint32_t none = 0xFFFFFFFF;

}  // namespace

PatternTrie::PatternTrie(const std::vector<std::string_view>& patterns) {
  struct Node {  // the patterns that begin with the same bytes
    std::uint32_t begin;
    std::uint32_t end;
  };
  std::vector<Node> depth{{0, static_cast<std::uint32_t>(patterns.size())}};
  std::vector<Node> next;
  labels_.push_back('\0');
  for (std::size_t size = 0; !depth.empty(); ++size, depth.swap(next), next.clear()) {
    for (auto [begin, end] : depth) {
      const bool ends = begin < end && patterns[begin].size() == size;  // the shortest is the first
      pattern_.push_back(ends ? begin++ : none);
      first_child_.push_back(static_cast<std::uint32_t>(labels_.size()));
      while (begin < end) {
        const char label = patterns[begin][size];
        const std::uint32_t child = begin;
        while (begin < end && patterns[begin][size] == label) ++begin;
        labels_.push_back(label);
        next.push_back({child, begin});
      }
    }
  }
  first_child_.push_back(static_cast<std::uint32_t>(labels_.size()));
}

PatternTrie::Match PatternTrie::longest(std::string_view text) const {
  Match match{0, 0};
  std::size_t node = 0;
  for (std::size_t size = 0; size < text.size(); ++size) {
    const std::size_t begin = first_child_[node];
    const std::size_t count = first_child_[node + 1] - begin;
    const void* child = count == 0 ? nullptr : std::memchr(&labels_[begin], text[size], count);
    if (child == nullptr) break;
    node = static_cast<std::size_t>(static_cast<const char*>(child) - labels_.data());
    if (pattern_[node] != none) match = {pattern_[node], size + 1};
  }
  return match;
}

}  // namespace polyvocab
