#include "core/splitter/windows.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <set>
#include <utility>

namespace polyvocab {
namespace {

using State = Automaton::State;
using States = std::set<State>;
using Class = Automaton::Class;
using Between = Windows::Between;

// What the states that the automaton can be in have to say of a place.
struct Verdict {
  bool some_end = false, some_do_not = false, some_unsure = false;

  Between what() const {
    if (some_unsure || (some_end && some_do_not)) return Between::unsure;
    return some_end ? Between::end : Between::no_end;
  }
};

// An automaton, asked about kinds of characters.
class Rules {
 public:
  Rules(const Automaton& automaton, WindowKinds::Scope scope)
      : automaton_(automaton), certain_(certain_states(automaton)), kinds_(automaton, certain_, scope) {}

  const WindowKinds& kinds() const { return kinds_; }
  unsigned count() const { return static_cast<unsigned>(kinds_.members.size()); }

  States after(const States& states, unsigned kind) const {
    States out;
    for (const State state : states) {
      for (const Class of : kinds_.members[kind]) out.insert(Automaton::state(automaton_.step(state, of)));
    }
    out.erase(Automaton::dead);
    return out;
  }
  States after_first(unsigned kind) const { return after({automaton_.start()}, kind); }

  // Whether the match ends before a character of kind `b`, which one of kind `c` follows (none: whatever may follow), if the
  // automaton is in one of `states` there. Where members of the kind lead to different states, the automaton must be asked:
  // else all that comes behind them would have to agree on both.
  Between between(const States& states, unsigned b, unsigned c) const {
    const auto& members = kinds_.members[b];
    const auto differ = [&](State state) {
      const auto step = automaton_.step(state, members[0]);
      return std::ranges::any_of(members, [&](Class of) { return automaton_.step(state, of) != step; });
    };
    if (members.size() > 1 && std::ranges::any_of(states, differ)) return Between::unsure;
    Verdict verdict;
    for (const Class of_b : members) {
      if (c == WindowKinds::none) {
        for (const State state : states) add_window(state, of_b, nullptr, verdict);
        continue;
      }
      for (const Class of_c : kinds_.members[c]) {
        for (const State state : states) add_window(state, of_b, &of_c, verdict);
      }
    }
    return verdict.what();
  }

  // The same for the place before spaces, one or more of them, which a character of kind `c` follows.
  Between before_run(const States& states, unsigned c) const {
    Verdict verdict;
    for (const Class of_c : kinds_.members[c]) {
      for (const State state : states) add_run(state, of_c, verdict);
    }
    return verdict.what();
  }

 private:
  const Automaton& automaton_;
  std::vector<bool> certain_;
  WindowKinds kinds_;

  void add_window(State state, Class b, const Class* c, Verdict& verdict) const {
    const auto first = automaton_.step(state, b);
    const State then = Automaton::state(first);
    if (!(first & Automaton::match_bit)) {
      // No match ends here. If nothing is left alive either, now or after `c`, the piece has ended earlier and this state is
      // never met: the scan has stopped there.
      const bool ended_before = then == Automaton::dead || (c != nullptr && automaton_.step(then, *c) == Automaton::dead);
      if (!ended_before) verdict.some_do_not = true;
    } else if (then == Automaton::dead) {
      verdict.some_end = true;
    } else if (certain_[then]) {
      verdict.some_do_not = true;
    } else if (c == nullptr) {
      verdict.some_unsure = true;
    } else {
      const auto second = automaton_.step(then, *c);
      const State at_last = Automaton::state(second);
      if ((second & Automaton::match_bit) || certain_[at_last]) verdict.some_do_not = true;
      else if (at_last == Automaton::dead) verdict.some_end = true;
      else verdict.some_unsure = true;
    }
  }

  void add_run(State state, Class c, Verdict& verdict) const {
    const Class space = automaton_.ascii[' '];
    const auto first = automaton_.step(state, space);
    const bool matched = first & Automaton::match_bit;
    // What comes of it if what is behind the place makes a match longer, or what is left alive may yet do so.
    const auto add = [&](bool longer, State alive) {
      longer = longer || certain_[alive];
      if (longer || (!matched && alive != Automaton::dead)) verdict.some_do_not = true;
      else if (matched && alive == Automaton::dead) verdict.some_end = true;
      else if (matched) verdict.some_unsure = true;
    };
    State then = Automaton::state(first);
    bool longer = false;
    for (std::set<std::pair<State, bool>> seen; seen.insert({then, longer}).second;) {
      const auto behind = automaton_.step(then, c);
      add(longer || (behind & Automaton::match_bit), Automaton::state(behind));
      const auto space_more = automaton_.step(then, space);
      longer = longer || (space_more & Automaton::match_bit);
      then = Automaton::state(space_more);
    }
  }
};

// Whether the scan may go past a place between two kinds.
using Passes = std::vector<std::vector<bool>>;

// The states after a character of each kind that is not the first of its piece, if only what passes is gone past.
std::vector<States> later_states(const Rules& rules, const Passes& first_passes, const Passes& passes) {
  std::vector<States> states(rules.count());
  for (bool grows = true; grows;) {
    grows = false;
    const auto add = [&](const States& more, unsigned kind) {
      const std::size_t before = states[kind].size();
      states[kind].insert(more.begin(), more.end());
      grows = grows || states[kind].size() > before;
    };
    for (unsigned a = 0; a < rules.count(); ++a) {
      for (unsigned b = 0; b < rules.count(); ++b) {
        if (first_passes[a][b]) add(rules.after(rules.after_first(a), b), b);
        if (passes[a][b]) add(rules.after(States(states[a]), b), b);
      }
    }
  }
  return states;
}

}  // namespace

Windows::Layout::Layout(unsigned kinds) : is_small(kinds < few) {
  const unsigned all = is_small ? few : WindowKinds::most + 1;  // the last one is `none`
  for (unsigned i = 0; i < all; ++i) {
    const unsigned kind = i + 1 == all ? none : i;
    rows[kind] = static_cast<std::uint8_t>(i * all);
    columns[kind] = static_cast<std::uint8_t>(i);
    if (i < 8) low_bits[kind] = static_cast<std::uint8_t>(1U << i);
    else high_bits[kind] = static_cast<std::uint8_t>(1U << (i - 8));
  }
}

void Windows::set(Table& ends, Table& unsure, unsigned a, unsigned b, unsigned c, Between what) {
  const std::size_t at = layout_.rows[a] + layout_.columns[b];
  const std::uint8_t low = layout_.low_bits[c], high = layout_.high_bits[c];
  unsure.low[at] = static_cast<std::uint8_t>(what == Between::unsure ? unsure.low[at] | low : unsure.low[at] & ~low);
  unsure.high[at] = static_cast<std::uint8_t>(what == Between::unsure ? unsure.high[at] | high : unsure.high[at] & ~high);
  if (what != Between::end) return;
  ends.low[at] |= low;
  ends.high[at] |= high;
}

Windows::Windows(const Automaton& automaton, WindowKinds::Scope scope) : layout_(0) {
  const Rules rules(automaton, scope);
  const unsigned count = rules.count();
  layout_ = Layout(count);
  kind_of_class_.assign(rules.kinds().of.begin(), rules.kinds().of.end());
  kind_of_.fill(none);
  for (std::size_t byte = 0; byte < automaton.ascii.size(); ++byte) kind_of_[byte] = kind_of_class_[automaton.ascii[byte]];

  const auto each_window = [&](const auto& visit) {
    for (unsigned a = 0; a < count; ++a) {
      for (unsigned b = 0; b < count; ++b) {
        for (unsigned c = 0; c <= count; ++c) visit(a, b, c < count ? c : none);
      }
    }
  };
  for (Table* const table : {&unsure_, &first_unsure_}) {
    table->low.fill(0xFF);
    table->high.fill(0xFF);
  }
  // Which pairs of kinds the scan may go past, at the first place of a piece and at later ones.
  const Passes no_passes(count, std::vector<bool>(count));
  Passes first_passes = no_passes;
  each_window([&](unsigned a, unsigned b, unsigned c) {
    const Between what = rules.between(rules.after_first(a), b, c);
    set(first_ends_, first_unsure_, a, b, c, what);
    if (what == Between::no_end) first_passes[a][b] = true;
  });
  // The more is passed, the more states there are to agree, so that less may be passed. From nothing, which lets too much pass,
  // to what may be passed even then. Where the scan always stops, because a piece ends or the automaton is asked, there is
  // nothing behind: fewer states are left to agree, and more windows are decided. But what did not pass must not begin to.
  Passes passes = no_passes;
  for (int round = 0; round < 2; ++round) {
    const auto states = later_states(rules, first_passes, passes);
    passes = no_passes;
    each_window([&](unsigned a, unsigned b, unsigned c) {
      if (rules.between(states[a], b, c) == Between::no_end) passes[a][b] = true;
    });
  }
  const auto states = later_states(rules, first_passes, passes);
  each_window([&](unsigned a, unsigned b, unsigned c) {
    const Between what = rules.between(states[a], b, c);
    if (what != Between::no_end || passes[a][b]) set(ends_, unsure_, a, b, c, what);
  });

  const unsigned space = kind_of_[' '];
  if (space == none || rules.kinds().members[space].size() > 1) return;
  const auto set_run = [&](Runs& runs, const States& before, unsigned a, unsigned c, bool may_pass) {
    const Between what = rules.before_run(before, c);
    if (what == Between::unsure || (what == Between::no_end && !may_pass)) return;
    runs.known[a] |= static_cast<std::uint16_t>(1U << c);
    if (what == Between::end) runs.ends[a] |= static_cast<std::uint16_t>(1U << c);
  };
  for (unsigned a = 0; a < count; ++a) {
    for (unsigned c = 0; c < count; ++c) {
      if (a == space || c == space) continue;
      set_run(runs_, states[a], a, c, passes[a][space]);
      set_run(first_runs_, rules.after_first(a), a, c, first_passes[a][space]);
    }
  }
}

Windows::Windows(const std::array<std::uint8_t, 128>& kinds, const std::array<std::array<Between, few>, few>& pairs)
    : layout_(few - 1) {
  const auto kind = [](unsigned one) { return one + 1 == few ? none : one; };
  kind_of_.fill(none);
  for (std::size_t byte = 0; byte < kinds.size(); ++byte) kind_of_[byte] = static_cast<std::uint8_t>(kind(kinds[byte]));
  for (unsigned a = 0; a < few; ++a) {
    for (unsigned b = 0; b < few; ++b) {
      for (unsigned c = 0; c < few; ++c) set(ends_, unsure_, kind(a), kind(b), kind(c), pairs[a][b]);
    }
  }
  first_ends_ = ends_;
  first_unsure_ = unsure_;
}

struct WindowKernel::Generic {
  template <class KindAt>
  static Windows::Masks masks(const Windows& windows, const KindAt& kind_at) {
    const Windows::Layout& layout = windows.layout_;
    Windows::Masks masks{};
    unsigned before = kind_at(0), here = kind_at(1);
    for (unsigned i = 0; i < 64; ++i) {
      const unsigned behind = kind_at(i + 2);
      const std::size_t at = layout.rows[before] + layout.columns[here];
      const auto bit = [&](const Windows::Table& table) {
        const int found = (table.low[at] & layout.low_bits[behind]) | (table.high[at] & layout.high_bits[behind]);
        return std::uint64_t{found != 0} << i;
      };
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
    const auto kind_behind = [&]() -> unsigned {
      const std::size_t at = text.find_first_not_of(' ', std::min(from + 64, text.size()));
      return at == text.npos ? none : kind_of_[bytes[at]];
    };
    tell_runs([&](int i) { return kind_of_[window[i]]; }, 64, kind_behind, masks);
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
  tell_runs([&](int i) { return kinds[i]; }, static_cast<int>(count), [] { return none; }, masks);
  return masks;
}

// Runs of spaces at places that three characters leave unsure. `kind_at`: of those that the masks are of. `kind_behind`: of the
// first behind them that is no space, or none.
template <class KindAt, class KindBehind>
void Windows::tell_runs(const KindAt& kind_at, int count, const KindBehind& kind_behind, Masks& masks) const {
  const bool goes_on = kind_at(0) == kind_of_[' '];
  const std::uint64_t starts = masks.spaces & ~(masks.spaces << 1) & ~std::uint64_t{goes_on};
  for (std::uint64_t open = (masks.unsure | masks.first_unsure) & starts; open != 0; open &= open - 1) {
    const int at = std::countr_zero(open);
    const int after = at + std::countr_one(masks.spaces >> at);
    const unsigned a = kind_at(at), c = after == count ? kind_behind() : kind_at(after + 1);
    const auto tell = [&](const Runs& runs, std::uint64_t& ends, std::uint64_t& unsure) {
      unsure &= ~(std::uint64_t{runs.known[a]} >> c << 63 >> (63 - at));
      ends |= std::uint64_t{runs.ends[a]} >> c << 63 >> (63 - at);
    };
    tell(runs_, masks.ends, masks.unsure);
    tell(first_runs_, masks.first_ends, masks.first_unsure);
  }
}

}  // namespace polyvocab
