// Counted things in their order, one after the other.
#pragma once

namespace polyvocab {

// Rising entries, none of them twice. An entry has an order (`<`), says whether another one is of the same thing (`is_of`), and
// takes the count of such a one (`add`).
template <class T>
class SortedSource {
 public:
  using Entry = T;
  virtual ~SortedSource() = default;
  // Goes on to the next one; false at the end.
  virtual bool next() = 0;
  // Where the source is; good until `next`.
  const Entry& current() const { return current_; }

 protected:
  Entry current_;
};

}  // namespace polyvocab
