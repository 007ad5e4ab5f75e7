#include "bindings/bindings.h"
#include "core/decoder/stream.h"

namespace polyvocab {

void bind_decode_stream(py::module_& module) {
  py::class_<DecodeStream>(module, "DecodeStream", "Ids to text while they come.")
      .def(py::init([](const Decoder& decoder, bool skip_special_tokens, std::vector<TokenId> ids) {
             return DecodeStream(decoder, skip_special_tokens, std::move(ids));
           }), py::arg("decoder"), py::arg("skip_special_tokens") = false, py::arg("ids") = std::vector<TokenId>(),
           py::keep_alive<1, 2>())
      .def("step", [](DecodeStream& self, const std::vector<TokenId>& ids) { return self.step(ids); }, py::arg("ids"),
           "The text that these ids add; None where it may still change.");
}

}  // namespace polyvocab
