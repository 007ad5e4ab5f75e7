// The patterns of published tokenizers over long texts: quick cuts are matches, and all kernels of the splitter agree.
#include <algorithm>
#include <map>

#include "core/splitter/block_characters.h"
#include "fuzz.h"
#include "matches.h"
#include "patterns.h"

using namespace polyvocab;

namespace {

struct Tables {
  explicit Tables(const Automaton& automaton)
      : ascii(automaton, WindowKinds::Scope::ascii), all(automaton, WindowKinds::Scope::all), kinds(automaton, all) {}
  Windows ascii, all;
  CharacterKinds kinds;
};

const Tables& tables_of(const Splitter& splitter) {
  static std::map<const Splitter*, Tables> known;
  return known.try_emplace(&splitter, splitter.automaton()).first->second;
}

void require_same(const Windows::Masks& one, const Windows::Masks& other) {
  fuzz::require(one.ends == other.ends && one.unsure == other.unsure && one.first_ends == other.first_ends &&
                    one.first_unsure == other.first_unsure && one.spaces == other.spaces,
                "every instruction set gives the same masks");
}

void require_same_blocks(const Tables& tables, std::string_view text) {
  const WindowKernel generic = WindowKernel::generic(), quick = WindowKernel::avx512();
  // A block, and what may be read behind it.
  for (std::size_t from = 1; from + 80 <= text.size(); from += 64) {
    const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data()) + from;
    require_same(generic.of_bytes(tables.ascii, bytes - 1), quick.of_bytes(tables.ascii, bytes - 1));
    BlockCharacters one{}, other{};
    generic_characters()(tables.kinds, bytes, one);
    avx512_characters()(tables.kinds, bytes, other);
    fuzz::require(one.leads == other.leads && one.count == other.count &&
                      std::equal(&one.places[0], &one.places[0] + one.count, &other.places[0]) &&
                      std::equal(&one.kinds[1], &one.kinds[1] + one.count, &other.kinds[1]),
                  "every instruction set reads the same characters");
    require_same(generic.of_kinds(tables.all, one.kinds.data()), quick.of_kinds(tables.all, one.kinds.data()));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool has_avx512 = WindowKernel::avx512().of_bytes != nullptr && avx512_characters() != nullptr;
  fuzz::Input input(data, size);
  const Splitter& splitter = *fuzz::pattern(input);
  const std::size_t capacity = input.ConsumeIntegralInRange<std::size_t>(Cuts::least_room, 600);
  const std::string text = fuzz::rest_as_text(input, fuzz::fragments);
  fuzz::require_same_cuts(splitter, text, capacity);
  if (has_avx512) require_same_blocks(tables_of(splitter), text);
  return 0;
}
