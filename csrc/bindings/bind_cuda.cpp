#include "bindings/bindings.h"
#include "cuda/combine_rows.h"

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

}  // namespace

void bind_cuda(py::module_& module) {
  module.def("cuda_compiled", &cuda::compiled, "Whether this build has CUDA kernels.");
  module.def("cuda_device_count", &cuda::device_count, "Devices that can run them; 0 without a driver.");
  module.def("cuda_combine_rows", &combine, py::arg("rows"), py::arg("indptr"), py::arg("indices"),
             py::arg("weights"), py::arg("given_slot"), py::arg("given"), py::arg("source"), py::arg("target"),
             py::arg("dim"), py::arg("dtype"), py::arg("stream"),
             "combine_rows on device memory, ordered by the stream.");
}

}  // namespace polyvocab
