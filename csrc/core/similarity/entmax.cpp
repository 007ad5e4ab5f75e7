#include "core/similarity/entmax.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "core/wider.h"

namespace polyvocab {
namespace {

constexpr double safety = 1e-6;  // as in sparsemax.cpp

struct Sums {
  double first = 0.0;   // of z/2 - tau, where that is positive
  double second = 0.0;  // of its squares
};

POLYVOCAB_WIDER Sums above(std::span<const float> values, double tau) {
  constexpr std::size_t lanes = 8;
  const std::size_t whole = values.size() / lanes * lanes;
  double first[lanes] = {};
  double second[lanes] = {};
  for (std::size_t i = 0; i < whole; i += lanes) {
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      const double excess = 0.5 * static_cast<double>(values[i + lane]) - tau;
      const double positive = excess > 0.0 ? excess : 0.0;
      first[lane] += positive;
      second[lane] += positive * positive;
    }
  }
  for (std::size_t i = whole; i < values.size(); ++i) {
    const double positive = std::max(0.5 * static_cast<double>(values[i]) - tau, 0.0);
    first[0] += positive;
    second[0] += positive * positive;
  }
  Sums sums;
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    sums.first += first[lane];
    sums.second += second[lane];
  }
  return sums;
}

}  // namespace

// The sum of the squares is convex and falls with tau: Newton's iteration, begun where the sum is at least 1, stays there.
double Entmax::bound(std::span<const float> values) const {
  constexpr int iterations = 30;  // an earlier end is a lower bound too
  constexpr double near = 1e-9;
  double tau = 0.5 * static_cast<double>(*std::max_element(values.begin(), values.end())) - 1.0;
  for (int i = 0; i < iterations; ++i) {
    const Sums sums = above(values, tau);
    const double step = (sums.second - 1.0) / (2.0 * sums.first);
    tau += std::max(step, 0.0);
    if (step < near) break;
  }
  return 2.0 * (tau - safety);
}

void Entmax::weigh(std::span<const std::int32_t> columns, std::span<const float> values, SparseRows& out) const {
  // The textbook solution: of each prefix in falling order the tau that makes it sum to 1; the last that lies below its
  // smallest entry. Sums are of distances to the largest entry, so that nothing cancels.
  std::vector<float> ordered(values.begin(), values.end());
  std::sort(ordered.begin(), ordered.end(), std::greater<>());
  const double top = ordered.empty() ? 0.0 : 0.5 * static_cast<double>(ordered.front());
  double sum = 0.0;
  double squares = 0.0;
  double tau = 0.0;  // above the largest entry
  for (std::size_t support = 0; support < ordered.size(); ++support) {
    const double value = 0.5 * static_cast<double>(ordered[support]) - top;
    sum += value;
    squares += value * value;
    const auto size = static_cast<double>(support + 1);
    const double mean = sum / size;
    const double rest = (1.0 - (squares - sum * mean)) / size;
    const double candidate = mean - std::sqrt(std::max(rest, 0.0));
    if (rest < 0.0 || !(candidate < value)) break;
    tau = candidate;
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double excess = 0.5 * static_cast<double>(values[i]) - top - tau;
    const auto weight = static_cast<float>(excess * excess);
    if (excess > 0.0 && weight > 0.0F) {
      out.indices.push_back(columns[i]);
      out.weights.push_back(weight);
    }
  }
}

}  // namespace polyvocab
