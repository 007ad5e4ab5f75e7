#include "core/romanize/plain_characters.h"

#include <cstring>
#include <map>

#include "core/romanize/hangul.h"
#include "core/romanize/marks.h"
#include "core/romanize/romanization.h"
#include "core/unicode/utf8.h"

namespace polyvocab::romanize {
namespace {

constexpr char32_t coptic_grave = 0x0300;

// Whether romanization looks at this character from beside it, or at what is beside it from here.
bool is_looked_at(const Table& table, char32_t c, const CharacterClass& kind) {
  const auto is_script = [&](std::uint16_t script) { return script != 0 && kind.script == script; };
  const NamedScripts& named = table.named;
  return is_braille(c) || c == coptic_grave || kind.is(is_virama) || kind.is(has_number) || kind.digit >= 0 ||
         is_script(named.thai) || is_script(named.tibetan) || is_script(named.coptic) || is_script(named.hiragana) ||
         is_script(named.katakana) || c == prolonged_sound || !table.scripts[kind.script].vowels.empty();
}

}  // namespace

PlainCharacters::PlainCharacters(const Table& table, std::uint32_t language_bit, std::string_view mark) : table_(table) {
  // What a block of characters becomes follows from its blocks of classes and of nodes, but for Hangul.
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint16_t> known;
  for (char32_t page = 0; page < table.class_pages.size(); ++page) {
    const bool has_hangul = hangul::first <= (page << 8 | 0xFF) && page << 8 <= hangul::last;
    const auto key = std::pair<std::uint32_t, std::uint32_t>(table.class_pages[page], table.node_pages[page]);
    if (const auto found = known.find(key); !has_hangul && found != known.end()) {
      pages_.push_back(found->second);
      continue;
    }
    const auto block = static_cast<std::uint16_t>(blocks_.size() >> 8);
    for (char32_t c = page << 8; c < (page + 1) << 8; ++c) blocks_.push_back(entry(c, language_bit, mark));
    if (!has_hangul) known[key] = block;
    pages_.push_back(block);
  }
}

bool PlainCharacters::holds_below(NodeId node, std::uint32_t language_bit) const {
  for (auto i = table_.nodes[node].children_begin; i < table_.nodes[node].children_end; ++i) {
    const NodeId child = table_.child_nodes[i];
    for (const Rule& rule : table_.rules_of(child)) {
      if (rule.target != no_string && (rule.languages == 0 || (rule.languages & language_bit) != 0)) return true;
    }
    if (holds_below(child, language_bit)) return true;
  }
  return false;
}

PlainCharacters::Entry PlainCharacters::entry(char32_t c, std::uint32_t language_bit, std::string_view mark) const {
  constexpr Entry not_plain{Entry::not_plain, 0, {}}, itself{Entry::itself, 0, {}}, nothing{0, 0, {}};
  const CharacterClass& kind = table_.class_of(c);
  if (is_looked_at(table_, c, kind)) return not_plain;
  const NodeId node = table_.root(c);
  Entry out = nothing;
  out.looks_ahead = node != no_node && holds_below(node, language_bit);
  std::string made;
  const Rule* best = nullptr;
  for (const Rule& rule : table_.rules_of(node)) {
    if (rule.target == no_string || (rule.languages != 0 && (rule.languages & language_bit) == 0)) continue;
    if (rule.conditions != 0 || rule.at_end_of_syllable != no_string) return not_plain;
    if (best == nullptr || rule.restrictions > best->restrictions) best = &rule;
  }
  if (best != nullptr) {
    made = table_.string(best->target);
    const bool changes_before_small = table_.capitalized[best->target] != best->target && is_upper_string(table_, made);
    if (is_tail_mark(made) || changes_before_small || made.starts_with(' ') || made.ends_with(' ')) return not_plain;
  } else if (hangul::is_syllable(c)) {
    made = hangul::romanized(c);
  } else if (kind.is(has_decomposition)) {
    return not_plain;
  } else if (!kind.is(is_nonspacing) && !kind.is(is_format) && !kind.is(is_private)) {
    Entry self = itself;
    self.looks_ahead = out.looks_ahead;
    return self;
  }
  if (!mark.empty() && made != utf8::encode(c).view()) made = with_marks(table_, made, mark);
  if (made.size() > Entry::most_bytes) return not_plain;
  out.size = static_cast<std::uint8_t>(made.size());
  std::memcpy(out.bytes, made.data(), made.size());
  return out;
}

bool PlainCharacters::append(std::string_view text, std::string& out) const {
  constexpr std::size_t room = 1024;
  char buffer[room + 16];
  std::size_t used = 0;
  const std::size_t before = out.size();
  for (std::size_t at = 0; at < text.size();) {
    const auto [code, bytes] = utf8::decode(text.data() + at);
    const Entry& entry = blocks_[std::size_t{pages_[code >> 8]} << 8 | (code & 0xFF)];
    const bool is_longer = entry.looks_ahead != 0 && at + bytes < text.size() &&
                           table_.child(table_.root(code), utf8::decode(text.data() + at + bytes).code) != no_node;
    if (entry.size == Entry::not_plain || is_longer) {
      out.resize(before);
      return false;
    }
    if (entry.size == Entry::itself) {
      std::memcpy(buffer + used, text.data() + at, bytes);
      used += bytes;
    } else {
      std::memcpy(buffer + used, entry.bytes, Entry::most_bytes);
      used += entry.size;
    }
    at += bytes;
    if (used > room) {
      out.append(buffer, used);
      used = 0;
    }
  }
  out.append(buffer, used);
  return true;
}

}  // namespace polyvocab::romanize
