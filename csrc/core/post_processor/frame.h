// A post-processor that does no more to a single text than to put tokens around it, seen as that.
#pragma once

#include <optional>

#include "core/encoding/batch.h"
#include "core/post_processor/post_processor.h"

namespace polyvocab {

// Nothing where it does more: a template may leave the text out, or have it twice; in a sequence of templates one may put
// in other tokens than truncation makes room for. `processor` may be null.
// Throws std::invalid_argument where the post-processor refuses a single text.
std::optional<Frame> frame_of(const PostProcessor* processor, bool add_special_tokens);

}  // namespace polyvocab
