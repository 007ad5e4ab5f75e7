#include <algorithm>
#include <array>

#include "core/normalizer/character_images.h"
#include "core/normalizer/map_characters.h"
#include "core/normalizer/normalizer.h"
#include "core/unicode/normal_tables.h"
#include "core/unicode/normalization.h"
#include "core/unicode/properties.h"
#include "core/wider.h"

namespace polyvocab {
namespace {

char32_t clean(char32_t code) {
  if (code >= 0x20 && code < 0x7F) return code;
  if (code == 0 || code == 0xFFFD || unicode::is_bert_control(code)) return removed;
  return unicode::is_whitespace(code) ? U' ' : code;
}

char32_t without_marks(char32_t code) { return unicode::is_nonspacing_mark(code) ? removed : code; }

// The CJK ideographs, without the kana and the syllables. One block begins later than in Google's BERT (at U+2B820).
bool is_ideograph(char32_t code) {
  return (code >= 0x4E00 && code <= 0x9FFF) || (code >= 0x3400 && code <= 0x4DBF) || (code >= 0x20000 && code <= 0x2A6DF) ||
         (code >= 0x2A700 && code <= 0x2B81F) || (code >= 0x2B920 && code <= 0x2CEAF) || (code >= 0xF900 && code <= 0xFAFF) ||
         (code >= 0x2F800 && code <= 0x2FA1F);
}

constexpr unsigned char first_ideograph_byte = 0xE3;  // of U+3400
constexpr unsigned char first_mark_byte = 0xCC;       // of U+0300

POLYVOCAB_WIDER unsigned char highest(const unsigned char* bytes, std::size_t size) {
  unsigned char highest = 0;
  for (std::size_t i = 0; i < size; ++i) highest = std::max(highest, bytes[i]);
  return highest;
}

unsigned char highest(const std::string& bytes) {
  return highest(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

void put_spaces_around_ideographs(Text& text) {
  Rewriter rewriter(text);
  std::uint32_t kept = 0;
  for (std::uint32_t at = 0; at < text.size();) {
    if (static_cast<unsigned char>(text.bytes[at]) < first_ideograph_byte) {
      ++at;
      continue;
    }
    const auto [code, length] = utf8::decode(&text.bytes[at]);
    if (is_ideograph(code)) {
      rewriter.keep(kept, at);
      rewriter.put(' ', 0);
      rewriter.put(code, 1);
      rewriter.put(' ', 1);
      kept = at + length;
    }
    at += length;
  }
  rewriter.keep(kept, text.size());
  rewriter.finish();
}

class Bert final : public Normalizer {
 public:
  Bert(bool clean_text, bool handle_chinese_chars, bool strip_accents, bool lower)
      : clean_text_(clean_text), handle_chinese_chars_(handle_chinese_chars), strip_accents_(strip_accents), lower_(lower) {}

  // Character by character, but for the order of marks, which no ASCII character takes part in.
  bool joins(char32_t, char32_t) const override { return false; }

  void normalize(Text& text) const override {
    if (text.aligned || highest(text.bytes) < 0x80) return normalize_whole(text);
    const std::size_t left = normalize_simple(text.bytes);
    if (left == 0) return;
    // What is behind simple characters becomes what it becomes by itself.
    Text rest(std::string_view(text.bytes).substr(text.bytes.size() - left), 0, false);
    text.bytes.resize(text.bytes.size() - left);
    normalize_whole(rest);
    text.bytes += rest.bytes;
  }

 private:
  // Replaces the simple characters that a text begins with: those that become what they become whatever stands beside them.
  // Returns how many bytes are left behind them.
  std::size_t normalize_simple(std::string& bytes) const {
    std::array<char, 256> some;
    std::string all;  // what no longer went into it: nothing, for a word
    std::size_t at = 0, written = 0;
    while (at < bytes.size()) {
      const auto [code, size] = utf8::decode(&bytes[at]);
      const CharacterImage image = images_(code, [this](char32_t any) { return image_of(any); });
      if (image.is_complex()) break;
      if (written + CharacterImage::written > some.size()) {
        all.append(some.data(), written);
        written = 0;
      }
      written += image.write(&some[written]);
      at += size;
    }
    const std::size_t left = bytes.size() - at;
    if (all.empty()) {
      bytes.replace(0, at, some.data(), written);
    } else {
      bytes.replace(0, at, all.append(some.data(), written));
    }
    return left;
  }

  CharacterImage image_of(char32_t code) const {
    const utf8::Encoded old = utf8::encode(code);
    if (strip_accents_ && !(clean_text_ && clean(code) == removed)) {
      std::vector<unicode::Change> parts;
      unicode::decompose(old.view(), false, parts);
      // A mark could change places with those of its neighbours, but for those that are removed.
      const auto moves = [](const unicode::Change& part) {
        return (unicode::traits(part.code) & unicode::is_mark) != 0 && !unicode::is_nonspacing_mark(part.code);
      };
      if (std::ranges::any_of(parts, moves)) return CharacterImage::complex();
    }
    Text text(old.view(), 0, false);
    normalize_whole(text);
    return CharacterImage::of(text.bytes);
  }

  void normalize_whole(Text& text) const {
    if (clean_text_) clean_.apply(text);
    const unsigned char top = highest(text.bytes);
    if (handle_chinese_chars_ && top >= first_ideograph_byte) put_spaces_around_ideographs(text);
    if (strip_accents_ && top >= 0x80) {
      decompose_->normalize(text);
      if (highest(text.bytes) >= first_mark_byte) without_marks_.apply(text);
    }
    if (lower_) lowercase_->normalize(text);
  }

  bool clean_text_;
  bool handle_chinese_chars_;
  bool strip_accents_;
  bool lower_;
  CharacterMap<decltype(&clean)> clean_{clean};
  CharacterMap<decltype(&without_marks)> without_marks_{without_marks};
  NormalizerPtr decompose_ = unicode_form(Form::nfd);
  NormalizerPtr lowercase_ = lowercase();
  CharacterImages images_;
};

}  // namespace

NormalizerPtr bert(bool clean_text, bool handle_chinese_chars, bool strip_accents, bool lowercase) {
  return std::make_shared<Bert>(clean_text, handle_chinese_chars, strip_accents, lowercase);
}

}  // namespace polyvocab
