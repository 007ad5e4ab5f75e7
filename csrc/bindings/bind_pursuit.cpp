#include <memory>

#include "bindings/bindings.h"
#include "core/pursuit/pursue.h"

namespace polyvocab {
namespace {

std::unique_ptr<Pursuits> make(const PackedPool& pool, std::int64_t steps, int threads) {
  require(steps > 0, "a pursuit needs a step at least");
  return std::make_unique<Pursuits>(pool, steps, threads);
}

py::tuple pursue(Pursuits& pursuits, const Array<float>& targets) {
  require(targets.ndim() == 2 && targets.shape(1) == pursuits.dim(), "targets must be rows x the pool's dim");
  const std::int64_t count = targets.shape(0);
  require(count <= pursuits.targets_at_once(), "more targets than at once");
  Array<std::int64_t> sizes(count);
  Array<std::int64_t> atoms({count, pursuits.steps()});
  Array<float> coefficients({count, pursuits.steps()});
  const float* rows = targets.data();
  std::int64_t* const number = sizes.mutable_data();
  std::int64_t* const chosen = atoms.mutable_data();
  float* const weights = coefficients.mutable_data();
  {
    const py::gil_scoped_release release;
    pursuits.pursue(rows, count, number, chosen, weights);
  }
  return py::make_tuple(sizes, atoms, coefficients);
}

}  // namespace

void bind_pursuit(py::module_& module) {
  py::class_<Pursuits>(module, "Pursuits", "Targets written with a few rows of a pool: orthogonal matching pursuit.")
      .def(py::init(&make), py::arg("pool"), py::arg("steps"), py::arg("threads") = 0, py::keep_alive<1, 2>())
      .def("pursue", &pursue, py::arg("targets").noconvert(),
           "(number of atoms of each target, the atoms in the order of their choice, their coefficients).")
      .def_property_readonly("targets_at_once", &Pursuits::targets_at_once, "pursue() takes no more.");
}

}  // namespace polyvocab
