// Many patterns, and the longest of them that a text begins with.
//
// Expects: sorted patterns, none twice, none empty. Ten bytes a node; the search looks at no byte behind the first that
// fits no pattern.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace polyvocab {

class PatternTrie {
 public:
  explicit PatternTrie(const std::vector<std::string_view>& patterns);

  struct Match {
    std::size_t pattern;
    std::size_t size;  // in bytes; 0 where no pattern fits
  };
  Match longest(std::string_view text) const;

 private:
  // Nodes in the order of their depth, and of their patterns within a depth; so the children of a node are neighbours, and
  // end where those of the next node begin.
  std::vector<char> labels_;                  // the byte that leads to the node
  std::vector<std::uint32_t> first_child_;    // one more than there are nodes
  std::vector<std::uint32_t> pattern_;        // the pattern that ends here, or none
};

}  // namespace polyvocab
