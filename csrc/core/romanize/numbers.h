// Numbers, in whatever script: "२३" is 23, "二百三十" 230, "1.5万" 15000, "三分之二" 2/3, "百分之五" 5%, "负五" -5.
//
// Promises: uroman's edges of numbers, added in its order, in time linear in the text. Integers of any size: the result is
//   uroman's with Python's limit of 4,300 digits switched off. Where uroman fails, because no number follows the connector
//   分之, the numbers stay as they are, as if it were any other text.
// Expects: a lattice that has the edges of rules; fractions of the table in lowest terms.
// Does not do: Roman numerals, circled and superscript digits, and whatever else is no entry of the table.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/romanize/lattice.h"

namespace polyvocab::romanize {

// What the edge of a number stands for.
struct NumberEdge {
  enum class Kind : std::uint8_t {
    fraction,       // no value that others are computed from
    integer,        // `value`
    large_integer,  // what the edge's text says
    real,           // what the edge's text says, as Python's float
  };

  Kind kind;
  bool is_digit = false;        // one of a script's ten digits
  bool is_large_power = false;  // as in table.h
  bool is_chinese = false;
  bool is_tagged = false;     // 五 of 一万五, which is 5000
  bool is_zero_sign = false;  // 零 or 〇, which stands for the powers that a number leaves out
  bool is_spaced = false;     // a fraction that is not zero: a space parts it from the digits before it
  std::int64_t value = 0;
  std::int64_t base = 0;  // the power of ten of its last part; 0: none
};

// The work space of the numbers of one text; what it has allocated serves the next text.
struct Numbers {
  std::vector<NumberEdge> values;  // by Edge::number
  std::vector<EdgeId> current;     // the edges of numbers that are part of no other, from left to right
  std::vector<EdgeId> parts;       // of the number that is being made
  std::string text;                // of the number that is being made
};

void add_numbers(Lattice& lattice, Numbers& numbers);

// Braille's digits are letters after a sign that says that a number follows.
void add_braille_numbers(Lattice& lattice, Numbers& numbers);

}  // namespace polyvocab::romanize
