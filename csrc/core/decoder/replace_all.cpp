#include "core/decoder/replace_all.h"

#include "core/unicode/utf8.h"

namespace polyvocab {
namespace {

std::string interleave(std::string_view text, std::string_view by) {
  std::string out(by);
  for (std::size_t at = 0; at < text.size();) {
    const auto size = utf8::length(static_cast<unsigned char>(text[at]));
    out.append(text.substr(at, size)).append(by);
    at += size;
  }
  return out;
}

}  // namespace

void replace_all(std::string& text, std::string_view what, std::string_view by) {
  if (what.empty()) {
    if (!by.empty()) text = interleave(text, by);
    return;
  }
  std::size_t found = text.find(what);
  if (found == std::string::npos) return;
  std::string out;
  std::size_t from = 0;
  for (; found != std::string::npos; found = text.find(what, from)) {
    out.append(text, from, found - from).append(by);
    from = found + what.size();
  }
  out.append(text, from);
  text = std::move(out);
}

}  // namespace polyvocab
