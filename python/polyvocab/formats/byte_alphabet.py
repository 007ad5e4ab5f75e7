"""GPT-2's alphabet: every byte as one printable character."""


def _table() -> dict[str, int]:
    """Printable Latin-1 characters stand for themselves, the other bytes for U+0100 and up."""
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    table = {chr(b): b for b in plain}
    table |= {chr(0x100 + n): b for n, b in enumerate(b for b in range(256) if b not in set(plain))}
    return table


BYTE_OF_CHARACTER = _table()
CHARACTER_OF_BYTE = {b: c for c, b in BYTE_OF_CHARACTER.items()}
# latin-1 is the fastest way between characters and bytes in Python; each character of the alphabet goes to its byte's own.
TO_LATIN_1 = {ord(c): b for c, b in BYTE_OF_CHARACTER.items()}


def spelled(data: bytes) -> str:
    """Bytes in the alphabet."""
    return data.decode("latin-1").translate(CHARACTER_OF_BYTE)


def is_text(data: bytes) -> bool:
    """Whether bytes are whole characters."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
