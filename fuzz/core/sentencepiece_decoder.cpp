// The ids of a small SentencePiece model: their text is what a walk over them gives that looks at one after the other, and a
// stream gives it out piece by piece.
#include <algorithm>
#include <stdexcept>

#include "core/decoder/sentencepiece.h"
#include "core/decoder/stream.h"
#include "core/unicode/utf8.h"
#include "fuzz.h"
#include "vocabulary.h"

using namespace polyvocab;

namespace {

constexpr std::string_view mark = "▁", replacement = "\uFFFD";
constexpr std::string_view texts[] = {"a",  "b",      "é",  "中", "▁",            "▁a",    " ",
                                      "🙂", "\uFFFD", "▁▁", "a▁", "a long piece", "<0x61>"};
constexpr std::string_view surfaces[] = {"", " ⁇ ", "▁", "unknown", "\uFFFD"};
constexpr unsigned char bytes[] = {0xC3, 0xA9, 0x61, 0x20, 0xE4, 0xB8, 0xAD, 0xF0, 0x9F, 0x99, 0x82, 0xFF, 0xED, 0xA0, 0x00};

struct RandomModel {
  std::vector<std::string> pieces;
  std::vector<PieceType> types;
  std::vector<std::string> shown;  // the byte of a byte piece, and what other pieces show
  bool prefix, removes;

  void add(std::string piece, PieceType type, std::string text) {
    pieces.push_back(std::move(piece));
    types.push_back(type);
    shown.push_back(std::move(text));
  }
};

std::string with_spaces(std::string_view piece) {
  std::string text;
  while (!piece.empty()) {
    const bool is_mark = piece.starts_with(mark);
    text += is_mark ? ' ' : piece[0];
    piece.remove_prefix(is_mark ? mark.size() : 1);
  }
  return text;
}

// A character where one begins, U+FFFD for any other byte.
std::string bytes_as_text(std::string_view run) {
  std::string text;
  while (!run.empty()) {
    std::size_t size = 1;
    while (size <= run.size() && size <= 4 && utf8::first_invalid(run.substr(0, size)) != std::string::npos) ++size;
    const bool is_character = size <= run.size() && size <= 4;
    text += is_character ? run.substr(0, size) : replacement;
    run.remove_prefix(is_character ? size : 1);
  }
  return text;
}

std::string decode_slowly(const RandomModel& model, const std::vector<TokenId>& ids) {
  std::string text, run;
  bool begins = true;
  for (const TokenId id : ids) {
    if (model.types[id] == PieceType::byte) {
      run += model.shown[id];
      continue;
    }
    text += bytes_as_text(run);
    run.clear();
    begins = begins && text.empty();
    if (model.types[id] == PieceType::control) continue;
    const bool loses_mark = begins && (model.prefix || model.removes) && model.pieces[id].starts_with(mark);
    if (model.types[id] == PieceType::unknown) text += model.shown[id];
    else text += with_spaces(model.pieces[id].substr(loses_mark ? mark.size() : 0));
    if (loses_mark && !model.removes) begins = false;
  }
  return text + bytes_as_text(run);
}

RandomModel random_model(fuzz::Input& input) {
  RandomModel model{.pieces = {}, .types = {}, .shown = {}, .prefix = input.ConsumeBool(), .removes = input.ConsumeBool()};
  model.add(input.ConsumeBool() ? "<unk>" : "▁unk", PieceType::unknown, std::string(fuzz::one_of(input, surfaces)));
  for (auto count = input.ConsumeIntegralInRange(1, 20); count > 0; --count) {
    constexpr PieceType kinds[] = {PieceType::normal, PieceType::normal, PieceType::control, PieceType::user_defined,
                                   PieceType::unused};
    const auto kind = input.ConsumeIntegralInRange<std::size_t>(0, 7);
    if (kind < std::size(kinds)) {
      model.add(fuzz::text_of(input, texts, 1, 3), kinds[kind], "");
    } else {
      const unsigned char byte = bytes[input.ConsumeIntegralInRange<std::size_t>(0, std::size(bytes) - 1)];
      char name[8];
      std::snprintf(name, sizeof name, "<0x%02X>", byte);
      model.add(name, PieceType::byte, std::string(1, static_cast<char>(byte)));
    }
  }
  return model;
}

// Of the first ids alone: as long as a text may change, every step decodes all of them.
void require_stream(const Decoder& decoder, const RandomModel& model, std::vector<TokenId> ids) {
  ids.resize(std::min<std::size_t>(ids.size(), 32));
  const std::string text = decode_slowly(model, ids);
  DecodeStream stream(false);
  std::string streamed;
  for (const TokenId& id : ids) streamed += stream.step(decoder, {&id, 1}).value_or("");
  fuzz::require(text.starts_with(streamed), "the chunks of a stream are the beginning of the text");
  fuzz::require(text.ends_with(replacement) || streamed == text, "a stream keeps back what may change alone");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const RandomModel model = random_model(input);
  const Vocabulary pieces(model.pieces);
  const SentencePieceDecoder decoder(pieces.strings(), model.types,
                                     {.unknown_surface = model.shown[0],
                                      .add_dummy_prefix = model.prefix,
                                      .remove_extra_whitespaces = model.removes});
  std::vector<TokenId> ids;
  const auto count = static_cast<TokenId>(model.pieces.size());
  while (input.remaining_bytes() > 0) ids.push_back(input.ConsumeIntegralInRange<TokenId>(0, count - 1));
  TextBuffer found;
  const std::string before = "what was there before";
  found.append(before);
  decoder.decode(ids, input.ConsumeBool(), found);
  fuzz::require(found.from(0) == before + decode_slowly(model, ids), "the text is that of looking at one id after the other");
  require_stream(decoder, model, ids);
  ids.push_back(count);
  try {
    decoder.decode(ids, false, found);
  } catch (const std::invalid_argument&) {
    return 0;
  }
  fuzz::require(false, "an id that no piece has is refused");
  return 0;
}
