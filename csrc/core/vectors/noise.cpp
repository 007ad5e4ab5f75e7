#include "core/vectors/noise.h"

#include <algorithm>
#include <cmath>

namespace polyvocab {

NoiseTable::NoiseTable(const std::vector<std::int64_t>& counts) : slots_(counts.size()) {
  std::vector<double> mass(counts.size());
  double total = 0.0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double root = std::sqrt(static_cast<double>(counts[i]));  // roots are the same on every machine, pow is not
    total += mass[i] = root * std::sqrt(root);
  }
  // In units of a slot: what has less than one takes the rest of its slot from something that has more.
  std::vector<std::uint32_t> poor, rich;
  for (std::size_t i = 0; i < mass.size(); ++i) {
    mass[i] *= static_cast<double>(mass.size()) / total;
    slots_[i] = {0xFFFFFFFFu, static_cast<std::uint32_t>(i)};
    (mass[i] < 1.0 ? poor : rich).push_back(static_cast<std::uint32_t>(i));
  }
  while (!poor.empty() && !rich.empty()) {
    const std::uint32_t low = poor.back();
    const std::uint32_t high = rich.back();
    poor.pop_back();
    slots_[low] = {static_cast<std::uint32_t>(std::min(mass[low] * 0x1p32, 4294967295.0)), high};
    mass[high] -= 1.0 - mass[low];
    if (mass[high] < 1.0) {
      rich.pop_back();
      poor.push_back(high);
    }
  }
}

}  // namespace polyvocab
