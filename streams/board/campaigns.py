"""The board's section of outbound work: lists behind their plan now, and what was dialled today."""

from dataclasses import dataclass

from rich.table import Table

from kernels.columns import OUTBOUND_ROW
from schemas.catalog import KPIS
from schemas.targets import Plan
from streams.board.backlog import of_today
from streams.board.section import Cells, section_lines, section_table
from streams.board.words import Language, percent
from streams.exposition.standing import known_programs
from streams.kpis import value
from streams.view import OutboundNow, View

COLUMNS = ("behind_days", "behind_plan", "on_list", "never_dialled", "rpc_today", "dials", "lost")

USUAL_DAYS = 1
"""A list is usually within a day of its plan (definitions 5 O2, S:6385)."""


@dataclass(frozen=True)
class Campaign:
    """A campaign at this moment; unknown: nothing here may be shown as a number."""

    name: str
    program: str
    known: bool
    now: OutboundNow
    today: dict[str, int]
    """Columns of the local day so far."""

    @property
    def days(self) -> float | None:
        """Records behind the plan over the daily plan; None where no list was told of today."""
        return self.now.behind / self.now.per_day if self.now.lists else None


def campaigns(view: View, plan: Plan) -> list[Campaign]:
    """Every campaign, those most days behind first, unknown ones last."""
    known = known_programs(view)
    today = of_today(view.day_outbound, OUTBOUND_ROW, plan, view.at_ms)
    found = [
        Campaign(key.queue, key.program, key.program in known, now, today.get(key, {}))
        for key, now in view.outbound_now.items()
    ]
    return sorted(found, key=lambda one: (not one.known, -(one.days or 0), one.name))


def campaign_table(shown: list[Campaign], lang: Language) -> Table:
    """One line a campaign."""
    return section_table("campaign", COLUMNS, shown, _cells, lang)


def plain_campaigns(shown: list[Campaign], lang: Language) -> list[str]:
    """One line a campaign, for logs."""
    return section_lines(COLUMNS, shown, _cells, lang)


def _cells(one: Campaign) -> Cells:
    now, today = one.now, one.today
    days, told = one.days, now.lists > 0
    return [
        ("" if days is None else f"{days:.1f}", "bold red" if days and days > USUAL_DAYS else ""),
        (str(now.behind) if told else "", ""),
        (str(now.listed), ""),
        (str(now.undialled), ""),
        (percent(value(KPIS["rpc_rate"], today)), ""),
        (str(today.get("dials_n", 0)), ""),
        (str(today.get("dialer_abn_n", 0)), ""),
    ]
