#include "core/romanize/numbers.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>

#include "core/romanize/big_number.h"
#include "core/romanize/python_float.h"

namespace polyvocab::romanize {
namespace {

using Kind = NumberEdge::Kind;

constexpr std::string_view digit_texts[] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
constexpr std::string_view type_names[] = {"digit", "digit-like", "base", "multi", "fraction"};  // by NumberType

constexpr std::u32string_view zero_signs = U"零〇", minus_signs = U"负負", connector = U"分之";
constexpr std::int64_t hundred = 100;  // the denominator that is written as a percentage

// Integers of more digits are not kept in 64 bits; so those that are can be added without an overflow.
constexpr std::size_t digits_of_value = 18;

// A last Chinese digit takes the power below that of the number before it, where that is at least this: 一万五 is 15000.
constexpr std::int64_t least_tagging_base = 1000;

// What is more often a word than a number: any part of the first string, the second, and a character of more than 1000.
constexpr std::u32string_view rare_numbers = U"兩參参伍陆陸什", rare_power = U"京兆";
constexpr std::int64_t largest_of_character = 1000;

// The lattice with the numbers of its edges.
struct Work {
  Lattice& lattice;
  Numbers& numbers;

  // Valid until the next edge is added.
  Edge& edge(EdgeId id) const { return lattice.edges[static_cast<std::size_t>(id)]; }
  NumberEdge& number(EdgeId id) const { return numbers.values[static_cast<std::size_t>(edge(id).number)]; }

  bool is_number(EdgeId id) const { return id != no_edge && edge(id).number >= 0; }
  bool is_active(EdgeId id) const { return edge(id).plan == Plan::active_number; }
  bool is_digit(EdgeId id) const { return is_number(id) && number(id).is_digit; }
  bool is_integer(EdgeId id) const {
    return is_number(id) && (number(id).kind == Kind::integer || number(id).kind == Kind::large_integer);
  }

  std::u32string_view characters(EdgeId id) const { return characters(edge(id).start, edge(id).end); }
  std::u32string_view characters(std::size_t start, std::size_t end) const {
    return std::u32string_view(lattice.text.data(), lattice.text.size()).substr(start, end - start);
  }

  // What follows an edge, where it is an integer that is part of no other number.
  EdgeId integer_after(EdgeId id) const {
    const EdgeId next = lattice.best_from(edge(id).end);
    return is_integer(next) && is_active(next) ? next : no_edge;
  }

  EdgeId add(std::uint32_t start, std::uint32_t end, std::string_view text, std::string_view type, const NumberEdge& value) {
    const EdgeId id = lattice.add(start, end, text, type, Plan::active_number);
    edge(id).number = static_cast<std::int32_t>(numbers.values.size());
    numbers.values.push_back(value);
    return id;
  }

  void deactivate(EdgeId id) { edge(id).plan = Plan::other; }

  // Makes one number of `numbers.parts`: its text is `numbers.text`, its base that of the last part.
  EdgeId join(std::string_view type, NumberEdge value) {
    const auto& parts = numbers.parts;
    value.base = number(parts.back()).base;
    value.is_chinese = number(parts.back()).is_chinese;
    for (const EdgeId part : parts) deactivate(part);
    return add(edge(parts.front()).start, edge(parts.back()).end, lattice.keep(numbers.text), type, value);
  }

  // Likewise of an integer, whose digits are `numbers.text`.
  EdgeId join_integer(std::string_view type) {
    const std::string_view digits = without_zeros(numbers.text);
    if (digits.size() > digits_of_value) return join(type, {Kind::large_integer});
    NumberEdge value{Kind::integer};
    std::from_chars(digits.data(), digits.data() + digits.size(), value.value);
    return join(type, value);
  }

  // The digits from the first that is not zero on; the last digit is always one of them.
  static std::string_view without_zeros(std::string_view digits) {
    return digits.substr(std::min(digits.find_first_not_of('0'), digits.size() - 1));
  }

  // Appends a number's value to `numbers.text` as Python writes it.
  void write(EdgeId id) {
    std::string& text = numbers.text;
    switch (number(id).kind) {
      case Kind::integer: text += std::to_string(number(id).value); break;
      case Kind::large_integer: text += without_zeros(edge(id).text); break;
      case Kind::real: append_float(text, parse_float(edge(id).text)); break;
      case Kind::fraction: break;
    }
  }

  // Replaces every current number by what `change` makes of it, and forgets those that are part of it.
  template <class Change>
  void for_each_current(Change change) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < numbers.current.size(); ++i) {
      if (is_active(numbers.current[i])) numbers.current[kept++] = change(numbers.current[i]);
    }
    numbers.current.resize(kept);
  }
};

void add_characters(Work& work) {
  Lattice& lattice = work.lattice;
  for (std::uint32_t at = 0; at < lattice.size(); ++at) {
    if (!lattice.class_at(at).is(has_number)) continue;
    const char32_t character = lattice.text[at];
    const Number& entry = *lattice.table.number(character);
    std::string& text = work.numbers.text;
    text.clear();
    NumberEdge value{entry.value < 0 ? Kind::fraction : Kind::integer};
    if (value.kind == Kind::fraction) {
      value.is_spaced = entry.numerator != 0;
      text.append(std::to_string(entry.numerator)).append("/").append(std::to_string(entry.denominator));
    } else {
      value.value = entry.value;
      value.base = entry.base;
      value.is_digit = entry.type == NumberType::digit;
      value.is_large_power = entry.is_large_power;
      value.is_chinese = entry.is_chinese;
      value.is_zero_sign = zero_signs.find(character) != zero_signs.npos;
      if (entry.value > 9) text = std::to_string(entry.value);
    }
    const std::string_view kept = text.empty() ? digit_texts[entry.value] : lattice.keep(text);
    const auto type = type_names[static_cast<std::size_t>(entry.type)];
    work.numbers.current.push_back(work.add(at, at + 1, kept, type, value));
  }
}

// Digits one after another, with at most one decimal point.
EdgeId joined_digits(Work& work, EdgeId first) {
  if (!work.number(first).is_digit) return first;
  Lattice& lattice = work.lattice;
  auto& parts = work.numbers.parts;
  std::string& text = work.numbers.text;
  parts.assign(1, first);
  text = digit_texts[work.number(first).value];
  bool has_point = false;
  for (std::uint32_t end = work.edge(first).end;; end = work.edge(parts.back()).end) {
    EdgeId next = lattice.best_from(end);
    if (!work.is_digit(next)) {
      if (has_point || end == lattice.size() || lattice.text[end] != U'.') break;
      const EdgeId decimal = lattice.best_from(end + 1);
      if (!work.is_digit(decimal)) break;
      if (next == no_edge) lattice.add(end, end + 1, ".", "decimal period", Plan::other);
      has_point = true;
      text += '.';
      next = decimal;
    }
    parts.push_back(next);
    text += digit_texts[work.number(next).value];
  }
  if (parts.size() == 1) return first;
  return has_point ? work.join("D1", {Kind::real}) : work.join_integer("D1");
}

// A number below its power of ten: 二百 is 2 * 100.
EdgeId times_power(Work& work, EdgeId factor) {
  if (!work.is_integer(factor) || work.number(factor).base != 1) return factor;
  if (work.number(factor).kind == Kind::integer && work.number(factor).value == 0) return factor;
  const EdgeId power = work.integer_after(factor);
  if (power == no_edge || work.number(power).base <= 1 || work.number(power).is_large_power) return factor;
  work.numbers.parts = {factor, power};
  work.numbers.text.clear();
  work.write(factor);
  multiply(work.numbers.text, static_cast<std::uint64_t>(work.number(power).value));
  return work.join_integer("G1");
}

// Whether a number leaves room for the next one: 二百 for 三十, but not for 三百.
bool has_room(const NumberEdge& left, const NumberEdge& right) {
  return right.kind == Kind::integer && left.base > right.value && left.base > right.base;
}

EdgeId sum_of_parts(Work& work, std::string_view type) {
  std::string& text = work.numbers.text;
  text.clear();
  std::int64_t sum = 0;
  for (const EdgeId part : work.numbers.parts) {
    // No more than one of them is large: all that follow a number are below its base.
    if (work.number(part).kind == Kind::large_integer) {
      work.write(part);
    } else {
      sum += work.number(part).value;
    }
  }
  if (text.empty()) text.push_back('0');
  add(text, static_cast<std::uint64_t>(sum));
  return work.join_integer(type);
}

// What stands below one large power: 二百 三十 四 is 200 + 30 + 4.
EdgeId sum_of_block(Work& work, EdgeId first) {
  if (!work.is_integer(first) || work.number(first).is_large_power) return first;
  auto& parts = work.numbers.parts;
  parts.assign(1, first);
  EdgeId last = first;  // that is no zero sign, but for the first
  for (EdgeId next = work.integer_after(first); next != no_edge; next = work.integer_after(next)) {
    const NumberEdge& value = work.number(next);
    if (value.is_large_power || !(work.number(last).is_zero_sign || has_room(work.number(last), value))) break;
    parts.push_back(next);
    if (!value.is_zero_sign) last = next;
  }
  return parts.size() == 1 ? first : sum_of_parts(work, "G2");
}

// A block before its large power: 二百三十四 万 is 234 * 10000.
EdgeId times_large_power(Work& work, EdgeId factor) {
  if (work.number(factor).is_large_power || work.number(factor).kind == Kind::fraction) return factor;
  const EdgeId power = work.integer_after(factor);
  if (power == no_edge || !work.number(power).is_large_power) return factor;
  const std::int64_t value = work.number(power).value;
  std::string& text = work.numbers.text;
  text.clear();
  work.numbers.parts = {factor, power};
  if (work.number(factor).kind != Kind::real) {
    work.write(factor);
    multiply(text, static_cast<std::uint64_t>(value));
    return work.join_integer("G3");
  }
  const double product = round_to_5_decimals(parse_float(work.edge(factor).text) * static_cast<double>(value));
  if (std::isfinite(product) && product == std::floor(product)) {
    append_integer(text, product);
    return work.join_integer("G3");
  }
  append_float(text, product);
  return work.join("G3", {Kind::real});
}

// Blocks one after another: 二百三十四万 五百六十七 is 2340000 + 567.
EdgeId sum_of_blocks(Work& work, EdgeId first) {
  if (!work.is_integer(first)) return first;
  auto& parts = work.numbers.parts;
  parts.assign(1, first);
  for (EdgeId next = work.integer_after(first); next != no_edge; next = work.integer_after(next)) {
    const NumberEdge& left = work.number(parts.back());
    NumberEdge& right = work.number(next);
    if (!has_room(left, right)) break;
    if (left.is_chinese && left.base >= least_tagging_base && !left.is_tagged && right.value >= 1 && right.value <= 9 &&
        work.characters(next).size() == 1) {
      right.base = left.base / 10;
      right.value *= right.base;
      right.is_tagged = true;
      work.edge(next).type = "G4tag";
    }
    parts.push_back(next);
  }
  return parts.size() == 1 ? first : sum_of_parts(work, "G4");
}

// The denominator stands first: 三分之二 is 2/3, 百分之五 is 5%. no_edge where no fraction begins.
EdgeId fraction_from(Work& work, EdgeId denominator) {
  const std::uint32_t start = work.edge(denominator).start;
  const std::size_t end = work.edge(denominator).end, connector_end = end + connector.size();
  if (!work.is_integer(denominator) || work.characters(end, connector_end) != connector) return no_edge;
  const EdgeId numerator = work.lattice.best_from(static_cast<std::uint32_t>(connector_end));
  if (!work.is_number(numerator) || work.number(numerator).kind == Kind::fraction) return no_edge;
  const NumberEdge& below = work.number(denominator);
  const bool is_percentage = below.kind == Kind::integer && below.value == hundred;
  const bool is_zero = below.kind == Kind::integer && below.value == 0;
  if (!is_percentage && (is_zero || !work.is_integer(numerator))) return no_edge;

  std::string& text = work.numbers.text;
  text.clear();
  work.write(numerator);
  work.deactivate(denominator);
  work.deactivate(numerator);
  const std::uint32_t numerator_end = work.edge(numerator).end;
  if (is_percentage) {
    return work.lattice.add(start, numerator_end, work.lattice.keep(text, "%"), "percentage", Plan::other);
  }
  text += '/';
  work.write(denominator);
  NumberEdge value{Kind::fraction};
  value.is_spaced = work.number(numerator).kind == Kind::large_integer || work.number(numerator).value != 0;
  return work.add(start, numerator_end, work.lattice.keep(text), "fraction", value);
}

void make_fractions(Work& work) {
  auto& current = work.numbers.current;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < current.size(); ++i) {
    // The numerator of one fraction may be the denominator of the next: then the text has edges of both.
    const EdgeId fraction = fraction_from(work, current[i]);
    if (fraction != no_edge) {
      current[kept++] = fraction;
    } else if (work.is_active(current[i])) {
      current[kept++] = current[i];
    }
  }
  current.resize(kept);
}

void add_signs(Work& work) {
  Lattice& lattice = work.lattice;
  for (const EdgeId id : work.numbers.current) {
    const Edge edge = work.edge(id);
    if (edge.start == 0 || minus_signs.find(lattice.text[edge.start - 1]) == minus_signs.npos) continue;
    lattice.add(edge.start - 1, edge.end, lattice.keep("-", edge.text), lattice.keep(edge.type, " -"), Plan::other);
  }
}

bool is_ascii_digit(char c) { return c >= '0' && c <= '9'; }

// Keeps a number apart from digits that stand before it: 23½ is "23 1/2", 十一五 "11·5".
void separate(Work& work) {
  for (const EdgeId id : work.numbers.current) {
    Edge& edge = work.edge(id);
    if (edge.number < 0 || !is_ascii_digit(edge.text.front())) continue;
    const EdgeId before = work.lattice.best_to(edge.start);
    if (before == no_edge || work.edge(before).text.empty() || !is_ascii_digit(work.edge(before).text.back())) continue;
    edge.text = work.lattice.keep(work.number(id).is_spaced ? " " : "·", edge.text);
  }
}

void leave_out_rare_numbers(Work& work) {
  for (const EdgeId id : work.numbers.current) {
    if (!work.is_number(id) || work.number(id).kind == Kind::fraction) continue;
    const std::u32string_view characters = work.characters(id);
    const bool is_rare = characters.size() == 1 && work.number(id).value > largest_of_character;
    if (is_rare || rare_numbers.find(characters) != rare_numbers.npos || characters == rare_power) work.deactivate(id);
  }
}

// Digits that are no entry of the table, or that their script's rules have too.
void add_other_digits(Work& work) {
  Lattice& lattice = work.lattice;
  for (std::uint32_t at = 0; at < lattice.size(); ++at) {
    const int digit = lattice.class_at(at).digit;
    if (digit < 0 || work.is_number(lattice.best_in_span(at, at + 1))) continue;
    lattice.add(at, at + 1, digit_texts[digit], "num", Plan::rule);
  }
}

}  // namespace

void add_numbers(Lattice& lattice, Numbers& numbers) {
  numbers.values.clear();
  numbers.current.clear();
  Work work{lattice, numbers};
  add_characters(work);
  work.for_each_current([&](EdgeId id) { return joined_digits(work, id); });
  work.for_each_current([&](EdgeId id) { return times_power(work, id); });
  work.for_each_current([&](EdgeId id) { return sum_of_block(work, id); });
  work.for_each_current([&](EdgeId id) { return times_large_power(work, id); });
  work.for_each_current([&](EdgeId id) { return sum_of_blocks(work, id); });
  make_fractions(work);
  add_signs(work);
  separate(work);
  leave_out_rare_numbers(work);
  add_other_digits(work);
}

}  // namespace polyvocab::romanize
