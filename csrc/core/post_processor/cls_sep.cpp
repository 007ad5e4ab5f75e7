// BertProcessing and RobertaProcessing: a [CLS] before the first text, a [SEP] after each one.
#include <algorithm>
#include <optional>

#include "core/post_processor/post_processor.h"

namespace polyvocab {
namespace {

// The text between two tokens. Whatever it went through before, all of it is one sequence of attended, ordinary tokens.
Encoding surround(const InsertedToken* before, const Encoding& text, const InsertedToken& after, std::size_t sequence,
                  std::uint32_t type_id) {
  Encoding out;
  if (before != nullptr) out.insert_at_end(*before, type_id, true);
  const std::size_t begin = out.size();
  out.append(text, false);
  out.insert_at_end(after, type_id, true);
  const auto first = static_cast<std::ptrdiff_t>(begin);
  std::fill(out.special_tokens_mask.begin() + first, out.special_tokens_mask.end() - 1, 0);
  std::fill(out.attention_mask.begin() + first, out.attention_mask.end() - 1, 1);
  out.sequence_ranges = {{sequence, begin, out.size() - 1}};
  return out;
}

// The same for a text and its overflowing pieces. `edit` sees each of them last.
template <class Edit>
Encoding surround_all(const InsertedToken* before, Encoding text, const InsertedToken& after, std::size_t sequence,
                      std::uint32_t type_id, Edit edit) {
  const std::vector<Encoding> pieces = std::move(text.overflowing);
  text.overflowing.clear();
  Encoding out = surround(before, text, after, sequence, type_id);
  edit(out);
  for (const Encoding& piece : pieces) {
    out.overflowing.push_back(surround(before, piece, after, sequence, type_id));
    out.overflowing.back().overflowing.clear();
    edit(out.overflowing.back());
  }
  return out;
}

class Bert final : public PostProcessor {
 public:
  Bert(InsertedToken sep, InsertedToken cls) : sep_(std::move(sep)), cls_(std::move(cls)) {}
  std::size_t added_tokens(bool pair) const override { return pair ? 3 : 2; }
  void process(std::vector<Encoding>& encodings, bool add_special_tokens) const override {
    if (!add_special_tokens) return;
    for (std::size_t i = 0; i < encodings.size(); ++i) {
      const std::uint32_t second = i == 0 ? 0 : 1;
      encodings[i] = surround_all(i == 0 ? &cls_ : nullptr, std::move(encodings[i]), sep_, second, second,
                                  [](const Encoding&) {});
    }
  }

 private:
  InsertedToken sep_;
  InsertedToken cls_;
};

// All types are 0.
class Roberta final : public PostProcessor {
 public:
  Roberta(InsertedToken sep, InsertedToken cls, EdgeSpacesPtr spaces, bool add_prefix_space)
      : sep_(std::move(sep)), cls_(std::move(cls)), spaces_(std::move(spaces)), add_prefix_space_(add_prefix_space) {}
  std::size_t added_tokens(bool pair) const override { return pair ? 4 : 2; }
  void process(std::vector<Encoding>& encodings, bool add_special_tokens) const override {
    const auto untype = [](Encoding& encoding) { encoding.type_ids.assign(encoding.size(), 0); };
    for (std::size_t i = 0; i < encodings.size(); ++i) {
      if (spaces_) trim_offsets(encodings[i], add_prefix_space_, *spaces_);
      untype(encodings[i]);
      if (!add_special_tokens) continue;
      encodings[i] = surround_all(i == 0 ? &cls_ : &sep_, std::move(encodings[i]), sep_, i == 0 ? 0 : 1, 0, untype);
    }
  }

 private:
  InsertedToken sep_;
  InsertedToken cls_;
  EdgeSpacesPtr spaces_;
  bool add_prefix_space_;
};

}  // namespace

PostProcessorPtr bert_processing(InsertedToken sep, InsertedToken cls) {
  return std::make_shared<Bert>(std::move(sep), std::move(cls));
}

PostProcessorPtr roberta_processing(InsertedToken sep, InsertedToken cls, EdgeSpacesPtr spaces, bool add_prefix_space) {
  return std::make_shared<Roberta>(std::move(sep), std::move(cls), std::move(spaces), add_prefix_space);
}

}  // namespace polyvocab
