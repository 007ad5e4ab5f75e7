// The arithmetic of a training step on rows of floats: one file per instruction set.
//
// Promises: the same bits from every kernel. Sums over rows run in the order of the index; a dot product is sixteen chains
// of fused multiply-adds (dimension d in chain d mod 16) that are added in halves: eight, four, two, one.
// Expects: rows of `width` floats, a multiple of step_lanes, that do not overlap what is written.
// Does not: know which rows are words, n-grams or outputs.
#pragma once

#include <cstddef>
#include <cstdint>

namespace polyvocab {

inline constexpr std::size_t step_lanes = 16;
inline constexpr std::uint32_t positive_target = 0x80000000u;

struct StepKernel {
  const char* name;
  // out = scale * (the sum of rows[index[0]], rows[index[1]], ...).
  void (*sum_rows)(const float* rows, const std::uint32_t* index, std::size_t count, float scale, std::size_t width,
                   float* out);
  // row += scale * (the sum of weights[k] * rows[index[k]]).
  void (*move_row)(const float* rows, const std::uint32_t* index, const float* weights, std::size_t count, float scale,
                   std::size_t width, float* row);
  // For each target t (a row, with the bit positive_target where the answer is yes): logits[t] = hidden . row_t,
  // slopes[t] = alpha * (answer - p) with p = sigmoid(logits[t]), and bends[t] = alpha * p * (1 - p).
  // back = the sum of slopes[t] * row_t. Returns the sum of bends[t] * |row_t|^2.
  float (*score)(const float* hidden, const float* rows, const std::uint32_t* targets, std::size_t count, float alpha,
                 std::size_t width, float* logits, float* slopes, float* bends, float* back);
  float (*square)(const float* row, std::size_t width);
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
