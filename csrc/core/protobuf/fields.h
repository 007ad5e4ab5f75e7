// The wire format of protobuf: one field after the other.
//
// Promises: never reads outside the message, whatever its bytes are. Says that a field is malformed, not why.
#pragma once

#include <cstdint>
#include <string_view>

namespace polyvocab::protobuf {

enum class Wire : std::uint8_t { varint = 0, eight_bytes = 1, bytes = 2, four_bytes = 5 };

struct Field {
  std::uint64_t number = 0;
  Wire wire = Wire::varint;
  std::uint64_t value = 0;          // of a varint, at most `too_large`
  std::string_view payload{};       // of the others
  std::size_t begin = 0, end = 0;  // in the message
};

class FieldReader {
 public:
  // Stands for all larger numbers too, which a varint of ten bytes may have.
  static constexpr std::uint64_t too_large = ~std::uint64_t{0};

  explicit FieldReader(std::string_view message) : message_(message) {}

  bool at_end() const { return at_ == message_.size(); }
  std::size_t at() const { return at_; }

  // False where the field at `at()` is malformed or cut off; then it stays there.
  bool next(Field& field) {
    std::size_t at = at_;
    std::uint64_t key = 0;
    if (!varint(at, key)) return false;
    field = {.number = key >> 3, .wire = static_cast<Wire>(key & 7), .begin = at_};
    if (field.number == 0) return false;
    std::uint64_t size = 0;
    switch (field.wire) {
      case Wire::varint:
        if (!varint(at, field.value)) return false;
        break;
      case Wire::bytes:
        if (!varint(at, size)) return false;
        break;
      case Wire::eight_bytes:
        size = 8;
        break;
      case Wire::four_bytes:
        size = 4;
        break;
      default:
        return false;
    }
    if (size > message_.size() - at) return false;
    field.payload = message_.substr(at, size);
    at_ = field.end = at + size;
    return true;
  }

 private:
  std::string_view message_;
  std::size_t at_ = 0;

  // At most ten bytes. The lowest bits are right even of a number that is too large.
  bool varint(std::size_t& at, std::uint64_t& value) const {
    constexpr unsigned last = 63;
    bool is_too_large = false;
    value = 0;
    for (unsigned shift = 0; shift <= last && at < message_.size(); shift += 7) {
      const auto byte = static_cast<unsigned char>(message_[at++]);
      const std::uint64_t bits = byte & 0x7F;
      value |= bits << shift;
      is_too_large = shift == last && bits > 1;
      if (byte >= 0x80) continue;
      if (is_too_large) value |= too_large << 3;
      return true;
    }
    return false;
  }
};

}  // namespace polyvocab::protobuf
