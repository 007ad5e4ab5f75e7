#include <numeric>

#include "bindings/bindings.h"
#include "bindings/texts.h"
#include "core/tokenizer/engine.h"
#include "core/unicode/utf8.h"

namespace polyvocab {
namespace {

// Arrow string arrays: each a block of bytes and the offsets of its texts there.
using Block = std::pair<py::buffer, Array<std::int64_t>>;

py::tuple as_arrays(EncodedTexts&& batch) {
  const auto count = static_cast<py::ssize_t>(batch.ids.size());
  batch.ids.room(1);  // an array without memory cannot be owned
  TokenId* ids = batch.ids.release();
  const py::capsule free(ids, [](void* memory) { std::free(memory); });
  return py::make_tuple(py::array_t<TokenId>(count, ids, free), as_array(std::move(batch.offsets)));
}

py::tuple encode(Engine& engine, const py::iterable& texts, bool encode_special_tokens, int threads) {
  return as_arrays(sources_of(texts).without_interpreter(
      [&](std::span<const SourceText> all) { return engine.encode(all, encode_special_tokens, threads); }));
}

py::tuple encode_blocks(Engine& engine, const std::vector<Block>& blocks, bool encode_special_tokens, int threads) {
  std::vector<TextBlock> held;
  for (const auto& [data, offsets] : blocks) held.emplace_back(data, offsets);
  EncodedTexts batch;
  {
    const py::gil_scoped_release release;
    std::vector<SourceText> texts;
    for (const TextBlock& block : held) block.add_to(texts);
    batch = engine.encode(texts, encode_special_tokens, threads);
  }
  return as_arrays(std::move(batch));
}

py::tuple encode_aligned(Engine& engine, const py::object& text, bool encode_special_tokens) {
  const std::string_view view = text_of(text.ptr(), 0);
  AlignedTokens tokens;
  {
    const py::gil_scoped_release release;
    tokens = engine.encode_aligned(view, encode_special_tokens);
  }
  const auto count = static_cast<py::ssize_t>(tokens.ids.size());
  py::array_t<std::uint32_t> spans({count, py::ssize_t{2}});
  if (count > 0) std::memcpy(spans.mutable_data(), tokens.spans.data(), tokens.spans.size() * sizeof(Span));
  return py::make_tuple(as_array(std::move(tokens.ids)), std::move(spans), as_array(std::move(tokens.words)),
                        py::cast(tokens.surfaces));
}

AddedToken added_token(const py::tuple& fields) {
  return {.content = fields[0].cast<std::string>(), .id = fields[1].cast<TokenId>(), .single_word = fields[2].cast<bool>(),
          .lstrip = fields[3].cast<bool>(), .rstrip = fields[4].cast<bool>(), .special = fields[5].cast<bool>()};
}

std::vector<AddedToken> added_tokens(const std::vector<py::tuple>& all) {
  std::vector<AddedToken> out;
  for (const auto& fields : all) out.push_back(added_token(fields));
  return out;
}

}  // namespace

void bind_engine(py::module_& module) {
  py::class_<Engine>(module, "Engine", "Texts to ids, without special tokens around them.")
      .def(py::init([](const std::vector<py::tuple>& raw_tokens, const std::vector<py::tuple>& normalized_tokens,
                       std::shared_ptr<Normalizer> normalizer, std::shared_ptr<PreTokenizer> pre_tokenizer,
                       std::shared_ptr<Model> model, std::optional<TokenId> surface_unknown) {
             return std::make_unique<Engine>(Parts{added_tokens(raw_tokens), added_tokens(normalized_tokens),
                                                   std::move(normalizer), std::move(pre_tokenizer), std::move(model),
                                                   surface_unknown});
           }),
           py::arg("raw_tokens"), py::arg("normalized_tokens"), py::arg("normalizer").none(true),
           py::arg("pre_tokenizer").none(true), py::arg("model"), py::arg("surface_unknown"))
      .def("encode", &encode, py::arg("texts"), py::arg("encode_special_tokens") = false, py::arg("threads") = 1)
      .def("encode_blocks", &encode_blocks, py::arg("blocks"), py::arg("encode_special_tokens") = false, py::arg("threads") = 1,
           "Texts of buffers, one after the other: each (bytes, offsets of the texts in them, one more than texts).")
      .def("encode_aligned", &encode_aligned, py::arg("text"), py::arg("encode_special_tokens") = false,
           "(ids, [begin, end] in bytes, numbers of the words, (index, string) of tokens that are shown as another string).")
      .def("count", [](Engine& self, const py::iterable& texts, bool encode_special_tokens, int threads) {
        auto counts = sources_of(texts).without_interpreter(
            [&](std::span<const SourceText> all) { return self.count(all, encode_special_tokens, threads); });
        return as_array(std::move(counts));
      }, py::arg("texts"), py::arg("encode_special_tokens") = false, py::arg("threads") = 1);
}

}  // namespace polyvocab
