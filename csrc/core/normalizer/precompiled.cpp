#include <algorithm>
#include <unordered_set>

#include "core/normalizer/charsmap.h"
#include "core/normalizer/normalizer.h"
#include "core/unicode/properties.h"

namespace polyvocab {
namespace {

// Replaces strings of characters. The last character that was put waits: what is replaced by nothing is dropped behind it,
// even if it was an inserted one, which then takes the place of the first dropped character. Before the first character
// nothing is dropped, so that every character behind stands for an earlier one than it should. So does the reference.
class StringRewriter {
 public:
  explicit StringRewriter(Text& text) : text_(text), rewriter_(text) {}

  void keep(std::uint32_t begin, std::uint32_t end) {
    if (begin == end) return;
    std::uint32_t last = end - 1;
    while (utf8::is_continuation(text_.bytes[last])) --last;
    put_last();
    rewriter_.keep(begin, last);
    last_ = {utf8::decode(&text_.bytes[last]).code, 0};
    waits_ = true;
  }

  void replace(std::string_view old, std::string_view by) {
    const auto taken = static_cast<int>(utf8::count(old));
    int put = 0;
    for (std::size_t at = 0; at < by.size(); ++put) {
      const auto [code, size] = utf8::decode(&by[at]);
      put_last();
      last_ = {code, put < taken ? 0 : 1};
      waits_ = true;
      at += size;
    }
    if (put < taken && waits_) last_.change -= taken - put;
  }

  void finish() {
    put_last();
    rewriter_.finish();
  }

 private:
  struct Put {
    char32_t code = 0;
    int change = 0;
  };

  void put_last() {
    if (waits_) rewriter_.put(last_.code, last_.change);
    waits_ = false;
    last_ = {};
  }

  Text& text_;
  Rewriter rewriter_;
  Put last_;
  bool waits_ = false;
};

class Precompiled final : public Normalizer {
 public:
  explicit Precompiled(std::string_view blob) : charsmap_(blob) {
    for (char32_t code = 0; code < roles_.size(); ++code) {
      if (unicode::is_alone(code)) roles_[code] = alone;
    }
    look_at_keys();
  }

  bool leaves(std::string_view text) const override { return !odd_keys_ && has_no_key(text); }

  // Cutting is safe before ASCII, which ends all clusters but \r\n and those that a prepending mark begins.
  bool joins(char32_t left, char32_t right) const override { return odd_keys_ || (left == '\r' && right == '\n'); }
  bool always_opens() const override { return false; }
  bool opens_after(std::string_view head) const override { return !unicode::is_prepending(last_character(head)); }
  // A cluster is replaced by what its first character or characters become, so that all that may begin the last one count.
  bool ends_solid(std::string_view head) const override {
    for (std::size_t at = head.size() - std::min<std::size_t>(head.size(), 5); at < head.size(); ++at) {
      if (!utf8::is_continuation(head[at]) && becomes_space_.contains(utf8::decode(head.data() + at).code)) return false;
    }
    return !unicode::is_whitespace(last_character(head));
  }

  // A grapheme cluster of less than six bytes is looked up as a whole, and else character by character.
  void normalize(Text& text) const override {
    if (leaves(text.bytes)) return;
    const std::string_view old = text.bytes;
    std::optional<StringRewriter> rewriter;
    std::size_t done = 0;  // before this everything is replaced or kept
    const auto replace = [&](std::size_t begin, std::size_t end) {
      const std::string_view key = old.substr(begin, end - begin);
      const std::optional<std::string_view> by = charsmap_.find(key);
      if (!by) return false;
      if (!rewriter) rewriter.emplace(text);
      rewriter->keep(static_cast<std::uint32_t>(done), static_cast<std::uint32_t>(begin));
      rewriter->replace(key, *by);
      done = end;
      return true;
    };
    for (std::size_t at = 0; at < old.size();) {
      const auto [code, size] = utf8::decode(&old[at]);
      const unsigned char role = odd_keys_ ? 0 : role_of(code);
      if ((role & alone) && (at + size == old.size() || (role_of(utf8::decode(&old[at + size]).code) & alone))) {
        if (role & is_key) replace(at, at + size);
        at += size;
        continue;
      }
      const std::size_t end = unicode::grapheme_end(old, at);
      const bool replaced = end - at < 6 && replace(at, end);
      const bool single = at + size == end;
      if (!replaced && !single) {
        for (std::size_t begin = at; begin < end;) {
          const std::size_t next = begin + utf8::length(static_cast<unsigned char>(old[begin]));
          replace(begin, next);
          begin = next;
        }
      }
      at = end;
    }
    if (!rewriter) return;
    rewriter->keep(static_cast<std::uint32_t>(done), text.size());
    rewriter->finish();
  }

 private:
  static char32_t last_character(std::string_view text) {
    std::size_t at = text.size() - 1;
    while (at > 0 && utf8::is_continuation(text[at])) --at;
    return utf8::decode(text.data() + at).code;
  }

  // Whether nothing in the text can be replaced, whatever its clusters are: no character is a key, and none that begins a
  // longer key is followed by one that continues such a key. Expects no odd keys.
  bool has_no_key(std::string_view text) const {
    bool continues = false;  // the character before begins a longer key
    for (std::size_t at = 0; at < text.size();) {
      const auto [code, size] = utf8::decode(&text[at]);
      const unsigned char role = role_of(code);
      if ((role & is_key) || (continues && (role & continues_key))) return false;
      continues = role & begins_longer_key;
      at += size;
    }
    return true;
  }

  unsigned char role_of(char32_t code) const {
    if (code < roles_.size()) return roles_[code];
    return rare_keys_.contains(code) ? is_key : continues_key;
  }

  // What is needed of all keys: the parts that characters play in them, and which begin one that becomes nothing, or ends in
  // white space.
  void look_at_keys() {
    const bool all_seen = charsmap_.for_each([this](std::string_view key, std::string_view by) {
      if (utf8::first_invalid(key) != std::string_view::npos) {
        odd_keys_ = true;
        return;
      }
      const auto [first, size] = utf8::decode(key.data());
      add_roles(key);
      if (size < key.size() && (first == ' ' || static_cast<unsigned char>(key.back()) < 0x80)) odd_keys_ = true;
      const bool is_space = by.empty() || unicode::is_whitespace(last_character(by)) || last_character(by) == U'\u2581';
      if (is_space) becomes_space_.insert(first);
    });
    odd_keys_ = odd_keys_ || !all_seen;
  }

  void add_roles(std::string_view key) {
    const auto [first, size] = utf8::decode(key.data());
    if (first >= roles_.size()) {
      rare_keys_.insert(first);
    } else {
      roles_[first] |= size == key.size() ? is_key : begins_longer_key;
    }
    for (std::size_t at = size; at < key.size();) {
      const auto [code, more] = utf8::decode(&key[at]);
      if (code < roles_.size()) roles_[code] |= continues_key;
      at += more;
    }
  }

  // The parts that a character of the first plane plays in keys; and that it is a cluster where the next is alone too.
  static constexpr unsigned char is_key = 1, begins_longer_key = 2, continues_key = 4, alone = 8;
  std::vector<unsigned char> roles_ = std::vector<unsigned char>(0x10000);
  std::unordered_set<char32_t> rare_keys_;  // others that are or begin a key; each may continue one

  Charsmap charsmap_;
  bool odd_keys_ = false;  // there are keys of several characters that begin with a space or end in ASCII, or that are no text
  std::unordered_set<char32_t> becomes_space_;
};

}  // namespace

NormalizerPtr precompiled(std::string charsmap) { return std::make_shared<Precompiled>(charsmap); }

}  // namespace polyvocab
