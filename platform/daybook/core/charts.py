"""Charts as server-rendered SVG: they print, follow the theme and are tested like any markup."""

from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

WIDTH, HEIGHT = 760, 190


@dataclass(frozen=True)
class Bar:
    """One bar: `value` decides its height, `text` is what a person reads, `second` a part shown in another colour."""

    label: str
    value: float
    text: str
    second: float = 0


def bar_chart(points: list[Bar], label: str, *, every: int = 7) -> SafeString:
    """The chart and, for screen readers, the same numbers as a table. Every `every`-th bar is labelled."""
    top = _round_up(max((point.value for point in points), default=0))
    step = WIDTH / max(1, len(points))
    parts = [_grid_line(top, share) for share in (0, 1 / 3, 2 / 3, 1)]
    for index, point in enumerate(points):
        parts.append(_bar(point, index * step, step, top))
        if index % every == 0:
            x = index * step + step / 2
            parts.append(f'<text x="{x:.1f}" y="{HEIGHT + 20}" text-anchor="middle">{escape(point.label)}</text>')
    svg = (
        f'<svg class="chart" viewBox="-52 -8 {WIDTH + 56} {HEIGHT + 34}" role="img" aria-label="{escape(label)}">'
        f"{''.join(parts)}</svg>"
    )
    return mark_safe(svg + _table(points, label))


def _grid_line(top: float, share: float) -> str:
    y = HEIGHT - share * HEIGHT
    return (
        f'<line class="g" x1="0" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text x="-8" y="{y + 4:.1f}" text-anchor="end">{top * share:,.0f}</text>'
    )


def _bar(point: Bar, x: float, step: float, top: float) -> str:
    height, second = point.value / top * HEIGHT, point.second / top * HEIGHT
    rect = '<rect{css} x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}" rx="3"/>'
    shape = rect.format(css="", x=x + step * 0.2, y=HEIGHT - height, w=step * 0.6, h=height)
    if second:
        shape += rect.format(css=' class="r"', x=x + step * 0.2, y=HEIGHT - second, w=step * 0.6, h=second)
    return f"<g><title>{escape(point.label)}: {escape(point.text)}</title>{shape}</g>" if point.value else ""


def _table(points: list[Bar], label: str) -> str:
    rows = "".join(f"<tr><th scope=row>{escape(p.label)}</th><td>{escape(p.text)}</td></tr>" for p in points)
    head = f"<thead><tr><th scope=col>{escape(_('Day'))}</th><th scope=col>{escape(_('Value'))}</th></tr></thead>"
    return f'<table class="vh"><caption>{escape(label)}</caption>{head}<tbody>{rows}</tbody></table>'


def _round_up(value: float) -> float:
    """A round number at or above `value` that three grid lines divide well."""
    scale = 1.0
    while True:
        for step in (1.5, 3, 4.5, 6, 9):
            if step * scale >= value:
                return step * scale
        scale *= 10
