#include "core/vectors/subwords.h"

#include <limits>
#include <string>

namespace polyvocab {
namespace {

bool continues(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

}  // namespace

void subword_buckets(std::string_view word, int min_n, int max_n, std::uint32_t buckets,
                     std::vector<std::uint32_t>& out) {
  if (buckets == 0 || max_n < 1) return;
  std::string text;
  text.reserve(word.size() + 2);
  text.append(1, '<').append(word).append(1, '>');
  for (std::size_t begin = 0; begin < text.size(); ++begin) {
    if (continues(text[begin])) continue;
    std::uint32_t hash = 2166136261u;
    std::size_t at = begin;
    for (int n = 1; n <= max_n && at < text.size(); ++n) {
      do {
        // A byte is a signed number to fastText: those of characters beyond ASCII change the upper bits too.
        hash = (hash ^ static_cast<std::uint32_t>(static_cast<std::int32_t>(static_cast<signed char>(text[at])))) * 16777619u;
        ++at;
      } while (at < text.size() && continues(text[at]));
      const bool only_a_mark = n == 1 && (begin == 0 || at == text.size());
      if (n >= min_n && !only_a_mark) out.push_back(hash % buckets);
    }
  }
}

Subwords find_subwords(std::string_view words, const std::vector<std::int64_t>& offsets, int min_n, int max_n,
                       std::uint32_t buckets) {
  constexpr auto none = std::numeric_limits<std::uint32_t>::max();
  Subwords found;
  std::vector<std::uint32_t> row_of(buckets, none);
  found.indptr.push_back(0);
  for (std::size_t word = 0; word + 1 < offsets.size(); ++word) {
    const auto first = static_cast<std::size_t>(offsets[word]);
    const std::size_t known = found.rows.size();
    subword_buckets(words.substr(first, static_cast<std::size_t>(offsets[word + 1]) - first), min_n, max_n, buckets,
                    found.rows);
    for (std::size_t i = known; i < found.rows.size(); ++i) {
      std::uint32_t& row = row_of[found.rows[i]];
      if (row == none) {
        row = static_cast<std::uint32_t>(found.row_buckets.size());
        found.row_buckets.push_back(found.rows[i]);
      }
      found.rows[i] = row;
    }
    found.indptr.push_back(static_cast<std::int64_t>(found.rows.size()));
  }
  return found;
}

}  // namespace polyvocab
