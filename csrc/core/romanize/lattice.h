// All romanizations of a text that were considered, as edges between its positions.
//
// Promises: every phase adds edges and removes none; the best edge of a span and the best neighbour of a position are found
// in the few edges that are there. Linear in the length of the text, whatever is in it. Memory is kept for the next text.
// Expects: a text that no romanization sees across its ends (`Romanizer` cuts it so); the table outlives the lattice.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "core/romanize/table.h"

namespace polyvocab::romanize {

// Which of two edges over the same span is better, best first.
enum class Plan : std::uint8_t { active_number, rule, decomposition, other };

struct Edge {
  std::uint32_t start, end;  // characters
  std::string_view text;     // lives until the next text
  std::string_view type;     // uroman's annotation
  Plan plan;
  std::int32_t number;       // in what `add_numbers` keeps; -1: no number
  std::int32_t next_from_start, next_to_end;  // the edge before it with the same start, the same end; -1: none
};
using EdgeId = std::int32_t;
constexpr EdgeId no_edge = -1;

// What is to be romanized and how.
struct Request {
  const Table& table;
  std::uint32_t language_bit = 0;  // as in Rule::languages; 0: no language, or one that no rule names
  bool keeps_final_vowels = false;  // Sanskrit: Devanagari words keep the last default vowel
  bool drops_final_vowels = false;  // Assamese, Bengali, Gujarati, Kashmiri, Punjabi: all words lose it
  bool is_annotated = false;  // whether types must say how an edge was made
};

class Lattice {
 public:
  explicit Lattice(const Request& asked) : request(asked), table(asked.table) {}

  // Forgets all edges; `characters` must live as long as the new ones.
  void begin(std::span<const char32_t> characters);

  // -- edges -------------------------------------------------------------------------------------------------------------

  // `string` must live as long as the edges: it is the table's, a literal, or made by `keep`. Likewise `type`.
  EdgeId add(std::uint32_t start, std::uint32_t end, std::string_view string, std::string_view type, Plan plan);

  // The first of the best plan; no_edge where the span has none.
  EdgeId best_in_span(std::uint32_t start, std::uint32_t end) const;

  // The best of the longest span from, or to, a position; no_edge where no edge is there.
  EdgeId best_from(std::uint32_t start) const;
  EdgeId best_to(std::uint32_t end) const;

  bool has_span(std::uint32_t start, std::uint32_t end) const;

  // The edges that end at a position, the last one first.
  EdgeId last_to(std::uint32_t end) const { return to_end_[end]; }
  // The edges that start at a position, the last one first.
  EdgeId last_from(std::uint32_t start) const { return from_start_[start]; }

  // A copy of a string, or of two joined, that lives as long as the edges.
  std::string_view keep(std::string_view first, std::string_view second = {});

  // -- the text ----------------------------------------------------------------------------------------------------------

  std::uint32_t size() const { return static_cast<std::uint32_t>(text.size()); }
  const CharacterClass& class_at(std::uint32_t i) const { return *classes[i]; }

  const Request& request;
  const Table& table;
  std::span<const char32_t> text;
  std::vector<const CharacterClass*> classes;  // of each character
  std::vector<Edge> edges;                     // in the order in which they were added

 private:
  std::vector<EdgeId> from_start_, to_end_;
  std::vector<std::unique_ptr<char[]>> blocks_;  // of kept strings, all of one size
  std::vector<std::unique_ptr<char[]>> large_;   // strings that are longer
  std::size_t block_ = 0, used_ = 0;
};

}  // namespace polyvocab::romanize
