#include <stdexcept>

#include "core/pre_tokenizer/cutting.h"

namespace polyvocab {
namespace {

class FixedLength final : public PreTokenizer {
 public:
  explicit FixedLength(std::size_t characters) : characters_(characters) {
    if (characters == 0) throw std::invalid_argument("FixedLength: pieces of 0 characters");
  }

  void cut(Text& text, std::vector<Span>& pieces) const override {
    cut_each(pieces, [&](Span piece) {
      while (piece.begin < piece.end) {
        std::uint32_t end = piece.begin;
        for (std::size_t i = 0; i < characters_ && end < piece.end; ++i) {
          end += utf8::length(static_cast<unsigned char>(text.bytes[end]));
        }
        pieces.push_back({piece.begin, end});
        piece.begin = end;
      }
    });
  }

 private:
  std::size_t characters_;
};

}  // namespace

PreTokenizerPtr fixed_length(std::size_t characters) { return std::make_shared<FixedLength>(characters); }

}  // namespace polyvocab
