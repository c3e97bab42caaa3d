"""How much is measured: everything, or by BENCH_SCALE a small part of it to see that it runs."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    """`scale`, `days`: of the simulated center; `per_event`: events for the stock Faust agent;
    `rate`, `live_s`: what is offered live, scraped `apart_s` apart; `kept`: contacts kept; `hold_s`: time watched."""

    scale: float = 20.0
    days: int = 2
    rounds: int = 3
    per_event: int = 60_000
    rate: int = 20_000
    live_s: float = 60.0
    apart_s: tuple[float, float] = (1.0, 2.4)
    kept: int = 1_000_000
    hold_s: float = 20.0


FULL = Sizes()


def sizes() -> Sizes:
    part = float(os.environ.get("BENCH_SCALE", "1"))
    if part >= 1:
        return FULL
    return Sizes(
        scale=max(0.05, FULL.scale * part),
        days=1,
        rounds=1,
        per_event=max(500, round(FULL.per_event * part)),
        rate=max(200, round(FULL.rate * part)),
        live_s=max(2.0, FULL.live_s * part),
        apart_s=(0.2, 0.4),
        kept=max(300, round(FULL.kept * part)),
        hold_s=max(1.0, FULL.hold_s * part),
    )
