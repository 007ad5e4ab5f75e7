// Rows for tests.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

inline std::vector<float> random_rows(std::int64_t rows, std::int64_t dim, unsigned seed) {
  std::mt19937 engine(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(static_cast<std::size_t>(rows * dim));
  for (auto& value : values) value = normal(engine);
  return values;
}
