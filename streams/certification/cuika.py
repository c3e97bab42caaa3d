"""CUIKA of a row: what is stated of its data, and what its own values say of them (definitions 7.2)."""

from typing import Literal

from schemas.catalog import KPIS
from schemas.pst import Cuika
from streams.certification.points import UNKNOWN
from streams.certification.said import Said, joined
from streams.certification.table import Judged

LETTERS = {"collected": "C", "used": "U", "integrity": "I", "knowledge": "K", "action": "A"}


def statements(one: Judged, lang: Literal["en", "ja"] = "en") -> Cuika:
    """What the file states, and before it what the values show: their source, what is complete.

    A row whose data cannot be used says so under `integrity`; it is not met whatever else is said. What the
    file states in one language only stands in both.
    """
    own, told = one.row.cuika, one.row.cuika
    if lang == "ja":
        translated = one.row.cuika_ja.model_dump()
        told = own.model_copy(update={name: text for name, text in translated.items() if text})
    shown = {"collected": _collected(one), "integrity": _integrity(one)}
    between = "; " if lang == "en" else "。"
    both = {
        name: between.join(part for part in (getattr(said, lang), getattr(told, name)) if part)
        for name, said in shown.items()
    }
    return told.model_copy(update=both)


def letters(stated: Cuika) -> str:
    """CUIKA with a dash for each letter that nothing is stated of."""
    return "".join(mark if getattr(stated, name) else "-" for name, mark in LETTERS.items())


def _collected(one: Judged) -> Said:
    known = [cell for cell in one.measured.cells if cell.value != UNKNOWN]
    sources = ", ".join(sorted({cell.source for cell in known if cell.source}))
    if not sources:
        return Said("", "")
    of, count = len(one.points), len(known)
    in_japanese = "台帳" if sources == "ledger" else sources
    return Said(f"{sources}, {count} of {of} periods", f"{in_japanese}、{of}期間中{count}期間")


def _integrity(one: Judged) -> Said:
    if one.row.unusable:
        return Said(f"not usable: {one.row.unusable}", f"使用不可: {one.row.unusable}")
    parts = []
    complete = [c.completeness for c in one.measured.cells if c.completeness is not None]
    if not one.row.imported:
        version = KPIS[one.row.metric].definition_version
        parts.append(Said(f"definition version {version}", f"定義の版 {version}"))
        if complete:
            least = f"{min(complete):.2%}"
            parts.append(Said(f"at least {least} complete", f"データ充足 {least}以上"))
    if one.integrity_fail:
        missing = " ".join(one.integrity_fail)
        parts.append(Said(f"not judged: {missing}", f"判定不可: {missing}"))
    return joined(parts, Said(", ", "、"))
