"""The default center: five programs, ten queues, three sites, some sixty people."""

from schemas.targets import Target
from streams.simulator.settings import Escalation, ProgramSettings, QueueSettings, StaffGroup


def _promise(level: float, *thresholds_s: float, abandonment: float = 0.05) -> tuple[Target, ...]:
    return (Target(thresholds_s=thresholds_s, service_level=level, abandonment=abandonment),)


PROGRAMS = {
    "mobile-care": ProgramSettings(client="Kaede Mobile", acd="acd-1", trunks=120),
    "card-service": ProgramSettings(client="Minato Card", acd="acd-1", trunks=90),
    "travel-desk": ProgramSettings(client="Aozora Travel", acd="acd-1", trunks=70),
    "shop-orders": ProgramSettings(
        client="Hinode Shop",
        acd="acd-2",
        ivr=False,
        days=("mon", "tue", "wed", "thu", "fri", "sat"),
        trunks=50,
    ),
    "power-line": ProgramSettings(client="Kita Power", acd="acd-2", trunks=45),
}

QUEUES = {
    "mobile-billing": QueueSettings(
        program="mobile-care",
        calls_per_day=1210,
        targets=_promise(0.8, 20, 40, 60),
        overflow_to="mobile-tech",
        overflow_after_s=90,
        escalation=Escalation(to_queue="shop-new", share=0.02, kind="sales"),
    ),
    "mobile-tech": QueueSettings(
        program="mobile-care",
        calls_per_day=540,
        targets=_promise(0.75, 40, 20),
        talk_s=290,
        acw_s=55,
        also_in="mobile-tier2",
        callbacks=True,
        escalation=Escalation(to_queue="mobile-tier2", share=0.09),
    ),
    "mobile-tier2": QueueSettings(
        program="mobile-care",
        calls_per_day=36,
        targets=_promise(0.7, 60),
        talk_s=420,
        acw_s=120,
        patience_s=420,
        max_wait_s=240,
    ),
    "card-inquiries": QueueSettings(
        program="card-service",
        calls_per_day=880,
        targets=_promise(0.8, 30, 20),
        callbacks=True,
        escalation=Escalation(to_queue="card-lost", share=0.01, kind="back_office"),
    ),
    "card-lost": QueueSettings(
        program="card-service",
        calls_per_day=180,
        targets=_promise(0.9, 10, 20, abandonment=0.02),
        priority=1,
        talk_s=260,
        acw_s=70,
    ),
    "travel-bookings": QueueSettings(
        program="travel-desk",
        calls_per_day=450,
        targets=_promise(0.8, 20),
        talk_s=260,
        escalation=Escalation(to_queue="travel-changes", share=0.02, kind="other"),
    ),
    "travel-changes": QueueSettings(
        program="travel-desk",
        calls_per_day=225,
        targets=_promise(0.8, 30),
        talk_s=230,
        overflow_to="travel-bookings",
        overflow_after_s=45,
        callbacks=True,
    ),
    "shop-new": QueueSettings(
        program="shop-orders",
        calls_per_day=430,
        targets=_promise(0.8, 20),
        talk_s=170,
        acw_s=30,
        patience_s=150,
    ),
    "shop-returns": QueueSettings(
        program="shop-orders",
        calls_per_day=345,
        targets=_promise(0.75, 30),
        talk_s=180,
        acw_s=35,
        site_split={"nagoya": 0.5, "fukuoka": 0.5},
    ),
    "power-supply": QueueSettings(
        program="power-line",
        calls_per_day=455,
        targets=_promise(0.85, 30, 15),
        talk_s=190,
        max_wait_s=300,
        callbacks=True,
    ),
}

STAFF = (
    StaffGroup(
        site="nagoya", home="mobile-care", queues=("mobile-billing", "mobile-tech"), people=12
    ),
    StaffGroup(
        site="fukuoka",
        home="mobile-care",
        queues=("mobile-billing",),
        people=6,
        paid_meals=False,
    ),
    StaffGroup(site="nagoya", home="mobile-care", queues=("mobile-tier2", "mobile-tech"), people=6),
    StaffGroup(
        site="fukuoka",
        home="card-service",
        queues=("card-inquiries", "card-lost"),
        people=9,
        paid_meals=False,
    ),
    StaffGroup(site="sapporo", home="card-service", queues=("card-inquiries",), people=4),
    StaffGroup(
        site="sapporo", home="travel-desk", queues=("travel-bookings", "travel-changes"), people=8
    ),
    StaffGroup(
        site="nagoya", home="travel-desk", queues=("travel-bookings", "card-inquiries"), people=4
    ),
    StaffGroup(site="nagoya", home="shop-orders", queues=("shop-new", "shop-returns"), people=6),
    StaffGroup(site="fukuoka", home="shop-orders", queues=("shop-new", "shop-returns"), people=6),
    StaffGroup(site="sapporo", home="power-line", queues=("power-supply",), people=6),
)
