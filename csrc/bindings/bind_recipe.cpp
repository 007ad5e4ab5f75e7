#include "bindings/bindings.h"
#include "core/recipe/column_moments.h"
#include "core/recipe/combine_rows.h"

namespace polyvocab {
namespace {

// Matrices come as rows of bytes: numpy has no bfloat16.
using Bytes = Array<std::uint8_t>;

void check_matrix(const Bytes& matrix, std::int64_t dim, Element type, const char* what) {
  require(matrix.ndim() == 2 && matrix.shape(1) == dim * element_bytes(type), what);
}

void combine(const Array<std::int64_t>& indptr, const Array<std::int64_t>& indices, const Array<float>& weights,
             const std::optional<Array<std::int64_t>>& given_slot, const std::optional<Array<float>>& given,
             const Bytes& source, Bytes target, std::int64_t dim, const std::string& dtype, int threads) {
  const Element type = element_named(dtype);
  const std::int64_t rows = indptr.size() - 1;
  require(rows >= 0 && target.shape(0) == rows, "target must have one row per recipe row");
  check_matrix(source, dim, type, "source must be rows x (dim * itemsize) bytes");
  check_matrix(target, dim, type, "target must be rows x (dim * itemsize) bytes");
  const std::int64_t* starts = indptr.data();
  require(starts[0] == 0 && starts[rows] == indices.size() && indices.size() == weights.size(),
          "indptr, indices and weights do not fit together");
  for (std::int64_t row = 0; row < rows; ++row) require(starts[row] <= starts[row + 1], "indptr must not fall");
  for (std::int64_t e = 0; e < indices.size(); ++e) {
    require(indices.data()[e] >= 0 && indices.data()[e] < source.shape(0), "an index lies outside the source");
  }
  require(given_slot.has_value() == given.has_value(), "given_slot and given come together");
  if (given) {
    require(given->ndim() == 2 && given->shape(1) == dim, "given must be slots x dim");
    require(given_slot->size() == rows, "given_slot must have one entry per row");
    for (std::int64_t row = 0; row < rows; ++row) {
      require(given_slot->data()[row] < given->shape(0), "a slot lies outside given");
    }
  }
  const RecipeView view{rows, starts, indices.data(), weights.data(), given_slot ? given_slot->data() : nullptr,
                        given ? given->data() : nullptr};
  void* out = target.mutable_data();
  const void* in = source.data();
  const py::gil_scoped_release release;
  combine_rows(view, in, out, dim, type, threads);
}

std::pair<py::array_t<double>, py::array_t<double>> moments(const Bytes& source, std::int64_t dim,
                                                            const std::string& dtype, int threads) {
  const Element type = element_named(dtype);
  check_matrix(source, dim, type, "source must be rows x (dim * itemsize) bytes");
  require(source.shape(0) > 0, "moments of no rows");
  py::array_t<double> mean(dim);
  py::array_t<double> std(dim);
  double* mean_out = mean.mutable_data();
  double* std_out = std.mutable_data();
  const void* in = source.data();
  const std::int64_t rows = source.shape(0);
  {
    const py::gil_scoped_release release;
    column_moments(in, rows, dim, type, mean_out, std_out, threads);
  }
  return {mean, std};
}

}  // namespace

void bind_recipe(py::module_& module) {
  module.def("combine_rows", &combine, py::arg("indptr").noconvert(), py::arg("indices").noconvert(),
             py::arg("weights").noconvert(), py::arg("given_slot").noconvert(), py::arg("given").noconvert(),
             py::arg("source").noconvert(), py::arg("target").noconvert(), py::arg("dim"), py::arg("dtype"),
             py::arg("threads") = 0,
             "Write recipe x source rows (+ given rows) into target, float32 sums cast once. Matrices are uint8.");
  module.def("column_moments", &moments, py::arg("source").noconvert(), py::arg("dim"), py::arg("dtype"),
             py::arg("threads") = 0, "Mean and population standard deviation of each column, in float64.");
}

}  // namespace polyvocab
