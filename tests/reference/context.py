"""What the tokens of words are romanized to, one word and one character at a time."""

from collections import Counter, defaultdict


def parts_of(tokenizer, romanizer, word: str) -> list[tuple[int, str | None, str]]:
    """(id, its part of the word's romanization, the letter before that part) of each token of a word between spaces; None where
    a character of the token is also one of another token, or where it has none."""
    text = f"x {word} x"
    inside = range(2, 2 + len(word))
    ids, spans, _, _ = tokenizer.encode_aligned(text)
    place_of = {len(text[:i].encode()): i for i in range(len(text) + 1)}
    own = [{i for i in range(place_of[a], place_of[b]) if i in inside} for a, b in spans.tolist()]
    tokens_of = {i: [t for t, places in enumerate(own) if i in places] for i in range(len(text))}
    alone = [bool(places) and all(tokens_of[i] == [t] for i in places) for t, places in enumerate(own)]
    letters = []  # of the romanization, each with its token
    for edge in romanizer.edges(text):
        runs = []
        for i in range(edge.start, edge.end):
            tokens = tokens_of[i]
            owner = tokens[0] if tokens and alone[tokens[0]] else "shared" if tokens else "none"
            if runs and runs[-1][0] == owner:
                runs[-1][1].append(text[i])
            else:
                runs.append((owner, [text[i]]))
        made = [edge.text] if len(runs) == 1 else [romanizer("".join(characters)) for _, characters in runs]
        if "".join(made) != edge.text:
            of_tokens = [run for run in runs if isinstance(run[0], int)] or runs
            most = max(len(characters) for _, characters in of_tokens)
            first = next(run for run in of_tokens if len(run[1]) == most)
            made = [edge.text if run is first else "" for run in runs]
        for (owner, _), part in zip(runs, made, strict=True):
            letters += [(letter, owner) for letter in part]
    found = []
    for token, i in enumerate(ids.tolist()):
        places = [n for n, (_, owner) in enumerate(letters) if owner == token]
        before = letters[places[0] - 1][0] if places and not letters[places[0]][0].isspace() else " "
        found.append((i, "".join(letters[n][0] for n in places) if alone[token] else None, before))
    return found


def count(tokenizer, romanizer, words: dict[str, int], starts_word) -> dict[int, Counter[tuple[str, bool]]]:
    """How often each token has each part that is not empty, and whether `starts_word(id, letter before)`."""
    found = defaultdict(Counter)
    for word, times in words.items():
        for i, part, before in parts_of(tokenizer, romanizer, word):
            if part and part.strip():
                found[i][part.strip(), starts_word(i, before)] += times
    return found
