#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <vector>

#include "core/splitter/block_characters.h"
#include "core/unicode/utf8.h"

using namespace polyvocab;

namespace {

const char* const o200k =
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?)"
    R"(|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

std::string random_text(std::mt19937& random) {
  std::string text;
  const std::uint32_t most = std::vector<std::uint32_t>{0x80, 0x800, 0x10000, 0x110000}[random() % 4];
  const std::uint32_t script = random() % 0x3000;
  for (unsigned n = random() % 200; n > 0; --n) {
    const auto code = random() % 3 == 0 ? random() % most : random() % 2 == 0 ? 0x20 + random() % 0x60 : script + random() % 80;
    if (code < 0xD800 || code >= 0xE000) utf8::append(text, code);
  }
  return text;
}

}  // namespace

TEST_CASE("every kernel reads the characters that begin in a block, and the two next to them") {
  std::mt19937 random(5);
  const Automaton automaton = compile(parse_pattern(o200k, Dialect::rust));
  const Windows windows(automaton, WindowKinds::Scope::all);
  const CharacterKinds kind_of(automaton, windows);
  const auto none = static_cast<std::uint8_t>(WindowKinds::none);
  std::size_t blocks = 0;
  for (int round = 0; round < 3000; ++round) {
    const std::string text = random_text(random);
    for (std::size_t from = 0; from < text.size(); from += 64) {
      std::vector<std::uint8_t> kinds, places;
      std::uint8_t before = none, behind = none;
      bool is_ascii = true;
      for (std::size_t at = 0; at < text.size();) {
        const auto [code, size] = utf8::decode(text.data() + at);
        if (at < from) before = kind_of[code];
        else if (at >= from + 64 && behind == none) behind = kind_of[code];
        if (at >= from && at < from + 64) {
          kinds.push_back(kind_of[code]);
          places.push_back(static_cast<std::uint8_t>(at - from));
        }
        is_ascii = is_ascii && (code < 0x80 || at + size < from || at > from + 64);
        if (at >= from + 64) break;
        at += size;
      }
      BlockCharacters found;
      if (!found.read(kind_of, text, from)) {
        CHECK(is_ascii);
        continue;
      }
      CHECK(!is_ascii);
      ++blocks;
      REQUIRE(found.count >= kinds.size());
      CHECK(found.kinds[0] == before);
      CHECK(std::vector(&found.kinds[1], &found.kinds[1] + kinds.size()) == kinds);
      CHECK(std::vector(&found.places[0], &found.places[0] + kinds.size()) == places);
      CHECK(found.count_before(63) + (found.leads >> 63) == found.count);
      if (from + 64 < text.size()) CHECK(found.kinds[found.count + 1] == behind);
      else CHECK(std::count(&found.kinds[1] + kinds.size(), &found.kinds[2] + found.count, none) ==
                 static_cast<std::ptrdiff_t>(found.count + 1 - kinds.size()));
      if (from == 0 || from + 80 > text.size() || avx512_characters() == nullptr) continue;
      const auto* const block = reinterpret_cast<const unsigned char*>(text.data()) + from;
      BlockCharacters generic, quick;
      generic_characters()(kind_of, block, generic);
      avx512_characters()(kind_of, block, quick);
      CHECK(generic.leads == quick.leads);
      REQUIRE(generic.count == quick.count);
      CHECK(std::equal(&generic.places[0], &generic.places[0] + generic.count, &quick.places[0]));
      CHECK(std::equal(&generic.kinds[1], &generic.kinds[1] + generic.count, &quick.kinds[1]));
    }
  }
  CHECK(blocks > 1000);
}

TEST_CASE("the kernels of windows tell the same, of few kinds and of many") {
  std::mt19937 random(6);
  const WindowKernel generic = WindowKernel::generic(), quick = WindowKernel::avx512();
  if (quick.of_bytes == nullptr) return;
  for (const char* const pattern : {o200k, R"( ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)"}) {
    const Automaton automaton = compile(parse_pattern(pattern, Dialect::rust));
    for (const auto scope : {WindowKinds::Scope::ascii, WindowKinds::Scope::all}) {
      const Windows windows(automaton, scope);
      for (int round = 0; round < 2000; ++round) {
        std::array<unsigned char, 66> bytes, kinds;
        for (unsigned char& byte : bytes) byte = static_cast<unsigned char>(random() % (round % 2 == 0 ? 128 : 256));
        for (unsigned char& kind : kinds) kind = random() % 11 == 0 ? WindowKinds::none : random() % WindowKinds::most;
        const auto same = [](const Windows::Masks& a, const Windows::Masks& b) {
          return a.ends == b.ends && a.unsure == b.unsure && a.first_ends == b.first_ends && a.first_unsure == b.first_unsure &&
                 a.spaces == b.spaces;
        };
        CHECK(same(generic.of_bytes(windows, bytes.data()), quick.of_bytes(windows, bytes.data())));
        CHECK(same(generic.of_kinds(windows, kinds.data()), quick.of_kinds(windows, kinds.data())));
      }
    }
  }
}
