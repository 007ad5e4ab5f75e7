// Documents to counted words, and these, or documents, to counted tokens.
#include <cerrno>

#include "bindings/bindings.h"
#include "bindings/strings.h"
#include "bindings/texts.h"
#include "core/count/token_counter.h"
#include "core/count/word_counter.h"
#include "core/count/word_merge.h"
#include "core/tokenizer/engine.h"

namespace polyvocab {
namespace {

std::size_t memory_of(std::int64_t limit) {
  require(limit > 0, "the limit of memory must be positive");
  return static_cast<std::size_t>(limit);
}

std::vector<TokenId> ids_of(const Array<TokenId>& ids) { return {values(ids).begin(), values(ids).end()}; }

// An array of Python as words, with what keeps it.
class ArrayWords final : public WordSource {
 public:
  ArrayWords(const py::buffer& data, const Array<std::uint64_t>& offsets, const Array<std::uint64_t>& indptr,
             const Array<std::uint32_t>& index, const Array<std::uint64_t>& count)
      : data_(data), offsets_(offsets), indptr_(indptr), index_(index), count_(count), words_(strings(data_.view(), offsets)) {
    const auto bounds = values(indptr_);
    require(bounds.size() == words_.count + 1 && bounds.front() == 0 && bounds.back() == values(index_).size() &&
                std::ranges::is_sorted(bounds) && values(index_).size() == values(count_).size(),
            "the entries of words must rise from 0 to the number of counts");
  }

  bool next() override {
    if (at_ == static_cast<std::size_t>(count_.size())) return false;
    while (indptr_.data()[word_ + 1] <= at_) ++word_;
    const WordCount entry{words_[word_], index_.data()[at_], count_.data()[at_]};
    require(at_ == 0 || current_ < entry, "words must rise, and the blocks of each");
    current_ = entry;
    ++at_;
    return true;
  }

 private:
  Bytes data_;
  Array<std::uint64_t> offsets_, indptr_;
  Array<std::uint32_t> index_;
  Array<std::uint64_t> count_;
  Strings words_;
  std::size_t word_ = 0, at_ = 0;
};

using WordArrays =
    std::tuple<py::buffer, Array<std::uint64_t>, Array<std::uint64_t>, Array<std::uint32_t>, Array<std::uint64_t>>;

// Words as arrays, a part at a time.
class WordStream {
 public:
  explicit WordStream(std::unique_ptr<WordSource> source) : source_(std::move(source)), more_(source_->next()) {}

  py::object next(std::size_t bytes) {
    if (!more_) return py::none();
    std::string data;
    std::vector<std::uint64_t> word_ends, entry_ends, count;
    std::vector<std::uint32_t> index;
    {
      const py::gil_scoped_release release;
      while (more_ && (data.size() + count.size() * entry_bytes < bytes || data.empty())) {
        const std::size_t begin = data.size();
        data += source_->current().word;
        // All blocks of a word.
        std::string_view word;
        do {
          const WordCount& entry = source_->current();
          index.push_back(entry.block);
          count.push_back(entry.count);
          more_ = source_->next();
          word = std::string_view(data).substr(begin);
        } while (more_ && source_->current().word == word);
        word_ends.push_back(bytes_ + data.size());
        entry_ends.push_back(entries_ + count.size());
      }
      bytes_ += data.size();
      entries_ += count.size();
    }
    return py::make_tuple(py::bytes(data), as_array(std::move(word_ends)), as_array(std::move(entry_ends)),
                          as_array(std::move(index)), as_array(std::move(count)));
  }

 private:
  static constexpr std::size_t entry_bytes = 28;
  std::unique_ptr<WordSource> source_;
  bool more_;
  std::uint64_t bytes_ = 0, entries_ = 0;  // in what was given out
};

std::unique_ptr<WordStream> merge_words(const std::vector<WordArrays>& parts) {
  std::vector<std::unique_ptr<WordSource>> sources;
  for (const auto& [data, offsets, indptr, index, count] : parts) {
    sources.push_back(std::make_unique<ArrayWords>(data, offsets, indptr, index, count));
  }
  return std::make_unique<WordStream>(std::make_unique<WordMerge>(std::move(sources)));
}

template <class Counter>
void add(Counter& counter, const py::buffer& data, const Array<std::int64_t>& offsets) {
  const TextBlock block(data, offsets);
  const py::gil_scoped_release release;
  std::vector<std::string_view> texts;
  block.add_to(texts);
  counter.add(texts);
}

// (documents, bytes, characters, added tokens) of each block.
template <class Counter>
py::tuple totals(const Counter& counter) {
  BlockTotals sum = counter.totals();
  return py::make_tuple(as_array(std::move(sum.documents)), as_array(std::move(sum.bytes)),
                        as_array(std::move(sum.characters)), as_array(std::move(sum.added)));
}

void raise_file_error(std::exception_ptr thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const FileError& error) {
    errno = error.code().value();
    PyErr_SetFromErrnoWithFilename(PyExc_OSError, error.path().c_str());
  }
}

}  // namespace

void bind_count(py::module_& module) {
  py::register_local_exception_translator([](std::exception_ptr thrown) {
    if (thrown) raise_file_error(thrown);
  });
  py::class_<WordStream>(module, "WordStream", "Counted words in the order of their bytes, to be taken once.")
      .def("next", &WordStream::next, py::arg("bytes"),
           "About so many bytes of words: (their bytes, where each ends, where its entries end, the block and the count of "
           "each entry), ends counted from the first word; None at the end.");
  py::class_<WordCounter>(module, "WordCounter", "Documents to counted words.")
      .def(py::init([](const Engine& engine, std::uint32_t blocks, const Array<TokenId>& added, std::int64_t memory_limit,
                       int threads, std::string directory) {
             require(blocks >= 1 && threads >= 1, "at least one block and one thread are needed");
             return std::make_unique<WordCounter>(engine.pipeline(), TallyLayout{blocks, ids_of(added)},
                                                  memory_of(memory_limit), threads, std::move(directory));
           }),
           py::arg("engine"), py::arg("blocks"), py::arg("added"), py::arg("memory_limit"), py::arg("threads"),
           py::arg("directory"), py::keep_alive<1, 2>())
      .def("add", &add<WordCounter>, py::arg("data"), py::arg("offsets"), "From any threads.")
      .def("totals", &totals<WordCounter>, 
           "(documents [blocks], bytes [blocks], characters [blocks], added tokens [blocks * added])")
      .def_property_readonly("has_spilled", &WordCounter::has_spilled)
      .def("finish", [](WordCounter& self) {
        const py::gil_scoped_release release;
        return std::make_unique<WordStream>(self.finish());
      }, "The words; once.");
  py::class_<TokenCounter>(module, "TokenCounter", "Documents to counted tokens.")
      .def(py::init([](const Engine& engine, const Array<TokenId>& added, std::size_t token_count, std::int64_t memory_limit,
                       int threads) {
             require(threads >= 1, "at least one thread is needed");
             return std::make_unique<TokenCounter>(engine.pipeline(), ids_of(added), token_count, memory_of(memory_limit),
                                                   threads);
           }),
           py::arg("engine"), py::arg("added"), py::arg("token_count"), py::arg("memory_limit"), py::arg("threads"),
           py::keep_alive<1, 2>())
      .def("add", &add<TokenCounter>, py::arg("data"), py::arg("offsets"), "From any threads.")
      .def("totals", &totals<TokenCounter>, "(documents [1], bytes [1], characters [1], added tokens [added])")
      .def("finish", [](TokenCounter& self) {
        std::vector<std::uint64_t> counts;
        {
          const py::gil_scoped_release release;
          counts = self.finish();
        }
        return as_array(std::move(counts));
      }, "uint64 [token_count]; once.");
  module.def("merge_words", &merge_words, py::arg("parts"),
             "Words of several counts as one: each (bytes, offsets, where the entries of words begin, blocks, counts).");
  module.def("tokens_of_words",
             [](const Engine& engine, const py::buffer& data, const Array<std::uint64_t>& offsets,
                const Array<std::uint64_t>& counts, std::size_t token_count, int threads) {
               const Bytes bytes(data);
               const Strings words = strings(bytes.view(), offsets);
               const auto times = values(counts);
               require(times.size() == words.count, "a count is needed for each word");
               std::vector<std::uint64_t> out;
               {
                 const py::gil_scoped_release release;
                 out = tokens_of_words(engine.pipeline().model(), words, times, token_count, threads);
               }
               return as_array(std::move(out));
             },
             py::arg("engine"), py::arg("data"), py::arg("offsets"), py::arg("counts"), py::arg("token_count"),
             py::arg("threads") = 1, "How often each token occurs in words with counts, uint64 [token_count].");
}

}  // namespace polyvocab
