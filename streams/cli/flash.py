"""`floorwatch flash`: the last half-hour and the day so far, the worst first."""

from typing import Annotated

import typer

from streams.cli.options import AsJson, Config, Store, load_settings
from streams.cli.planned import PlanFiles, ProgramName
from streams.cli.reporting import HOUR_MS, AsHtml, Lang, print_report, standing
from streams.clock import WallClock
from streams.reports.flash import flash

EXAMPLES = (
    "floorwatch flash --store center.db",
    "floorwatch flash --program bank --last 2 --lang ja --html > flash.html",
    "floorwatch flash --json",
)
MOST = 8


def command(
    config: Config = None,
    store: Store = None,
    program: ProgramName = None,
    last: Annotated[
        int, typer.Option("--last", min=1, max=MOST, help="Planning intervals that are over.")
    ] = 1,
    plan: PlanFiles = None,
    lang: Lang = "en",
    as_html: AsHtml = False,
    as_json: AsJson = False,
) -> None:
    """The last planning interval (half an hour, unless the program says otherwise) and the day so far.

    Against target and forecast, by queue, program, group and site, the worst first, with state and
    revision; deviation with its noise, staff, how the day is going to end, feeds, actions open. As of
    the newest checkpoint of a `run` or `replay`. What is not known says so; in JSON it is null, or a
    row has the state `unknown`.
    """
    settings = load_settings(config, store=store)
    with standing(settings, plan or (), program, last * HOUR_MS) as (_, moment, actions, _versions):
        report = flash(moment, actions, WallClock().now_ms(), last, program or "")
    print_report(report, lang, as_json, as_html)
