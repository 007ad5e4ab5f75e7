#include <memory>

#include "bindings/bindings.h"
#include "bindings/selections.h"
#include "core/similarity/rows.h"

namespace polyvocab {
namespace {

std::unique_ptr<PackedPool> make_pool(const Array<float>& rows, const std::optional<std::string>& kernel,
                                      int threads) {
  require(rows.ndim() == 2 && rows.shape(0) > 0 && rows.shape(1) > 0, "the pool must be rows x dim, not empty");
  const TileKernel& tile = tile_kernel(kernel ? kernel->c_str() : nullptr);
  const float* data = rows.data();
  const std::int64_t count = rows.shape(0);
  const std::int64_t dim = rows.shape(1);
  const py::gil_scoped_release release;
  return std::make_unique<PackedPool>(data, count, dim, tile, threads);
}

py::tuple select(const PackedPool& pool, const Array<float>& queries, const std::string& name, std::int64_t k,
                 double temperature, int threads) {
  require(queries.ndim() == 2 && queries.shape(1) == pool.dim(), "queries must be rows x the pool's dim");
  const Selection selection = selection_named(name, k, temperature);
  SparseRows rows;
  const float* data = queries.data();
  const std::int64_t count = queries.shape(0);
  {
    const py::gil_scoped_release release;
    rows = pool.select(selection, data, count, threads);
  }
  return as_tuple(std::move(rows));
}

std::int64_t normalize(Array<float> rows, int threads) {
  require(rows.ndim() == 2, "rows must be count x dim");
  float* data = rows.mutable_data();
  const std::int64_t count = rows.shape(0);
  const std::int64_t dim = rows.shape(1);
  const py::gil_scoped_release release;
  return normalize_rows(data, count, dim, threads);
}

}  // namespace

void bind_similarity(py::module_& module) {
  py::class_<PackedPool>(module, "PackedPool", "Rows packed for the tile product.")
      .def(py::init(&make_pool), py::arg("rows").noconvert(), py::arg("kernel") = py::none(), py::arg("threads") = 0,
           py::keep_alive<1, 2>())
      .def("select", &select, py::arg("queries").noconvert(), py::arg("selection"), py::arg("k") = 0,
           py::arg("temperature") = 0.0, py::arg("threads") = 0,
           "CSR (indptr, indices, weights) of what the selection takes of query . pool for each query.")
      .def_property_readonly("kernel", [](const PackedPool& pool) { return pool.kernel().name; })
      .def_property_readonly("finite", &PackedPool::finite, "Whether all rows are, as select() expects.")
      .def("__len__", &PackedPool::size);
  module.def("normalize_rows", &normalize, py::arg("rows").noconvert(), py::arg("threads") = 0,
             "Scale rows to length 1 in place; the first row that is not finite, or -1.");
  module.def("tile_kernels", &tile_kernels, "The tile kernels that this machine can run, the fastest first.");
}

}  // namespace polyvocab
