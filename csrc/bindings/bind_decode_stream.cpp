#include <pybind11/functional.h>

#include "bindings/bindings.h"
#include "core/decoder/stream.h"

namespace polyvocab {

void bind_decode_stream(py::module_& module) {
  py::class_<DecodeStream>(module, "DecodeStream", "Ids to text while they come.")
      .def(py::init<bool, std::vector<TokenId>>(), py::arg("skip_special_tokens") = false,
           py::arg("ids") = std::vector<TokenId>())
      .def("step", [](DecodeStream& self, const Decoder& decoder,
                      const std::vector<TokenId>& ids) { return self.step(decoder, ids); }, py::arg("decoder"), py::arg("ids"),
           "The text that these ids add; None where it may still change.")
      .def("step", [](DecodeStream& self, const DecodeStream::Decode& decode,
                      const std::vector<TokenId>& ids) { return self.step(decode, ids); }, py::arg("decode"), py::arg("ids"),
           "The same with a function of ids and whether special tokens are left out.")
      .def("__copy__", [](const DecodeStream& self) { return DecodeStream(self); })
      .def("__deepcopy__", [](const DecodeStream& self, const py::dict&) { return DecodeStream(self); }, py::arg("memo"));
}

}  // namespace polyvocab
