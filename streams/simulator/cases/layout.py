"""The deferred work of the default center: e-mail within a day, forms within eight working hours."""

from streams.simulator.cases.settings import CaseFloor, CaseQueueSettings

CASE_FLOOR = CaseFloor(
    queues={
        "mobile-mail": CaseQueueSettings(
            program="mobile-care", cases_per_day=260, done_in_s=40_000.0, spread=1.0
        ),
        "card-forms": CaseQueueSettings(
            program="card-service", cases_per_day=120, due_s=8 * 3600.0, clock="open"
        ),
        "shop-returns-mail": CaseQueueSettings(
            program="shop-orders", cases_per_day=90, due_s=4 * 3600.0, done_in_s=9_000.0
        ),
    }
)
