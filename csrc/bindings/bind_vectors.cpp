#include <memory>

#include "bindings/bindings.h"
#include "core/vectors/subwords.h"
#include "core/vectors/trainer.h"

namespace polyvocab {
namespace {

template <class T>
std::vector<T> copied(const Array<T>& values) {
  require(values.ndim() == 1, "an array of one dimension is needed");
  return {values.data(), values.data() + values.size()};
}

py::tuple subwords(const std::string& words, const Array<std::int64_t>& offsets, int min_n, int max_n,
                   std::uint32_t buckets) {
  const auto ends = copied(offsets);
  require(!ends.empty() && ends.front() == 0 && std::is_sorted(ends.begin(), ends.end()), "offsets ascend from 0");
  require(ends.back() == static_cast<std::int64_t>(words.size()), "offsets end where the words end");
  require(min_n >= 1 && buckets < positive_target, "n-grams have one character or more, and fewer than 2^31 buckets");
  Subwords found = find_subwords(words, ends, min_n, max_n, buckets);
  return py::make_tuple(as_array(std::move(found.indptr)), as_array(std::move(found.rows)),
                        as_array(std::move(found.row_buckets)));
}

// A trainer, and the arrays that it reads.
struct Training {
  py::array ids;
  Array<std::uint64_t> offsets;
  std::unique_ptr<VectorTrainer> trainer;
};

IdStream stream_of(const py::array& ids, const Array<std::uint64_t>& offsets, const WordList& words) {
  require(ids.ndim() == 1 && (ids.flags() & py::array::c_style) != 0, "ids are one array without gaps");
  const bool narrow = py::isinstance<py::array_t<std::uint16_t>>(ids);
  require(narrow || py::isinstance<py::array_t<std::uint32_t>>(ids), "ids are uint16 or uint32");
  require(offsets.ndim() == 1 && offsets.size() >= 1, "sentences need at least one offset");
  const IdStream text{ids.data(), narrow ? 2 : 4, ids.size(), offsets.data(), offsets.size() - 1};
  require(std::is_sorted(offsets.data(), offsets.data() + offsets.size()) && *offsets.data() == 0 &&
              offsets.data()[text.sentences] == static_cast<std::uint64_t>(text.size),
          "offsets ascend from 0 to the number of ids");
  for (std::int64_t i = 0; i < text.size; ++i) {
    require(text[i] < words.word_of_id.size(), "an id is beyond the table of words");
  }
  return text;
}

WordList word_list(const Array<std::int32_t>& word_of_id, const Array<std::int64_t>& counts,
                   const Array<std::int64_t>& indptr, const Array<std::uint32_t>& rows, std::size_t subword_rows) {
  WordList words{copied(word_of_id), copied(counts), copied(indptr), copied(rows), subword_rows};
  const auto size = static_cast<std::int64_t>(words.size());
  require(size > 0 && words.size() + subword_rows < positive_target, "needs one word, and fewer than 2^31 rows");
  for (const std::int64_t count : words.counts) require(count > 0, "every word has a count");
  for (const std::int32_t word : words.word_of_id) require(word >= -1 && word < size, "an id has a word that is not there");
  require(words.subword_indptr.size() == words.size() + 1 && words.subword_indptr.front() == 0 &&
              std::is_sorted(words.subword_indptr.begin(), words.subword_indptr.end()) &&
              words.subword_indptr.back() == static_cast<std::int64_t>(words.subwords.size()),
          "the n-grams of words are no CSR");
  for (const std::uint32_t row : words.subwords) require(row < subword_rows, "an n-gram has a row that is not there");
  return words;
}

Training make_training(const py::array& ids, const Array<std::uint64_t>& offsets, const Array<std::int32_t>& word_of_id,
                       const Array<std::int64_t>& counts, const Array<std::int64_t>& indptr,
                       const Array<std::uint32_t>& rows, std::size_t subword_rows, int dim, int epochs, int window,
                       int negative, bool skipgram, double sample, double alpha, double min_alpha, std::uint64_t seed,
                       std::int64_t round, const std::optional<std::string>& kernel) {
  require(dim > 0 && epochs > 0 && window > 0 && negative > 0 && round > 0, "sizes must be positive");
  require(static_cast<std::int64_t>(window) * 2 * (negative + 1) * round < positive_target, "a round is too large");
  WordList words = word_list(word_of_id, counts, indptr, rows, subword_rows);
  const IdStream text = stream_of(ids, offsets, words);
  const VectorSettings settings{dim, epochs, window, negative, skipgram, sample, alpha, min_alpha, seed, round};
  const StepKernel& step = step_kernel(kernel ? kernel->c_str() : nullptr);
  const py::gil_scoped_release release;
  return {ids, offsets, std::make_unique<VectorTrainer>(settings, text, std::move(words), step)};
}

// The parameters themselves, as a view that keeps the trainer alive; rows are `width` floats, of which dim count.
py::array_t<float> view(const py::object& self, float* data, std::size_t rows) {
  const auto& trainer = *self.cast<const Training&>().trainer;
  const auto dim = static_cast<py::ssize_t>(trainer.settings().dim);
  const auto stride = static_cast<py::ssize_t>(trainer.width() * sizeof(float));
  return {{static_cast<py::ssize_t>(rows), dim}, {stride, static_cast<py::ssize_t>(sizeof(float))}, data, self};
}

py::array_t<float> compose(const Training& self, int threads) {
  const VectorTrainer& trainer = *self.trainer;
  py::array_t<float> made({trainer.words().size(), static_cast<std::size_t>(trainer.settings().dim)});
  float* const out = made.mutable_data();
  const py::gil_scoped_release release;
  trainer.compose(out, threads);
  return made;
}

py::dict plan(const Training& self, int epoch, std::int64_t round) {
  RoundPlan made = self.trainer->plan(epoch, round);
  py::dict out;
  out["words"] = as_array(std::move(made.words));
  out["input_begin"] = as_array(std::move(made.input_begin));
  out["inputs"] = as_array(std::move(made.inputs));
  out["target_begin"] = as_array(std::move(made.target_begin));
  out["targets"] = as_array(std::move(made.targets));
  out["scales"] = as_array(std::move(made.scales));
  return out;
}

}  // namespace

void bind_vectors(py::module_& module) {
  py::module_ vectors = module.def_submodule("vectors", "Training of word vectors.");
  vectors.def("subwords", &subwords, py::arg("words"), py::arg("offsets").noconvert(), py::arg("min_n"), py::arg("max_n"),
              py::arg("buckets"), "Rows of the character n-grams of words, as CSR, and the bucket of each row.");
  vectors.def("step_kernels", [] {
    std::vector<std::string> names;
    for (const StepKernel* kernel : {avx512_step(), avx2_step(), generic_step()}) {
      try {
        if (kernel != nullptr) names.emplace_back(step_kernel(kernel->name).name);
      } catch (const std::invalid_argument&) {
        // This machine cannot run it.
      }
    }
    return names;
  }, "The step kernels that this machine can run, the widest first.");
  py::class_<Training>(vectors, "VectorTrainer", "Negative sampling over a stream of ids, round by round.")
      .def(py::init(&make_training), py::arg("ids"), py::arg("offsets").noconvert(), py::arg("word_of_id").noconvert(),
           py::arg("counts").noconvert(), py::arg("subword_indptr").noconvert(), py::arg("subwords").noconvert(),
           py::arg("subword_rows"), py::kw_only(), py::arg("dim"), py::arg("epochs"), py::arg("window"),
           py::arg("negative"), py::arg("skipgram"), py::arg("sample"), py::arg("alpha"), py::arg("min_alpha"),
           py::arg("seed"), py::arg("round"), py::arg("kernel") = py::none())
      .def("advance", [](const Training& self, std::int64_t rounds, int threads) {
        return self.trainer->advance(rounds, threads);
      }, py::arg("rounds"), py::arg("threads") = 0, py::call_guard<py::gil_scoped_release>(),
           "Train so many rounds, at most to the end of the epoch; how many ids that were.")
      .def("compose", &compose, py::arg("threads") = 0, "Word vectors: means of a word's own row and its n-grams' rows.")
      .def("plan", &plan, py::arg("epoch"), py::arg("round"), "What a round does that does not depend on parameters.")
      .def_property_readonly("inputs", [](const py::object& self) {
        auto& trainer = *self.cast<const Training&>().trainer;
        return view(self, trainer.inputs(), trainer.input_rows());
      }, "Rows of words, then of n-grams: a view.")
      .def_property_readonly("outputs", [](const py::object& self) {
        auto& trainer = *self.cast<const Training&>().trainer;
        return view(self, trainer.outputs(), trainer.words().size());
      }, "The other rows of words, which tell true neighbours from noise: a view.")
      .def_property_readonly("epoch", [](const Training& self) { return self.trainer->epoch(); })
      .def_property_readonly("finished", [](const Training& self) { return self.trainer->finished(); })
      .def_property_readonly("loss", [](const Training& self) { return self.trainer->loss(); },
                             "The mean loss of an example in the epoch that runs, or has just ended.")
      .def_property_readonly("kernel", [](const Training& self) { return self.trainer->kernel().name; });
}

}  // namespace polyvocab
