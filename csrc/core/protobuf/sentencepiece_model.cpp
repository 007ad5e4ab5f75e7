#include "core/protobuf/sentencepiece_model.h"

#include <bit>

#include "core/protobuf/fields.h"
#include "core/unicode/utf8.h"

namespace polyvocab::protobuf {
namespace {

constexpr std::uint64_t pieces = 1;                                 // of the model
constexpr std::uint64_t piece_text = 1, piece_score = 2, piece_type = 3;  // of a piece
constexpr std::uint64_t normal_type = 1, last_type = 6;

float little_endian_float(std::string_view bytes) {
  std::uint32_t bits = 0;
  for (std::size_t i = 4; i-- > 0;) bits = bits << 8 | static_cast<unsigned char>(bytes[i]);
  return std::bit_cast<float>(bits);
}

// Of a member that comes twice the last one counts.
bool read_piece(std::string_view message, SentencePieceModel& out) {
  std::string_view text;
  float score = 0;
  std::uint64_t type = normal_type;
  FieldReader reader(message);
  for (Field field; !reader.at_end();) {
    if (!reader.next(field)) return false;
    if (field.number == piece_text && field.wire == Wire::bytes) {
      text = field.payload;
      if (utf8::first_invalid(text) != std::string_view::npos) return false;
    } else if (field.number == piece_score && field.wire == Wire::four_bytes) {
      score = little_endian_float(field.payload);
    } else if (field.number == piece_type && field.wire == Wire::varint) {
      type = field.value;
    }
  }
  if (type < normal_type || type > last_type) return false;
  out.pieces.bytes.append(text);
  out.pieces.end_string();
  out.scores.push_back(score);
  out.types.push_back(static_cast<std::uint8_t>(type));
  return true;
}

}  // namespace

SentencePieceModel read_sentencepiece_model(std::string_view file) {
  SentencePieceModel out;
  FieldReader reader(file);
  for (Field field; !reader.at_end();) {
    const std::size_t begin = reader.at();
    const bool is_read = reader.next(field);
    const bool is_piece = is_read && field.number == pieces && field.wire == Wire::bytes;
    if (!is_read || (is_piece && !read_piece(field.payload, out))) {
      out.stopped_at = begin;
      break;
    }
    if (is_piece) {
      out.places.insert(out.places.end(), {begin, field.end});
      continue;
    }
    if (!out.others.empty() && out.others.back() == begin) {
      out.others.back() = field.end;
    } else {
      out.others.insert(out.others.end(), {begin, field.end});
    }
  }
  return out;
}

}  // namespace polyvocab::protobuf
