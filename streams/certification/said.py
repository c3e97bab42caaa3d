"""What the score says of a row in words, in English and Japanese."""

from typing import NamedTuple


class Said(NamedTuple):
    """One text in each language; what is empty in both says nothing."""

    en: str
    ja: str


def joined(parts: list[Said], between: Said) -> Said:
    """Several texts as one; those that say nothing are left out."""
    told = [one for one in parts if one.en or one.ja]
    return Said(between.en.join(one.en for one in told), between.ja.join(one.ja for one in told))
