// JSON, one lexical item at a time.
//
// Expects: valid UTF-8. Throws json::Error. The caller pairs open() and close().
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "core/json/number.h"
#include "core/json/tokenizer_json.h"

namespace polyvocab::json {

class Reader {
 public:
  static constexpr int max_depth = 127;

  explicit Reader(std::string_view text) : text_(text) {}

  std::size_t at() const { return at_; }

  // The next byte that is no white space, which stays; 0 at the end.
  char peek() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }

  void expect(char byte, const char* missing, const char* cut_off) {
    if (peek() != byte || at_ == text_.size()) throw Error(at_ == text_.size() ? cut_off : missing, at_);
    ++at_;
  }

  // Enters an object or an array; false where it is empty, and then it is already left.
  bool open();
  // After an item: true where another one follows, else the object or array is left.
  bool next();

  // Appends the string to `out`.
  void string(std::string& out);
  // A member's name and its colon.
  void key(std::string& out);
  Number number();
  // Any value.
  void skip();

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
  std::array<char, max_depth + 1> closers_{};  // of what is open, the innermost last
  std::string ignored_;

  static bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
  void escape(std::string& out);
  unsigned utf16_unit(std::size_t start);
  void literal();
};

}  // namespace polyvocab::json
