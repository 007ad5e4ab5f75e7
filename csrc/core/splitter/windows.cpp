#include "core/splitter/windows.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace polyvocab {
namespace {

using State = Automaton::State;
using Class = Automaton::Class;

// What the automaton can be in after reading nothing but classes that are `told`, from the start.
std::set<State> reachable(const Automaton& automaton, const std::vector<bool>& told) {
  std::set<State> seen{automaton.start()};
  std::vector<State> pending{automaton.start()};
  while (!pending.empty()) {
    const State state = pending.back();
    pending.pop_back();
    for (std::size_t of = 0; of < told.size(); ++of) {
      const State after = Automaton::state(automaton.step(state, static_cast<Class>(of)));
      if (told[of] && after != Automaton::dead && seen.insert(after).second) pending.push_back(after);
    }
  }
  return seen;
}

// For each state, by its row: a match will be found (or extended), whatever follows.
std::vector<bool> certain_states(const Automaton& automaton) {
  std::vector<bool> certain(automaton.steps.size(), true);
  certain[Automaton::dead] = false;
  for (bool changed = true; changed;) {
    changed = false;
    automaton.for_each_state([&](State state) {
      for (std::size_t of = 0; certain[state] && of < automaton.classes; ++of) {
        const auto step = automaton.step(state, static_cast<Class>(of));
        if ((step & Automaton::match_bit) || certain[Automaton::state(step)]) continue;
        certain[state] = false;
        changed = true;
      }
    });
  }
  return certain;
}

// The kinds: told classes that no reachable state tells apart. Returns the kind of each class, or `none`.
std::vector<unsigned> kinds_of(const Automaton& automaton, const std::vector<bool>& told, unsigned none) {
  const auto states = reachable(automaton, told);
  std::map<std::vector<Automaton::Step>, unsigned> numbers;
  std::vector<unsigned> kinds(told.size(), none);
  for (std::size_t of = 0; of < told.size(); ++of) {
    if (!told[of]) continue;
    std::vector<Automaton::Step> column;
    for (const State state : states) column.push_back(automaton.step(state, static_cast<Class>(of)));
    kinds[of] = numbers.try_emplace(column, static_cast<unsigned>(numbers.size())).first->second;
  }
  return kinds;
}

unsigned count(const std::vector<unsigned>& kinds, unsigned none) {
  unsigned most = 0;
  for (const unsigned kind : kinds) {
    if (kind != none) most = std::max(most, kind + 1);
  }
  return most;
}

// Whether the match ends before a character of class `b`, which `c` follows (nothing: whatever may follow), if the automaton is
// in one of `states` there.
Windows::Between decide(const Automaton& automaton, const std::vector<bool>& certain, const std::set<State>& states, Class b,
                        std::optional<Class> c) {
  bool some_end = false, some_do_not = false;
  for (const State state : states) {
    const auto first = automaton.step(state, b);
    const State then = Automaton::state(first);
    if (!(first & Automaton::match_bit)) {
      // No match ends here. If nothing is left alive either, now or after `c`, the piece has ended earlier and this state is
      // never met: the scan has stopped there.
      const bool ended_before = then == Automaton::dead || (c && automaton.step(then, *c) == Automaton::dead);
      some_do_not = some_do_not || !ended_before;
    } else if (then == Automaton::dead) {
      some_end = true;
    } else if (certain[then]) {
      some_do_not = true;
    } else if (!c) {
      return Windows::Between::unsure;
    } else {
      const auto second = automaton.step(then, *c);
      const State at_last = Automaton::state(second);
      if ((second & Automaton::match_bit) || certain[at_last]) some_do_not = true;
      else if (at_last == Automaton::dead) some_end = true;
      else return Windows::Between::unsure;
    }
  }
  if (some_end && some_do_not) return Windows::Between::unsure;
  return some_end ? Windows::Between::end : Windows::Between::no_end;
}

// The same for the place before spaces, one or more of them, which a character of class `c` follows.
Windows::Between decide_run(const Automaton& automaton, const std::vector<bool>& certain, const std::set<State>& states,
                            Class space, Class c) {
  bool some_end = false, some_do_not = false, some_unsure = false;
  for (const State state : states) {
    const auto first = automaton.step(state, space);
    const bool matched = first & Automaton::match_bit;
    // What comes of it if what is behind the place makes a match longer, or what is left alive may yet do so.
    const auto add = [&](bool longer, State alive) {
      longer = longer || certain[alive];
      if (longer || (!matched && alive != Automaton::dead)) some_do_not = true;
      else if (matched && alive == Automaton::dead) some_end = true;
      else if (matched) some_unsure = true;
    };
    State then = Automaton::state(first);
    bool longer = false;
    for (std::set<std::pair<State, bool>> seen; seen.insert({then, longer}).second;) {
      const auto behind = automaton.step(then, c);
      add(longer || (behind & Automaton::match_bit), Automaton::state(behind));
      const auto space_more = automaton.step(then, space);
      longer = longer || (space_more & Automaton::match_bit);
      then = Automaton::state(space_more);
    }
  }
  if (some_unsure || (some_end && some_do_not)) return Windows::Between::unsure;
  return some_end ? Windows::Between::end : Windows::Between::no_end;
}

// How many characters each class has.
std::vector<std::size_t> count_characters(const Automaton& automaton, Windows::Scope scope) {
  std::vector<std::size_t> count(automaton.classes - 1, 0);
  const auto add = [&](const auto& classes) {
    for (const Class of : classes) ++count[of];
  };
  if (scope == Windows::Scope::ascii) {
    add(automaton.ascii);
  } else {
    add(automaton.basic);
    add(automaton.supplementary);
  }
  return count;
}

// The kind with the fewest characters is told no more, whatever it is but the space.
void give_up_smallest(const Automaton& automaton, const std::vector<unsigned>& kinds,
                      const std::vector<std::size_t>& characters, std::vector<bool>& told) {
  std::map<unsigned, std::size_t> sizes;
  for (std::size_t of = 0; of < told.size(); ++of) {
    if (told[of] && kinds[of] != kinds[automaton.ascii[' ']]) sizes[kinds[of]] += characters[of];
  }
  const auto smallest = std::ranges::min_element(sizes, {}, [](const auto& kind) { return kind.second; })->first;
  for (std::size_t of = 0; of < told.size(); ++of) told[of] = told[of] && kinds[of] != smallest;
}

}  // namespace

Windows::Windows(const Automaton& automaton, Scope scope) {
  constexpr unsigned unlimited = 1000;
  const std::size_t classes = automaton.classes - 1;
  const std::vector<std::size_t> characters = count_characters(automaton, scope);

  const auto certain = certain_states(automaton);
  std::vector<bool> told(classes);
  for (std::size_t of = 0; of < classes; ++of) {
    // No text may be left between matches, so a character of the class must begin one wherever it stands.
    told[of] = characters[of] > 0 && certain[Automaton::state(automaton.step(automaton.start(), static_cast<Class>(of)))];
  }
  // Give up single characters until few enough kinds are left: each time the one whose absence leaves the fewest; then, of all
  // characters, whole kinds, each time the smallest. Never the space: most pieces begin with it.
  for (unsigned now; (now = count(kinds_of(automaton, told, unlimited), unlimited)) > 0;) {
    std::size_t best = classes;
    unsigned fewest = now;
    for (std::size_t of = 0; of < classes; ++of) {
      if (!told[of] || characters[of] > 1 || of == automaton.ascii[' ']) continue;
      auto without = told;
      without[of] = false;
      if (const unsigned left = count(kinds_of(automaton, without, unlimited), unlimited); left < fewest) {
        best = of;
        fewest = left;
      }
    }
    // A character that costs only its own kind stays as long as there is room.
    if (now <= none && (best == classes || fewest + 2 > now)) break;
    if (best != classes) told[best] = false;
    else if (scope == Scope::all) give_up_smallest(automaton, kinds_of(automaton, told, unlimited), characters, told);
    else told.assign(classes, false);
  }

  const auto kinds = kinds_of(automaton, told, none);
  kind_of_class_.assign(kinds.begin(), kinds.end());
  kind_of_.fill(none);
  for (std::size_t byte = 0; byte < automaton.ascii.size(); ++byte) {
    kind_of_[byte] = static_cast<std::uint8_t>(kinds[automaton.ascii[byte]]);
  }

  // For each kind a class that stands for it.
  std::array<std::size_t, none> sample;
  sample.fill(classes);
  for (std::size_t of = 0; of < classes; ++of) {
    if (kinds[of] != none) sample[kinds[of]] = of;
  }
  const auto exists = [&](unsigned kind) { return sample[kind] != classes; };
  const auto after = [&](State state, unsigned kind) {
    return Automaton::state(automaton.step(state, static_cast<Class>(sample[kind])));
  };
  const auto between = [&](const std::set<State>& states_after_a, unsigned b, unsigned c) {
    const auto of_c = c == none ? std::optional<Class>() : static_cast<Class>(sample[c]);
    return decide(automaton, certain, states_after_a, static_cast<Class>(sample[b]), of_c);
  };
  const auto each_window = [&](const auto& visit) {
    for (unsigned a = 0; a < none; ++a) {
      for (unsigned b = 0; b < none; ++b) {
        for (unsigned c = 0; c <= none; ++c) {
          if (exists(a) && exists(b) && (c == none || exists(c))) visit(a, b, c);
        }
      }
    }
  };
  const auto set = [](Table& ends, Table& unsure, unsigned a, unsigned b, unsigned c, Between what) {
    const auto bit = static_cast<std::uint8_t>(1u << c);
    if (what != Between::unsure) unsure[a * kinds_limit + b] &= static_cast<std::uint8_t>(~bit);
    if (what == Between::end) ends[a * kinds_limit + b] |= bit;
  };

  unsure_.fill(0xFF);
  first_unsure_.fill(0xFF);
  // Which pairs of kinds the scan may go past, at the first place of a piece and at later ones.
  std::array<std::array<bool, none>, none> first_passes{}, passes{};
  each_window([&](unsigned a, unsigned b, unsigned c) {
    const Between what = between({after(automaton.start(), a)}, b, c);
    set(first_ends_, first_unsure_, a, b, c, what);
    first_passes[a][b] = first_passes[a][b] || what == Between::no_end;
  });
  // The states after a character of each kind that is not the first of its piece, if only what passes is gone past.
  const auto later_states = [&] {
    std::array<std::set<State>, none> states;
    bool grows = true;
    const auto add = [&](State state, unsigned kind) {
      if (state != Automaton::dead && states[kind].insert(state).second) grows = true;
    };
    while (grows) {
      grows = false;
      for (unsigned a = 0; a < none; ++a) {
        for (unsigned b = 0; b < none; ++b) {
          if (!exists(a) || !exists(b)) continue;
          if (first_passes[a][b]) add(after(after(automaton.start(), a), b), b);
          if (!passes[a][b]) continue;
          for (const State state : std::set<State>(states[a])) add(after(state, b), b);
        }
      }
    }
    return states;
  };
  for (auto& row : passes) row.fill(true);
  const auto all_states = later_states();
  for (auto& row : passes) row.fill(false);
  each_window([&](unsigned a, unsigned b, unsigned c) {
    passes[a][b] = passes[a][b] || between(all_states[a], b, c) == Between::no_end;
  });
  // Where the scan always stops, because a piece ends or the automaton is asked, there is nothing behind: fewer states are
  // left to agree, and more windows are decided. But what did not pass must not begin to.
  const auto states = later_states();
  each_window([&](unsigned a, unsigned b, unsigned c) {
    const Between what = between(states[a], b, c);
    if (what != Between::no_end || passes[a][b]) set(ends_, unsure_, a, b, c, what);
  });

  const unsigned space = kind_of_[' '];
  if (space == none) return;
  const auto set_run = [&](Runs& runs, const std::set<State>& before, unsigned a, unsigned c, bool may_pass) {
    const Between what = decide_run(automaton, certain, before, automaton.ascii[' '], static_cast<Class>(sample[c]));
    if (what == Between::unsure || (what == Between::no_end && !may_pass)) return;
    runs.known[a] |= static_cast<std::uint8_t>(1u << c);
    if (what == Between::end) runs.ends[a] |= static_cast<std::uint8_t>(1u << c);
  };
  for (unsigned a = 0; a < none; ++a) {
    for (unsigned c = 0; c < none; ++c) {
      if (!exists(a) || !exists(c) || c == space) continue;
      set_run(runs_, states[a], a, c, passes[a][space]);
      set_run(first_runs_, {after(automaton.start(), a)}, a, c, first_passes[a][space]);
    }
  }
}

Windows::Windows(const std::array<std::uint8_t, 128>& kinds,
                 const std::array<std::array<Between, kinds_limit>, kinds_limit>& pairs) {
  kind_of_.fill(none);
  std::ranges::copy(kinds, kind_of_.begin());
  for (unsigned a = 0; a < kinds_limit; ++a) {
    for (unsigned b = 0; b < kinds_limit; ++b) {
      ends_[a * kinds_limit + b] = pairs[a][b] == Between::end ? 0xFF : 0;
      unsure_[a * kinds_limit + b] = pairs[a][b] == Between::unsure ? 0xFF : 0;
    }
  }
  first_ends_ = ends_;
  first_unsure_ = unsure_;
}

struct WindowKernel::Generic {
  template <class KindAt>
  static Windows::Masks masks(const Windows& windows, const KindAt& kind_at) {
    Windows::Masks masks{};
    unsigned before = kind_at(0), here = kind_at(1);
    for (unsigned i = 0; i < 64; ++i) {
      const unsigned behind = kind_at(i + 2);
      const unsigned row = before * Windows::kinds_limit + here;
      const auto bit = [&](const Windows::Table& table) { return static_cast<std::uint64_t>(table[row] >> behind & 1) << i; };
      masks.ends |= bit(windows.ends_);
      masks.unsure |= bit(windows.unsure_);
      masks.first_ends |= bit(windows.first_ends_);
      masks.first_unsure |= bit(windows.first_unsure_);
      masks.spaces |= std::uint64_t{here == windows.kind_of_[' ']} << i;
      before = here;
      here = behind;
    }
    return masks;
  }
  static Windows::Masks of_bytes(const Windows& windows, const unsigned char* bytes) {
    return masks(windows, [&](unsigned i) { return windows.kind_of_[bytes[i]]; });
  }
  static Windows::Masks of_kinds(const Windows& windows, const std::uint8_t* kinds) {
    return masks(windows, [&](unsigned i) { return kinds[i]; });
  }
};

WindowKernel WindowKernel::generic() { return {Generic::of_bytes, Generic::of_kinds}; }

namespace {

const WindowKernel& quickest_kernel() {
  static const WindowKernel kernel =
      WindowKernel::avx512().of_bytes != nullptr ? WindowKernel::avx512() : WindowKernel::generic();
  return kernel;
}

}  // namespace

Windows::Masks Windows::masks(std::string_view text, std::size_t from) const {
  constexpr unsigned char beyond = 0xFF;  // no text has this byte, so it is of no kind
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  const auto told = [&](const unsigned char* window) {
    Masks masks = quickest_kernel().of_bytes(*this, window);
    tell_runs([&](int i) { return kind_of_[window[i]]; }, 64, masks);
    return masks;
  };
  if (from > 0 && from + 65 <= text.size()) return told(bytes + from - 1);
  std::array<unsigned char, 66> window;
  window.fill(beyond);
  const std::size_t first = from > 0 ? from - 1 : from;
  std::memcpy(window.data() + (from > 0 ? 0 : 1), bytes + first, std::min<std::size_t>(text.size(), from + 65) - first);
  return told(window.data());
}

Windows::Masks Windows::masks(const std::uint8_t* kinds, std::size_t count) const {
  Masks masks = quickest_kernel().of_kinds(*this, kinds);
  const std::uint64_t all = ~std::uint64_t{0} >> (64 - count);
  for (std::uint64_t* const mask : {&masks.ends, &masks.unsure, &masks.first_ends, &masks.first_unsure, &masks.spaces}) {
    *mask &= all;
  }
  tell_runs([&](int i) { return kinds[i]; }, static_cast<int>(count), masks);
  return masks;
}

// Runs that end in the block, at places that three characters leave unsure. `kind_at`: of those that the masks are of.
template <class KindAt>
void Windows::tell_runs(const KindAt& kind_at, int count, Masks& masks) const {
  const bool goes_on = kind_at(0) == kind_of_[' '];
  const std::uint64_t starts = masks.spaces & ~(masks.spaces << 1) & ~std::uint64_t{goes_on};
  for (std::uint64_t open = (masks.unsure | masks.first_unsure) & starts; open != 0; open &= open - 1) {
    const int at = std::countr_zero(open);
    const int after = at + std::countr_one(masks.spaces >> at);
    if (after == count) return;
    const unsigned a = kind_at(at), c = kind_at(after + 1);
    const auto tell = [&](const Runs& runs, std::uint64_t& ends, std::uint64_t& unsure) {
      unsure &= ~(std::uint64_t{runs.known[a]} >> c << 63 >> (63 - at));
      ends |= std::uint64_t{runs.ends[a]} >> c << 63 >> (63 - at);
    };
    tell(runs_, masks.ends, masks.unsure);
    tell(first_runs_, masks.first_ends, masks.first_unsure);
  }
}

}  // namespace polyvocab
