// The post-processors, and how many sequences are cut and filled up: named as in tokenizer.json.
#include "bindings/bindings.h"
#include "bindings/encoding.h"
#include "core/encoding/batch.h"
#include "core/post_processor/frame.h"
#include "core/post_processor/post_processor.h"

namespace polyvocab {
namespace {

using Processor = std::shared_ptr<PostProcessor>;
using Token = std::pair<TokenId, std::string>;

Processor shared(PostProcessorPtr made) { return std::const_pointer_cast<PostProcessor>(std::move(made)); }

InsertedToken inserted(const Token& token) { return {token.first, token.second}; }

struct Spaces {
  EdgeSpacesPtr by_id;
};

Spaces spaces_of(const TokenStrings& strings) {
  auto spaces = std::make_shared<std::vector<EdgeSpaces>>(strings.size());
  for (std::size_t id = 0; id < strings.size(); ++id) (*spaces)[id] = edge_spaces(strings[id]);
  return {std::move(spaces)};
}

EdgeSpacesPtr trimmed(const Spaces* spaces) { return spaces == nullptr ? nullptr : spaces->by_id; }

// ("A" or "B" or the name of a special token, whether it is one, the type)
using Piece = std::tuple<std::string, bool, std::uint32_t>;

std::vector<TemplatePiece> pieces(const std::vector<Piece>& all) {
  std::vector<TemplatePiece> out;
  for (const auto& [name, special, type_id] : all) {
    using Kind = TemplatePiece::Kind;
    require(special || name == "A" || name == "B", "a template names the sequences A and B");
    out.push_back({special ? Kind::special : name == "A" ? Kind::first : Kind::second, type_id, name});
  }
  return out;
}

TruncationStrategy strategy_named(const std::string& name) {
  if (name == "longest_first") return TruncationStrategy::longest_first;
  if (name == "only_first") return TruncationStrategy::only_first;
  if (name == "only_second") return TruncationStrategy::only_second;
  throw std::invalid_argument("unknown strategy '" + name + "': longest_first, only_first or only_second");
}

}  // namespace

void bind_post_processors(py::module_& module) {
  py::module_ m = module.attr("components").cast<py::module_>();
  py::class_<Spaces>(m, "EdgeSpaces", "The spaces at the ends of every token.")
      .def(py::init(&spaces_of), py::arg("strings"));
  py::class_<PostProcessor, Processor>(m, "PostProcessor")
      .def("added_tokens", &PostProcessor::added_tokens, py::arg("pair"));
  m.def("template_processing", [](const std::vector<Piece>& single, const std::vector<Piece>& pair,
                                  const std::vector<std::pair<std::string, std::vector<Token>>>& special_tokens) {
    std::vector<SpecialToken> tokens;
    for (const auto& [name, parts] : special_tokens) {
      tokens.push_back({name, {}});
      for (const Token& part : parts) tokens.back().tokens.push_back(inserted(part));
    }
    return shared(template_processing(pieces(single), pieces(pair), std::move(tokens)));
  }, py::arg("single"), py::arg("pair"), py::arg("special_tokens"));
  m.def("bert_processing", [](const Token& sep, const Token& cls) {
    return shared(bert_processing(inserted(sep), inserted(cls)));
  }, py::arg("sep"), py::arg("cls"));
  m.def("roberta_processing", [](const Token& sep, const Token& cls, const Spaces* spaces, bool add_prefix_space) {
    return shared(roberta_processing(inserted(sep), inserted(cls), trimmed(spaces), add_prefix_space));
  }, py::arg("sep"), py::arg("cls"), py::arg("spaces").none(true), py::arg("add_prefix_space"));
  m.def("byte_level_processing", [](const Spaces* spaces, bool add_prefix_space) {
    return shared(byte_level_processing(trimmed(spaces), add_prefix_space));
  }, py::arg("spaces").none(true), py::arg("add_prefix_space"));
  m.def("processing_sequence", [](const std::vector<Processor>& parts) {
    return shared(processing_sequence({parts.begin(), parts.end()}));
  }, py::arg("parts"));

  py::class_<Frame>(module, "Frame", "The tokens that post-processing puts around one text.")
      .def(py::init<>(), "None at all.")
      .def_property_readonly("size", [](const Frame& self) { return self.before.size() + self.after.size(); });
  module.def("frame_of", [](const Processor& processor, bool add_special_tokens) {
    return frame_of(processor.get(), add_special_tokens);
  }, py::arg("processor").none(true), py::arg("add_special_tokens"), "None where post-processing does more than that.");

  py::class_<Truncation>(module, "Truncation", "How long a text, or two together, may be.")
      .def(py::init([](std::size_t max_length, std::size_t stride, const std::string& strategy, const std::string& direction) {
             return Truncation{max_length, stride, strategy_named(strategy), side_named(direction, "truncation")};
           }), py::arg("max_length"), py::arg("stride") = 0, py::arg("strategy") = "longest_first",
           py::arg("direction") = "right")
      .def("check", [](const Truncation& self, const Processor& processor) {
        check_truncation(self, processor ? processor->added_tokens(false) : 0);
      }, py::arg("processor").none(true), "Raises ValueError where the stride is longer than what special tokens leave.");
  py::class_<Padding>(module, "Padding", "What texts are filled up with, and to which length (None: that of the longest).")
      .def(py::init([](std::optional<std::size_t> length, const std::string& direction, std::optional<std::size_t> multiple_of,
                       TokenId id, std::uint32_t type_id, const std::string& token) {
             return Padding{length, side_named(direction, "padding"), multiple_of.value_or(0), {id, token}, type_id};
           }), py::arg("length") = py::none(), py::arg("direction") = "right", py::arg("pad_to_multiple_of") = py::none(),
           py::arg("pad_id") = 0, py::arg("pad_type_id") = 0, py::arg("pad_token") = "[PAD]");
}

}  // namespace polyvocab
