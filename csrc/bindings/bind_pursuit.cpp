#include <memory>

#include "bindings/bindings.h"
#include "core/pursuit/orthogonal.h"

namespace polyvocab {
namespace {

std::unique_ptr<OrthogonalPursuit> make(const Array<float>& targets, std::int64_t steps) {
  require(targets.ndim() == 2 && targets.shape(1) > 0, "targets must be rows x dim");
  require(steps > 0, "a pursuit needs a step at least");
  return std::make_unique<OrthogonalPursuit>(targets.data(), targets.shape(0), targets.shape(1), steps);
}

void add(OrthogonalPursuit& pursuit, const Array<float>& atoms, const Array<std::int64_t>& chosen, int threads) {
  require(atoms.ndim() == 2 && chosen.ndim() == 1 && chosen.shape(0) == pursuit.count(), "an atom for each target");
  const float* rows = atoms.data();
  const std::int64_t* numbers = chosen.data();
  for (std::int64_t i = 0; i < pursuit.count(); ++i) {
    require(!pursuit.open(i) || (numbers[i] >= 0 && numbers[i] < atoms.shape(0)), "an atom that is not there");
  }
  const py::gil_scoped_release release;
  pursuit.add(rows, numbers, threads);
}

Array<float> residuals(const py::object& self) {
  const auto& pursuit = self.cast<const OrthogonalPursuit&>();
  Array<float> view({pursuit.count(), pursuit.dim()}, pursuit.residuals(), self);
  view.attr("flags").attr("writeable") = false;
  return view;
}

py::tuple finish(const OrthogonalPursuit& pursuit) {
  Array<std::int64_t> sizes(pursuit.count());
  Array<std::int64_t> atoms({pursuit.count(), pursuit.steps()});
  Array<float> coefficients({pursuit.count(), pursuit.steps()});
  pursuit.finish(sizes.mutable_data(), atoms.mutable_data(), coefficients.mutable_data());
  return py::make_tuple(sizes, atoms, coefficients);
}

}  // namespace

void bind_pursuit(py::module_& module) {
  py::class_<OrthogonalPursuit>(module, "OrthogonalPursuit", "Targets written with a few atoms, one more a step.")
      .def(py::init(&make), py::arg("targets").noconvert(), py::arg("steps"))
      .def("add", &add, py::arg("atoms").noconvert(), py::arg("chosen").noconvert(), py::arg("threads") = 0,
           "Each target takes an atom.")
      .def("finish", &finish, "(number of atoms of each target, their numbers, their coefficients).")
      .def_property_readonly("residuals", &residuals, "Where the residuals lie, rows x dim; each step changes them.")
      .def("open", [](const OrthogonalPursuit& pursuit) {
        py::array_t<bool> open(pursuit.count());
        for (std::int64_t i = 0; i < pursuit.count(); ++i) open.mutable_data()[i] = pursuit.open(i);
        return open;
      }, "Which targets can take another atom.");
}

}  // namespace polyvocab
