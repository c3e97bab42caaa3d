"""Finds where a setting was written, and what its writer may have meant."""

import difflib
import re
import types
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

Loc = tuple[int | str, ...]
_HEADER = re.compile(r"^\s*\[\[?\s*(?P<keys>[^\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"^\s*(?P<keys>[^=#]+?)\s*=")
_PART = re.compile(r'"([^"]*)"|\'([^\']*)\'|([^.\s]+)')


def has(data: Any, loc: Loc) -> bool:
    """Whether `data`, nested mappings and sequences, holds something at `loc`."""
    for part in loc:
        if isinstance(data, Mapping):
            found = part in data
        else:
            found = isinstance(data, Sequence) and isinstance(part, int) and part < len(data)
        if not found:
            return False
        data = data[part]
    return True


def _inner(annotation: Any) -> Any:
    """The annotation without Annotated and without None."""
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation = get_args(annotation)[0]
        elif origin in (Union, types.UnionType):
            kept = [arg for arg in get_args(annotation) if arg is not type(None)]
            annotation = kept[0]
        else:
            return annotation


def known_keys(model: type[BaseModel], loc: Loc) -> list[str]:
    """Names of the fields of the model that `loc` leads to; none where anything goes."""
    here: Any = model
    for part in loc:
        here = _inner(here)
        if isinstance(here, type) and issubclass(here, BaseModel):
            field = here.model_fields.get(str(part))
            here = field.annotation if field else None
        else:
            arguments = [arg for arg in get_args(here) if arg is not Ellipsis]
            here = arguments[-1] if arguments else None
    here = _inner(here)
    if isinstance(here, type) and issubclass(here, BaseModel):
        return list(here.model_fields)
    return []


def nearest(name: str, known: list[str]) -> str:
    """The known name that `name` was probably meant to be, or nothing."""
    close = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.5)
    return close[0] if close else ""


def _parts(keys: str) -> list[str]:
    return [next(filter(None, match), "") for match in _PART.findall(keys)]


def toml_line(text: str, loc: Loc) -> int:
    """Line, from 1, on which the deepest written part of `loc` stands in a TOML text."""
    wanted = [str(part) for part in loc]
    best, line_of_best, table = 0, 1, list[str]()
    counts: dict[tuple[str, ...], int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = _parts(header["keys"])
            if line.lstrip().startswith("[["):
                index = counts.get(tuple(table), 0)
                counts[tuple(table)] = index + 1
                table = [*table, str(index)]
            path = table
        elif key := _KEY.match(line):
            path = table + _parts(key["keys"])
        else:
            continue
        if len(path) > best and wanted[: len(path)] == path:
            best, line_of_best = len(path), number
    return line_of_best
