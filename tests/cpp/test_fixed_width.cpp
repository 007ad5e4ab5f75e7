#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/unicode/fixed_width.h"
#include "core/unicode/utf8.h"
#include "core/unicode/utf8_kernels.h"

using namespace polyvocab;

namespace {

std::vector<utf8::Kernels> all_kernels() {
  std::vector<utf8::Kernels> all{utf8::generic_kernels()};
  if (utf8::avx512_kernels() != nullptr) all.push_back(*utf8::avx512_kernels());
  return all;
}

// The bytes in memory that ends with them, so that a sanitizer sees what is read behind.
struct Exact {
  explicit Exact(const std::string& text) : bytes(text.begin(), text.end()) {}
  std::string_view view() const { return {bytes.data(), bytes.size()}; }
  std::vector<char> bytes;
};

// The characters written, which nothing is written behind.
template <class Character>
std::vector<char32_t> widened(void (*widen)(std::string_view, Character*), std::string_view text, std::size_t characters) {
  const auto untouched = static_cast<Character>(0xA5A5A5A5);
  std::vector<Character> out(characters + 80, untouched);
  widen(text, out.data());
  CHECK(std::count(out.begin() + static_cast<std::ptrdiff_t>(characters), out.end(), untouched) == 80);
  return {out.begin(), out.begin() + static_cast<std::ptrdiff_t>(characters)};
}

// The UTF-8 written, in memory that has no more room than is asked for.
template <class Character>
std::optional<std::string> narrowed(std::optional<std::size_t> (*narrow)(std::span<const Character>, char*),
                                    const std::vector<char32_t>& codes) {
  const std::vector<Character> characters(codes.begin(), codes.end());
  std::vector<char> out(utf8::most_bytes(codes.size(), sizeof(Character)));
  const auto size = narrow(characters, out.data());
  if (!size) return {};
  return std::string(out.data(), *size);
}

void check_text(const utf8::Kernels& kernels, const std::vector<char32_t>& codes) {
  std::string text;
  for (const char32_t code : codes) utf8::append(text, code);
  const char32_t highest = codes.empty() ? 0 : *std::max_element(codes.begin(), codes.end());
  const utf8::Width width = highest < 0x80      ? utf8::Width::ascii
                            : highest < 0x100   ? utf8::Width::latin1
                            : highest < 0x10000 ? utf8::Width::ucs2
                                                : utf8::Width::ucs4;
  const Exact exact(text);
  CHECK(kernels.is_valid(exact.view()));
  CHECK(kernels.measure(exact.view()) == utf8::Measure{codes.size(), width});
  if (highest < 0x100) CHECK(narrowed(kernels.narrow_latin1, codes) == text);
  if (highest < 0x10000) CHECK(narrowed(kernels.narrow_ucs2, codes) == text);
  CHECK(narrowed(kernels.narrow_ucs4, codes) == text);
  if (highest < 0x100) CHECK(widened(kernels.widen_to_latin1, exact.view(), codes.size()) == codes);
  if (highest < 0x10000) CHECK(widened(kernels.widen_to_ucs2, exact.view(), codes.size()) == codes);
  CHECK(widened(kernels.widen_to_ucs4, exact.view(), codes.size()) == codes);
}

bool is_scalar(char32_t code) { return code < 0xD800 || code > 0xDFFF; }

}  // namespace

TEST_CASE("every scalar value is widened, in texts of each width") {
  for (const auto& kernels : all_kernels()) {
    CAPTURE(kernels.name);
    for (const char32_t limit : {0x80, 0x100, 0x10000, 0x110000}) {
      std::vector<char32_t> codes;
      for (char32_t code = 0; code < limit; ++code) {
        if (is_scalar(code)) codes.push_back(code);
      }
      check_text(kernels, codes);
      check_text(kernels, {U'a', limit - 1});  // alone at the edge of its width
      if (limit < 0x110000) check_text(kernels, {U'a', limit});
    }
  }
}

TEST_CASE("texts of every length are widened, mixed and not") {
  constexpr char32_t limits[] = {0x80, 0x100, 0x800, 0x10000, 0x110000};
  std::mt19937 engine(3);
  for (const auto& kernels : all_kernels()) {
    CAPTURE(kernels.name);
    for (std::size_t characters = 0; characters < 300; ++characters) {
      for (const char32_t limit : limits) {
        std::vector<char32_t> codes(characters);
        for (auto& code : codes) {
          const char32_t own = engine() % 3 == 0 ? limits[engine() % 5] : limit;
          do code = static_cast<char32_t>(engine() % std::min(own, limit));
          while (!is_scalar(code));
        }
        check_text(kernels, codes);
      }
    }
  }
}

TEST_CASE("what is no UTF-8 is told wherever it stands") {
  // Continuations without a beginning, beginnings without an end, overlong forms, surrogates, no code points.
  std::vector<std::string> parts;
  for (int first = 0x80; first < 0x100; ++first) {
    parts.push_back({static_cast<char>(first)});
    for (const int second : {0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0}) {
      const std::string two{static_cast<char>(first), static_cast<char>(second)};
      parts.insert(parts.end(), {two, two + '\x80', two + "\xBF\x80", two + "\xBF\xBF", two + "\x80\x80\x80"});
    }
  }
  for (const auto& kernels : all_kernels()) {
    CAPTURE(kernels.name);
    std::size_t wrong = 0;
    for (const std::string& part : parts) {
      for (const std::size_t before : {0, 1, 57, 58, 59, 60, 61, 62, 63, 64, 65, 126, 127}) {
        for (const std::size_t after : {0, 1, 3, 70}) {
          const Exact text(std::string(before, 'a') + part + std::string(after, 'b'));
          wrong += kernels.is_valid(text.view()) != (utf8::first_invalid(text.view()) == std::string_view::npos);
        }
      }
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("a text with one byte changed or left out is judged as byte after byte says") {
  std::string sample;
  for (const char32_t code : U"The quick — «быстрая» 狐 𝒻ox 🦊 écrit. नमस्ते, สวัสดี!") utf8::append(sample, code);
  std::mt19937 engine(5);
  for (const auto& kernels : all_kernels()) {
    CAPTURE(kernels.name);
    std::size_t valid = 0;
    for (int i = 0; i < 20000; ++i) {
      std::string text = sample + sample;
      text.erase(0, engine() % sample.size());
      text.resize(1 + engine() % text.size());
      const std::size_t at = engine() % text.size();
      if (i % 3 == 0) text[at] = static_cast<char>(engine());
      if (i % 3 == 1) text.erase(at, 1);
      const Exact exact(text);
      const bool expected = utf8::first_invalid(text) == std::string_view::npos;
      CHECK(kernels.is_valid(exact.view()) == expected);
      valid += expected;
    }
    CHECK(valid > 1000);
    CHECK(valid < 19000);
  }
}

TEST_CASE("a surrogate is no character, wherever it stands") {
  for (const auto& kernels : all_kernels()) {
    for (std::size_t size = 1; size < 50; ++size) {
      for (const char32_t surrogate : {0xD800, 0xDBFF, 0xDC00, 0xDFFF}) {
        std::vector<char32_t> codes(size, size % 2 == 0 ? U'a' : U'\u4E00');
        codes[size * 2 / 3] = surrogate;
        CHECK_FALSE(narrowed(kernels.narrow_ucs2, codes).has_value());
        CHECK_FALSE(narrowed(kernels.narrow_ucs4, codes).has_value());
        for (const char32_t beside : {0xD7FF, 0xE000}) {
          codes[size * 2 / 3] = beside;
          CHECK(narrowed(kernels.narrow_ucs2, codes).has_value());
          CHECK(narrowed(kernels.narrow_ucs4, codes).has_value());
        }
      }
    }
  }
}
