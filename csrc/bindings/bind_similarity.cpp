#include <memory>

#include "bindings/bindings.h"
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

py::tuple sparsemax(const PackedPool& pool, const Array<float>& queries, int threads) {
  require(queries.ndim() == 2 && queries.shape(1) == pool.dim(), "queries must be rows x the pool's dim");
  SparseRows rows;
  const float* data = queries.data();
  const std::int64_t count = queries.shape(0);
  {
    const py::gil_scoped_release release;
    rows = pool.sparsemax(data, count, threads);
  }
  return py::make_tuple(as_array(std::move(rows.indptr)), as_array(std::move(rows.indices)),
                        as_array(std::move(rows.weights)));
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
      .def(py::init(&make_pool), py::arg("rows").noconvert(), py::arg("kernel") = py::none(), py::arg("threads") = 0)
      .def("sparsemax", &sparsemax, py::arg("queries").noconvert(), py::arg("threads") = 0,
           "CSR (indptr, indices, weights) of sparsemax(query . pool) for each query row.")
      .def_property_readonly("kernel", [](const PackedPool& pool) { return pool.kernel().name; })
      .def("__len__", &PackedPool::size);
  module.def("normalize_rows", &normalize, py::arg("rows").noconvert(), py::arg("threads") = 0,
             "Scale rows to length 1 in place; the first row that is not finite, or -1.");
  module.def("tile_kernels", [] {
    std::vector<std::string> names;
    for (const char* name : {"avx512", "avx2", "generic"}) {
      try {
        names.emplace_back(tile_kernel(name).name);
      } catch (const std::invalid_argument&) {
        // This machine cannot run it.
      }
    }
    return names;
  }, "The tile kernels that this machine can run, the widest first.");
}

}  // namespace polyvocab
