// What windows tell characters by: classes of an automaton, put together to a few kinds.
//
// A character after which others behave in many ways (the apostrophe of contractions, which makes letters differ) is a kind of
// its own, and what it does is not looked at when the others are put together: a kind may have members that differ behind it.
// Where there are still too many kinds, the smallest are given up, and all of them where finding out would take long.
#pragma once

#include <vector>

#include "core/splitter/automaton.h"

namespace polyvocab {

struct WindowKinds {
  static constexpr unsigned most = 10;
  static constexpr unsigned none = 15;  // the kind of all classes that are given up

  // Of which characters: in ASCII there are fewer classes, so that more of them are told.
  enum class Scope { ascii, all };

  std::vector<unsigned> of;                             // [classes]
  std::vector<std::vector<Automaton::Class>> members;  // of each kind one of all that are alike, wherever they stand

  // `certain`: what `certain_states` says.
  WindowKinds(const Automaton& automaton, const std::vector<bool>& certain, Scope scope);
};

}  // namespace polyvocab
