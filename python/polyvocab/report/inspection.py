"""The report of an inspection: HTML page and printed tables, of the document that `Inspection.to_dict` gives."""

from __future__ import annotations

from typing import Any

from .figures import bar_chart
from .page import Section, columns, page, percent, table

Document = dict[str, Any]
_SCRIPTS = 15
_Table = tuple[list[str], list[list[object]]]


def inspection_summary(document: Document) -> str:
    """For the terminal: what the tokenizer is, its vocabulary by kind and script, dead tokens, what it makes of the texts."""
    parts = ["\n".join(f"{name:<14} {value}" for name, value in _facts(document))]
    parts += [columns(*_kinds(document)), columns(*_scripts(document, _SCRIPTS))]
    left = len(document["scripts"]) - _SCRIPTS
    if left > 0:
        parts[-1] += f"\nand {left} more scripts"
    if document["texts"]:
        parts.append(columns(*_texts(document)))
    if document["languages"]:
        parts.append(columns(*_languages(document)))
    return "\n\n".join(parts)


def inspection_page(document: Document) -> str:
    """A self-contained HTML page."""
    sections = [Section("Tokenizer", table(["", ""], [list(fact) for fact in _facts(document)]))]
    if document["texts"]:
        sections.append(Section("Given text", table(*_texts(document)) + _texts_chart(document) + _NOTES))
    if document["languages"]:
        note = "<p>A token belongs to the label of whose tokens it is the greatest share, if it is used five times or more.</p>"
        sections.append(Section("Tokens by language", table(*_languages(document)) + note))
    sections.append(Section("Vocabulary by kind", _share_chart(document["kinds"], "kind") + table(*_kinds(document))))
    every = len(document["scripts"])
    by_script = _share_chart(document["scripts"][:_SCRIPTS], "script") + table(*_scripts(document, every))
    sections.append(Section("Vocabulary by script", by_script))
    sections.append(Section("Longest tokens", table(*_longest(document))))
    if document["dead"]["tokens"] or document["dead"]["whole_words_only"]:
        sections.append(Section("Dead tokens", _dead(document)))
    lead = f"{document['tokenizer']['path']}, read by polyvocab {document['polyvocab']}."
    return page("Tokenizer inspection", lead, sections)


_NOTES = """<p>Words stand between white space, so that tokens per word say little of languages written without spaces: look at
characters per token there. The premium is tokens per token of the first text, of texts with as many documents as the first
one: it means something where these are translations of each other.</p>"""


def _facts(document: Document) -> list[tuple[str, str]]:
    tokenizer, sizes, dead = document["tokenizer"], document["sizes"], document["dead"]
    counted = ("text", "byte_fallback", "special", "added", "reserved", "holes")
    inside = ", ".join(f"{sizes[name]:,} {name.replace('_', ' ')}" for name in counted if sizes[name])
    facts = [
        ("family", tokenizer["family"]),
        ("normalizer", "; ".join(tokenizer["normalizer"]) or "none"),
        ("pre-tokenizer", "; ".join(tokenizer["pre_tokenizer"]) or "none"),
        ("post-processor", "; ".join(tokenizer["post_processor"]) or "none"),
        ("decoder", "; ".join(tokenizer["decoder"]) or "none"),
        ("tokens", f"{sizes['tokens']:,}: {inside}"),
        ("merges", "none" if sizes["merges"] is None else f"{sizes['merges']:,}"),
        ("digits", f"at most {tokenizer['longest_digits']} in a token"),
        ("white space", f"at most {tokenizer['longest_white_space']:,} in a token"),
        ("dead tokens", "not known: the model is random" if dead["tokens"] is None else _dead_count(dead)),
        ("fingerprint", tokenizer["fingerprint"]),
    ]
    if tokenizer["text_steps"]:
        facts.append(("text steps", ", ".join(step["step"] for step in tokenizer["text_steps"])))
    return facts


def _dead_count(dead: Document) -> str:
    text = f"{dead['tokens']:,} ({percent(dead['share'])})" if dead["tokens"] else "none"
    return text + (f"; {dead['whole_words_only']:,} come out of whole words alone" if dead["whole_words_only"] else "")


def _kinds(document: Document) -> _Table:
    return ["kind", "tokens", "share", "examples"], [
        [row["kind"], row["tokens"], percent(row["share"]), _names(row["examples"])] for row in document["kinds"]
    ]


def _scripts(document: Document, most: int) -> _Table:
    head = ["script", "tokens", "share", "begin words", "characters", "coverage", "mean length"]
    return head, [
        [
            row["script"],
            row["tokens"],
            percent(row["share"]),
            row["begin_words"],
            "" if row["characters"] is None else row["characters"],
            percent(row["coverage"]),
            round(row["mean_characters"], 2),
        ]
        for row in document["scripts"][:most]
    ]


def _texts(document: Document) -> _Table:
    head = ["text", "tokens", "tokens/word", "characters/token", "bytes/token", "continued", "unknown", "used", "premium"]
    return head, [
        [
            row["label"],
            row["tokens"],
            row["tokens_per_word"],
            row["characters_per_token"],
            row["bytes_per_token"],
            percent(row["continued_share"]),
            percent(row["unknown_rate"]),
            percent(row["used_share"]),
            "" if row["premium"] is None else row["premium"],
        ]
        for row in document["texts"]
    ]


def _languages(document: Document) -> _Table:
    return ["text", "its tokens", "share", "only here", "most used"], [
        [row["label"], row["tokens"], percent(row["share"]), row["only_here"], _names(row["examples"])]
        for row in document["languages"]
    ]


def _longest(document: Document) -> _Table:
    return ["script", "longest tokens"], [[row["script"], _names(row["longest"])] for row in document["scripts"]]


def _dead(document: Document) -> str:
    dead = document["dead"]
    rows = [["come out of no text", dead["tokens"], _names(dead["examples"])]] if dead["tokens"] else []
    if dead["whole_words_only"]:
        rows.append(["come out of whole words alone", dead["whole_words_only"], _names(dead["whole_word_examples"])])
    return table(["", "tokens", "examples"], rows)


def _share_chart(rows: list[Document], name: str) -> str:
    if not rows:
        return ""
    return bar_chart([row[name] for row in rows], {"": ([row["share"] for row in rows], None)}, x="share of the tokens of text")


def _texts_chart(document: Document) -> str:
    rows = document["texts"]
    lengths = [row["characters_per_token"] for row in rows]
    return bar_chart([row["label"] for row in rows], {"": (lengths, None)}, x="characters per token")


def _names(tokens: list[Document]) -> str:
    return "  ".join(token["token"] for token in tokens)
