#include <utility>

#include "core/pre_tokenizer/cutting.h"
#include "core/pre_tokenizer/isolate.h"

namespace polyvocab {
namespace {

// Puts a space before each piece that does not begin with one. It stands for what the first character stands for.
void prepend_spaces(Text& text, std::vector<Span>& pieces) {
  std::string bytes;
  std::vector<Span> spans;
  bytes.reserve(text.bytes.size() + pieces.size());
  if (text.aligned) spans.reserve(bytes.capacity());
  for (Span& piece : pieces) {
    const auto begin = static_cast<std::uint32_t>(bytes.size());
    const bool prepends = text.bytes[piece.begin] != ' ';
    if (prepends) bytes += ' ';
    bytes += view(text, piece);
    if (text.aligned) {
      if (prepends) spans.push_back(text.spans[piece.begin]);
      spans.insert(spans.end(), text.spans.begin() + piece.begin, text.spans.begin() + piece.end);
    }
    piece = {begin, static_cast<std::uint32_t>(bytes.size())};
  }
  text.assign(std::move(bytes), std::move(spans));
}

class ByteLevel final : public PreTokenizer {
 public:
  ByteLevel(bool add_prefix_space, std::shared_ptr<const Splitter> pattern)
      : add_prefix_space_(add_prefix_space), pattern_(std::move(pattern)) {}

  void cut(Text& text, std::vector<Span>& pieces) const override {
    if (add_prefix_space_) prepend_spaces(text, pieces);
    if (pattern_) isolate(*pattern_, text, pieces);
  }

  std::optional<Pattern> as_pattern() const override { return Pattern{pattern_.get(), add_prefix_space_}; }

 private:
  bool add_prefix_space_;
  std::shared_ptr<const Splitter> pattern_;
};

}  // namespace

PreTokenizerPtr byte_level(bool add_prefix_space, std::shared_ptr<const Splitter> pattern) {
  return std::make_shared<ByteLevel>(add_prefix_space, std::move(pattern));
}

}  // namespace polyvocab
