#include "core/splitter/window_kinds.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <utility>

namespace polyvocab {
namespace {

using State = Automaton::State;
using Class = Automaton::Class;
using Classes = std::vector<bool>;

constexpr std::size_t most_steps = 5'000'000;  // that are looked at

// What the automaton can be in after reading nothing but some classes, from the start.
std::set<State> reachable(const Automaton& automaton, const Classes& read) {
  std::set<State> seen{automaton.start()};
  std::vector<State> pending{automaton.start()};
  while (!pending.empty()) {
    const State state = pending.back();
    pending.pop_back();
    for (std::size_t of = 0; of < read.size(); ++of) {
      const State after = Automaton::state(automaton.step(state, static_cast<Class>(of)));
      if (read[of] && after != Automaton::dead && seen.insert(after).second) pending.push_back(after);
    }
  }
  return seen;
}

std::vector<Automaton::Step> column(const Automaton& automaton, const std::set<State>& states, std::size_t of) {
  std::vector<Automaton::Step> steps;
  for (const State state : states) steps.push_back(automaton.step(state, static_cast<Class>(of)));
  return steps;
}

// How large each class is, about: the characters of equal blocks beyond U+FFFF count once.
std::vector<std::size_t> count_characters(const Automaton& automaton, WindowKinds::Scope scope) {
  std::vector<std::size_t> count(automaton.classes - 1, 0);
  const auto add = [&](const auto& classes) {
    for (const Class of : classes) ++count[of];
  };
  if (scope == WindowKinds::Scope::ascii) {
    add(automaton.ascii);
  } else {
    add(automaton.basic);
    add(automaton.supplementary);
  }
  return count;
}

// The numbers of kinds: told classes that no state tells apart which the others lead to. Those that are `apart` lead nowhere,
// and each is a kind of its own.
struct Numbers {
  std::vector<unsigned> of;
  unsigned count = 0;
  std::size_t steps = 0;  // looked at
};
Numbers number(const Automaton& automaton, const Classes& told, const Classes& apart) {
  constexpr unsigned none = ~0U;
  Numbers out{.of = std::vector<unsigned>(told.size(), none)};
  Classes together = told;
  for (std::size_t of = 0; of < told.size(); ++of) together[of] = told[of] && !apart[of];
  const auto states = reachable(automaton, together);
  out.steps = 2 * states.size() * told.size();
  std::map<std::vector<Automaton::Step>, unsigned> numbers;
  for (std::size_t of = 0; of < told.size(); ++of) {
    if (!told[of]) continue;
    if (apart[of]) {
      out.of[of] = out.count++;
      continue;
    }
    const auto [known, is_new] = numbers.try_emplace(column(automaton, states, of), out.count);
    out.of[of] = known->second;
    out.count += is_new;
  }
  return out;
}

// The kind with the fewest characters is told no more, whatever it is but the space: most pieces begin with it.
void give_up_smallest(const Numbers& kinds, const std::vector<std::size_t>& characters, Class space, Classes& told) {
  std::map<unsigned, std::size_t> sizes;
  for (std::size_t of = 0; of < told.size(); ++of) {
    if (told[of] && kinds.of[of] != kinds.of[space]) sizes[kinds.of[of]] += characters[of];
  }
  const auto smallest = std::ranges::min_element(sizes, {}, [](const auto& kind) { return kind.second; })->first;
  for (std::size_t of = 0; of < told.size(); ++of) told[of] = told[of] && kinds.of[of] != smallest;
}

}  // namespace

WindowKinds::WindowKinds(const Automaton& automaton, const std::vector<bool>& certain, Scope scope) {
  const std::size_t classes = automaton.classes - 1;
  const Class space = automaton.ascii[' '];
  const auto characters = count_characters(automaton, scope);
  Classes told(classes), apart(classes);
  for (std::size_t c = 0; c < classes; ++c) {
    // No text may be left between matches, so a character of the class must begin one wherever it stands.
    told[c] = characters[c] > 0 && certain[Automaton::state(automaton.step(automaton.start(), static_cast<Class>(c)))];
  }
  Numbers kinds = number(automaton, told, apart);
  for (std::size_t steps = 0; kinds.count > most;) {
    // The single character without which the others are fewest is set apart, if that helps.
    Numbers fewest = kinds;
    std::size_t best = classes;
    for (std::size_t c = 0; c < classes; ++c) {
      if (!told[c] || apart[c] || characters[c] > 1 || c == space) continue;
      apart[c] = true;
      Numbers now = number(automaton, told, apart);
      steps += now.steps;
      if (now.count < fewest.count) {
        fewest = std::move(now);
        best = c;
      }
      apart[c] = false;
      if (steps > most_steps) break;
    }
    if (steps > most_steps) {
      told.assign(classes, false);
      fewest = number(automaton, told, apart);
    } else if (best != classes) {
      apart[best] = true;
    } else {
      give_up_smallest(kinds, characters, space, told);
      fewest = number(automaton, told, apart);
    }
    kinds = std::move(fewest);
  }

  of.assign(classes, none);
  members.resize(kinds.count);
  const auto states = reachable(automaton, told);
  std::set<std::pair<unsigned, std::vector<Automaton::Step>>> seen;
  for (std::size_t c = 0; c < classes; ++c) {
    if (!told[c]) continue;
    of[c] = kinds.of[c];
    if (seen.insert({of[c], column(automaton, states, c)}).second) members[of[c]].push_back(static_cast<Class>(c));
  }
}

}  // namespace polyvocab
