"""Which modules of streams may import which: a module's layer is the longest name it begins with."""

SHARD = tuple(
    f"streams.{name}"
    for name in (
        *(
            "shard",
            "attention",
            "bots",
            "bots_kept",
            "cases",
            "broken",
            "chat_settings",
            "chats",
            "close",
            "covered",
            "days",
        ),
        *(
            "edits",
            "fates",
            "intervals",
            "lanes",
            "live",
            "outbound",
            "past",
            "personal",
            "snapshot",
            "staff",
            "tables",
            "visit_pools",
            "warm",
        ),
        *("planning.book", "planning.day", "planning.earlier", "planning.scheduled"),
        "planning.standing",
    )
)
"""The parts of a shard know each other."""
DECODING = tuple(
    f"streams.{name}"
    for name in (
        *("decode", "decode_bots", "decode_cases", "decode_contact", "decode_outbound"),
        *("decode_plan", "decode_staff", "due_times", "names", "published", "verdict", "wire"),
    )
)
SETTINGS = ("streams.settings", "streams.settings_origin")
LEAVES = tuple(
    f"streams.{name}"
    for name in ("clock", "direct", "errors", "finding", "health", "logs", "rejects")
)

LAYERS: dict[str, tuple[str, ...]] = {
    "kernels": ("kernels", "numpy", "numba"),
    "schemas": ("schemas", "pydantic"),
    **dict.fromkeys(LEAVES, ("streams.clock",)),
    "streams.moments": ("streams.errors",),
    "streams.view": ("kernels.columns", "schemas.actions"),
    "streams.merged": ("kernels", "streams.view"),
    "streams.simulator": ("schemas", "streams.simulator"),
    "streams.bridges": ("schemas", "streams.bridges", "streams.errors", "streams.settings"),
    "streams.sources": ("streams.sources", "streams.simulator", *LEAVES),
    "streams.settings_origin": (),
    "streams.settings": (
        *("schemas", "streams.errors", *SETTINGS, "streams.simulator.settings"),
        *("streams.bridges.asterisk_settings", "streams.bridges.call_table_settings"),
        *("streams.bridges.amazon_settings", "streams.bridges.freeswitch_settings"),
        "streams.bridges.rasa_settings",
        "streams.kafka.settings",
    ),
    "streams.kafka.settings": (),
    "streams.kafka": (
        *("schemas", "streams.kafka", "streams.bridges", "streams.sources", "streams.close"),
        *("streams.checkpoint", "streams.promised", "streams.published", "streams.verdict"),
        "streams.planning.journal",
        *("streams.wire", *SETTINGS, *LEAVES),
    ),
    "streams.wire": ("kernels", "schemas"),
    "streams.verdict": ("schemas", "streams.wire"),
    "streams.names": ("kernels", "schemas", "streams.view"),
    "streams.decode": ("kernels", "schemas", "streams.rejects", *DECODING),
    "streams.decode_contact": ("kernels", "schemas", "streams.rejects", *DECODING),
    "streams.decode_staff": ("kernels", "schemas", "streams.rejects", "streams.view", *DECODING),
    "streams.published": ("schemas", "streams.wire"),
    "streams.decode_plan": ("streams.rejects", "streams.view", *DECODING),
    "streams.decode_bots": ("kernels", "schemas", "streams.rejects", "streams.view", *DECODING),
    "streams.decode_cases": ("kernels", "schemas", "streams.rejects", "streams.view", *DECODING),
    "streams.decode_outbound": ("kernels", "schemas", "streams.rejects", *DECODING),
    "streams.due_times": ("schemas",),
    "streams.feeds": ("kernels", "streams.names", "streams.view", *SETTINGS),
    **dict.fromkeys(
        SHARD,
        (
            *("kernels", "schemas", "streams.errors", "streams.feeds", "streams.rejects"),
            *(
                "streams.attainment",
                "streams.promised",
                "streams.view",
                *SHARD,
                *DECODING,
                *SETTINGS,
            ),
        ),
    ),
    "streams.warm": ("kernels", "schemas", "streams.logs", *SHARD, *SETTINGS),
    "streams.planning": ("streams.planning",),
    "streams.planning.clock": ("schemas",),
    "streams.planning.fields": (),
    "streams.planning.paid": ("schemas", "streams.planning.fields"),
    "streams.planning.promises": (
        *("schemas", "streams.planning.clock", "streams.planning.fields"),
    ),
    "streams.planning.files": (
        *("schemas", "streams.errors", "streams.planning.clock", "streams.planning.fields"),
        *("streams.planning.paid", "streams.planning.promises"),
    ),
    "streams.planning.journal": ("streams.errors", "streams.sources"),
    "streams.planning.beside": ("kernels", "schemas", "streams.view"),
    "streams.planning.deviation": ("schemas", "streams.planning.beside", "streams.view"),
    "streams.planning.models": ("kernels",),
    "streams.planning.patience": (),
    "streams.planning.curves": ("kernels", "schemas", "streams.view"),
    "streams.planning.pools": ("kernels", "schemas", "streams.view"),
    "streams.planning.presence": ("kernels", "schemas", "streams.days", "streams.view"),
    "streams.planning.habits": ("kernels", "schemas", "streams.planning.patience", "streams.view"),
    "streams.planning.sharing": (
        *("kernels", "schemas", "streams.planning.curves", "streams.planning.models"),
        *("streams.planning.pools", "streams.planning.presence"),
    ),
    "streams.planning.ahead": (
        *("kernels", "streams.planning.curves", "streams.planning.models"),
        *("streams.planning.outlook", "streams.planning.pools", "streams.planning.sharing"),
        *("streams.planning.presence", "streams.planning.spread", "streams.planning.staffing"),
    ),
    "streams.planning.net": (
        *("kernels", "streams.planning.ahead", "streams.planning.curves"),
        "streams.planning.pools",
    ),
    "streams.planning.rest": (
        *("kernels", "schemas", "streams.days", "streams.view", "streams.planning.ahead"),
        *("streams.planning.curves", "streams.planning.deviation", "streams.planning.habits"),
        *("streams.planning.month", "streams.planning.outlook", "streams.planning.pools"),
        *("streams.planning.presence", "streams.planning.spread"),
    ),
    "streams.planning.came": ("kernels", "schemas", "streams.close", "streams.view"),
    "streams.planning.accuracy": (
        *("schemas", "streams.close", "streams.days", "streams.planning.book"),
        *("streams.planning.curves", "streams.planning.habits", "streams.planning.models"),
        *("streams.planning.patience", "streams.planning.recorded", "streams.view"),
    ),
    "streams.planning.latency": (
        *("kernels", "schemas", "streams.days", "streams.planning.deviation", "streams.view"),
    ),
    "streams.planning.month": (
        *("kernels", "schemas", "streams.days", "streams.figures", "streams.view"),
    ),
    "streams.planning.day_curve": (
        *("kernels", "schemas", "streams.planning.ahead", "streams.planning.came"),
        *("streams.planning.curves", "streams.planning.deviation", "streams.planning.models"),
        *("streams.planning.rest", "streams.planning.sharing", "streams.view"),
    ),
    "streams.planning.today": (
        *("schemas", "streams.moments", "streams.planning.day_curve"),
        *("streams.planning.deviation", "streams.planning.rest", "streams.view"),
    ),
    "streams.planning.staffing": ("schemas", "streams.planning.models"),
    "streams.planning.simulation": ("kernels", "streams.planning.staffing"),
    "streams.planning.weakness": ("streams.planning.staffing",),
    "streams.planning.whatif": ("streams.planning.staffing", "streams.planning.weakness"),
    "streams.planning.consistency": (
        *("streams.planning.diagnosis", "streams.planning.recorded", "streams.planning.staffing"),
    ),
    "streams.planning.shrinkage": ("streams.planning.recorded",),
    "streams.planning.fit": ("streams.planning.recorded", "streams.planning.staffing"),
    "streams.planning.misfit": ("streams.planning.fit",),
    "streams.planning.scenario": (
        *("streams.planning.shared", "streams.planning.staffing", "streams.planning.weakness"),
    ),
    "streams.planning.repair": ("streams.planning.scenario",),
    "streams.planning.opinion": (
        *("kernels", "streams.planning.scenario", "streams.planning.simulation"),
    ),
    "streams.planning.projection": (
        *("schemas", "streams.planning.diagnosis", "streams.planning.outlook"),
        *("streams.planning.recorded", "streams.planning.scenario", "streams.planning.staffing"),
        *("streams.planning.shared", "streams.view"),
    ),
    "streams.planning.shared": ("streams.planning.models", "streams.planning.staffing"),
    "streams.planning.causes": ("streams.planning.staffing",),
    "streams.planning.recorded": (
        *("schemas", "streams.close", "streams.figures", "streams.planning.staffing"),
        "streams.view",
    ),
    "streams.planning.versions": (
        *("kernels", "schemas", "streams.errors", "streams.planning.book", "streams.planning.day"),
        *("streams.planning.scheduled", "streams.settings"),
        *("streams.shard", "streams.staff", "streams.view"),
    ),
    "streams.planning.diagnosis": (
        *("streams.planning.causes", "streams.planning.patience", "streams.planning.recorded"),
        "streams.planning.weakness",
    ),
    "streams.planning.outlook": (
        *("kernels", "schemas", "streams.planning.deviation", "streams.planning.spread"),
        "streams.view",
    ),
    "streams.planning.spread": ("kernels",),
    "streams.planning.past_day": ("kernels", "schemas", "streams.close", "streams.view"),
    "streams.planning.publish": (
        *("schemas", "streams.errors", "streams.logs", "streams.planning.deviation"),
        *("streams.planning.outlook", "streams.view"),
    ),
    "streams.planning.score": (
        *("kernels", "schemas", "streams.close", "streams.planning.outlook", "streams.view"),
        "streams.planning.past_day",
    ),
    "streams.planning.effect": (
        *("schemas", "streams.close", "streams.figures", "streams.kpis", "streams.view"),
        *("streams.planning.outlook", "streams.planning.past_day"),
    ),
    "streams.attainment": ("kernels", "schemas", "streams.view"),
    "streams.folding": ("streams.broken", "streams.shard", *LEAVES),
    "streams.rebuild": ("kernels", "schemas", "streams.names", "streams.view", *SHARD),
    "streams.audited": ("streams.close",),
    "streams.adjusted": (
        *("kernels", "schemas", "streams.audited", "streams.figures", "streams.rebuild"),
        *("streams.view", *SHARD),
    ),
    "streams.selection": ("kernels", "schemas"),
    "streams.kpis": ("kernels", "schemas", "streams.selection", "streams.view"),
    "streams.figures": (
        *("kernels", "schemas", "streams.attainment", "streams.close", "streams.kpis"),
        *("streams.names", "streams.selection", "streams.view"),
    ),
    "streams.promised": ("schemas",),
    "streams.payroll": ("schemas", "streams.figures"),
    "streams.certification": (),
    "streams.certification.points": ("schemas",),
    "streams.certification.said": (),
    "streams.certification.table": (
        *("schemas", "streams.certification.points", "streams.certification.said"),
    ),
    "streams.certification.scoring": ("schemas", "streams.certification.table"),
    "streams.certification.counting": (
        *("schemas", "streams.certification.said", "streams.certification.scoring"),
        "streams.certification.table",
    ),
    "streams.certification.months": (
        *("kernels", "schemas", "streams.close", "streams.figures", "streams.kpis"),
        *("streams.payroll", "streams.selection"),
    ),
    "streams.certification.silence": ("schemas", "streams.close", "streams.moments"),
    "streams.certification.unreported": (
        *("schemas", "streams.certification.points", "streams.certification.recorded"),
        "streams.certification.table",
    ),
    "streams.certification.accuracy": (
        *("schemas", "streams.certification.months", "streams.kpis"),
    ),
    "streams.certification.explained": (
        *("schemas", "streams.certification.months", "streams.close", "streams.errors"),
        *("streams.figures", "streams.payroll", "streams.selection", "streams.view"),
    ),
    "streams.certification.cuika": (
        *("schemas", "streams.certification.points", "streams.certification.said"),
        "streams.certification.table",
    ),
    "streams.certification.report_words": (),
    "streams.certification.report_trend": ("streams.certification.points",),
    "streams.certification.report_source": (
        *("schemas", "streams.certification.explained", "streams.certification.months"),
        *("streams.certification.report_words", "streams.close", "streams.moments"),
        "streams.recorded",
    ),
    "streams.certification.report": (
        *("schemas", "streams.certification.cuika", "streams.certification.points"),
        *("streams.certification.problems", "streams.certification.report_source"),
        "streams.certification.report_trend",
        *("streams.certification.report_words", "streams.certification.scoring"),
        "streams.certification.table",
    ),
    "streams.certification.problems": (
        *("streams.certification.scoring", "streams.certification.table"),
    ),
    "streams.certification.recorded": (
        *("schemas", "streams.errors", "streams.certification.files"),
        *("streams.certification.months", "streams.certification.points"),
        *("streams.certification.table", "streams.kpis"),
    ),
    "streams.certification.files": (
        *("schemas", "streams.errors", "streams.certification.points"),
        "streams.certification.table",
    ),
    "streams.recorded": (
        *(
            "schemas",
            "streams.close",
            "streams.figures",
            "streams.kpis",
            "streams.moments",
            "streams.payroll",
        ),
    ),
    "streams.ledger_page": (
        *("schemas", "streams.checkpoint", "streams.errors", "streams.figures", "streams.http"),
        *("streams.moments", "streams.payroll", "streams.recorded"),
    ),
    "streams.people_figures": (
        *("schemas", "streams.figures", "streams.kpis", "streams.moments", "streams.personal"),
    ),
    "streams.exposition": (
        *("kernels", "schemas", "streams.days", "streams.kpis", "streams.view"),
        *("streams.exposition", "streams.planning.deviation", "streams.planning.outlook"),
        "streams.planning.beside",
        *(
            "streams.selection",
            "streams.planning.latency",
            "streams.planning.net",
            "streams.planning.rest",
        ),
    ),
    "streams.exporter": (
        *("schemas", "streams.clock", "streams.exposition", "streams.planning.rest"),
        "streams.view",
    ),
    "streams.http": ("schemas", "streams.clock", "streams.exporter", "streams.planning.rest"),
    "streams.board": (
        *("kernels", "schemas", "streams.clock", "streams.days", "streams.kpis", "streams.view"),
        *("streams.board", "streams.exposition", "streams.planning.deviation"),
        *("streams.planning.net", "streams.planning.outlook", "streams.planning.rest"),
        "streams.moments",
    ),
    "streams.page": (
        *("schemas", "streams.board", "streams.clock", "streams.close", "streams.days"),
        *("streams.direct", "streams.errors", "streams.moments"),
        *("streams.exporter", "streams.exposition", "streams.http", "streams.page"),
        *("streams.planning.came", "streams.planning.day_curve", "streams.planning.deviation"),
        *("streams.planning.rest", "streams.view"),
    ),
    "streams.reports": (
        *("schemas", "streams.board", "streams.close", "streams.days", "streams.exposition"),
        *("streams.figures", "streams.kpis", "streams.moments", "streams.planning"),
        *("streams.recorded", "streams.reports", "streams.view"),
    ),
    "streams.checkpoint": (
        *("schemas", "streams.checkpoint", "streams.close", "streams.personal", *LEAVES),
    ),
    "streams.checkpoint.kafka": (
        *("schemas", "streams.checkpoint", "streams.close", "streams.kafka", *LEAVES),
    ),
    "streams.reconcile": ("streams.bridges", "streams.errors", "streams.reconcile"),
    "streams.reconcile.contacts": ("kernels", "streams.shard"),
    "streams.rules": ("schemas", "streams.rules"),
    "streams.alerting": ("streams.alerting", "streams.direct", "streams.errors", "streams.rules"),
    "streams.grafana": ("schemas", "streams.grafana", "streams.rules"),
    "streams.generate": (
        *("schemas", "streams.grafana", "streams.rules", "streams.simulator.demo_settings"),
    ),
    "streams.drivers": (
        *("kernels", "schemas", "streams.bridges", "streams.checkpoint", "streams.drivers"),
        *("streams.sources", "streams.view", *SHARD, *DECODING, *SETTINGS, *LEAVES),
        *("streams.folding", "streams.merged", "streams.promised", "streams.rebuild"),
        *("streams.adjusted", "streams.audited", "streams.kafka", "streams.planning.journal"),
    ),
    "streams.cli": ("schemas", "streams"),
    "tests.naive": ("schemas", "tests.naive_walk", "xxhash"),
    "tests.naive_walk": ("schemas",),
    "tests.naive_kpis": ("tests.naive", "tests.naive_walk"),
    "tests.naive_staff": ("schemas", "tests.naive", "tests.naive_walk"),
    "tests.naive_bots": ("schemas", "tests.naive", "tests.naive_bots_walk"),
    "tests.naive_bots_walk": ("schemas",),
    "tests.naive_ivr": ("schemas", "tests.naive", "tests.naive_walk"),
    "tests.naive_chat": ("schemas", "tests.naive", "tests.naive_chat_walk", "tests.naive_walk"),
    "tests.naive_cases": ("schemas", "tests.naive"),
    "tests.naive_erlang": (),
    "tests.naive_pst": (),
    "tests.naive_queue": (),
    "tests.naive_chat_walk": ("schemas", "tests.naive_walk"),
}
"""Module prefix (the longest counts): what it may import of ours, and of others if it is listed
with others. `streams.view` and `schemas` are what readers of a shard see of it."""
