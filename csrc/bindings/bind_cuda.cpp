#include <memory>

#include "bindings/bindings.h"
#include "bindings/selections.h"
#include "cuda/combine_rows.h"
#include "cuda/similarity/rows.h"

namespace polyvocab {
namespace {

// Device addresses as integers, as torch's data_ptr() gives them; given_slot and given may be 0.
void combine(std::int64_t rows, std::uintptr_t indptr, std::uintptr_t indices, std::uintptr_t weights,
             std::uintptr_t given_slot, std::uintptr_t given, std::uintptr_t source, std::uintptr_t target,
             std::int64_t dim, const std::string& dtype, std::uintptr_t stream) {
  const RecipeView view{rows,
                        reinterpret_cast<const std::int64_t*>(indptr),
                        reinterpret_cast<const std::int64_t*>(indices),
                        reinterpret_cast<const float*>(weights),
                        reinterpret_cast<const std::int64_t*>(given_slot),
                        reinterpret_cast<const float*>(given)};
  cuda::combine_rows(view, reinterpret_cast<const void*>(source), reinterpret_cast<void*>(target), dim,
                     element_named(dtype), stream);
}

std::unique_ptr<cuda::DevicePool> make_pool(const Array<float>& rows, int device, std::int64_t memory,
                                            std::int32_t candidates) {
  require(rows.ndim() == 2 && rows.shape(0) > 0 && rows.shape(1) > 0, "the pool must be rows x dim, not empty");
  require(memory >= 0 && candidates >= 0, "limits are 0 (none given) or more");
  const float* data = rows.data();
  const std::int64_t count = rows.shape(0);
  const std::int64_t dim = rows.shape(1);
  const py::gil_scoped_release release;
  return std::make_unique<cuda::DevicePool>(data, count, dim, cuda::DeviceSettings{device, memory, candidates});
}

py::tuple select(cuda::DevicePool& pool, const Array<float>& queries, const std::string& name, std::int64_t k,
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

}  // namespace

void bind_cuda(py::module_& module) {
  module.def("cuda_compiled", &cuda::compiled, "Whether this build has CUDA kernels.");
  module.def("cuda_device_count", &cuda::device_count, "Devices that can run them; 0 without a driver.");
  module.def("cuda_combine_rows", &combine, py::arg("rows"), py::arg("indptr"), py::arg("indices"),
             py::arg("weights"), py::arg("given_slot"), py::arg("given"), py::arg("source"), py::arg("target"),
             py::arg("dim"), py::arg("dtype"), py::arg("stream"),
             "combine_rows on device memory, ordered by the stream.");
  py::class_<cuda::DevicePool>(module, "DevicePool", "PackedPool on a GPU: the same bytes.")
      .def(py::init(&make_pool), py::arg("rows").noconvert(), py::arg("device") = 0, py::arg("memory") = 0,
           py::arg("candidates") = 0, py::keep_alive<1, 2>())
      .def("select", &select, py::arg("queries").noconvert(), py::arg("selection"), py::arg("k") = 0,
           py::arg("temperature") = 0.0, py::arg("threads") = 0,
           "CSR (indptr, indices, weights) of what the selection takes of query . pool, for each query row.")
      .def_property_readonly("seconds", &cuda::DevicePool::seconds, "Of the last select, in which kernels ran.")
      .def_property_readonly("given_up", &cuda::DevicePool::given_up, "Rows of the last select that the CPU did.")
      .def("__len__", &cuda::DevicePool::size);
}

}  // namespace polyvocab
