// Counted words to events of pairs, and what is made of events.
#include <algorithm>

#include "bindings/bindings.h"
#include "bindings/bpe_arguments.h"
#include "bindings/strings.h"
#include "bindings/texts.h"
#include "core/replay/event_arrays.h"
#include "core/replay/trained_merges.h"
#include "core/replay/word_replay.h"

namespace polyvocab {
namespace {

using Ids = Array<TokenId>;

// Words of Python, checked once, with what keeps them.
class Words {
 public:
  Words(const py::buffer& data, Array<std::uint64_t> offsets, Array<std::uint64_t> indptr, Array<std::uint32_t> index,
        Array<std::uint64_t> count, std::uint32_t blocks)
      : data_(data), offsets_(std::move(offsets)), indptr_(std::move(indptr)), index_(std::move(index)),
        count_(std::move(count)),
        view_{strings(data_.view(), offsets_), values(indptr_), values(index_), values(count_), blocks} {
    const auto bounds = view_.indptr;
    require(bounds.size() == view_.words.count + 1 && bounds.front() == 0 && bounds.back() == view_.index.size() &&
                std::ranges::is_sorted(bounds) && view_.index.size() == view_.count.size(),
            "the entries of words must rise from 0 to the number of counts");
    require(std::ranges::all_of(view_.index, [&](std::uint32_t block) { return block < blocks; }), "a block that there is not");
  }
  const CountedWords& view() const { return view_; }

 private:
  Bytes data_;
  Array<std::uint64_t> offsets_, indptr_;
  Array<std::uint32_t> index_;
  Array<std::uint64_t> count_;
  CountedWords view_;
};

// [steps] each.
std::vector<MergeStep> merge_steps(const Ids& left, const Ids& right, const Ids& merged) {
  const auto lefts = values(left), rights = values(right), all = values(merged);
  require(lefts.size() == all.size() && rights.size() == all.size(), "each step has a left part, a right part and a result");
  std::vector<MergeStep> steps(all.size());
  for (std::size_t i = 0; i < steps.size(); ++i) steps[i] = {lefts[i], rights[i], all[i]};
  return steps;
}

using Limits = std::tuple<std::uint32_t, Array<std::uint32_t>, Array<std::uint8_t>, Array<std::uint8_t>, Array<std::uint8_t>>;

PieceLimits piece_limits(const Limits& limits, std::span<const TokenId> ids, std::span<const MergeStep> steps) {
  const auto& [most, characters, first_script, last_script, flags] = limits;
  const auto count = values(characters);
  const auto first = values(first_script), last = values(last_script), flag = values(flags);
  require(first.size() == count.size() && last.size() == count.size() && flag.size() == count.size(),
          "limits need as many facts of each kind");
  const auto is_known = [&](TokenId id) { return id < count.size(); };
  require(std::ranges::all_of(ids, is_known) &&
              std::ranges::all_of(steps, [&](const MergeStep& step) { return is_known(step.merged); }),
          "limits need facts of every token");
  PieceLimits out{most, {}};
  for (std::size_t i = 0; i < count.size(); ++i) out.tokens.push_back({count[i], first[i], last[i], flag[i]});
  return out;
}

// Events as arrays, a part at a time.
class EventStream {
 public:
  explicit EventStream(std::unique_ptr<EventSource> source) : source_(std::move(source)) { go_on(); }

  py::object next(std::size_t events) {
    if (!more_) return py::none();
    std::vector<TokenId> pairs;
    std::vector<std::int64_t> ends, change;
    std::vector<std::uint32_t> state, column;
    {
      const py::gil_scoped_release release;
      while (more_ && (change.size() < events || change.empty())) {
        const std::uint64_t pair = source_->current().pair;
        pairs.push_back(source_->current().left());
        pairs.push_back(source_->current().right());
        do {  // all events of a pair
          state.push_back(source_->current().state());
          column.push_back(source_->current().column());
          change.push_back(source_->current().change);
          go_on();
        } while (more_ && source_->current().pair == pair);
        ends.push_back(static_cast<std::int64_t>(given_ + change.size()));
      }
      given_ += change.size();
    }
    return py::make_tuple(as_array(std::move(pairs)), as_array(std::move(ends)), as_array(std::move(state)),
                          as_array(std::move(column)), as_array(std::move(change)));
  }

 private:
  std::unique_ptr<EventSource> source_;
  bool more_ = true;
  std::uint64_t given_ = 0;

  void go_on() {
    while ((more_ = source_->next()) && source_->current().change == 0) continue;
  }
};

// Events of Python, checked as far as reading them needs; with what keeps them.
class Events {
 public:
  Events(const Ids& pairs, const Array<std::int64_t>& indptr, const Array<std::uint32_t>& state,
         const Array<std::uint32_t>& column, const Array<std::int64_t>& change)
      : pairs_(pairs), indptr_(indptr), state_(state), column_(column), change_(change) {
    require(pairs.ndim() == 2 && pairs.shape(1) == 2, "pairs must be [pairs, 2]");
    const std::span<const TokenId> flat(pairs.data(), static_cast<std::size_t>(pairs.size()));
    view_ = {flat, values(indptr), values(state), values(column), values(change)};
    const auto bounds = view_.indptr;
    require(bounds.size() == view_.pairs.size() / 2 + 1 && bounds.front() == 0 && std::ranges::is_sorted(bounds) &&
                bounds.back() == static_cast<std::int64_t>(view_.state.size()) && view_.column.size() == view_.state.size() &&
                view_.change.size() == view_.state.size(),
            "the events of pairs must rise from 0 to the number of events");
    for (std::size_t i = 1; i < view_.size(); ++i) {
      require(PairEvent::pair_of(view_.pairs[2 * i - 2], view_.pairs[2 * i - 1]) <
                  PairEvent::pair_of(view_.pairs[2 * i], view_.pairs[2 * i + 1]),
              "pairs must rise");
    }
  }
  const EventArrays& view() const { return view_; }

 private:
  Ids pairs_;
  Array<std::int64_t> indptr_;
  Array<std::uint32_t> state_, column_;
  Array<std::int64_t> change_;
  EventArrays view_;
};

py::tuple as_python(EventColumns&& events) {
  return py::make_tuple(as_array(std::move(events.pairs)), as_array(std::move(events.indptr)),
                        as_array(std::move(events.state)), as_array(std::move(events.column)),
                        as_array(std::move(events.change)));
}

void bind_event_arrays(py::module_& m) {
  py::class_<Events>(m, "Events", "Events of pairs as arrays.")
      .def(py::init<const Ids&, const Array<std::int64_t>&, const Array<std::uint32_t>&, const Array<std::uint32_t>&,
                    const Array<std::int64_t>&>(),
           py::arg("pairs").noconvert(), py::arg("indptr").noconvert(), py::arg("state").noconvert(),
           py::arg("column").noconvert(), py::arg("change").noconvert());
  m.def("add_events", [](const std::vector<const Events*>& parts, int threads) {
          std::vector<EventArrays> views;
          for (const Events* part : parts) views.push_back(part->view());
          EventColumns out;
          {
            const py::gil_scoped_release release;
            out = add_events(views, threads);
          }
          return as_python(std::move(out));
        }, py::arg("parts"), py::arg("threads"), "(pairs uint32 [2 * pairs], indptr, state, column, change) of all together.");
  m.def("collapse", [](const Events& events, const Array<std::int32_t>& group, std::uint32_t last, int threads) {
          const auto groups = values(group);
          EventColumns out;
          {
            const py::gil_scoped_release release;
            out = collapse(events.view(), groups, last, threads);
          }
          return as_python(std::move(out));
        }, py::arg("events"), py::arg("group").noconvert(), py::arg("last"), py::arg("threads"),
        "The same arrays, of groups of columns and the states below `last`.");
  m.def("own_counts", [](const Events& events, const Ids& left, const Ids& right, const Ids& merged, std::size_t columns,
                         int threads) {
          const auto steps = merge_steps(left, right, merged);
          py::array_t<double> out({steps.size(), columns});
          const std::span<double> to(out.mutable_data(), static_cast<std::size_t>(out.size()));
          {
            const py::gil_scoped_release release;
            own_counts(events.view(), steps, columns, to, threads);
          }
          return out;
        }, py::arg("events"), py::arg("left").noconvert(), py::arg("right").noconvert(), py::arg("merged").noconvert(),
        py::arg("columns"), py::arg("threads"), "float64 [steps, columns]: the count of each step's pair in its state.");
  m.def("pairs_in_state", [](const Events& events, std::uint32_t state, std::size_t columns) {
          std::vector<std::int64_t> out;
          {
            const py::gil_scoped_release release;
            out = pairs_in_state(events.view(), state, columns);
          }
          return as_array(std::move(out));
        }, py::arg("events"), py::arg("state"), py::arg("columns"), "int64 [columns]: all pairs that there are.");
}

}  // namespace

void bind_replay(py::module_& module) {
  py::module_ m = module.def_submodule("replay", "The pairs of words while merges are applied to them.");
  bind_event_arrays(m);
  py::class_<EventStream>(m, "EventStream", "Events by left, right, state and column, to be taken once.")
      .def("next", &EventStream::next, py::arg("events"),
           "About so many events: (pairs uint32 [2 * pairs], where the events of each end, state, column, change), ends "
           "counted from the first event; None at the end.");
  py::class_<Words>(m, "Words", "Counted words: a sparse matrix [words, blocks].")
      .def(py::init<const py::buffer&, Array<std::uint64_t>, Array<std::uint64_t>, Array<std::uint32_t>, Array<std::uint64_t>,
                    std::uint32_t>(),
           py::arg("data"), py::arg("offsets").noconvert(), py::arg("indptr").noconvert(), py::arg("index").noconvert(),
           py::arg("count").noconvert(), py::arg("blocks"));
  py::class_<TrainedMerges>(m, "TrainedMerges", "A merge list and how words are spelled for it.")
      .def(py::init([](const py::bytes& data, const Array<std::uint64_t>& offsets, const Ids& ids, const Ids& left,
                       const Ids& right, const Ids& merged, const std::string& spelt, std::string continuing_prefix,
                       std::string end_suffix, bool overlapping, const std::optional<Limits>& limits) {
             TrainedMerges::Options options;
             options.spelling.spelt = spelt_named(spelt);
             options.spelling.continuing_prefix = std::move(continuing_prefix);
             options.spelling.end_suffix = std::move(end_suffix);
             options.overlapping = overlapping;
             const Strings tokens = options.spelling.spelt == Spelt::in_bytes ? strings(data, offsets) : texts(data, offsets);
             auto steps = merge_steps(left, right, merged);
             const auto known = values(ids);
             require(known.size() == tokens.count, "as many ids as tokens are needed");
             if (limits) options.limits = piece_limits(*limits, known, steps);
             const py::gil_scoped_release release;
             return std::make_unique<TrainedMerges>(tokens, known, std::move(steps), std::move(options));
           }),
           py::arg("data"), py::arg("offsets").noconvert(), py::arg("ids").noconvert(), py::arg("left").noconvert(),
           py::arg("right").noconvert(), py::arg("merged").noconvert(), py::kw_only(), py::arg("spelt"),
           py::arg("continuing_prefix"), py::arg("end_suffix"), py::arg("overlapping"), py::arg("limits"),
           "`limits`: (most characters, and by id: characters, first script, last script, flags) of pieces.")
      .def("is_counted", &TrainedMerges::is_counted, py::arg("left"), py::arg("right"),
           "Whether the limits let the pair be a piece, or the list has it.")
      .def_property_readonly("is_regular", [](const TrainedMerges& self) { return self.histories() != nullptr; },
                             "Whether words take the short way.");
  py::class_<WordReplay>(m, "WordReplay", "Counted words to events of their pairs.")
      .def(py::init([](const TrainedMerges& merges, const Words& words, std::int64_t memory_limit, int threads,
                       std::string directory) {
             require(memory_limit > 0 && threads >= 1, "some memory and at least one thread are needed");
             const py::gil_scoped_release release;
             if (!merges.is_over_bytes()) require_texts(words.view().words);
             return std::make_unique<WordReplay>(merges, words.view(), static_cast<std::size_t>(memory_limit), threads,
                                                 std::move(directory));
           }),
           py::arg("merges"), py::arg("words"), py::kw_only(), py::arg("memory_limit"), py::arg("threads"),
           py::arg("directory"), py::keep_alive<1, 2>(), py::keep_alive<1, 3>())
      .def("add", [](WordReplay& self, std::size_t begin, std::size_t end) {
             const py::gil_scoped_release release;
             self.add(begin, end);
           }, py::arg("begin"), py::arg("end"), "The words from `begin` to `end`; from one thread.")
      .def("finish", [](WordReplay& self) {
             const py::gil_scoped_release release;
             return std::make_unique<EventStream>(self.finish());
           }, "The events; once.")
      .def_property_readonly("has_spilled", &WordReplay::has_spilled);
}

}  // namespace polyvocab
