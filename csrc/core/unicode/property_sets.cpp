#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "core/unicode/properties.h"

namespace polyvocab::unicode {
namespace {

struct PropertyName {
  std::string_view name;  // folded; sorted
  unsigned set;
};

#include "core/unicode/tables_case.inc"
#include "core/unicode/tables_properties.inc"

// All sets in one array, which is small beside what it is decoded from a first time.
struct Sets {
  std::vector<Range> ranges;
  std::vector<std::span<const Range>> sets;
};

// The tables hold a set as a count and then, per range, the gap before it and its length.
Sets decoded() {
  Sets all;
  all.ranges.reserve(std::size(property_sets) / 2);  // spans point into it: no reallocation
  for (const std::uint32_t* at = std::begin(property_sets); at != std::end(property_sets);) {
    const std::uint32_t count = *at++;
    const std::size_t begin = all.ranges.size();
    char32_t next = 0;
    for (std::uint32_t i = 0; i < count; ++i) {
      const char32_t first = next + *at++;
      next = first + *at++;
      all.ranges.push_back({first, next - 1});
    }
    all.sets.emplace_back(all.ranges.data() + begin, count);
  }
  return all;
}

// Names are compared without case, spaces, hyphens and low lines.
std::string folded(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c != ' ' && c != '-' && c != '_') out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  return out;
}

using Next = std::pair<char32_t, char32_t>;

// Each group of variants as a cycle: from one to the next, and from the last to the first.
std::vector<Next> cycles() {
  std::vector<Next> next;
  for (const auto& group : case_groups) {
    const auto* end = std::find(std::begin(group), std::end(group), U'\0');
    for (const auto* at = std::begin(group); at != end; ++at) next.emplace_back(*at, at + 1 == end ? group[0] : at[1]);
  }
  std::sort(next.begin(), next.end());
  return next;
}

}  // namespace

std::optional<std::span<const Range>> property(std::string_view name) {
  static const Sets all = decoded();
  const std::string sought = folded(name);
  const auto* at = std::lower_bound(std::begin(property_names), std::end(property_names), sought,
                                    [](const PropertyName& entry, const std::string& key) { return entry.name < key; });
  if (at == std::end(property_names) || at->name != sought) return std::nullopt;
  return all.sets[at->set];
}

std::vector<char32_t> case_variants(char32_t code) {
  static const std::vector<Next> next = cycles();
  std::vector<char32_t> variants{code};
  for (char32_t at = code;;) {
    const auto entry = std::lower_bound(next.begin(), next.end(), Next{at, 0});
    if (entry == next.end() || entry->first != at || entry->second == code) return variants;
    variants.push_back(at = entry->second);
  }
}

}  // namespace polyvocab::unicode
