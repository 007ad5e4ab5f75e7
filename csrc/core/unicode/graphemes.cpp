#include "core/unicode/properties.h"
#include "core/unicode/two_stage.h"
#include "core/unicode/utf8.h"

namespace polyvocab::unicode {
namespace {

#include "core/unicode/tables_graphemes.inc"

// What UAX 29 looks back at: the character before, and how the cluster got there.
class Cluster {
 public:
  explicit Cluster(GraphemeClass first) { add(first); }

  // Does the cluster go on with `next`? The rules in the order of the standard.
  bool takes(GraphemeClass next) const {
    using enum GraphemeClass;
    if (last_ == cr && next == lf) return true;                                                           // GB3
    if (is_break(last_) || is_break(next)) return false;                                                  // GB4, GB5
    if (last_ == l && (next == l || next == v || next == lv || next == lvt)) return true;                 // GB6
    if ((last_ == lv || last_ == v) && (next == v || next == t)) return true;                             // GB7
    if ((last_ == lvt || last_ == t) && next == t) return true;                                           // GB8
    if (is_extend(next) || next == zwj || next == spacing_mark) return true;                              // GB9, GB9a
    if (last_ == prepend) return true;                                                                    // GB9b
    if (next == incb_consonant) return conjunct_ == Conjunct::linked;                                     // GB9c
    if (next == pictograph) return pictograph_ == Pictograph::joiner;                                     // GB11
    return next == regional_indicator && last_ == regional_indicator && odd_indicators_;                  // GB12, GB13
  }

  void add(GraphemeClass next) {
    using enum GraphemeClass;
    if (next == incb_consonant) {
      conjunct_ = Conjunct::consonant;
    } else if (next == incb_linker && conjunct_ != Conjunct::none) {
      conjunct_ = Conjunct::linked;
    } else if (next != incb_linker && next != incb_extend && next != zwj) {
      conjunct_ = Conjunct::none;
    }
    if (next == pictograph) {
      pictograph_ = Pictograph::extended;
    } else if (next == zwj && pictograph_ == Pictograph::extended) {
      pictograph_ = Pictograph::joiner;
    } else if (!is_extend(next) || pictograph_ == Pictograph::joiner) {
      pictograph_ = Pictograph::none;
    }
    odd_indicators_ = next == regional_indicator && !odd_indicators_;
    last_ = next;
  }

 private:
  static bool is_break(GraphemeClass c) {
    return c == GraphemeClass::control || c == GraphemeClass::cr || c == GraphemeClass::lf;
  }
  static bool is_extend(GraphemeClass c) {
    return c == GraphemeClass::extend || c == GraphemeClass::incb_extend || c == GraphemeClass::incb_linker;
  }

  enum class Conjunct { none, consonant, linked };    // a consonant, and a linker after it
  enum class Pictograph { none, extended, joiner };   // a pictograph with its marks, and a joiner right after

  GraphemeClass last_ = GraphemeClass::other;
  Conjunct conjunct_ = Conjunct::none;
  Pictograph pictograph_ = Pictograph::none;
  bool odd_indicators_ = false;
};

GraphemeClass class_of(char32_t code) { return static_cast<GraphemeClass>(grapheme_class[code]); }

}  // namespace

bool is_prepending(char32_t code) { return class_of(code) == GraphemeClass::prepend; }

bool is_alone(char32_t code) {
  return class_of(code) == GraphemeClass::other || class_of(code) == GraphemeClass::control;
}

std::size_t grapheme_end(std::string_view text, std::size_t from) {
  const auto is_ascii = [&](std::size_t at) { return static_cast<unsigned char>(text[at]) < 0x80; };
  if (is_ascii(from) && text[from] != '\r' && (from + 1 == text.size() || is_ascii(from + 1))) return from + 1;
  const auto [first, size] = utf8::decode(text.data() + from);
  Cluster cluster(class_of(first));
  for (std::size_t end = from + size; end < text.size();) {
    const auto [code, more] = utf8::decode(text.data() + end);
    const GraphemeClass next = class_of(code);
    if (!cluster.takes(next)) return end;
    cluster.add(next);
    end += more;
  }
  return text.size();
}

}  // namespace polyvocab::unicode
