// Three steps, as in a textbook: the tree becomes a nondeterministic automaton whose branches have an order; characters that
// no set of the pattern tells apart become one class; sets of states, ordered by precedence, become deterministic states.
//
// A look-ahead of one character needs no machinery of its own: branches are followed only when the next class is known, and
// a branch that looks ahead is open or shut depending on it. So a match is known one character after its end, which is why
// the match bit sits on steps.
#include "core/splitter/automaton.h"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <string>

namespace polyvocab {
namespace {

constexpr std::size_t most_states = 4000;
constexpr std::size_t most_branches = 100'000;
constexpr std::size_t most_visits = 50'000'000;  // of branches, by all states: what a pattern may cost

// One state of the nondeterministic automaton.
struct Branch {
  enum Kind { consume, look, fork, match } kind;
  std::size_t set = 0;               // consume, look: which set the character must be in
  bool or_end = false;               // look: open at the end of the text
  std::vector<std::size_t> targets;  // in order of precedence
};

class Builder {
 public:
  std::vector<Branch> branches;
  std::vector<CodePoints> sets;

  // Appends what matches `node` and then goes on to `then`; returns where it begins.
  std::size_t build(const Node& node, std::size_t then) {
    switch (node.kind) {
      case Node::characters: return add({Branch::consume, set(node.set), false, {then}});
      case Node::ahead: return add({Branch::look, set(node.set), node.or_end, {then}});
      case Node::sequence:
        for (auto part = node.parts.rbegin(); part != node.parts.rend(); ++part) then = build(*part, then);
        return then;
      case Node::choice: {
        std::vector<std::size_t> targets;
        for (const Node& part : node.parts) targets.push_back(build(part, then));
        return add({Branch::fork, 0, false, std::move(targets)});
      }
      case Node::repeat: return repeat(node, then);
    }
    throw std::logic_error("a node of an unknown kind");
  }

  std::size_t add(Branch branch) {
    if (branches.size() >= most_branches) throw std::invalid_argument("the pattern is too large");
    branches.push_back(std::move(branch));
    return branches.size() - 1;
  }

 private:
  std::size_t set(const CodePoints& wanted) {
    const auto same = [&](const CodePoints& known) {
      return std::ranges::equal(known.ranges(), wanted.ranges(),
                                [](const auto& a, const auto& b) { return a.first == b.first && a.last == b.last; });
    };
    const auto found = std::ranges::find_if(sets, same);
    if (found != sets.end()) return static_cast<std::size_t>(found - sets.begin());
    sets.push_back(wanted);
    return sets.size() - 1;
  }

  std::size_t repeat(const Node& node, std::size_t then) {
    const Node& body = node.parts[0];
    // What leaves the repeat. A possessive one leaves early only where the next character would not have continued it.
    std::size_t early = then;
    if (node.taste == Node::possessive) early = add({Branch::look, set(body.set.complement()), true, {then}});
    const auto either = [&](std::size_t stay, std::size_t leave) -> std::vector<std::size_t> {
      if (node.taste == Node::lazy) return {leave, stay};
      return {stay, leave};
    };
    std::size_t entry = then;
    if (node.high == unlimited) {
      entry = add({Branch::fork, 0, false, {}});
      branches[entry].targets = either(build(body, entry), early);
    } else {
      for (std::uint32_t i = node.low; i < node.high; ++i) {
        entry = add({Branch::fork, 0, false, either(build(body, entry), early)});
      }
    }
    for (std::uint32_t i = 0; i < node.low; ++i) entry = build(body, entry);
    return entry;
  }
};

// The classes: which sets a character is in decides its class. Fills the tables of `out`; returns, for each class but the
// last, which sets its characters are in.
std::vector<std::vector<bool>> classify(const std::vector<CodePoints>& sets, Automaton& out) {
  std::vector<char32_t> starts{0, 0x80, 0x10000};
  for (const auto& set : sets) {
    for (const auto& range : set.ranges()) {
      starts.push_back(range.first);
      if (range.last < CodePoints::last) starts.push_back(range.last + 1);
    }
  }
  std::ranges::sort(starts);
  starts.erase(std::unique(starts.begin(), starts.end()), starts.end());

  std::map<std::vector<bool>, std::size_t> numbers;
  std::vector<std::vector<bool>> members;
  std::vector<Automaton::Class> all(CodePoints::last + 1);
  for (std::size_t i = 0; i < starts.size(); ++i) {
    std::vector<bool> in;
    for (const auto& set : sets) in.push_back(set.contains(starts[i]));
    const auto [at, is_new] = numbers.try_emplace(in, members.size());
    if (is_new) members.push_back(in);
    if (members.size() > 254) throw std::invalid_argument("the pattern tells more than 254 classes of characters apart");
    const char32_t end = i + 1 < starts.size() ? starts[i + 1] : CodePoints::last + 1;
    std::fill(all.begin() + starts[i], all.begin() + end, static_cast<Automaton::Class>(at->second));
  }
  std::copy_n(all.begin(), 128, out.ascii.begin());
  out.basic.assign(all.begin(), all.begin() + 0x10000);
  std::map<std::string, std::uint16_t> blocks;
  for (char32_t code = 0x10000; code <= CodePoints::last; code += 256) {
    const std::string block(all.begin() + code, all.begin() + code + 256);
    const auto [at, is_new] = blocks.try_emplace(block, static_cast<std::uint16_t>(blocks.size()));
    if (is_new) out.supplementary.insert(out.supplementary.end(), block.begin(), block.end());
    out.blocks.push_back(at->second);
  }
  return members;
}

// The branches that wait for a character, in order of precedence: a deterministic state.
using Waiting = std::vector<std::size_t>;

// Where the waiting branches lead when the next character is of a class.
class Follower {
 public:
  Follower(const Builder& nfa, const std::vector<std::vector<bool>>& members) : nfa_(nfa), members_(members) {}

  struct Result {
    Waiting after;
    bool match = false;  // a match ends before the character; what has less precedence is cut
  };

  Result follow(const Waiting& waiting, std::size_t of) {
    Result result;
    visits_ += nfa_.branches.size() / 64;  // what the next two lines cost
    seen_.assign(nfa_.branches.size(), false);
    after_seen_.assign(nfa_.branches.size(), false);
    for (const std::size_t branch : waiting) {
      if (!visit(branch, of, result)) break;
    }
    return result;
  }

 private:
  const Builder& nfa_;
  const std::vector<std::vector<bool>>& members_;
  std::vector<bool> seen_, after_seen_;
  std::vector<std::size_t> pending_;
  std::size_t visits_ = 0;

  // Depth first, in order; false once a match is met.
  bool visit(std::size_t root, std::size_t of, Result& result) {
    const bool at_end = of == members_.size();
    pending_.assign(1, root);
    while (!pending_.empty()) {
      const std::size_t at = pending_.back();
      pending_.pop_back();
      if (++visits_ > most_visits) throw std::invalid_argument("the pattern takes too many steps");
      if (seen_[at]) continue;
      seen_[at] = true;
      const Branch& branch = nfa_.branches[at];
      switch (branch.kind) {
        case Branch::match:
          result.match = true;
          return false;
        case Branch::look:
          if (at_end ? branch.or_end : members_[of][branch.set]) pending_.push_back(branch.targets[0]);
          break;
        case Branch::fork:
          pending_.insert(pending_.end(), branch.targets.rbegin(), branch.targets.rend());
          break;
        case Branch::consume:
          if (!at_end && members_[of][branch.set] && !after_seen_[branch.targets[0]]) {
            after_seen_[branch.targets[0]] = true;
            result.after.push_back(branch.targets[0]);
          }
          break;
      }
    }
    return true;
  }
};

}  // namespace

Automaton compile(const Node& pattern) {
  Builder nfa;
  const std::size_t matched = nfa.add({Branch::match, 0, false, {}});
  const std::size_t entry = nfa.build(pattern, matched);

  Automaton out;
  const auto members = classify(nfa.sets, out);
  out.classes = members.size() + 1;

  Follower follower(nfa, members);
  const std::size_t start = 1;
  std::map<Waiting, std::size_t> numbers{{{}, 0}, {{entry}, start}};
  std::vector<Waiting> states{{}, {entry}};
  for (std::size_t state = 0; state < states.size(); ++state) {
    for (std::size_t of = 0; of < out.classes; ++of) {
      const auto result = follower.follow(Waiting(states[state]), of);
      if (state == start && result.match) throw std::invalid_argument("the pattern matches the empty text");
      const auto [at, is_new] = numbers.try_emplace(result.after, states.size());
      if (is_new) {
        states.push_back(result.after);
        if (states.size() > most_states) throw std::invalid_argument("the pattern needs too many states");
      }
      out.steps.push_back(static_cast<Automaton::Step>(at->second * out.classes) | (result.match ? Automaton::match_bit : 0));
    }
  }
  return out;
}

std::vector<bool> certain_states(const Automaton& automaton) {
  constexpr std::size_t most_looked_at = 500;
  std::vector<bool> certain(automaton.steps.size(), automaton.steps.size() <= most_looked_at * automaton.classes);
  certain[Automaton::dead] = false;
  for (bool changed = true; changed;) {
    changed = false;
    automaton.for_each_state([&](Automaton::State state) {
      for (std::size_t of = 0; certain[state] && of < automaton.classes; ++of) {
        const auto step = automaton.step(state, static_cast<Automaton::Class>(of));
        if ((step & Automaton::match_bit) || certain[Automaton::state(step)]) continue;
        certain[state] = false;
        changed = true;
      }
    });
  }
  return certain;
}

}  // namespace polyvocab
