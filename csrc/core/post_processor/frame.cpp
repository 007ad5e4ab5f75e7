#include "core/post_processor/frame.h"

#include <algorithm>

namespace polyvocab {

// What is done to a text does not depend on its tokens, so that of one token tells; by its word it is found again.
std::optional<Frame> frame_of(const PostProcessor* processor, bool add_special_tokens) {
  constexpr std::int32_t mark = 0;
  Encoding text;
  text.insert_at_end({0, {}}, 0, true);
  text.word_ids = {mark};
  text.special_tokens_mask = {0};
  const Encoding framed = post_process(processor, std::move(text), {}, add_special_tokens);

  const std::size_t room = processor != nullptr && add_special_tokens ? processor->added_tokens(false) : 0;
  const auto& words = framed.word_ids;
  if (std::count(words.begin(), words.end(), mark) != 1 || framed.size() != room + 1) return {};
  const auto at = static_cast<std::size_t>(std::find(words.begin(), words.end(), mark) - words.begin());
  Frame frame;
  frame.type_id = framed.type_ids[at];
  for (std::size_t i = 0; i < framed.size(); ++i) {
    if (i == at) continue;
    const Frame::Token token{framed.ids[i], framed.type_ids[i], framed.special_tokens_mask[i] != 0};
    (i < at ? frame.before : frame.after).push_back(token);
  }
  return frame;
}

}  // namespace polyvocab
