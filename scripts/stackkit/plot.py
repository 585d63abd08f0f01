# SPDX-License-Identifier: GPL-2.0-or-later
"""A picture of detection: the predicted range as a band, the trials' range and median on it."""

import math
from xml.sax.saxutils import escape

WIDTH, LEFT, RIGHT, TOP, STEP, BOTTOM = 900, 210, 30, 46, 26, 44
STYLE = ("text{font:13px sans-serif;fill:#222}.s{font-size:11px;fill:#555}.g{stroke:#ddd}"
         ".p{fill:#c9d7ea}.m{stroke:#1d4f91;stroke-width:2}.q{fill:#1d4f91}.c{stroke:#1d4f91;stroke-width:6;opacity:.35}")


def _bounds(rows):
    times = [t for f in rows for m in [f["milestones"]["detected"]] if m
             for t in (m["min_s"], m["max_s"], m["p50_s"]) if t]
    times += [t for f in rows for e in [f["predicted"].get("detected")] if e for t in (e["lo_s"], e["hi_s"]) if t]
    low, high = min(times, default=0.1), max(times, default=100)
    return math.floor(math.log10(max(low, 0.01))), math.ceil(math.log10(max(high, 0.1)))


class _Axis:
    def __init__(self, low, high):
        self.low, self.high = low, max(high, low + 1)

    def x(self, s):
        at = (math.log10(max(s, 10 ** self.low)) - self.low) / (self.high - self.low)
        return LEFT + min(at, 1) * (WIDTH - LEFT - RIGHT)


def _row(f, axis, y):
    out = [f'<text x="{LEFT - 12}" y="{y + 4}" text-anchor="end">{escape(f["stack"])} {escape(f["row"])}</text>']
    e, m = f["predicted"].get("detected"), f["milestones"]["detected"]
    if e:
        a, b = axis.x(e["lo_s"]), axis.x(e["hi_s"]) if e["hi_s"] is not None else WIDTH - RIGHT
        out.append(f'<rect class="p" x="{a:.1f}" y="{y - 9}" width="{max(b - a, 2):.1f}" height="18"/>')
    if m and m["seen"] and m["min_s"] is not None:
        a, b = axis.x(m["min_s"]), axis.x(m["max_s"])
        out.append(f'<line class="m" x1="{a:.1f}" y1="{y}" x2="{b:.1f}" y2="{y}"/>')
        if m["lo_s"] is not None and m["hi_s"] is not None:
            out.append(f'<line class="c" x1="{axis.x(m["lo_s"]):.1f}" y1="{y}" x2="{axis.x(m["hi_s"]):.1f}" y2="{y}"/>')
        if m["p50_s"] is not None and not m["at_least"]:
            out.append(f'<circle class="q" cx="{axis.x(m["p50_s"]):.1f}" cy="{y}" r="4"/>')
    elif m or f["never"]:
        why = "never, as predicted" if f["never"] else "not seen in any trial"
        out.append(f'<text class="s" x="{LEFT + 8}" y="{y + 4}">{why}</text>')
    return out


def svg(rows):
    """The document's text."""
    rows = [f for f in rows if not f["quiet_s"]]
    low, high = _bounds(rows)
    axis = _Axis(low, high)
    height = TOP + STEP * len(rows) + BOTTOM
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
           f'viewBox="0 0 {WIDTH} {height}"><style>{STYLE}</style>',
           f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
           f'<text x="{LEFT}" y="22">From onset to detection, seconds</text>']
    floor = TOP + STEP * len(rows)
    for power in range(axis.low, axis.high + 1):
        for k in (1, 2, 5):
            s = k * 10 ** power
            if s > 10 ** axis.high:
                break
            x = axis.x(s)
            out.append(f'<line class="g" x1="{x:.1f}" y1="{TOP - 12}" x2="{x:.1f}" y2="{floor}"/>'
                       f'<text class="s" x="{x:.1f}" y="{floor + 16}" text-anchor="middle">{s:g}</text>')
    for i, f in enumerate(rows):
        out += _row(f, axis, TOP + STEP * i + STEP // 2 - 6)
    out.append(f'<text class="s" x="{LEFT}" y="{height - 8}">band: predicted; line: least to greatest of the '
               'trials; dot: median; thick: its 95 % confidence interval</text></svg>')
    return "\n".join(out) + "\n"
