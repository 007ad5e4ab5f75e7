// The parts of a tokenizer, made one by one: a function per component, named as in tokenizer.json.
#include "bindings/bindings.h"
#include "bindings/bpe_arguments.h"
#include "bindings/strings.h"
#include "core/models/unigram.h"
#include "core/models/word_level.h"
#include "core/models/wordpiece.h"
#include "core/normalizer/normalizer.h"
#include "core/pre_tokenizer/pre_tokenizer.h"
#include "core/splitter/splitter.h"

namespace polyvocab {
namespace {

// Python holds parts that no one changes; its type system knows no const.
template <class T>
std::shared_ptr<T> shared(std::shared_ptr<const T> part) {
  return std::const_pointer_cast<T>(std::move(part));
}

template <class T>
std::vector<std::shared_ptr<const T>> constant(const std::vector<std::shared_ptr<T>>& parts) {
  return {parts.begin(), parts.end()};
}

using SplitterPtr = std::shared_ptr<Splitter>;

template <class Enum>
Enum named(const std::string& name, std::initializer_list<std::pair<const char*, Enum>> values) {
  for (const auto& [known, value] : values) {
    if (name == known) return value;
  }
  throw std::invalid_argument("unknown value '" + name + "'");
}

Form form_named(const std::string& name) {
  return named<Form>(name, {{"NFC", Form::nfc}, {"NFD", Form::nfd}, {"NFKC", Form::nfkc}, {"NFKD", Form::nfkd}});
}

Behavior behavior_named(const std::string& name) {
  return named<Behavior>(name, {{"Removed", Behavior::removed},
                                {"Isolated", Behavior::isolated},
                                {"MergedWithPrevious", Behavior::merged_with_previous},
                                {"MergedWithNext", Behavior::merged_with_next},
                                {"Contiguous", Behavior::contiguous}});
}

Prepend scheme_named(const std::string& name) {
  return named<Prepend>(name, {{"always", Prepend::always}, {"first", Prepend::first}, {"never", Prepend::never}});
}

void bind_normalizers(py::module_ m) {
  py::class_<Normalizer, std::shared_ptr<Normalizer>>(m, "Normalizer")
      .def("normalize", [](const Normalizer& self, const std::string& text) {
        Text normal(text, 0, false);
        self.normalize(normal);
        return normal.bytes;
      }, py::arg("text"));
  m.def("unicode_form", [](const std::string& name) { return shared(unicode_form(form_named(name))); }, py::arg("name"));
  m.def("lowercase", [] { return shared(lowercase()); });
  m.def("strip_accents", [] { return shared(strip_accents()); });
  m.def("nmt", [] { return shared(nmt()); });
  m.def("strip", [](bool left, bool right) { return shared(strip(left, right)); }, py::arg("left"), py::arg("right"));
  m.def("prepend", [](const std::string& what) { return shared(prepend(what)); }, py::arg("what"));
  m.def("replace_text", [](const std::string& what, const std::string& by) { return shared(replace_text(what, by)); },
        py::arg("what"), py::arg("by"));
  m.def("replace_pattern", [](const SplitterPtr& pattern, const std::string& by) {
    return shared(replace_pattern(pattern, by));
  }, py::arg("pattern"), py::arg("by"));
  m.def("bert_normalizer", [](bool clean_text, bool handle_chinese_chars, bool strip_accents, bool lowercase) {
    return shared(bert(clean_text, handle_chinese_chars, strip_accents, lowercase));
  }, py::arg("clean_text"), py::arg("handle_chinese_chars"), py::arg("strip_accents"), py::arg("lowercase"));
  m.def("precompiled", [](const py::bytes& charsmap) { return shared(precompiled(charsmap)); }, py::arg("charsmap"));
  m.def("normalizer_sequence", [](const std::vector<std::shared_ptr<Normalizer>>& parts) {
    return shared(normalizer_sequence(constant(parts)));
  }, py::arg("parts"));
}

void bind_pre_tokenizers(py::module_ m) {
  py::class_<PreTokenizer, std::shared_ptr<PreTokenizer>>(m, "PreTokenizer")
      .def("cut", [](const PreTokenizer& self, const std::string& text) {
        Text normal(text, 0, true);
        std::vector<Span> pieces;
        if (!text.empty()) pieces.push_back({0, normal.size()});
        self.cut(normal, pieces);
        std::vector<std::pair<py::bytes, std::pair<std::uint32_t, std::uint32_t>>> out;
        for (const auto [begin, end] : pieces) {
          const auto piece = normal.bytes.substr(begin, end - begin);
          out.push_back({py::bytes(piece), {normal.spans[begin].begin, normal.spans[end - 1].end}});
        }
        return out;
      }, py::arg("text"), "The pieces of a text, each with its range of bytes in it.");
  m.def("byte_level", [](bool add_prefix_space, const SplitterPtr& pattern) {
    return shared(byte_level(add_prefix_space, pattern));
  }, py::arg("add_prefix_space"), py::arg("pattern").none(true));
  m.def("metaspace", [](const std::string& replacement, const std::string& scheme, bool split) {
    return shared(metaspace(one_character(replacement), scheme_named(scheme), split));
  }, py::arg("replacement"), py::arg("prepend_scheme"), py::arg("split"));
  m.def("split_pattern", [](const SplitterPtr& pattern, const std::string& behavior, bool invert) {
    return shared(split_pattern(pattern, behavior_named(behavior), invert));
  }, py::arg("pattern"), py::arg("behavior"), py::arg("invert"));
  m.def("split_text", [](const std::string& what, const std::string& behavior, bool invert) {
    return shared(split_text(what, behavior_named(behavior), invert));
  }, py::arg("what"), py::arg("behavior"), py::arg("invert"));
  m.def("digits", [](bool individual) { return shared(digits(individual)); }, py::arg("individual"));
  m.def("whitespace", [] { return shared(whitespace()); });
  m.def("whitespace_split", [] { return shared(whitespace_split()); });
  m.def("punctuation", [](const std::string& behavior) { return shared(punctuation(behavior_named(behavior))); },
        py::arg("behavior"));
  m.def("bert_pre_tokenizer", [] { return shared(bert_pre_tokenizer()); });
  m.def("unicode_scripts", [] { return shared(unicode_scripts()); });
  m.def("char_delimiter_split", [](const std::string& delimiter) {
    return shared(char_delimiter_split(one_character(delimiter)));
  }, py::arg("delimiter"));
  m.def("fixed_length", [](std::size_t characters) { return shared(fixed_length(characters)); }, py::arg("characters"));
  m.def("pre_tokenizer_sequence", [](const std::vector<std::shared_ptr<PreTokenizer>>& parts) {
    return shared(pre_tokenizer_sequence(constant(parts)));
  }, py::arg("parts"));
}

void bind_models(py::module_ m) {
  py::class_<Model, std::shared_ptr<Model>>(m, "Model")
      .def("encode", [](const Model& self, const std::string& word) {
        Tokens tokens;
        if (!word.empty()) self.encode(word, *self.scratch(), tokens);
        return tokens.ids;
      }, py::arg("word"), "The ids of one word, as the pre-tokenizer would hand it over.");
  m.def("bpe",
        [](const py::bytes& data, const Array<std::uint64_t>& offsets, const Array<TokenId>& ids, const Array<TokenId>& merges,
           const Array<TokenId>& merged, const std::string& spelt, std::optional<TokenId> unknown, bool fuse_unknown,
           bool byte_fallback, bool ignore_merges, const std::string& continuing_prefix, const std::string& end_suffix) {
          const BpeOptions options{.spelt = spelt_named(spelt), .unknown = unknown, .fuse_unknown = fuse_unknown,
                                   .byte_fallback = byte_fallback, .ignore_merges = ignore_merges,
                                   .continuing_prefix = continuing_prefix, .end_suffix = end_suffix};
          return shared(bpe(strings(data, offsets), values(ids), merge_list(merges, merged), options));
        },
        py::arg("data"), py::arg("offsets"), py::arg("ids"), py::arg("merges"), py::arg("merged"), py::kw_only(),
        py::arg("spelt"), py::arg("unknown"), py::arg("fuse_unknown"), py::arg("byte_fallback"), py::arg("ignore_merges"),
        py::arg("continuing_prefix"), py::arg("end_suffix"));
  m.def("rank_bpe", [](const py::bytes& data, const Array<std::uint64_t>& offsets, const Array<TokenId>& ranks) {
    return shared(rank_bpe(strings(data, offsets), values(ranks)));
  }, py::arg("data"), py::arg("offsets"), py::arg("ranks"));
  m.def("unigram", [](const py::bytes& data, const Array<std::uint64_t>& offsets, const Array<double>& scores,
                      std::optional<TokenId> unknown, bool byte_fallback) {
    return shared(unigram(strings(data, offsets), values(scores), unknown, byte_fallback));
  }, py::arg("data"), py::arg("offsets"), py::arg("scores"), py::arg("unknown"), py::arg("byte_fallback"));
  m.def("wordpiece", [](const py::bytes& data, const Array<std::uint64_t>& offsets, const Array<TokenId>& ids,
                        std::optional<TokenId> unknown, const std::string& prefix, std::size_t max_input_chars) {
    return shared(wordpiece(strings(data, offsets), values(ids), unknown, prefix, max_input_chars));
  }, py::arg("data"), py::arg("offsets"), py::arg("ids"), py::arg("unknown"), py::arg("prefix"), py::arg("max_input_chars"));
  m.def("word_level", [](const py::bytes& data, const Array<std::uint64_t>& offsets, const Array<TokenId>& ids,
                         std::optional<TokenId> unknown) {
    return shared(word_level(strings(data, offsets), values(ids), unknown));
  }, py::arg("data"), py::arg("offsets"), py::arg("ids"), py::arg("unknown"));
}

}  // namespace

void bind_components(py::module_& module) {
  py::module_ m = module.def_submodule("components", "The parts of a tokenizer.");
  py::class_<Splitter, SplitterPtr>(m, "Splitter")
      .def(py::init([](const std::string& pattern, const std::string& dialect) {
             return std::make_shared<Splitter>(
                 pattern, named<Dialect>(dialect, {{"oniguruma", Dialect::oniguruma}, {"rust", Dialect::rust}}));
           }), py::arg("pattern"), py::arg("dialect") = "oniguruma")
      .def("matches", [](const Splitter& self, const std::string& text) {
        std::vector<std::pair<std::size_t, std::size_t>> found;
        for (auto match = self.next(text, 0); match.begin < match.end; match = self.next(text, match.end)) {
          found.emplace_back(match.begin, match.end);
        }
        return found;
      }, py::arg("text"), "The byte ranges of all matches, one match after the other: the slow way, by the automaton alone.")
      .def("cuts", [](const Splitter& self, const std::string& text) {
        std::vector<std::uint32_t> ends, block(Cuts::least_room);
        Cuts cuts(self, text);
        while (const std::size_t count = cuts.next(block.data(), block.size())) {
          ends.insert(ends.end(), block.begin(), block.begin() + static_cast<std::ptrdiff_t>(count));
        }
        return ends;
      }, py::arg("text"), "The byte ends of the matches and of what lies between them: the quick way.");
  bind_normalizers(m);
  bind_pre_tokenizers(m);
  bind_models(m);
}

}  // namespace polyvocab
