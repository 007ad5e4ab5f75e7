// NFC, NFD, NFKC, NFKD in the version of the tables that the reference uses (older than the rest; see properties.h).
#pragma once

#include <string_view>
#include <vector>

namespace polyvocab::unicode {

// A character of the result and what it does to the old text (see Rewriter): 0, 1 or -n.
struct Change {
  char32_t code;
  int change;
};

// Appends the normal form of `text`. Decompositions are canonical or, where `compatible`, compatibility ones.
void decompose(std::string_view text, bool compatible, std::vector<Change>& out);
void compose(std::string_view text, bool compatible, std::vector<Change>& out);

// True where the normal form is the text itself; false may be a false alarm. Fast on ASCII and on text that is normal already.
bool is_surely_composed(std::string_view text, bool compatible);
bool is_surely_decomposed(std::string_view text, bool compatible);

}  // namespace polyvocab::unicode
