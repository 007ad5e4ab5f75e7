#include "core/normalizer/sentencepiece.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <unordered_set>
#include <utility>

#include "core/models/user_symbols.h"
#include "core/normalizer/charsmap.h"
#include "core/unicode/properties.h"
#include "core/unicode/utf8.h"

namespace polyvocab {
namespace {

constexpr std::string_view replacement_character = "\xEF\xBF\xBD";

// The new text, and where each of its bytes comes from.
class Output {
 public:
  Output(std::size_t expected, bool aligned, std::string_view space) : space_(space), aligned_(aligned) {
    bytes_.resize(expected);
  }

  void put(std::string_view some, std::uint32_t from) {
    if (bytes_.size() - used_ < some.size()) grow(some.size());
    std::memcpy(bytes_.data() + used_, some.data(), some.size());
    used_ += some.size();
    if (aligned_) origins_.insert(origins_.end(), some.size(), from);
  }
  void put_space(std::uint32_t from) { put(space_, from); }

  // Old bytes that stay as they are.
  void keep(std::string_view some, std::uint32_t from) {
    if (!aligned_) return put(some, from);
    for (std::uint32_t at = 0; at < some.size();) {
      const std::uint32_t size = utf8::length(static_cast<unsigned char>(some[at]));
      put(some.substr(at, size), from + at);
      at += size;
    }
  }

  // Drops spaces at the end; returns where the first of them comes from, or `end`.
  std::uint32_t strip(std::uint32_t end) {
    while (std::string_view(bytes_).substr(0, used_).ends_with(space_)) {
      used_ -= space_.size();
      if (!aligned_) continue;
      end = origins_[used_];
      origins_.resize(used_);
    }
    return end;
  }

  // `end`: where the text ended in the old one.
  void finish(Text& text, std::uint32_t end) {
    bytes_.resize(used_);
    std::vector<Span> spans;
    if (aligned_) {
      const auto origin = [&](std::uint32_t at) { return at < text.size() ? text.spans[at].begin : text.spans.back().end; };
      spans.resize(used_);
      for (std::size_t i = 0; i < used_; ++i) spans[i] = {origin(origins_[i]), origin(i + 1 < used_ ? origins_[i + 1] : end)};
    }
    text.assign(std::move(bytes_), std::move(spans));
  }

 private:
  void grow(std::size_t more) { bytes_.resize(2 * bytes_.size() + more); }

  std::string bytes_;  // longer than what is used
  std::size_t used_ = 0;
  std::string_view space_;
  std::vector<std::uint32_t> origins_;
  bool aligned_;
};

// The next bytes of a text, and what takes their place.
struct Prefix {
  std::string_view by;
  std::uint32_t size;
};

// What becomes of single characters and short strings of them, wherever they stand.
class Rules {
 public:
  explicit Rules(const SentencePieceRules& rules) : user_symbols_(rules.user_defined) {
    if (!rules.charsmap.empty()) charsmap_.emplace(rules.charsmap);
    for (unsigned byte = 0; byte < 256; ++byte) stays_[byte] = stays(static_cast<char>(static_cast<unsigned char>(byte)));
    plain_space_ = std::exchange(stays_[' '], false);
    for (std::size_t i = 0; i < rules.user_defined.count; ++i) look_at_symbol(rules.user_defined[i]);
    const auto look = [&](std::string_view key, std::string_view by) { look_at_rule(key, by); };
    if (charsmap_ && !charsmap_->for_each(look)) odd_ = true;
  }

  // Behind the characters from `at` on that certainly stay.
  std::uint32_t end_of_run(std::string_view old, std::uint32_t at) const {
    std::uint32_t end = at;
    while (end < old.size() && stays_[static_cast<unsigned char>(old[end])]) ++end;
    const bool may_combine = charsmap_ && end > at && end < old.size() && !utf8::is_ascii(old[end]);
    return may_combine ? end - 1 : end;
  }

  // Whether the space at the beginning of `rest` is one by itself.
  bool plain_space(std::string_view rest) const { return plain_space_ && (rest.size() == 1 || utf8::is_ascii(rest[1])); }

  Prefix take(std::string_view rest) const {
    if (user_symbols_.may_begin(rest[0])) {
      if (const std::uint32_t size = user_symbols_.find(rest).size; size > 0) return {rest.substr(0, size), size};
    }
    if (charsmap_) {
      const auto match = charsmap_->longest(rest);
      if (match.size > 0) return {match.by, static_cast<std::uint32_t>(match.size)};
    }
    // Only a rule for a part of a character leaves such a byte.
    if (utf8::is_continuation(rest[0])) return {replacement_character, 1};
    const std::uint32_t size = utf8::length(static_cast<unsigned char>(rest[0]));
    return {rest.substr(0, size), size};
  }

  // Whether a rule or a symbol may reach across the place between them; `right` is ASCII.
  bool joins(char32_t left, char32_t right) const { return odd_ || in_symbol_[std::min(left, beyond)][right]; }

  // Whether a text with this last character may end in white space, or in something before it, once it is normalized.
  bool may_fade(char32_t last) const { return last == ' ' || fading_.contains(last); }

 private:
  static constexpr char32_t beyond = 128;  // stands for all characters beyond ASCII

  UserSymbols user_symbols_;
  std::optional<Charsmap> charsmap_;
  std::array<bool, 256> stays_{};
  bool plain_space_ = false;
  bool odd_ = false;  // there are rules that a text cannot be cut for: they end in ASCII, begin with a space, or are no text
  std::array<std::array<bool, 128>, 129> in_symbol_{};  // [left][right]: neighbours in a user-defined symbol
  std::unordered_set<char32_t> fading_;                 // characters in rules that leave nothing, or white space at the end

  // Whether a character that begins with this byte always stays, unless it is the last before one beyond ASCII.
  bool stays(char byte) const {
    if (user_symbols_.may_begin(byte)) return false;
    if (!charsmap_) return true;
    if (!utf8::is_ascii(byte) || charsmap_->longest({&byte, 1}).size > 0) return false;
    for (unsigned next = 1; next < 0x80; ++next) {
      const char both[] = {byte, static_cast<char>(next)};
      if (charsmap_->begins_key({both, 2})) return false;
    }
    return true;
  }

  void look_at_symbol(std::string_view symbol) {
    char32_t left = 0;
    for (std::size_t at = 0; at < symbol.size();) {
      const auto [code, size] = utf8::decode(symbol.data() + at);
      if (at > 0 && code < beyond) in_symbol_[std::min(left, beyond)][code] = true;
      left = code;
      at += size;
    }
  }

  void look_at_rule(std::string_view key, std::string_view by) {
    if (utf8::first_invalid(key) != std::string_view::npos) {
      odd_ = true;
      return;
    }
    const bool single = utf8::count(key) == 1;
    const auto is_ascii = [](char byte) { return utf8::is_ascii(byte); };
    if (!single && (key[0] == ' ' || std::any_of(key.begin() + 1, key.end(), is_ascii))) odd_ = true;
    if (!by.empty() && !fades(by)) return;
    for (std::size_t at = 0; at < key.size();) {
      const auto [code, size] = utf8::decode(key.data() + at);
      fading_.insert(code);
      at += size;
    }
  }

  static bool fades(std::string_view by) {
    std::size_t last = by.size() - 1;
    while (utf8::is_continuation(by[last])) --last;
    const char32_t code = utf8::decode(by.data() + last).code;
    return code == U'\u2581' || unicode::is_whitespace(code);
  }
};

class SentencePiece final : public Normalizer {
 public:
  SentencePiece(std::shared_ptr<const Rules> rules, std::string_view space, bool prefix, bool suffix, bool remove)
      : rules_(std::move(rules)), space_(space), prefix_(prefix), suffix_(suffix), remove_(remove) {}

  void normalize(Text& text) const override {
    const std::string_view old = text.bytes;
    const auto size = text.size();
    std::uint32_t at = 0;
    if (remove_ && begins_) {
      while (at < size) {
        const Prefix prefix = rules_->take(old.substr(at));
        if (prefix.by != " ") break;
        at += prefix.size;
      }
    }
    if (at == size) return text.assign({}, {});
    Output out(old.size() + old.size() / 2 + 16, text.aligned, space_);
    if (prefix_ && begins_) out.put_space(at);
    bool after_space = remove_ && begins_;
    while (at < size) {
      if (const std::uint32_t end = rules_->end_of_run(old, at); end > at) {
        out.keep(old.substr(at, end - at), at);
        at = end;
        after_space = false;
        if (at == size) break;
      }
      if (old[at] == ' ' && rules_->plain_space(old.substr(at))) {
        if (!after_space) out.put_space(at);
        after_space = remove_;
        ++at;
        continue;
      }
      const Prefix prefix = rules_->take(old.substr(at));
      std::string_view by = prefix.by;
      while (after_space && by.starts_with(' ')) by.remove_prefix(1);
      if (!by.empty()) after_space = remove_ && by.ends_with(' ');
      for (std::size_t begin = 0; begin < by.size();) {
        const std::size_t end = std::min(by.find(' ', begin), by.size());
        out.put(by.substr(begin, end - begin), at);
        if (end < by.size()) out.put_space(at);
        begin = end + 1;
      }
      at += prefix.size;
    }
    std::uint32_t end = size;
    if (remove_ && ends_) end = out.strip(end);
    if (suffix_ && ends_) out.put_space(end);
    out.finish(text, end);
  }

  // A part that follows something else than white space goes on as if nothing had been cut.
  bool joins(char32_t left, char32_t right) const override {
    return rules_->joins(left, right) || (remove_ && left < 0x80 && rules_->may_fade(left));
  }
  bool always_opens() const override { return !remove_; }
  bool opens_after(std::string_view head) const override { return !remove_ || !rules_->may_fade(last_character(head)); }
  bool ends_solid(std::string_view head) const override {
    const char32_t last = last_character(head);
    return !rules_->may_fade(last) && !unicode::is_whitespace(last);
  }

  std::optional<NormalizerPtr> part(bool begins, bool ends) const override {
    const bool begins_alike = begins || !(prefix_ || remove_), ends_alike = ends || !(suffix_ || remove_);
    if (begins_alike && ends_alike) return {};
    auto own = std::make_shared<SentencePiece>(*this);
    own->begins_ = begins;
    own->ends_ = ends;
    return own;
  }

 private:
  std::shared_ptr<const Rules> rules_;
  std::string_view space_;
  bool prefix_, suffix_, remove_;
  bool begins_ = true, ends_ = true;  // whether what it is given begins and ends a text

  static char32_t last_character(std::string_view text) {
    std::size_t at = text.size() - 1;
    while (at > 0 && utf8::is_continuation(text[at])) --at;
    return utf8::decode(text.data() + at).code;
  }
};

}  // namespace

NormalizerPtr sentencepiece_normalizer(const SentencePieceRules& rules) {
  return std::make_shared<SentencePiece>(std::make_shared<Rules>(rules), rules.escape_whitespaces ? "\xE2\x96\x81" : " ",
                                         rules.add_dummy_prefix && !rules.treat_whitespace_as_suffix,
                                         rules.add_dummy_prefix && rules.treat_whitespace_as_suffix,
                                         rules.remove_extra_whitespaces);
}

}  // namespace polyvocab
