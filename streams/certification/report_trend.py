"""A row's points over its periods as an inline SVG: the line, the target, and a mark for each point."""

from collections.abc import Callable, Sequence
from html import escape

from streams.certification.points import Aim, Point, meets

WIDTH, HEIGHT, EDGE = 240, 64, 7
DRAWN = 'fill="none" stroke="currentColor"'
"""Also where the page's style does not reach into pictures: in print and mail."""
Span = tuple[float, float]


def trend_svg(
    periods: Sequence[str], points: Sequence[Point], aims: Sequence[Aim], title: str
) -> str:
    """A point at target is a circle, a missed one a triangle; what is unknown or no data is a gap.

    The dashed line is the target in force in each period.
    """
    limits = [float(one) for aim in aims for one in (aim.low, aim.high) if one is not None]
    numbers = [float(one) for one in points if isinstance(one, float | int)]
    low, high = min(limits + numbers, default=0.0), max(limits + numbers, default=1.0)
    room = (high - low) * 0.1 or abs(high) * 0.1 or 1.0
    x, y = _scales(len(periods), (low - room, high + room))
    parts = [_target(aims, x, y, limit) for limit in ("low", "high")]
    parts += _lines(points, x, y)
    for at, (point, aim) in enumerate(zip(points, aims, strict=True)):
        if isinstance(point, float | int):
            parts.append(_mark(x(at), y(float(point)), meets(point, aim), periods[at], point))
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img" '
        f'aria-label="{escape(title)}">{"".join(parts)}</svg>'
    )


def _scales(count: int, span: Span) -> tuple[Callable[[float], float], Callable[[float], float]]:
    step = (WIDTH - 2 * EDGE) / max(1, count - 1)
    up = (HEIGHT - 2 * EDGE) / (span[1] - span[0])
    return (lambda at: EDGE + at * step), (lambda value: HEIGHT - EDGE - (value - span[0]) * up)


def _target(
    aims: Sequence[Aim], x: Callable[[float], float], y: Callable[[float], float], limit: str
) -> str:
    """A step for each period: what was promised then."""
    steps = []
    for at, aim in enumerate(aims):
        promised = getattr(aim, limit)
        if promised is not None:
            begin, end = max(0.0, at - 0.5), min(len(aims) - 1.0, at + 0.5)
            level = f"{y(float(promised)):.1f}"
            steps.append(f"M{x(begin):.1f} {level}H{x(end):.1f}")
    return (
        f'<path class="target" {DRAWN} stroke-dasharray="4 3" d="{"".join(steps)}"/>'
        if steps
        else ""
    )


def _lines(
    points: Sequence[Point], x: Callable[[float], float], y: Callable[[float], float]
) -> list[str]:
    """Neighbours are joined; over a gap nothing is."""
    runs: list[list[str]] = [[]]
    for at, point in enumerate(points):
        if isinstance(point, float | int):
            runs[-1].append(f"{x(at):.1f},{y(float(point)):.1f}")
        elif runs[-1]:
            runs.append([])
    return [f'<polyline {DRAWN} points="{" ".join(run)}"/>' for run in runs if len(run) > 1]


def _mark(left: float, top: float, met: bool, period: str, value: float) -> str:
    told = f"<title>{escape(period)}: {value:.4g}</title>"
    if met:
        return f'<circle class="met" cx="{left:.1f}" cy="{top:.1f}" r="3">{told}</circle>'
    corners = f"{left - 4:.1f},{top + 3:.1f} {left + 4:.1f},{top + 3:.1f} {left:.1f},{top - 4:.1f}"
    return f'<polygon class="missed" points="{corners}">{told}</polygon>'
