#include "core/normalizer/charsmap.h"

#include <numeric>
#include <stdexcept>

#include "core/unicode/utf8.h"

namespace polyvocab {
namespace {

std::uint32_t read_u32(std::string_view blob, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i-- > 0;) value = value << 8 | static_cast<unsigned char>(blob[at + i]);
  return value;
}

// A unit of the double array. The highest bit marks a value; else the lowest byte is the label, by which the unit is
// reached, bit 8 says that a key ends here, and the rest is how far away the children are.
constexpr std::uint32_t value_mark = 1U << 31;
std::uint32_t label(std::uint32_t unit) { return unit & (value_mark | 0xFF); }
bool ends_key(std::uint32_t unit) { return (unit >> 8 & 1) != 0; }
std::uint32_t children(std::uint32_t unit) { return unit >> 10 << (unit >> 6 & 8); }
std::uint32_t value(std::uint32_t unit) { return unit & ~value_mark; }

}  // namespace

Charsmap::Charsmap(std::string_view blob) {
  if (blob.size() < 4) throw std::invalid_argument("charsmap: " + std::to_string(blob.size()) + " bytes hold no table");
  const std::size_t size = read_u32(blob, 0);
  if (size == 0 || size % 4 != 0 || size > blob.size() - 4) {
    throw std::invalid_argument("charsmap: a double array of " + std::to_string(size) + " bytes in a table of " +
                                std::to_string(blob.size()));
  }
  units_.resize(size / 4);
  for (std::size_t i = 0; i < units_.size(); ++i) units_[i] = read_u32(blob, 4 + 4 * i);
  strings_ = blob.substr(4 + size);
  if (utf8::first_invalid(strings_) != std::string::npos) throw std::invalid_argument("charsmap: the strings are not UTF-8");
  for (std::size_t i = 0; i < units_.size(); ++i) {
    if ((units_[i] & value_mark) != 0 || !ends_key(units_[i])) continue;
    const std::size_t leaf = i ^ children(units_[i]);
    const std::size_t string = leaf < units_.size() ? value(units_[leaf]) : std::string::npos;
    if (string > strings_.size() || (string < strings_.size() && utf8::is_continuation(strings_[string]))) {
      throw std::invalid_argument("charsmap: unit " + std::to_string(i) + " of the double array leads to no string");
    }
  }
}

bool Charsmap::for_each(const std::function<void(std::string_view, std::string_view)>& visit) const {
  constexpr std::size_t longest_key = 64;
  struct Open {
    std::uint32_t next, end;  // in units
  };
  const Children all = units_by_parent();
  std::size_t steps_left = 8 * units_.size();
  std::string key;
  std::vector<Open> path;
  const auto enter = [&](std::size_t base) {
    path.push_back(base + 1 < all.begins.size() ? Open{all.begins[base], all.begins[base + 1]} : Open{0, 0});
  };
  for (enter(children(units_[0])); !path.empty();) {
    if (path.back().next == path.back().end) {
      path.pop_back();
      if (!key.empty()) key.pop_back();
      continue;
    }
    const std::size_t at = all.units[path.back().next++];
    if (steps_left-- == 0) return false;
    const std::size_t inner = at ^ children(units_[at]);
    key.push_back(static_cast<char>(static_cast<unsigned char>(label(units_[at]))));
    if (ends_key(units_[at])) visit(key, string_at(units_[inner]));
    if (key.size() == longest_key) return false;
    enter(inner);
  }
  return true;
}

// A unit with a label can be the child of one number only.
Charsmap::Children Charsmap::units_by_parent() const {
  const auto is_child = [](std::uint32_t unit) { return label(unit) > 0 && label(unit) < 256; };
  Children all;
  all.begins.resize((units_.size() | 255) + 2);
  for (std::size_t at = 0; at < units_.size(); ++at) {
    if (is_child(units_[at])) ++all.begins[(at ^ label(units_[at])) + 1];
  }
  std::partial_sum(all.begins.begin(), all.begins.end(), all.begins.begin());
  all.units.resize(all.begins.back());
  std::vector<std::uint32_t> next = all.begins;
  for (std::size_t at = 0; at < units_.size(); ++at) {
    if (is_child(units_[at])) all.units[next[at ^ label(units_[at])]++] = static_cast<std::uint32_t>(at);
  }
  return all;
}

std::optional<std::string_view> Charsmap::find(std::string_view text) const {
  std::size_t at = children(units_[0]);
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    at ^= byte;
    if (byte == 0 || at >= units_.size() || label(units_[at]) != byte) return std::nullopt;
    const bool found = ends_key(units_[at]);
    at ^= children(units_[at]);
    if (found) return string_at(units_[at]);
  }
  return std::nullopt;
}

Charsmap::Match Charsmap::longest(std::string_view text) const {
  constexpr int most_keys = 32;
  std::size_t at = children(units_[0]), size = 0;
  std::uint32_t leaf = 0;
  int keys = 0;
  for (std::size_t i = 0; i < text.size() && keys < most_keys; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    at ^= byte;
    if (byte == 0 || at >= units_.size() || label(units_[at]) != byte) break;
    const bool found = ends_key(units_[at]);
    at ^= children(units_[at]);
    if (!found) continue;
    leaf = units_[at];
    size = i + 1;
    ++keys;
  }
  if (size == 0) return {};
  return {size, string_at(leaf)};
}

bool Charsmap::begins_key(std::string_view prefix) const {
  std::size_t at = children(units_[0]);
  for (const char character : prefix) {
    const auto byte = static_cast<unsigned char>(character);
    at ^= byte;
    if (byte == 0 || at >= units_.size() || label(units_[at]) != byte) return false;
    at ^= children(units_[at]);
  }
  return true;
}

std::string_view Charsmap::string_at(std::uint32_t leaf) const {
  const std::string_view rest = std::string_view(strings_).substr(value(leaf));
  return rest.substr(0, rest.find('\0'));
}

}  // namespace polyvocab
