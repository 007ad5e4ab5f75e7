// The replay of merges as the implementation of Hayase et al. (2024) does it, compiled: what ours is compared with.
//
// Merge by merge: the words that hold the pair are rewritten and the counts of pairs brought up to date; then the counts of all
// pairs ever met are compared with a copy of what they were before the merge, every pair that differs is recorded with its new
// count, and the counts are copied again. The last two are what the time goes to, and they are kept. All else is at least as
// quick here as there: integers for strings, one table of counts from the start instead of one a word, merges found by a hash
// instead of a search through the list, pairs compared slot by slot in a flat table instead of looked up, and no JSON.
#include <cstdint>
#include <vector>

namespace {

using Key = std::uint64_t;  // left << 32 | right

constexpr Key kNone = ~Key{0};

// Open addressing; keys stay, so that a copy has every key of its origin in the same slot.
template <class Value>
class Table {
public:
    Value& operator[](Key key) {
        if (2 * (size_ + 1) > keys_.size()) grow();
        const std::size_t at = slot(key);
        if (keys_[at] == kNone) {
            keys_[at] = key;
            ++size_;
        }
        return values_[at];
    }

    Value* find(Key key) {
        const std::size_t at = slot(key);
        return keys_[at] == kNone ? nullptr : &values_[at];
    }

    std::size_t size() const { return size_; }
    std::size_t slots() const { return keys_.size(); }
    Key key(std::size_t at) const { return keys_[at]; }
    const Value& value(std::size_t at) const { return values_[at]; }

private:
    std::size_t slot(Key key) const {
        std::size_t at = (key * 0x9E3779B97F4A7C15u) >> shift_;
        while (keys_[at] != kNone && keys_[at] != key) at = (at + 1) & (keys_.size() - 1);
        return at;
    }

    void grow() {
        std::vector<Key> keys(keys_.size() * 2, kNone);
        std::vector<Value> values(keys.size());
        keys.swap(keys_);
        values.swap(values_);
        --shift_;
        for (std::size_t i = 0; i < keys.size(); ++i) {
            if (keys[i] == kNone) continue;
            const std::size_t at = slot(keys[i]);
            keys_[at] = keys[i];
            values_[at] = std::move(values[i]);
        }
    }

    std::vector<Key> keys_ = std::vector<Key>(1024, kNone);
    std::vector<Value> values_ = std::vector<Value>(1024);
    std::size_t size_ = 0;
    int shift_ = 64 - 10;
};

struct Difference {
    Key pair;
    std::int64_t count;  // from this state on
};

struct Change {
    Key pair;
    std::int64_t change;
};

using Words = std::vector<std::uint32_t>;

Key key_of(std::uint32_t left, std::uint32_t right) { return Key{left} << 32 | right; }

// Rewrites a word from left to right; pairs that overlap count, as everywhere here.
void merge_word(Words& word, std::uint32_t left, std::uint32_t right, std::uint32_t merged, std::vector<Change>& changes) {
    std::size_t end = 0;
    for (std::size_t i = 0; i < word.size(); ++i) {
        if (word[i] != left || i + 1 == word.size() || word[i + 1] != right) {
            word[end++] = word[i];
            continue;
        }
        if (end > 0) {
            changes.push_back({key_of(word[end - 1], left), -1});
            changes.push_back({key_of(word[end - 1], merged), 1});
        }
        if (i + 2 < word.size()) {
            changes.push_back({key_of(right, word[i + 2]), -1});
            changes.push_back({key_of(merged, word[i + 2]), 1});
        }
        word[end++] = merged;
        ++i;
    }
    word.resize(end);
}

struct Replay {
    std::vector<Words> words;
    std::vector<std::int64_t> counts;
    Table<std::int64_t> pairs, before;
    Table<char> wanted;  // pairs that a merge is for
    Table<Words> places; // the words that may hold such a pair
    std::vector<Difference> differences;
    std::vector<std::size_t> ends;  // of the differences of each state

    void place(Key pair, std::uint32_t word) {
        if (!wanted.find(pair)) return;
        Words& list = places[pair];
        if (list.empty() || list.back() != word) list.push_back(word);
    }

    void start() {
        for (std::size_t w = 0; w < words.size(); ++w) {
            for (std::size_t i = 0; i + 1 < words[w].size(); ++i) {
                const Key pair = key_of(words[w][i], words[w][i + 1]);
                pairs[pair] += counts[w];
                place(pair, static_cast<std::uint32_t>(w));
            }
        }
        record();
    }

    void step(std::uint32_t left, std::uint32_t right, std::uint32_t merged) {
        const Key pair = key_of(left, right);
        const std::int64_t* count = pairs.find(pair);
        Words* list = places.find(pair);
        if (!count || *count < 1 || !list) {
            ends.push_back(differences.size());
            return;
        }
        const Words chosen = std::move(*list);
        list->clear();
        std::vector<Change> changes;
        for (const std::uint32_t w : chosen) {
            changes.clear();
            merge_word(words[w], left, right, merged, changes);
            for (const Change& change : changes) {
                pairs[change.pair] += change.change * counts[w];
                if (change.change > 0) place(change.pair, w);
            }
        }
        pairs[pair] = 0;
        record();
    }

    // Every pair ever met against the copy; then the copy anew.
    void record() {
        const bool same_slots = pairs.slots() == before.slots();
        for (std::size_t at = 0; at < pairs.slots(); ++at) {
            const Key key = pairs.key(at);
            if (key == kNone) continue;
            std::int64_t old = 0;
            if (same_slots && before.key(at) == key) {
                old = before.value(at);
            } else if (const std::int64_t* found = before.find(key)) {
                old = *found;
            }
            if (pairs.value(at) != old) differences.push_back({key, pairs.value(at)});
        }
        before = pairs;
        ends.push_back(differences.size());
    }
};

}  // namespace

extern "C" {

// words: symbols of word i from offsets[i] to offsets[i + 1]. merges: left, right and merged of each. The caller frees the result.
Replay* peer_replay(const std::uint32_t* symbols, const std::uint64_t* offsets, const std::int64_t* counts, std::uint64_t words,
                    const std::uint32_t* merges, std::uint64_t steps) {
    auto* replay = new Replay;
    for (std::uint64_t w = 0; w < words; ++w) replay->words.emplace_back(symbols + offsets[w], symbols + offsets[w + 1]);
    replay->counts.assign(counts, counts + words);
    for (std::uint64_t t = 0; t < steps; ++t) replay->wanted[key_of(merges[3 * t], merges[3 * t + 1])] = 1;
    replay->start();
    for (std::uint64_t t = 0; t < steps; ++t) replay->step(merges[3 * t], merges[3 * t + 1], merges[3 * t + 2]);
    return replay;
}

std::uint64_t peer_differences(const Replay* replay) { return replay->differences.size(); }

std::uint64_t peer_pairs(const Replay* replay) { return replay->pairs.size(); }

// state, left, right and the count from then on, of each difference
void peer_read(const Replay* replay, std::int64_t* rows) {
    std::size_t i = 0;
    for (std::size_t state = 0; state < replay->ends.size(); ++state) {
        for (; i < replay->ends[state]; ++i) {
            *rows++ = static_cast<std::int64_t>(state);
            *rows++ = static_cast<std::int64_t>(replay->differences[i].pair >> 32);
            *rows++ = static_cast<std::int64_t>(replay->differences[i].pair & 0xFFFFFFFFu);
            *rows++ = replay->differences[i].count;
        }
    }
}

void peer_free(Replay* replay) { delete replay; }
}
