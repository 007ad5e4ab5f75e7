#include "core/encoding/batch.h"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <string>

#include "core/parallel.h"

namespace polyvocab {
namespace {

std::size_t frame_size(const Frame& frame) { return frame.before.size() + frame.after.size(); }

// How many tokens of a sequence are kept. The subtraction wraps around where there is no room for the frame.
std::size_t content_limit(const BatchLayout& layout) {
  if (!layout.max_length) return std::numeric_limits<std::size_t>::max();
  return *layout.max_length - frame_size(layout.frame);
}

std::span<const TokenId> cut_to(std::span<const TokenId> ids, std::size_t limit, Side cut) {
  const std::size_t kept = std::min(ids.size(), limit);
  return cut == Side::right ? ids.first(kept) : ids.last(kept);
}

// One matrix, a row at a time: padding, frame, sequence, frame, padding.
template <class Int>
class Row {
 public:
  explicit Row(Int* at) : at_(at) {}
  void fill(std::size_t count, Int value) { at_ = std::fill_n(at_, count, value); }
  template <class Value>
  void frame(const std::vector<Frame::Token>& tokens, Value value) {
    at_ = std::transform(tokens.begin(), tokens.end(), at_, [&](const auto& token) { return static_cast<Int>(value(token)); });
  }
  void copy(std::span<const TokenId> ids) {
    for (std::size_t i = 0; i < ids.size(); ++i) at_[i] = static_cast<Int>(ids[i]);
    at_ += ids.size();
  }

 private:
  Int* at_;
};

struct Lengths {
  std::size_t left;  // padding
  std::size_t sequence;
  std::size_t right;  // padding
};

template <class Int, class Value>
void write_row(Int* matrix, std::size_t row, std::size_t width, const Lengths& lengths, const Frame& frame, Int padding,
               Int inside, Value value) {
  if (matrix == nullptr) return;
  Row<Int> out(matrix + row * width);
  out.fill(lengths.left, padding);
  out.frame(frame.before, value);
  out.fill(lengths.sequence, inside);
  out.frame(frame.after, value);
  out.fill(lengths.right, padding);
}

}  // namespace

std::size_t batch_width(const FlatSequences& sequences, const BatchLayout& layout) {
  if (sequences.offsets.empty()) throw std::invalid_argument("offsets of sequences: none");
  if (sequences.offsets.front() != 0 || sequences.offsets.back() != static_cast<std::int64_t>(sequences.ids.size()) ||
      !std::is_sorted(sequences.offsets.begin(), sequences.offsets.end())) {
    throw std::invalid_argument("offsets of sequences: not ascending from 0 to the number of ids");
  }
  if (sequences.rows() == 0) return 0;
  const std::size_t limit = content_limit(layout);
  std::size_t shortest = std::numeric_limits<std::size_t>::max();
  std::size_t longest = 0;
  for (std::size_t row = 0; row < sequences.rows(); ++row) {
    const std::size_t size = std::min(sequences[row].size(), limit);
    shortest = std::min(shortest, size);
    longest = std::max(longest, size);
  }
  shortest += frame_size(layout.frame);
  longest += frame_size(layout.frame);
  const std::size_t width = layout.padding ? std::max(shortest, padded_length(longest, *layout.padding)) : shortest;
  if (width < longest) {
    throw std::invalid_argument("the longest row has " + std::to_string(longest) + " tokens, the others " +
                                std::to_string(width) + ": truncate, or pad to more");
  }
  return width;
}

template <class Int>
void fill_batch(const FlatSequences& sequences, const BatchLayout& layout, std::size_t width, const BatchMatrices<Int>& out,
                int threads) {
  constexpr std::size_t block_tokens = 1 << 16;
  const std::size_t block_rows = std::max<std::size_t>(1, block_tokens / std::max<std::size_t>(1, width));
  const std::size_t blocks = (sequences.rows() + block_rows - 1) / block_rows;
  const std::size_t limit = content_limit(layout);
  const Frame& frame = layout.frame;
  const Padding padding = layout.padding.value_or(Padding{});
  const auto pad_id = static_cast<Int>(padding.token.id);
  parallel_blocks(static_cast<std::int64_t>(blocks), threads, [&](std::int64_t block) {
    const std::size_t first = static_cast<std::size_t>(block) * block_rows;
    for (std::size_t row = first; row < std::min(first + block_rows, sequences.rows()); ++row) {
      const auto ids = cut_to(sequences[row], limit, layout.cut);
      const std::size_t pads = width - frame_size(frame) - ids.size();
      const bool left = padding.side == Side::left;
      const Lengths lengths{left ? pads : 0, ids.size(), left ? 0 : pads};
      if (out.input_ids != nullptr) {
        Row<Int> row_ids(out.input_ids + row * width);
        const auto id = [](const Frame::Token& token) { return token.id; };
        row_ids.fill(lengths.left, pad_id);
        row_ids.frame(frame.before, id);
        row_ids.copy(ids);
        row_ids.frame(frame.after, id);
        row_ids.fill(lengths.right, pad_id);
      }
      write_row<Int>(out.attention_mask, row, width, lengths, frame, 0, 1, [](const auto&) { return 1; });
      write_row<Int>(out.token_type_ids, row, width, lengths, frame, static_cast<Int>(padding.type_id),
                     static_cast<Int>(frame.type_id), [](const auto& token) { return token.type_id; });
      write_row<Int>(out.special_tokens_mask, row, width, lengths, frame, 1, 0,
                     [](const auto& token) { return token.special ? 1 : 0; });
    }
  });
}

template void fill_batch(const FlatSequences&, const BatchLayout&, std::size_t, const BatchMatrices<std::int32_t>&, int);
template void fill_batch(const FlatSequences&, const BatchLayout&, std::size_t, const BatchMatrices<std::int64_t>&, int);

}  // namespace polyvocab
