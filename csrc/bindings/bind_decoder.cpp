#include "bindings/bindings.h"
#include "bindings/decode_batch.h"
#include "bindings/new_str.h"
#include "bindings/strings.h"
#include "core/decoder/chain.h"
#include "core/decoder/sentencepiece.h"
#include "core/splitter/splitter.h"

namespace polyvocab {
namespace {

using Part = std::shared_ptr<DecoderPart>;

Part part(DecoderPartPtr made) { return std::const_pointer_cast<DecoderPart>(std::move(made)); }

py::str decode(const Decoder& decoder, const Array<TokenId>& ids, bool skip_special_tokens) {
  const auto all = values(ids);
  TextBuffer text;
  {
    const py::gil_scoped_release release;
    decoder.decode(all, skip_special_tokens, text);
  }
  return new_str(text.from(0));
}

}  // namespace

void bind_decoder(py::module_& module) {
  py::module_ m = module.attr("components").cast<py::module_>();
  py::class_<DecoderPart, Part>(m, "DecoderPart");
  m.def("byte_level_decoder", [] { return part(byte_level_decoder()); });
  m.def("byte_fallback_decoder", [] { return part(byte_fallback_decoder()); });
  m.def("fuse_decoder", [] { return part(fuse_decoder()); });
  m.def("ctc_decoder", [](const std::string& pad_token, const std::string& word_delimiter, bool cleanup) {
    return part(ctc_decoder(pad_token, word_delimiter, cleanup));
  }, py::arg("pad_token"), py::arg("word_delimiter"), py::arg("cleanup"));
  m.def("metaspace_decoder", [](const std::string& replacement, bool prepended) {
    return part(metaspace_decoder(one_character(replacement), prepended));
  }, py::arg("replacement"), py::arg("prepended"));
  m.def("word_piece_decoder", [](const std::string& prefix, bool cleanup) { return part(word_piece_decoder(prefix, cleanup)); },
        py::arg("prefix"), py::arg("cleanup"));
  m.def("bpe_decoder", [](const std::string& suffix) { return part(bpe_decoder(suffix)); }, py::arg("suffix"));
  m.def("strip_decoder", [](const std::string& content, std::size_t start, std::size_t stop) {
    return part(strip_decoder(one_character(content), start, stop));
  }, py::arg("content"), py::arg("start"), py::arg("stop"));
  m.def("replace_text_decoder", [](const std::string& what, const std::string& by) {
    return part(replace_text_decoder(what, by));
  }, py::arg("what"), py::arg("by"));
  m.def("replace_pattern_decoder", [](const std::shared_ptr<Splitter>& pattern, const std::string& by) {
    return part(replace_pattern_decoder(pattern, by));
  }, py::arg("pattern"), py::arg("by"));
  m.def("join_by_space", [] { return part(join_by_space()); });

  py::class_<Decoder>(module, "Decoder", "Ids to texts.")
      .def("decode", &decode, py::arg("ids"), py::arg("skip_special_tokens") = false)
      .def("decode_batch", &decode_batch, py::arg("ids"), py::arg("offsets"), py::arg("skip_special_tokens") = false,
           py::arg("threads") = 1);
  py::class_<ChainDecoder, Decoder>(module, "ChainDecoder")
      .def(py::init([](const std::vector<Part>& parts, const py::bytes& data, const Array<std::uint64_t>& offsets,
                       const Array<std::uint8_t>& kinds) {
             std::vector<TokenKind> own;
             for (const std::uint8_t kind : values(kinds)) {
               require(kind <= static_cast<std::uint8_t>(TokenKind::special), "a kind of token is 0, 1 or 2");
               own.push_back(static_cast<TokenKind>(kind));
             }
             const std::vector<DecoderPartPtr> constant(parts.begin(), parts.end());
             return std::make_unique<ChainDecoder>(constant, texts(data, offsets), own);
           }), py::arg("parts"), py::arg("data"), py::arg("offsets"), py::arg("kinds"));
  py::class_<SentencePieceDecoder, Decoder>(module, "SentencePieceDecoder")
      .def(py::init([](const py::bytes& data, const Array<std::uint64_t>& offsets, const Array<std::uint8_t>& types,
                       const std::string& unknown_surface, bool add_dummy_prefix, bool remove_extra_whitespaces) {
             return std::make_unique<SentencePieceDecoder>(
                 texts(data, offsets), piece_types(types),
                 SentencePieceDecoder::Rules{unknown_surface, add_dummy_prefix, remove_extra_whitespaces});
           }), py::arg("data"), py::arg("offsets"), py::arg("types"), py::kw_only(), py::arg("unknown_surface"),
           py::arg("add_dummy_prefix"), py::arg("remove_extra_whitespaces"));
}

}  // namespace polyvocab
