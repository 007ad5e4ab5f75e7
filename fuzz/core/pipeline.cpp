// A pipeline of random components: the quick way to ids (chunks, words of a pattern, a cache) gives those of the slow way,
// which takes a text as a whole and keeps alignments.
#include <optional>
#include <stdexcept>

#include "core/unicode/utf8.h"
#include "random_parts.h"

using namespace polyvocab;

namespace {

// Empty where the pipeline refuses the text.
std::optional<AlignedTokens> slowly(const Pipeline& pipeline, std::string_view text, bool encode_special_tokens,
                                    Worker& worker) {
  AlignedTokens out;
  try {
    pipeline.encode(text, encode_special_tokens, worker, out);
  } catch (const std::invalid_argument&) {
    return {};
  }
  return out;
}

std::optional<IdBuffer> quickly(const Pipeline& pipeline, std::string_view text, bool encode_special_tokens, Worker& worker) {
  IdBuffer out;
  try {
    pipeline.encode(text, encode_special_tokens, worker, out);
  } catch (const std::invalid_argument&) {
    return {};
  }
  return out;
}

void require_aligned(const AlignedTokens& tokens, std::size_t size) {
  const std::size_t count = tokens.ids.size();
  fuzz::require(tokens.spans.size() == count && tokens.words.size() == count, "every token has a span and a word");
  fuzz::require(std::ranges::is_sorted(tokens.words), "the numbers of words rise");
  for (const auto [begin, end] : tokens.spans) fuzz::require(begin <= end && end <= size, "spans lie within the text");
  for (const auto& [index, surface] : tokens.surfaces) {
    fuzz::require(index < count && utf8::first_invalid(surface) == std::string::npos, "surfaces are those of tokens");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const bool encode_special_tokens = input.ConsumeBool();
  std::optional<Pipeline> pipeline;
  try {
    pipeline.emplace(fuzz::random_parts(input));
  } catch (const std::invalid_argument&) {
    return 0;
  }
  std::vector<std::string> texts{fuzz::text_of(input, fuzz::fragments, 0, 40), fuzz::text_of(input, fuzz::fragments, 0, 10)};
  texts.push_back(fuzz::rest_as_text(input, fuzz::fragments));
  texts.push_back(texts[0] + texts[2]);
  texts.push_back(texts[2] + " " + texts[1]);
  Worker worker(*pipeline);
  for (int round = 0; round < 2; ++round) {
    for (const std::string& text : texts) {
      const auto expected = slowly(*pipeline, text, encode_special_tokens, worker);
      const auto found = quickly(*pipeline, text, encode_special_tokens, worker);
      fuzz::require(expected.has_value() == found.has_value(), "both ways refuse the same texts");
      if (!expected) continue;
      fuzz::require(std::ranges::equal(found->ids(), expected->ids), "both ways give the same ids");
      require_aligned(*expected, text.size());
    }
  }
  return 0;
}
