"""What alerts say, in Japanese: the sentence of each English one, with the same values in it.

The English sentence is the key, with a name in place of each value; the Japanese one names them in its own
order. A sentence that was changed in English alone fits no more, so it cannot go on saying something else.
"""

import re
from functools import cache

from streams.rules import japanese_feed, japanese_service, japanese_staff

SENTENCES: dict[str, dict[str, str]] = {
    **japanese_service.SENTENCES,
    **japanese_staff.SENTENCES,
    **japanese_feed.SENTENCES,
}
"""By alert: English with names of values, and Japanese with the same names."""
_NAME = re.compile(r"\{(\w+)\}")
_VALUE = "|".join(
    (
        r"\{\{ with (?:(?!\{\{ end).)*\{\{ end \}\}",  # what another series has
        r"\{\{ if (?:(?!\{\{ end).)*\{\{ end \}\}\{\{(?:(?!\}\}).)*\}\}",  # with its sign
        r"\{\{ (?!with|if|else|end)(?:(?!\}\}).)*\}\}",
        r"\d+(?:\.\d+)?%?",
    )
)
_UNITS = ('"d " "日"', '"h " "時間"', '"m " "分"', '"([0-9])s$" "${1}秒"')
"""Of what Prometheus writes as 1h 3m 20s."""
_FORMS = {
    "humanizeDuration": " | reReplaceAll ".join(("humanizeDuration", *_UNITS)),
    "}}unknown{{": "}}不明{{",
}
"""How a value is written in Japanese, where that differs."""


def in_japanese(alert: str, says: str) -> str:
    """What an alert says, its templates included. Raises ValueError where nobody has put it in Japanese."""
    for english, japanese in SENTENCES.get(alert, {}).items():
        if found := _pattern(english).fullmatch(says):
            values = found.groupdict()
            return _NAME.sub(lambda name, of=values: _written(of[name[1]]), japanese)  # type: ignore[misc]
    raise ValueError(
        f"{alert}: {says!r} has no Japanese; hint: put the sentence into SENTENCES of a module "
        "streams/rules/japanese_*.py"
    )


@cache
def _pattern(english: str) -> re.Pattern[str]:
    """Texts and names take turns."""
    parts = _NAME.split(english)
    return re.compile(
        "".join(
            f"(?P<{part}>{_VALUE})" if at % 2 else re.escape(part) for at, part in enumerate(parts)
        )
    )


def _written(value: str) -> str:
    for english, japanese in _FORMS.items():
        value = value.replace(english, japanese)
    return value
