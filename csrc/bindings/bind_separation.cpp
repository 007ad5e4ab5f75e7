#include <algorithm>
#include <limits>
#include <utility>

#include "bindings/strings.h"
#include "core/mixture/separation.h"

namespace polyvocab {
namespace {

using Numbers = Array<std::uint32_t>;

// A Separation with the arrays that it reads.
class PySeparation {
 public:
  PySeparation(Array<std::int64_t> indptr, Numbers state, Numbers column, Array<std::int64_t> change, std::uint32_t columns,
               std::uint32_t first, const Numbers& merged)
      : indptr_(std::move(indptr)), state_(std::move(state)), column_(std::move(column)), change_(std::move(change)),
        columns_(columns), steps_(values(merged).size()), separation_(checked(), first, values(merged)) {}

  py::tuple rows(const Array<double>& weights, const Array<double>& level, const Array<double>& slack, double tolerance,
                 std::size_t per_pair, int threads) const {
    const auto weight = values(weights);
    const auto levels = values(level);
    const auto slacks = values(slack);
    require(weight.size() == columns_ && levels.size() == steps_ && slacks.size() == values(indptr_).size() - 1,
            "a weight for each column, a level for each step and a slack for each pair are needed");
    ViolatedRows found;
    {
      const py::gil_scoped_release release;
      found = separation_.rows(weight, levels, slacks, tolerance, per_pair, threads);
    }
    return py::make_tuple(as_python(found.by_pair), as_python(found.by_step));
  }

  py::array_t<double> counts(const Numbers& pair, const Numbers& step, int threads) const {
    const auto pairs = values(pair);
    const auto steps = values(step);
    const std::size_t known = values(indptr_).size() - 1;
    require(pairs.size() == steps.size(), "a step is needed for each pair");
    require(std::ranges::all_of(pairs, [&](std::uint32_t p) { return p < known; }), "there is no such pair");
    std::vector<double> found;
    {
      const py::gil_scoped_release release;
      found = separation_.counts(pairs, steps, columns_, threads);
    }
    return as_array(std::move(found)).reshape({static_cast<py::ssize_t>(pairs.size()), static_cast<py::ssize_t>(columns_)});
  }

 private:
  PairChanges checked() const {
    const PairChanges changes{values(indptr_), values(state_), values(column_), values(change_)};
    const auto events = changes.state.size();
    require(changes.column.size() == events && changes.change.size() == events, "each event needs a state, a column, a change");
    require(!changes.indptr.empty() && changes.indptr.front() == 0 && std::ranges::is_sorted(changes.indptr) &&
                changes.indptr.back() == static_cast<std::int64_t>(events),
            "indptr must rise from 0 to the number of events");
    require(changes.size() < std::numeric_limits<std::uint32_t>::max() && steps_ < std::numeric_limits<std::uint32_t>::max(),
            "too many pairs or steps");
    require(std::ranges::all_of(changes.column, [&](std::uint32_t column) { return column < columns_; }),
            "there is no such column");
    for (std::size_t pair = 0; pair < changes.size(); ++pair)
      require(std::is_sorted(changes.state.begin() + changes.indptr[pair], changes.state.begin() + changes.indptr[pair + 1]),
              "the states of a pair must rise");
    return changes;
  }

  static py::tuple as_python(const std::vector<ViolatedRow>& rows) {
    std::vector<std::uint32_t> pair, step;
    std::vector<double> depth;
    for (const ViolatedRow& row : rows) {
      pair.push_back(row.pair);
      step.push_back(row.step);
      depth.push_back(row.depth);
    }
    return py::make_tuple(as_array(std::move(pair)), as_array(std::move(step)), as_array(std::move(depth)));
  }

  Array<std::int64_t> indptr_;
  Numbers state_;
  Numbers column_;
  Array<std::int64_t> change_;
  std::size_t columns_;
  std::size_t steps_;
  Separation separation_;
};

}  // namespace

void bind_separation(py::module_& module) {
  py::module_ m = module.def_submodule("mixture");
  py::class_<PySeparation>(m, "Separation", "Finds rows of the linear program of data mixture inference that a point violates.")
      .def(py::init<Array<std::int64_t>, Numbers, Numbers, Array<std::int64_t>, std::uint32_t, std::uint32_t, const Numbers&>(),
           py::arg("indptr").noconvert(), py::arg("state").noconvert(), py::arg("column").noconvert(),
           py::arg("change").noconvert(), py::kw_only(), py::arg("columns"), py::arg("first"), py::arg("merged").noconvert(),
           "Events of pairs, pair p's at indptr[p]:indptr[p + 1]. merged[t]: the pair of step first + t, any number beyond the "
           "pairs where there is none.")
      .def("rows", &PySeparation::rows, py::arg("weights").noconvert(), py::arg("level").noconvert(),
           py::arg("slack").noconvert(), py::kw_only(), py::arg("tolerance"), py::arg("per_pair") = 1, py::arg("threads") = 0,
           "Rows (t, p) with count(p, t) . weights > level[t] + slack[p] + tolerance: two times (pair, step, depth), the "
           "`per_pair` deepest rows of each pair, the deepest first, and the deepest row of each step. A level of infinity "
           "takes a step out.")
      .def("counts", &PySeparation::counts, py::arg("pair").noconvert(), py::arg("step").noconvert(), py::kw_only(),
           py::arg("threads") = 0, "float64 [rows, columns]: the count of pair[row] in state first + step[row].");
}

}  // namespace polyvocab
