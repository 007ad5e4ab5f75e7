// The rule that holds for a span: of the valid ones the first of those with the most restrictions.
#include "core/romanize/romanization.h"

namespace polyvocab::romanize {

bool Romanization::holds(const Rule& rule, std::uint32_t start, std::uint32_t end) {
  if (rule.target == no_string) return false;
  // The order of the questions matters: what is answered once stays, and an answer may change while edges are added.
  if (const auto conditions = rule.conditions; conditions != 0) {
    if ((conditions & not_at_start) != 0 && starts_word(start)) return false;
    if ((conditions & only_at_start) != 0 && !starts_word(start)) return false;
    if ((conditions & not_at_end) != 0 && ends_word(end)) return false;
    if ((conditions & only_at_end) != 0 && !ends_word(end)) return false;
    if ((conditions & only_whole_word) != 0 && !(starts_word(start) && ends_word(end))) return false;
  }
  return rule.languages == 0 || (rule.languages & lattice.request.language_bit) != 0;
}

const Rule* Romanization::best_rule(std::uint32_t start, std::uint32_t end, NodeId node) {
  const Rule* best = nullptr;
  for (const Rule& rule : table_.rules_of(node)) {
    if (holds(rule, start, end) && (best == nullptr || rule.restrictions > best->restrictions)) best = &rule;
  }
  return best;
}

StringId Romanization::top_candidate(std::uint32_t start, std::uint32_t end, NodeId node) {
  const bool is_remembered = !top_of_single_.empty() && end == start + 1;
  if (is_remembered && top_of_single_[start] != no_string) return top_of_single_[start];
  const Rule* const rule = best_rule(start, end, node);
  if (rule == nullptr) return no_string;
  const bool is_other = rule->at_end_of_syllable != no_string && ends_syllable(end);
  const StringId found = is_other ? rule->at_end_of_syllable : rule->target;
  if (is_remembered) top_of_single_[start] = found;
  return found;
}

StringId Romanization::simple_top_candidate(std::uint32_t start, std::uint32_t end) {
  if (end > size()) return no_string;
  if (!top_of_single_.empty() && end == start + 1 && top_of_single_[start] != no_string) return top_of_single_[start];
  const Rule* const rule = best_rule(start, end, table_.find(lattice.text.subspan(start, end - start)));
  return rule == nullptr ? no_string : rule->target;
}

StringId Romanization::first_target(std::span<const char32_t> string) const {
  const auto rules = table_.rules_of(table_.find(string));
  return rules.empty() ? no_string : rules.front().target;
}

}  // namespace polyvocab::romanize
