// Where pieces end, told from three neighbouring characters, or from the two on both sides of a run of spaces.
//
// Derived from the automaton, not from the pattern: for classes a, b, c of neighbouring characters, every state in which the
// automaton can be after a is tried on b and c. Where all of them end the match between a and b, or none does, the window is
// decided; else it is unsure and the automaton is run over the text. Classes are put together to kinds (see window_kinds.h);
// windows with characters of no kind are unsure. The same is tried for the place before a run of spaces of any length: whether
// an indentation belongs to the match of the newline before it is mostly told by what follows the indentation.
//
// Why this is exact: places are looked at in order from the beginning of a piece, where the automaton is in its start state.
// Up to the first place that is not decided as "no end", all characters read have a kind, so the automaton is in one of the
// states tried: at the first place of a piece it is in the one state after its first character, for which there is a table of
// its own. Windows of ASCII and those of all characters give up other classes, so that a piece must not go over from the ones
// to the others unless it does so at its first place.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/splitter/automaton.h"
#include "core/splitter/window_kinds.h"

namespace polyvocab {

class Windows {
 public:
  Windows(const Automaton& automaton, WindowKinds::Scope scope);

  // For cutting by two neighbouring bytes alone: the kind of each ASCII byte, and what is known of each pair of kinds. The last
  // kind is that of all other bytes.
  enum class Between { end, no_end, unsure };
  static constexpr unsigned few = 8;
  Windows(const std::array<std::uint8_t, 128>& kinds, const std::array<std::array<Between, few>, few>& pairs);

  // Bit i speaks of the place before character i of a block.
  struct Masks {
    std::uint64_t ends;    // a piece ends there
    std::uint64_t unsure;  // the automaton must be asked
    // The same for a piece that begins one character before: then the automaton is in one state that is known.
    std::uint64_t first_ends;
    std::uint64_t first_unsure;
    std::uint64_t spaces;  // character i is of the kind of the space
  };

  // The masks of the 64 bytes from `from`, a multiple of 64; bytes beyond ASCII and beyond the text are of no kind.
  Masks masks(std::string_view text, std::size_t from) const;
  // The masks of 1 to 64 characters whose kinds are known: `kinds` has that of the one before them, theirs, and that of the one
  // behind them. It has 66, however many they are: the others are any kinds.
  Masks masks(const std::uint8_t* kinds, std::size_t count) const;

  std::uint8_t kind_of(Automaton::Class of) const { return kind_of_class_[of]; }

 private:
  static constexpr unsigned none = WindowKinds::none, codes = 16;  // of kinds
  using OfKinds = std::array<std::uint8_t, codes>;

  // A window (a, b, c) is [rows_[a] + columns_[b]]: the low bits or the high bits of c. Of few kinds the first 64 and the low
  // bits are enough.
  struct Table {
    alignas(64) std::array<std::uint8_t, 128> low{}, high{};
  };
  struct Layout {
    bool is_small;
    alignas(16) OfKinds rows{}, columns{}, low_bits{}, high_bits{};
    explicit Layout(unsigned kinds);
  };

  alignas(64) std::array<std::uint8_t, 256> kind_of_{};  // a byte
  std::vector<std::uint8_t> kind_of_class_;
  Layout layout_;
  Table ends_, unsure_, first_ends_, first_unsure_;

  // Of the place between a character of kind a and spaces that one of kind c follows: in row a, bit c.
  struct Runs {
    std::array<std::uint16_t, codes> ends{}, known{};
  };
  Runs runs_, first_runs_;

  void set(Table& ends, Table& unsure, unsigned a, unsigned b, unsigned c, Between what);
  template <class KindAt, class KindBehind>
  void tell_runs(const KindAt& kind_at, int count, const KindBehind& kind_behind, Masks& masks) const;

  friend struct WindowKernel;
};

// One kernel per instruction set, with equal results.
struct WindowKernel {
  // The one before a block, the 64 of the block, the one behind it.
  Windows::Masks (*of_bytes)(const Windows& windows, const unsigned char* bytes);
  Windows::Masks (*of_kinds)(const Windows& windows, const std::uint8_t* kinds);

  static WindowKernel generic();
  static WindowKernel avx512();  // null where the machine has no such instructions

 private:
  struct Generic;
  struct Avx512;
};

}  // namespace polyvocab
