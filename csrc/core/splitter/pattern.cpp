#include "core/splitter/pattern.h"

#include <stdexcept>
#include <string>

#include "core/unicode/utf8.h"

namespace polyvocab {
namespace {

constexpr std::uint32_t most_repeats = 1000;
constexpr int deepest_nesting = 100;

class Parser {
 public:
  Parser(std::string_view pattern, Dialect dialect) : pattern_(pattern), dialect_(dialect) {
    if (const auto bad = utf8::first_invalid(pattern); bad != std::string_view::npos) {
      at_ = bad;
      refuse("invalid UTF-8");
    }
  }

  Node parse() {
    Node whole = choice();
    if (!done()) refuse("a ')' without its '('");
    return whole;
  }

 private:
  std::string_view pattern_;
  Dialect dialect_;
  std::size_t at_ = 0;
  bool ignore_case_ = false;
  int depth_ = 0;

  [[noreturn]] void refuse(const std::string& what) const {
    throw std::invalid_argument(what + " at byte " + std::to_string(at_) + " of the pattern " + std::string(pattern_));
  }

  bool done() const { return at_ == pattern_.size(); }
  bool looking_at(std::string_view text) const { return pattern_.substr(at_).starts_with(text); }
  bool take(std::string_view text) {
    if (!looking_at(text)) return false;
    at_ += text.size();
    return true;
  }
  char32_t take_character() {
    if (done()) refuse("the pattern ends too early");
    const auto [code, size] = utf8::decode(pattern_.data() + at_);
    at_ += size;
    return code;
  }

  Node choice() {
    if (++depth_ > deepest_nesting) refuse("groups nested too deeply");
    const bool ignore_case = ignore_case_;
    Node node{.kind = Node::choice};
    do node.parts.push_back(sequence());
    while (take("|"));
    ignore_case_ = ignore_case;
    --depth_;
    if (node.parts.size() == 1) return std::move(node.parts[0]);
    return node;
  }

  Node sequence() {
    Node node{.kind = Node::sequence};
    std::string literal;  // what is matched without regard to case, as far as it is plain ASCII
    while (!done() && !looking_at("|") && !looking_at(")")) {
      const auto before = at_;
      node.parts.push_back(quantified(atom()));
      const bool letter = at_ == before + 1 && ignore_case_;
      literal = letter ? literal + static_cast<char>(pattern_[before] | 0x20) : "";
      // The engine also lets one ligature stand for these two letters; no character class says so.
      for (const char* pair : {"ss", "st", "ff", "fi", "fl"}) {
        if (literal.ends_with(pair)) refuse(std::string("'") + pair + "' without regard to case, which has a ligature,");
      }
    }
    return node;
  }

  Node quantified(Node atom) {
    for (;;) {
      std::uint32_t low, high;
      bool counted = false;
      if (take("?")) low = 0, high = 1;
      else if (take("*")) low = 0, high = unlimited;
      else if (take("+")) low = 1, high = unlimited;
      else if (looking_at("{") && counts(low, high)) counted = true;
      else return atom;
      if (atom.kind == Node::ahead) refuse("a repeated look-ahead");
      Node node{.kind = Node::repeat, .low = low, .high = high};
      if (take("?")) {
        // In Oniguruma {n}? is an optional {n}, not a lazy one.
        if (counted && low == high && dialect_ == Dialect::oniguruma) refuse("the quantifier {n}?");
        node.taste = Node::lazy;
      } else if (looking_at("+") && !(counted && dialect_ == Dialect::oniguruma)) {
        take("+");
        node.taste = Node::possessive;
        if (atom.kind != Node::characters) refuse("a possessive quantifier after more than one character,");
      }
      node.parts.push_back(std::move(atom));
      atom = std::move(node);
    }
  }

  // {n}, {n,}, {n,m}, {,m}; anything else is a literal brace.
  bool counts(std::uint32_t& low, std::uint32_t& high) {
    const auto start = at_;
    take("{");
    const auto first = number();
    const bool comma = take(",");
    const auto second = comma ? number() : first;
    if (!take("}") || (first < 0 && (!comma || second < 0))) {
      at_ = start;
      return false;
    }
    low = first < 0 ? 0 : static_cast<std::uint32_t>(first);
    high = second < 0 ? unlimited : static_cast<std::uint32_t>(second);
    if (low > high) refuse("a repeat with its bounds in the wrong order");
    return true;
  }

  std::int64_t number() {
    if (done() || pattern_[at_] < '0' || pattern_[at_] > '9') return -1;
    std::int64_t value = 0;
    for (; !done() && pattern_[at_] >= '0' && pattern_[at_] <= '9'; ++at_) {
      value = value * 10 + (pattern_[at_] - '0');
      if (value > most_repeats) refuse("more than " + std::to_string(most_repeats) + " repeats");
    }
    return value;
  }

  Node atom() {
    if (take("(")) return group();
    if (take("[")) return characters(bracket());
    if (take(".")) {
      CodePoints newline = CodePoints::one('\n');
      return characters(newline.complement());
    }
    if (take("$")) {
      if (dialect_ == Dialect::rust) return ahead({}, true);
      return ahead(CodePoints::one('\n'), true);
    }
    if (looking_at("^")) refuse("the anchor ^");
    if (take("\\z")) return ahead({}, true);
    if (looking_at("\\")) return characters(escape(true));
    if (looking_at("*") || looking_at("+") || looking_at("?")) refuse("a quantifier with nothing before it");
    return characters(with_case(CodePoints::one(take_character())));
  }

  Node characters(CodePoints set) {
    Node node{.kind = Node::characters};
    node.set = std::move(set);
    return node;
  }

  Node ahead(CodePoints set, bool or_end) {
    Node node{.kind = Node::ahead};
    node.set = std::move(set);
    node.or_end = or_end;
    return node;
  }

  Node group() {
    Node node;
    const bool ignore_case = ignore_case_;
    if (take("?:")) {
      node = choice();
    } else if (take("?i:")) {
      ignore_case_ = true;
      node = choice();
    } else if (take("?i)")) {
      // From here to the end of the enclosing group, alternatives included.
      ignore_case_ = true;
      return choice();
    } else if (looking_at("?!") || looking_at("?=")) {
      const bool positive = take("?=");
      if (!positive) take("?!");
      const Node inside = choice();
      const Node& one = inside.kind == Node::sequence && inside.parts.size() == 1 ? inside.parts[0] : inside;
      if (one.kind != Node::characters) refuse("a look-ahead of anything but one character");
      node = positive ? ahead(one.set, false) : ahead(one.set.complement(), true);
    } else if (looking_at("?")) {
      refuse("the group (" + std::string(pattern_.substr(at_, 3)));
    } else {
      node = choice();  // a capture; nobody asks what it caught
    }
    ignore_case_ = ignore_case;
    if (!take(")")) refuse("a '(' without its ')'");
    return node;
  }

  CodePoints named(std::string_view name) {
    const auto ranges = unicode::property(name);
    if (!ranges) refuse("the unknown property " + std::string(name));
    return CodePoints(*ranges);
  }

  static CodePoints negated(CodePoints set, bool negative) { return negative ? set.complement() : set; }

  CodePoints with_case(CodePoints set) const {
    if (!ignore_case_) return set;
    CodePoints out = set;
    for (const auto& range : set.ranges()) {
      for (char32_t code = range.first; code <= range.last; ++code) {
        for (const char32_t variant : unicode::case_variants(code)) {
          if (!out.contains(variant)) out.add(variant, variant);
        }
      }
    }
    return out;
  }

  // What follows a backslash: one character or a class of them.
  CodePoints escape(bool outside) {
    take("\\");
    const char32_t code = take_character();
    switch (code) {
      case 's': return named("\\s");
      case 'S': return named("\\s").complement();
      case 'd': return named("\\d");
      case 'D': return named("\\d").complement();
      case 'w':
      case 'W':
        if (dialect_ == Dialect::rust) refuse("the escape \\w");  // another set there
        return negated(named("\\w"), code == 'W');
      case 'p': return property(false);
      case 'P': return property(true);
      case 'h':
      case 'H':
        if (dialect_ == Dialect::rust) refuse("the escape \\h");
        return negated(named("\\h"), code == 'H');
      case 'n': return CodePoints::one('\n');
      case 'r': return CodePoints::one('\r');
      case 't': return CodePoints::one('\t');
      case 'f': return CodePoints::one('\f');
      case 'v': return CodePoints::one('\v');
      case 'a': return CodePoints::one('\a');
      case 'e': return CodePoints::one(0x1B);
      case 'x': return with_case(CodePoints::one(hexadecimal(2)));
      case 'u': return with_case(CodePoints::one(hexadecimal(4)));
      default: break;
    }
    if ((code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z') || (code >= '0' && code <= '9')) {
      refuse(std::string("the escape \\") + static_cast<char>(code));
    }
    return outside ? with_case(CodePoints::one(code)) : CodePoints::one(code);
  }

  char32_t hexadecimal(int digits) {
    const bool braces = take("{");
    char32_t value = 0;
    int read = 0;
    for (; !done() && (braces || read < digits); ++read) {
      const char c = pattern_[at_];
      const int digit = c >= '0' && c <= '9'   ? c - '0'
                        : c >= 'a' && c <= 'f' ? c - 'a' + 10
                        : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                               : -1;
      if (digit < 0) break;
      value = value * 16 + static_cast<char32_t>(digit);
      if (value > CodePoints::last) refuse("a code point beyond U+10FFFF");
      ++at_;
    }
    if (read == 0 || (!braces && read < digits) || (braces && !take("}"))) refuse("a malformed hexadecimal escape");
    return value;
  }

  CodePoints property(bool negative) {
    std::string_view name;
    if (take("{")) {
      if (take("^")) negative = !negative;
      const auto end = pattern_.find('}', at_);
      if (end == std::string_view::npos) refuse("a property without its '}'");
      name = pattern_.substr(at_, end - at_);
      at_ = end + 1;
    } else {
      if (dialect_ == Dialect::oniguruma) refuse("a property without '{'");
      name = pattern_.substr(at_, 1);
      take_character();
    }
    return negated(named(name), negative);
  }

  // After '[': members, ranges, nested brackets, intersections; up to and with ']'.
  CodePoints bracket() {
    if (++depth_ > deepest_nesting) refuse("brackets nested too deeply");
    const bool negative = take("^");
    CodePoints all, members;
    bool intersecting = false, first = true;
    const auto close_part = [&] {
      all = intersecting ? all.intersection(members) : members;
      members = {};
    };
    for (;; first = false) {
      if (done()) refuse("a '[' without its ']'");
      if (looking_at("]") && !first) break;
      if (take("&&")) {
        close_part();
        intersecting = true;
      } else if (take("[:")) {
        members.add(posix());
      } else if (take("[")) {
        members.add(bracket());
      } else {
        member(members);
      }
    }
    take("]");
    close_part();
    --depth_;
    return negated(with_case(all), negative);
  }

  CodePoints posix() {
    const bool negative = take("^");
    const auto end = pattern_.find(":]", at_);
    if (end == std::string_view::npos) refuse("a '[:' without its ':]'");
    const auto name = pattern_.substr(at_, end - at_);
    at_ = end + 2;
    return negated(named("[:" + std::string(name) + ":]"), negative);
  }

  void member(CodePoints& members) {
    const CodePoints low = looking_at("\\") ? escape(false) : CodePoints::one(take_character());
    const bool single = low.ranges().size() == 1 && low.ranges()[0].first == low.ranges()[0].last;
    const bool range = single && looking_at("-") && at_ + 1 < pattern_.size() && pattern_[at_ + 1] != ']';
    if (!range) {
      members.add(low);
      return;
    }
    take("-");
    if (looking_at("[")) refuse("a range that ends in a bracket");
    const CodePoints high = looking_at("\\") ? escape(false) : CodePoints::one(take_character());
    if (high.ranges().size() != 1 || high.ranges()[0].first != high.ranges()[0].last) refuse("a range that ends in a class");
    if (low.ranges()[0].first > high.ranges()[0].first) refuse("a range in the wrong order");
    members.add(low.ranges()[0].first, high.ranges()[0].first);
  }
};

}  // namespace

Node parse_pattern(std::string_view pattern, Dialect dialect) { return Parser(pattern, dialect).parse(); }

}  // namespace polyvocab
