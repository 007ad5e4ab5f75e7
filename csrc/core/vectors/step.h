// The arithmetic of a training step on rows of floats: one file per instruction set.
//
// Promises: the same bits from every kernel. Sums over rows run in the order of the index; a dot product is sixteen chains
// of fused multiply-adds (dimension d in chain d mod 16) that are added in halves: eight, four, two, one.
// Expects: a part of each row: `width` floats, a multiple of step_lanes, of rows that lie `stride` floats apart. What is
// written overlaps nothing that is read.
// Does not: know which rows are words, n-grams or outputs.
#pragma once

#include <cstddef>
#include <cstdint>

namespace polyvocab {

inline constexpr std::size_t step_lanes = 16;
inline constexpr std::uint32_t positive_target = 0x80000000u;  // the bit of a target whose answer is yes; the rest is a row

struct RowPart {
  std::size_t stride, width;
};

struct StepKernel {
  const char* name;
  // out = scale * (the sum of rows[index[0]], rows[index[1]], ...).
  void (*sum_rows)(const float* rows, const std::uint32_t* index, std::size_t count, float scale, RowPart part, float* out);
  // row += scale * (the sum of weights[k] * rows[index[k]]).
  void (*move_row)(const float* rows, const std::uint32_t* index, const float* weights, std::size_t count, float scale,
                   RowPart part, float* row);
  // dots[t] = hidden . row_t and squares[t] = row_t . row_t, for the row of each target.
  void (*dots)(const float* hidden, const float* rows, const std::uint32_t* targets, std::size_t count, RowPart part,
               float* dots, float* squares);
  // With p = 1 / (1 + exp(-logits[t])): slopes[t] = alpha * (answer - p), bends[t] = alpha * p * (1 - p).
  void (*answer)(const float* logits, const std::uint32_t* targets, std::size_t count, float alpha, float* slopes,
                 float* bends);
  // back = the sum of slopes[t] * row_t.
  void (*pull)(const float* rows, const std::uint32_t* targets, const float* slopes, std::size_t count, RowPart part,
               float* back);
};

// One per instruction set, each in its own file; null where this build has none.
const StepKernel* generic_step();
const StepKernel* avx2_step();
const StepKernel* avx512_step();

// The widest kernel that this machine can run, or the one with this name.
// Throws std::invalid_argument for a name that is unknown or that this machine cannot run.
const StepKernel& step_kernel(const char* name = nullptr);

// log(1 + exp(x)): the loss of a target whose logit speaks against its answer by x. In double, the same on every machine.
double softplus(double x);

}  // namespace polyvocab
