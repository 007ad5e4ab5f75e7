// The pieces of a SentencePiece `.model`, which are nearly all of it, as a block and arrays.
//
// Promises: linear time, and no allocation beyond the size of the file, on any input. Pieces are valid UTF-8.
// Does not: read the other members, or say what is wrong with a member: both are the caller's, who is told where they lie.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/string_block.h"

namespace polyvocab::protobuf {

struct SentencePieceModel {
  StringBlock pieces;
  std::vector<float> scores;
  std::vector<std::uint8_t> types;
  std::vector<std::uint64_t> places;        // where the pieces lie: begin and end of each
  std::vector<std::uint64_t> others;        // where the other members lie: begin and end of each stretch of them
  std::optional<std::uint64_t> stopped_at;  // the member that cannot be read; nothing behind it was looked at
};

SentencePieceModel read_sentencepiece_model(std::string_view file);

}  // namespace polyvocab::protobuf
