// A split pattern, compiled to a table-driven automaton.
//
// Promises: the matches that a backtracking engine finds, leftmost first, one after the other, never empty.
// Expects: valid UTF-8. Thread safe: a splitter is immutable.
// Does not: capture, refer back, or look around, but for one character ahead ((?!\S), $).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "core/splitter/automaton.h"
#include "core/splitter/block_characters.h"
#include "core/splitter/character_kinds.h"
#include "core/splitter/windows.h"

namespace polyvocab {

class Splitter {
 public:
  // Throws std::invalid_argument with the part of the pattern that is not supported.
  Splitter(std::string_view pattern, Dialect dialect);

  struct Match {
    std::size_t begin;
    std::size_t end;  // begin == end: nothing was found, both are the size of the text
  };

  // The next match at or after `from` (the end of a match, or 0).
  Match next(std::string_view text, std::size_t from) const;

  // Whether matches of a text that is cut between the two characters may be others than those of the whole text. Beyond
  // ASCII all `left` that are no white space are alike.
  bool joins(char32_t left, char32_t right) const;

  // Whether a match may contain the character.
  bool may_match(char32_t code) const;

  const Automaton& automaton() const { return automaton_; }

 private:
  Automaton automaton_;
  Windows ascii_windows_, windows_;
  CharacterKinds kinds_;  // of `windows_`

  friend class Cuts;
  // The end of the match that begins at `from`, or `from` where none does.
  std::size_t match_at(std::string_view text, std::size_t from) const;
};

// Cuts a text into its matches and what lies between them, a block of bytes at a time. The quick way: where a few
// neighbouring characters decide whether a piece ends between them (see windows.h), the automaton is not run.
class Cuts {
 public:
  Cuts(const Splitter& splitter, std::string_view text) : splitter_(splitter), text_(text) {}

  // How many ends there must be room for.
  static constexpr std::size_t least_room = 72;

  // Writes the ends of the next pieces, at most `room`; 0 when the text is done. Piece i begins where piece i - 1 ends. What is
  // behind the last end in the room may be written to.
  std::size_t next(std::uint32_t* ends, std::size_t room);

 private:
  const Splitter& splitter_;
  std::string_view text_;
  std::size_t at_ = 0;     // where the next piece begins
  std::size_t place_ = 1;  // the next place where it may end, but for those inside of characters
  bool is_first_ = true;   // that one is behind its first character

  // What is known of a block of bytes.
  std::size_t block_ = SIZE_MAX;
  bool is_ascii_ = true;
  Windows::Masks masks_{};
  BlockCharacters characters_;  // where the block is not ASCII

  // Places before characters of a block, a bit each.
  struct Decided {
    std::uint64_t ends;    // pieces end there
    std::uint64_t unsure;  // the first place that the automaton must be asked about, if any
  };
  Decided decide();
  void look_at(std::size_t block);
  std::size_t place_of(std::size_t character) const { return is_ascii_ ? character : characters_.places[character]; }
  std::size_t write_ends(std::uint64_t ends, std::uint32_t first, std::uint32_t* out) const;
  std::size_t ask_automaton() const;
};

}  // namespace polyvocab
