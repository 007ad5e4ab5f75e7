// The post-processors: special tokens around one text or between two. One component, one class.
//
// Promises: the encodings that Hugging Face `tokenizers` gives for the component of the same name, overflowing pieces and
// their combinations included. Where the reference panics (a template that names what there is not, a sequence in which a
// template follows one), std::invalid_argument is thrown.
// Thread safe: a post-processor is immutable.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/encoding/encoding.h"
#include "core/post_processor/edge_spaces.h"

namespace polyvocab {

class PostProcessor {
 public:
  virtual ~PostProcessor() = default;
  // How many tokens it adds to one text, or to two.
  virtual std::size_t added_tokens(bool pair) const = 0;
  // From the encodings of the texts to those that, put one after the other, are the result.
  virtual void process(std::vector<Encoding>& encodings, bool add_special_tokens) const = 0;
};

using PostProcessorPtr = std::shared_ptr<const PostProcessor>;

// A special token of a template, by name, and the tokens that it stands for.
struct SpecialToken {
  std::string name;
  std::vector<InsertedToken> tokens;
};

struct TemplatePiece {
  enum class Kind { first, second, special };
  Kind kind;
  std::uint32_t type_id = 0;
  std::string name;  // of a special token
};

PostProcessorPtr template_processing(std::vector<TemplatePiece> single, std::vector<TemplatePiece> pair,
                                     std::vector<SpecialToken> special_tokens);
PostProcessorPtr bert_processing(InsertedToken sep, InsertedToken cls);
// `spaces`: those of every token, by id; null: offsets are not trimmed.
using EdgeSpacesPtr = std::shared_ptr<const std::vector<EdgeSpaces>>;
PostProcessorPtr roberta_processing(InsertedToken sep, InsertedToken cls, EdgeSpacesPtr spaces, bool add_prefix_space);
PostProcessorPtr byte_level_processing(EdgeSpacesPtr spaces, bool add_prefix_space);
PostProcessorPtr processing_sequence(std::vector<PostProcessorPtr> parts);

// One encoding, or the two of a pair, made ready for a model. `processor` may be null: a pair is then put one after the other.
Encoding post_process(const PostProcessor* processor, Encoding first, std::optional<Encoding> second,
                      bool add_special_tokens);

}  // namespace polyvocab
