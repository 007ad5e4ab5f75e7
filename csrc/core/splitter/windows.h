// Where pieces end, told from three neighbouring bytes, or from the two on both sides of a run of spaces.
//
// Derived from the automaton, not from the pattern: for classes a, b, c of neighbouring ASCII bytes, every state in which the
// automaton can be after a is tried on b and c. Where all of them end the match between a and b, or none does, the window is
// decided; else it is unsure and the automaton is run over the text. Bytes that are not ASCII, and ASCII bytes that
// make too much unsure (the apostrophe of contractions), belong to no class: windows with them are unsure. The same is tried
// for the place before a run of spaces of any length: whether an indentation belongs to the match of the newline before it is
// mostly told by what follows the indentation.
//
// Why this is exact: places are looked at in order from the beginning of a piece, where the automaton is in its start state.
// Up to the first place that is not decided as "no end", all bytes read have a class, so the automaton is in one of the states
// tried: at the first place of a piece it is in the one state after its first byte, for which there is a table of its own.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "core/splitter/automaton.h"

namespace polyvocab {

class Windows {
 public:
  explicit Windows(const Automaton& automaton);

  static constexpr unsigned kinds_limit = 8;  // of bytes; the last one is `none`
  static constexpr unsigned none = 7;

  // For cutting by two neighbouring bytes alone: the kind of each ASCII byte, and what is known of each pair of kinds.
  enum class Between { end, no_end, unsure };
  Windows(const std::array<std::uint8_t, 128>& kinds, const std::array<std::array<Between, kinds_limit>, kinds_limit>& pairs);

  // Bit i speaks of the place before byte i of a block.
  struct Masks {
    std::uint64_t ends;    // a piece ends there
    std::uint64_t unsure;  // the automaton must be asked
    // The same for a piece that begins one byte before: then the automaton is in one state that is known.
    std::uint64_t first_ends;
    std::uint64_t first_unsure;
    std::uint64_t spaces;  // byte i is one
  };

  // The masks of the 64 bytes from `from`, a multiple of 64; what is beyond the text is unsure.
  Masks masks(std::string_view text, std::size_t from) const;

 private:
  // [a * 8 + b]: bit c speaks of the window (a, b, c).
  using Table = std::array<std::uint8_t, kinds_limit * kinds_limit>;

  alignas(64) std::array<std::uint8_t, 256> kind_of_{};
  alignas(64) Table ends_{};
  alignas(64) Table unsure_{};
  alignas(64) Table first_ends_{};
  alignas(64) Table first_unsure_{};

  // Of the place between a byte of kind a and spaces that one of kind c follows: in row a, bit c.
  struct Runs {
    std::array<std::uint8_t, kinds_limit> ends{}, known{};
  };
  Runs runs_, first_runs_;

  void tell_runs(const unsigned char* bytes, Masks& masks) const;

  friend Windows::Masks masks_generic(const Windows&, const unsigned char* bytes);
  friend Windows::Masks masks_avx512(const Windows&, const unsigned char* bytes);
};

// One kernel per instruction set, with equal results. `bytes`: the one before a block, the 64 of the block, the one behind it.
Windows::Masks masks_generic(const Windows& windows, const unsigned char* bytes);
Windows::Masks masks_avx512(const Windows& windows, const unsigned char* bytes);
bool has_avx512_windows();

}  // namespace polyvocab
