#include "core/pre_tokenizer/isolate.h"

#include <array>

#include "core/pre_tokenizer/cutting.h"
#include "core/splitter/splitter.h"

namespace polyvocab {

void isolate(const Splitter& pattern, const Text& text, std::vector<Span>& pieces) {
  cut_each(pieces, [&](Span piece) {
    Cuts cuts(pattern, view(text, piece));
    std::array<std::uint32_t, 128> ends;
    std::uint32_t begin = piece.begin;
    while (const std::size_t count = cuts.next(ends.data(), ends.size())) {
      for (std::size_t i = 0; i < count; ++i) {
        pieces.push_back({begin, piece.begin + ends[i]});
        begin = piece.begin + ends[i];
      }
    }
  });
}

}  // namespace polyvocab
