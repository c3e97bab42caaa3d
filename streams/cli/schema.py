"""`floorwatch schema`: the published contract."""

from enum import StrEnum
from typing import Annotated, Any

import typer
from pydantic import TypeAdapter

from streams.cli.output import print_json

EXAMPLES = (
    "floorwatch schema > acd.schema.json",
    "floorwatch schema plan",
    "floorwatch schema ledger",
)


class Contract(StrEnum):
    """What there is a schema of."""

    ACD = "acd"
    CASES = "cases"
    OUTBOUND = "outbound"
    CHAT = "chat"
    BOT = "bot"
    STAFF = "staff"
    SCHEDULES = "schedules"
    PLAN = "plan"
    LEDGER = "ledger"
    PAYROLL = "payroll"
    PST = "pst"
    MONTH = "month"
    ACTION = "action"
    CLOUDEVENT = "cloudevent"


def json_schema(contract: Contract) -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a contract."""
    from schemas.actions import Action
    from schemas.bots import BOT
    from schemas.chats import CHAT
    from schemas.contacts import ACD
    from schemas.deferred import CASE
    from schemas.envelope import CloudEvent
    from schemas.forecasts import PLAN
    from schemas.ledger import LedgerRecord
    from schemas.outbound import OUTBOUND
    from schemas.payroll import PaidTime
    from schemas.pst import MonthValue, PstFile
    from schemas.staff import STAFF
    from schemas.targets import Plan

    adapters: dict[Contract, TypeAdapter[Any]] = {
        Contract.ACD: ACD,
        Contract.CASES: CASE,
        Contract.OUTBOUND: OUTBOUND,
        Contract.CHAT: CHAT,
        Contract.BOT: BOT,
        Contract.STAFF: STAFF,
        Contract.SCHEDULES: PLAN,
        Contract.PLAN: TypeAdapter(Plan),
        Contract.LEDGER: TypeAdapter(LedgerRecord),
        Contract.PAYROLL: TypeAdapter(PaidTime),
        Contract.PST: TypeAdapter(PstFile),
        Contract.MONTH: TypeAdapter(MonthValue),
        Contract.ACTION: TypeAdapter(Action),
        Contract.CLOUDEVENT: TypeAdapter(CloudEvent),
    }
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Floorwatch {contract}",
    }
    return head | adapters[contract].json_schema()


def command(
    contract: Annotated[
        Contract,
        typer.Argument(
            help="Wire events: acd, cases and outbound (deferred and outbound work, on topic acd), chat, bot, staff, schedules (with requested FTE); plan: the settings' part; "
            "ledger; action: of `act`; payroll: paid time; cloudevent: the envelope."
        ),
    ] = Contract.ACD,
) -> None:
    """Print the JSON Schema of wire events, of the plan or of ledger records."""
    print_json(json_schema(contract))
