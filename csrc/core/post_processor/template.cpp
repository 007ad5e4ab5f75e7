// TemplateProcessing: texts and special tokens in a given order.
#include <stdexcept>

#include "core/post_processor/post_processor.h"

namespace polyvocab {
namespace {

class Template final : public PostProcessor {
 public:
  Template(std::vector<TemplatePiece> single, std::vector<TemplatePiece> pair, std::vector<SpecialToken> special_tokens)
      : single_(std::move(single)), pair_(std::move(pair)), special_tokens_(std::move(special_tokens)) {}

  std::size_t added_tokens(bool pair) const override {
    std::size_t added = 0;
    for (const auto& piece : pair ? pair_ : single_) {
      if (piece.kind != TemplatePiece::Kind::special) continue;
      if (const SpecialToken* token = find(piece.name)) added += token->tokens.size();
    }
    return added;
  }

  void process(std::vector<Encoding>& encodings, bool add_special_tokens) const override {
    if (encodings.empty() || encodings.size() > 2) {
      throw std::invalid_argument("a template for one or two sequences, given " + std::to_string(encodings.size()));
    }
    std::vector<Encoding> out;
    for (const auto& piece : encodings.size() == 2 ? pair_ : single_) {
      if (piece.kind != TemplatePiece::Kind::special) {
        out.push_back(text(encodings, piece));
      } else if (add_special_tokens) {
        out.push_back(special(piece));
      }
    }
    encodings = std::move(out);
  }

 private:
  // Where a name is there twice, the later one counts.
  const SpecialToken* find(const std::string& name) const {
    for (auto token = special_tokens_.rbegin(); token != special_tokens_.rend(); ++token) {
      if (token->name == name) return &*token;
    }
    return nullptr;
  }

  // A copy, since a text may come again. Its overflowing pieces keep their type.
  static Encoding text(const std::vector<Encoding>& encodings, const TemplatePiece& piece) {
    const std::size_t sequence = piece.kind == TemplatePiece::Kind::first ? 0 : 1;
    if (sequence >= encodings.size()) throw std::invalid_argument("the template of a single sequence names a second one");
    Encoding copy = encodings[sequence];
    copy.type_ids.assign(copy.size(), piece.type_id);
    copy.set_sequence(sequence);
    return copy;
  }

  Encoding special(const TemplatePiece& piece) const {
    const SpecialToken* token = find(piece.name);
    if (token == nullptr) throw std::invalid_argument("a template names '" + piece.name + "', which is no special token");
    Encoding encoding;
    for (const auto& inserted : token->tokens) encoding.insert_at_end(inserted, piece.type_id, true);
    return encoding;
  }

  std::vector<TemplatePiece> single_;
  std::vector<TemplatePiece> pair_;
  std::vector<SpecialToken> special_tokens_;
};

}  // namespace

PostProcessorPtr template_processing(std::vector<TemplatePiece> single, std::vector<TemplatePiece> pair,
                                     std::vector<SpecialToken> special_tokens) {
  return std::make_shared<Template>(std::move(single), std::move(pair), std::move(special_tokens));
}

}  // namespace polyvocab
