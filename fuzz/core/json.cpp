// Any document: refused at a byte of it, or read into blocks that fit together, with a skeleton that reads to itself.
#include "core/json/reader.h"
#include "core/json/tokenizer_json.h"
#include "core/unicode/utf8.h"
#include "fuzz.h"

using namespace polyvocab;

namespace {

void require_block(const StringBlock& block, std::size_t count) {
  fuzz::require(block.offsets.size() == count + 1 && block.offsets.back() == block.bytes.size(), "offsets cover their block");
  for (std::size_t i = 0; i < count; ++i) {
    fuzz::require(block.offsets[i] <= block.offsets[i + 1], "offsets rise");
    fuzz::require(utf8::first_invalid(block.view()[i]) == std::string::npos, "strings are valid UTF-8");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using Read = json::TokenizerJson;
  const std::string_view document(reinterpret_cast<const char*>(data), size);
  try {
    const Read read = json::read_tokenizer_json(document);
    require_block(read.tokens, read.vocab == Read::Vocab::scores ? read.scores.size() : read.ids.size());
    const std::size_t strings = read.merge_parts.offsets.size() - 1;
    require_block(read.merge_parts, strings);
    fuzz::require(read.merges != Read::Merges::pairs || strings % 2 == 0, "a pair has two parts");
    const Read again = json::read_tokenizer_json(read.skeleton);
    fuzz::require(again.skeleton == read.skeleton, "a skeleton is its own skeleton");
    fuzz::require(again.vocab == Read::Vocab::absent && again.merges == Read::Merges::absent, "a skeleton has no blocks");
  } catch (const json::Error& error) {
    fuzz::require(error.offset <= size, "what is malformed is in the document");
  }
  return 0;
}
