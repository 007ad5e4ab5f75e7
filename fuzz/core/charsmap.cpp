// Any charsmap: refused, or a normalizer that reads nothing outside it and writes the same bytes with alignment and without.
#include <algorithm>
#include <stdexcept>

#include "core/normalizer/normalizer.h"
#include "core/normalizer/sentencepiece.h"
#include "fuzz.h"

using namespace polyvocab;

namespace {

// The fuzzer's bytes as they are, or as the units and strings of a blob whose sizes fit together.
std::string blob_of(fuzz::Input& input) {
  if (input.ConsumeBool()) return input.ConsumeRandomLengthString(2000);
  const auto units = input.ConsumeBytesAsString(4 * input.ConsumeIntegralInRange<std::size_t>(0, 300));
  const auto strings = input.ConsumeRandomLengthString(64);
  std::string blob;
  for (int i = 0; i < 4; ++i) blob.push_back(static_cast<char>(units.size() >> 8 * i & 0xFF));
  return blob + units + strings + '\0';
}

void require_same_bytes(const Normalizer& normalizer, const std::string& text) {
  Text plain(text, 0, false), aligned(text, 0, true);
  normalizer.normalize(plain);
  normalizer.normalize(aligned);
  fuzz::require(plain.bytes == aligned.bytes, "alignment changes no byte");
  fuzz::require(aligned.spans.size() == aligned.bytes.size(), "every byte has a span");
  fuzz::require(std::ranges::all_of(aligned.spans, [&](Span s) { return s.begin <= s.end && s.end <= text.size(); }),
                "spans lie within the text");
  fuzz::require(!normalizer.leaves(text) || plain.bytes == text, "what is left alone stays as it is");
  fuzz::require(utf8::first_invalid(plain.bytes) == std::string::npos, "a normal text is valid UTF-8");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const auto flags = input.ConsumeIntegral<std::uint8_t>();
  const std::string blob = blob_of(input), text = fuzz::rest_as_text(input, fuzz::fragments);
  try {
    require_same_bytes(*precompiled(blob), text);
  } catch (const std::invalid_argument&) {
  }
  try {
    const SentencePieceRules rules{.charsmap = blob,
                                   .add_dummy_prefix = (flags & 1) != 0,
                                   .remove_extra_whitespaces = (flags & 2) != 0,
                                   .escape_whitespaces = (flags & 4) != 0,
                                   .treat_whitespace_as_suffix = (flags & 8) != 0};
    require_same_bytes(*sentencepiece_normalizer(rules), text);
  } catch (const std::invalid_argument&) {
  }
  return 0;
}
