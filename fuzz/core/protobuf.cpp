// Any bytes as a SentencePiece model: the fields, pieces and other members that a slow reader finds, and the same end.
#include <bit>
#include <bitset>
#include <optional>

#include "core/protobuf/fields.h"
#include "core/protobuf/sentencepiece_model.h"
#include "core/unicode/utf8.h"
#include "fuzz.h"

using namespace polyvocab;
using protobuf::Field, protobuf::FieldReader, protobuf::Wire;

namespace {

// A number of ten bytes has six bits more than the 64 that count.
using Number = std::bitset<70>;

std::optional<Number> take_number(std::string_view& rest) {
  Number number;
  for (std::size_t i = 0; i < 10 && i < rest.size(); ++i) {
    const auto byte = static_cast<unsigned char>(rest[i]);
    number |= Number(byte & 0x7F) << 7 * i;
    if (byte >= 0x80) continue;
    rest.remove_prefix(i + 1);
    return number;
  }
  return {};
}

bool is_too_large(const Number& number) { return (number >> 64).any(); }

struct SlowField {
  Number key, value;
  std::string_view payload;
  std::size_t end;

  std::uint64_t wire() const { return (key & Number(7)).to_ullong(); }
  bool is(std::uint64_t number, Wire type) const { return key == Number(number << 3 | static_cast<std::uint64_t>(type)); }
};

std::optional<SlowField> slow_field(std::string_view message, std::size_t at) {
  std::string_view rest = message.substr(at);
  const auto key = take_number(rest);
  if (!key || (*key >> 3).none()) return {};
  SlowField field{.key = *key, .value = {}, .payload = {}, .end = 0};
  Number size;
  switch (static_cast<Wire>(field.wire())) {
    case Wire::varint: {
      const auto value = take_number(rest);
      if (!value) return {};
      field.value = *value;
      break;
    }
    case Wire::bytes: {
      const auto value = take_number(rest);
      if (!value) return {};
      size = *value;
      break;
    }
    case Wire::eight_bytes: size = 8; break;
    case Wire::four_bytes: size = 4; break;
    default: return {};
  }
  if (is_too_large(size) || size.to_ullong() > rest.size()) return {};
  field.payload = rest.substr(0, size.to_ullong());
  field.end = message.size() - rest.size() + field.payload.size();
  return field;
}

void require_number(std::uint64_t found, const Number& number) {
  if (is_too_large(number)) fuzz::require(found >= FieldReader::too_large - 7, "a number that is too large is a large one");
  else fuzz::require(found == number.to_ullong(), "a number is that of its bytes");
}

void require_fields(std::string_view message) {
  FieldReader reader(message);
  for (std::size_t at = 0; !reader.at_end();) {
    const auto expected = slow_field(message, at);
    Field field;
    const bool is_read = reader.next(field);
    fuzz::require(is_read == expected.has_value(), "a field is read where it is whole");
    if (!is_read) return fuzz::require(reader.at() == at, "the reader stays where it cannot go on");
    if (!is_too_large(expected->key)) fuzz::require(field.number == (expected->key >> 3).to_ullong(), "a field has its number");
    fuzz::require(static_cast<std::uint64_t>(field.wire) == expected->wire(), "a field has its type");
    if (field.wire == Wire::varint) require_number(field.value, expected->value);
    else fuzz::require(field.payload == expected->payload, "a payload is what lies in the message");
    fuzz::require(field.begin == at && field.end == expected->end && reader.at() == field.end, "field lies behind field");
    at = field.end;
  }
}

struct Piece {
  std::string text;
  float score = 0;
  std::uint64_t type = 1;
};

// Empty where the reader leaves the piece to its caller.
std::optional<Piece> slow_piece(std::string_view message) {
  Piece piece;
  for (std::size_t at = 0; at < message.size();) {
    const auto field = slow_field(message, at);
    if (!field) return {};
    if (field->is(1, Wire::bytes)) {
      piece.text = field->payload;
      if (utf8::first_invalid(piece.text) != std::string::npos) return {};
    }
    if (field->is(2, Wire::four_bytes)) {
      const auto byte = [&](std::size_t i) { return std::uint32_t{static_cast<unsigned char>(field->payload[i])} << 8 * i; };
      piece.score = std::bit_cast<float>(byte(0) | byte(1) | byte(2) | byte(3));
    }
    if (field->is(3, Wire::varint)) piece.type = is_too_large(field->value) ? 0 : field->value.to_ullong();
    at = field->end;
  }
  if (piece.type < 1 || piece.type > 6) return {};
  return piece;
}

void require_model(std::string_view file) {
  const auto found = protobuf::read_sentencepiece_model(file);
  std::optional<std::uint64_t> stopped_at;
  std::vector<std::uint64_t> others;
  std::size_t pieces = 0;
  for (std::size_t at = 0; at < file.size() && !stopped_at;) {
    const auto field = slow_field(file, at);
    const bool is_piece = field && field->is(1, Wire::bytes);
    const auto piece = is_piece ? slow_piece(field->payload) : std::nullopt;
    if (!field || (is_piece && !piece)) {
      stopped_at = at;
    } else if (is_piece) {
      fuzz::require(pieces < found.scores.size() && pieces < found.types.size(), "every piece is read");
      fuzz::require(found.pieces.view()[pieces] == piece->text, "a piece has its text");
      fuzz::require(std::bit_cast<std::uint32_t>(found.scores[pieces]) == std::bit_cast<std::uint32_t>(piece->score),
                    "a piece has its score");
      fuzz::require(found.types[pieces] == piece->type, "a piece has its type");
      ++pieces;
      at = field->end;
    } else {
      if (others.empty() || others.back() != at) others.insert(others.end(), {at, field->end});
      else others.back() = field->end;
      at = field->end;
    }
  }
  fuzz::require(found.stopped_at == stopped_at, "the reader stops at the first member that it cannot read");
  fuzz::require(found.others == others, "the other members are what lies between the pieces");
  fuzz::require(found.pieces.offsets.size() == pieces + 1 && found.pieces.offsets.back() == found.pieces.bytes.size() &&
                    found.scores.size() == pieces && found.types.size() == pieces,
                "there is one text, score and type for each piece");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view file(reinterpret_cast<const char*>(data), size);
  require_fields(file);
  require_model(file);
  return 0;
}
