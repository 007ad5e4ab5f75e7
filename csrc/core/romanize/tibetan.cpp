// Tibetan: which letter of a syllable its unwritten vowel follows.
#include <algorithm>
#include <limits>

#include "core/romanize/romanization.h"
#include "core/unicode/utf8.h"

namespace polyvocab::romanize {
namespace {

constexpr char32_t letter_a = 0x0F60;         // romanized as an apostrophe
constexpr char32_t subjoined_a = 0x0FB0;

constexpr std::string_view good_suffixes[] = {
    "bh", "bs", "ch", "cs", "dd", "ddh", "dh", "dz", "dzh", "gh", "gr", "gs", "kh", "khs", "kss", "n",  "nn",  "nt", "ms",
    "ng", "ngs", "ns", "ph", "rm", "sh",  "ss", "th", "ts",  "tsh", "tt", "tth", "zh", "zhs",
};
constexpr std::string_view good_prefixes[] = {
    "bd", "br",  "brg", "brgy", "bs", "bsh", "bst", "bt", "bts", "by", "bz",  "bzh", "ch",  "db", "dby", "dk", "dm",
    "dp", "dpy", "dr",  "gl",   "gn", "gr",  "gs",  "gt", "gy",  "gzh", "kh", "khr", "khy", "kr", "ky",  "ld", "lh",
    "lt", "mkh", "mny", "mth",  "mtsh", "ny", "ph", "phr", "phy", "rgy", "rk", "el", "rn",  "rny", "rt", "rts", "sk",
    "skr", "sky", "sl", "sm",   "sn", "sny", "sp",  "spy", "sr", "st", "th",  "ts",  "tsh",
};
constexpr std::size_t longest_affix = 6;  // with an apostrophe

bool is_good_suffix(std::string_view post) {
  if (post.ends_with('\'')) post.remove_suffix(1);
  if (post.empty() || (post.size() == 1 && is_one_of(post[0], "bcdfghjklmnpqrstvwxz"))) return true;
  return std::ranges::find(good_suffixes, post) != std::end(good_suffixes);
}

bool is_good_prefix(std::string_view pre) {
  const auto matches = [](std::string_view rest) {
    return utf8::count(rest) == 1 || std::ranges::find(good_prefixes, rest) != std::end(good_prefixes);
  };
  return matches(pre) || (pre.starts_with('\'') && matches(pre.substr(1)));
}

// Without its last a, where a consonant comes before it.
std::string_view without_a(std::string_view rom) {
  if (rom.ends_with('a') && rom.find_first_of(all_consonants) != std::string_view::npos) rom.remove_suffix(1);
  return rom;
}

bool is_all_vowels(std::string_view string) { return is_all_of(string, "aeiou"); }

}  // namespace

void Romanization::choose_tibetan_vowels() {
  vowel_.assign(size(), -1);
  is_deleted_.assign(size(), 0);
  for (std::uint32_t at = 0; at < size();) {
    const auto belongs = [&](std::uint32_t i) {
      const CharacterClass& c = class_at(i);
      return c.script == table_.named.tibetan && (c.is(is_named_letter) || c.is(is_vowel_sign));
    };
    const std::uint32_t begin = at;
    while (at < size() && belongs(at)) ++at;
    if (at > begin) {
      choose_tibetan_vowel(begin, at);
    } else {
      ++at;
    }
  }
}

void Romanization::choose_tibetan_vowel(std::uint32_t begin, std::uint32_t end) {
  bool has_vowel = false;
  auto& parts = tibetan_parts_;
  parts.clear();
  std::vector<bool>& subjoined = tibetan_subjoined_;
  subjoined.assign(end - begin, false);
  for (std::uint32_t i = begin; i < end; ++i) {
    const StringId id = top_candidate(i, i + 1, table_.root(lattice.text[i]));
    std::string_view rom = id == no_string ? "?" : table_.string(id);
    vowel_[i] = -1;
    if (class_at(i).is(is_vowel_sign) || is_all_vowels(rom)) {
      has_vowel = true;
      vowel_[i] = 1;
      if (parts.size() == 1 && parts[0] == "'") is_deleted_[i - 1] = 1;
    } else if (class_at(i).is(is_subjoined)) {
      subjoined[i - begin] = true;
      if (i > begin) {
        if (lattice.text[i] == subjoined_a) has_vowel = true;
        vowel_[i - 1] = lattice.text[i] == subjoined_a ? 1 : 0;
      }
      rom = without_a(rom);
    } else if (lattice.text[i] == letter_a) {
      vowel_[i] = 0;
      if (i > begin) {
        has_vowel = true;
        vowel_[i - 1] = 1;
        if (i + 1 == end) is_deleted_[i] = 1;
      }
      const bool follows_vowel = parts.empty() || std::string_view("aeiou").find(parts.back()) != std::string_view::npos;
      rom = follows_vowel ? "'" : "a'";
    } else {
      rom = without_a(rom);
    }
    parts.push_back(rom);
  }
  std::uint32_t chosen = end;  // none
  if (!has_vowel) {
    std::string& joined = tibetan_text_;
    joined.clear();
    for (const std::string_view part : parts) joined += part;
    std::uint32_t first_subjoined = end;  // all from here on are
    while (first_subjoined > begin && subjoined[first_subjoined - 1 - begin]) --first_subjoined;
    double best = std::numeric_limits<double>::infinity();
    std::size_t bytes = 0, length = 0;
    for (std::uint32_t i = begin; i < end; ++i) {
      const std::string_view part = parts[i - begin];
      bytes += part.size();
      length += utf8::count(part);
      const std::string_view pre = std::string_view(joined).substr(0, bytes), post = std::string_view(joined).substr(bytes);
      double cost = std::numeric_limits<double>::infinity();
      if (vowel_[i] == 0) {
        cost = 20;
      } else if (end - begin == 1) {
        cost = 0;
      } else if (end - begin == 2) {
        cost = i == begin ? 0 : 0.1;
      } else {
        const bool suffix = post.size() <= longest_affix && is_good_suffix(post);
        const bool prefix = pre.size() <= longest_affix && is_good_prefix(pre);
        const bool rest_is_subjoined = i + 2 >= first_subjoined;
        const auto size = static_cast<double>(length);
        if (suffix && prefix) {
          cost = size * 0.1;
        } else if (suffix) {
          cost = size;
        } else if (rest_is_subjoined && prefix) {
          cost = size * 0.3;
        } else if (rest_is_subjoined) {
          cost = size * 0.5;
        }
      }
      if (cost < best) best = cost, chosen = i;
    }
    if (chosen == end) return;
  }
  for (std::uint32_t i = begin; i < end; ++i) {
    if (vowel_[i] < 0) vowel_[i] = i == chosen ? 1 : 0;
  }
}

}  // namespace polyvocab::romanize
