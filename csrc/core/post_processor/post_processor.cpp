#include "core/post_processor/post_processor.h"

namespace polyvocab {
namespace {

class ByteLevel final : public PostProcessor {
 public:
  ByteLevel(EdgeSpacesPtr spaces, bool add_prefix_space)
      : spaces_(std::move(spaces)), add_prefix_space_(add_prefix_space) {}
  std::size_t added_tokens(bool) const override { return 0; }
  void process(std::vector<Encoding>& encodings, bool) const override {
    for (std::size_t i = 0; i < encodings.size(); ++i) {
      if (spaces_) trim_offsets(encodings[i], add_prefix_space_, *spaces_);
      encodings[i].set_sequence(i);
    }
  }

 private:
  EdgeSpacesPtr spaces_;
  bool add_prefix_space_;
};

class Sequence final : public PostProcessor {
 public:
  explicit Sequence(std::vector<PostProcessorPtr> parts) : parts_(std::move(parts)) {}
  std::size_t added_tokens(bool pair) const override {
    std::size_t added = 0;
    for (const auto& part : parts_) added += part->added_tokens(pair);
    return added;
  }
  void process(std::vector<Encoding>& encodings, bool add_special_tokens) const override {
    for (const auto& part : parts_) part->process(encodings, add_special_tokens);
  }

 private:
  std::vector<PostProcessorPtr> parts_;
};

}  // namespace

PostProcessorPtr byte_level_processing(EdgeSpacesPtr spaces, bool add_prefix_space) {
  return std::make_shared<ByteLevel>(std::move(spaces), add_prefix_space);
}

PostProcessorPtr processing_sequence(std::vector<PostProcessorPtr> parts) {
  return std::make_shared<Sequence>(std::move(parts));
}

Encoding post_process(const PostProcessor* processor, Encoding first, std::optional<Encoding> second,
                      bool add_special_tokens) {
  if (processor == nullptr && !second) return first;
  std::vector<Encoding> encodings;
  encodings.push_back(std::move(first));
  if (second) encodings.push_back(std::move(*second));
  for (std::size_t i = 0; i < encodings.size(); ++i) {
    encodings[i].set_sequence(i);
    if (processor == nullptr) continue;
    for (Encoding& piece : encodings[i].overflowing) piece.set_sequence(i);
    encodings[i].type_ids.assign(encodings[i].size(), static_cast<std::uint32_t>(i));
  }
  if (processor != nullptr) processor->process(encodings, add_special_tokens);
  return merge(std::move(encodings), false);
}

}  // namespace polyvocab
