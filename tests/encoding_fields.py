"""All that an Encoding tells, to compare ours with those of `tokenizers`."""

COLUMNS = ("ids", "type_ids", "tokens", "offsets", "word_ids", "sequence_ids", "special_tokens_mask", "attention_mask")


def fields(encoding) -> dict:
    own = {name: getattr(encoding, name) for name in COLUMNS}
    overflowing = [fields(piece) for piece in encoding.overflowing]
    return own | {"n_sequences": encoding.n_sequences, "length": len(encoding), "overflowing": overflowing}


def lookups(encoding, positions=range(12), sequences=(0, 1, 2)) -> list:
    """The answers of all methods that look something up."""
    out = [(encoding.token_to_sequence(i), encoding.token_to_chars(i), encoding.token_to_word(i)) for i in positions]
    for sequence in sequences:
        out += [(encoding.char_to_token(i, sequence), encoding.char_to_word(i, sequence)) for i in positions]
        out += [(encoding.word_to_tokens(i, sequence), encoding.word_to_chars(i, sequence)) for i in positions]
    return out
