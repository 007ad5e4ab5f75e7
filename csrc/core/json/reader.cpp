#include "core/json/reader.h"

#include "core/unicode/utf8.h"

namespace polyvocab::json {
namespace {

constexpr char simple_escape(char letter) {
  switch (letter) {
    case '"':
    case '\\':
    case '/':
      return letter;
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return '\0';
  }
}

constexpr int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

bool Reader::open() {
  if (depth_ == max_depth) throw Error("nested too deeply", at_);
  closers_[++depth_] = text_[at_++] == '{' ? '}' : ']';
  if (peek() != closers_[depth_]) return true;
  ++at_;
  --depth_;
  return false;
}

bool Reader::next() {
  const bool is_object = closers_[depth_] == '}';
  if (peek() == closers_[depth_]) {
    ++at_;
    --depth_;
    return false;
  }
  if (is_object) {
    expect(',', "expected ',' or '}'", "cut off: expected ',' or '}'");
  } else {
    expect(',', "expected ',' or ']'", "cut off: expected ',' or ']'");
  }
  return true;
}

void Reader::string(std::string& out) {
  expect('"', "expected a string", "cut off: expected a string");
  for (;;) {
    const std::size_t start = at_;
    while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\' && static_cast<unsigned char>(text_[at_]) >= 0x20) {
      ++at_;
    }
    out.append(text_, start, at_ - start);
    if (at_ == text_.size()) throw Error("cut off inside a string", at_);
    if (text_[at_] == '"') break;
    if (text_[at_] != '\\') throw Error("a control character inside a string", at_);
    escape(out);
  }
  ++at_;
}

void Reader::escape(std::string& out) {
  const std::size_t start = at_;
  const char letter = start + 1 < text_.size() ? text_[start + 1] : '\0';
  if (const char plain = simple_escape(letter)) {
    out += plain;
    at_ += 2;
    return;
  }
  char32_t code = utf16_unit(start);
  if (code >= 0xD800 && code < 0xDC00 && text_.substr(at_, 2) == "\\u") {
    const unsigned low = utf16_unit(at_);
    if (low < 0xDC00 || low > 0xDFFF) throw Error("a lone surrogate", start);
    code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
  }
  if (code >= 0xD800 && code <= 0xDFFF) throw Error("a lone surrogate", start);
  utf8::append(out, code);
}

// The four digits of an escape that begins at `start`, which is also where the position is.
unsigned Reader::utf16_unit(std::size_t start) {
  if (text_.size() - start < 6 || text_[start + 1] != 'u') throw Error("an invalid escape", start);
  unsigned unit = 0;
  for (std::size_t i = start + 2; i < start + 6; ++i) {
    const int digit = hex_digit(text_[i]);
    if (digit < 0) throw Error("an invalid escape", start);
    unit = unit << 4 | static_cast<unsigned>(digit);
  }
  at_ = start + 6;
  return unit;
}

void Reader::key(std::string& out) {
  string(out);
  expect(':', "expected ':'", "cut off: expected ':'");
}

Number Reader::number() {
  peek();
  Number value;
  switch (read_number(text_, at_, value)) {
    case NumberError::malformed:
      throw Error("expected a number", at_);
    case NumberError::out_of_range:
      throw Error("a number out of range", at_);
    case NumberError::none:
      break;
  }
  return value;
}

void Reader::literal() {
  for (const std::string_view word : {"null", "true", "false"}) {
    if (text_.substr(at_, word.size()) == word) {
      at_ += word.size();
      return;
    }
  }
  throw Error(at_ == text_.size() ? "cut off: expected a value" : "expected a value", at_);
}

void Reader::skip() {
  const int outside = depth_;
  const auto name = [this] {
    ignored_.clear();
    if (closers_[depth_] == '}') key(ignored_);
  };
  for (;;) {
    const char first = peek();
    if (first == '{' || first == '[') {
      if (open()) {
        name();
        continue;
      }
    } else if (first == '"') {
      ignored_.clear();
      string(ignored_);
    } else if (first == '-' || (first >= '0' && first <= '9')) {
      number();
    } else {
      literal();
    }
    while (depth_ > outside && !next()) {
    }
    if (depth_ == outside) return;
    name();
  }
}

}  // namespace polyvocab::json
