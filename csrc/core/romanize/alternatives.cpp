#include "core/romanize/alternatives.h"

#include <algorithm>
#include <set>
#include <tuple>

namespace polyvocab::romanize {
namespace {

// What a type of a default vowel says: "rom c:k s:a".
struct Vowel {
  std::string_view core, suffix;
};

Vowel vowel_of(std::string_view type) {
  const auto is_lowercase = [](std::string_view s) {
    return !s.empty() && std::ranges::all_of(s, [](char c) { return 'a' <= c && c <= 'z'; });
  };
  const auto core = type.find(" c:"), suffix = type.find(" s:");
  if (core == std::string_view::npos || suffix == std::string_view::npos) return {};
  const Vowel found{type.substr(core + 3, suffix - core - 3), type.substr(suffix + 3)};
  return is_lowercase(found.core) && is_lowercase(found.suffix) ? found : Vowel{};
}

}  // namespace

void add_alternatives(Romanization& romanization, std::vector<EdgeId>& edges) {
  Lattice& lattice = romanization.lattice;
  using Key = std::tuple<std::uint32_t, std::uint32_t, std::string_view>;
  std::set<Key> known;
  for (const EdgeId id : edges) known.insert({lattice.edges[id].start, lattice.edges[id].end, lattice.edges[id].text});
  std::vector<EdgeId> out, behind;
  for (const EdgeId id : edges) {
    const Edge edge = lattice.edges[id];
    out.push_back(id);
    behind.clear();
    const auto add = [&](std::string_view rom, std::string_view type) {
      if (!known.insert({edge.start, edge.end, rom}).second) return;
      lattice.edges.push_back({edge.start, edge.end, rom, type, Plan::other, -1, no_edge, no_edge});
      behind.push_back(static_cast<EdgeId>(lattice.edges.size() - 1));
    };
    const Vowel vowel = vowel_of(edge.type);
    const Table& table = lattice.table;
    const NodeId node = table.find(lattice.text.subspan(edge.start, edge.end - edge.start));
    for (const Rule& rule : table.rules_of(node)) {
      if (!romanization.holds(rule, edge.start, edge.end)) continue;
      const std::string_view target = table.string(rule.target);
      const bool is_core = !vowel.core.empty() && target == vowel.core;
      if (target == edge.text || is_core) {
        for (auto i = rule.alternatives_begin; i < rule.alternatives_end; ++i) {
          const std::string_view other = table.string(table.alternatives[i]);
          add(is_core ? lattice.keep(other, vowel.suffix) : other, "rom-alt");
        }
      }
      if (rule.at_end_of_syllable == no_string) continue;
      const std::string_view at_end = table.string(rule.at_end_of_syllable);
      if (target == edge.text && !at_end.empty()) add(target, "rom-alt2");
      if (at_end == edge.text) add(target, "rom-alt3");
    }
    out.insert(out.end(), behind.rbegin(), behind.rend());  // each was put right behind the edge
  }
  edges = std::move(out);
}

}  // namespace polyvocab::romanize
