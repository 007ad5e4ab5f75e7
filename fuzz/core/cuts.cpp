// The patterns of published tokenizers over long texts: quick cuts are matches, and both kernels of the windows agree.
#include <array>
#include <cstring>
#include <iterator>

#include "fuzz.h"
#include "matches.h"
#include "patterns.h"

using namespace polyvocab;

namespace {

void require_same_masks(const Windows& windows, std::string_view text) {
  for (std::size_t from = 0; from + 66 <= text.size(); from += 64) {
    const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data()) + from;
    const auto one = masks_generic(windows, bytes), other = masks_avx512(windows, bytes);
    fuzz::require(one.ends == other.ends && one.unsure == other.unsure && one.first_ends == other.first_ends &&
                      one.first_unsure == other.first_unsure,
                  "every instruction set gives the same masks");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool has_avx512 = has_avx512_windows();
  fuzz::Input input(data, size);
  const Splitter& splitter = *fuzz::pattern(input);
  const std::size_t capacity = input.ConsumeIntegralInRange(1, 600);
  const std::string text = fuzz::rest_as_text(input, fuzz::fragments);
  fuzz::require_same_cuts(splitter, text, capacity);
  if (has_avx512) require_same_masks(splitter.windows(), text);
  return 0;
}
