# SPDX-License-Identifier: GPL-2.0-or-later
"""reaction-times.md, .json: what was measured beside what was predicted."""

import datetime
import json

from . import figures, plot
from .run import complete

HEAD = """\
# Reaction times

How soon each stack of the lab noticed a fault, moved the service, and was whole again:
what was measured, beside what the configuration in force promises
([prediction.md](prediction.md)), or, where there is no such prediction, what the drill's plan
states. This page, `reaction-times.json` and `reaction-times.svg` are written by `scripts/stacks
table` from the results of `make stacks`; nothing in them is typed. How it is measured is in
[method.md](method.md), the labs are in [lab.md](lab.md), and each stack has a page in [stacks/](stacks/).

![Measured and predicted detection](reaction-times.svg)

Times are seconds from the fault's onset in the victim's kernel: the median of the trials
and, in brackets, its 95 % confidence interval. "≥" means that no more can be said: most
trials did not see it within the time they had. A dash means that the drill does not ask
for it, or that there was nothing to see. The nodes are emulated machines on a shared host:
they are several times slower than real ones, which lengthens what a processor has to do
(promotion, boots) and not what a timer decides.
"""
FORMAT = "faultdrill-reaction-times/2"
COLUMNS = ("suspected", "detected", "isolated", "promoted", "served", "redundant")


def _time(s):
    return f"{s:.2f}" if s < 10 else f"{s:.1f}" if s < 100 else f"{s:.0f}"


def _range(lo, hi):
    return f"{_time(lo)}–{_time(hi)}" if hi is not None else f"≥ {_time(lo)}"


def _cell(m):
    if not m or m["p50_s"] is None:
        return "–"
    text = ("≥ " if m["at_least"] else "") + _time(m["p50_s"])
    if m["lo_s"] is not None and m["hi_s"] is not None:
        text += f" ({_range(m['lo_s'], m['hi_s'])})"
    elif m["seen"] < m["n"]:
        text += f" ({m['seen']} of {m['n']} saw it)"
    return text


def _predicted(f):
    e, whose = f["predicted"].get("detected"), ""
    if f["never"]:
        return "never"
    if not e:
        e, whose = f["expected"].get("detected"), "plan: "
    if not e:
        return "–"
    seen = (f["milestones"]["detected"] or {}).get("seen", 0)
    return f"{whose}{_range(e['lo_s'], e['hi_s'])}; {e['within']} of {seen} within"


def _lost(f):
    d = f["data"]
    return f"{d['lost']} of {d['acknowledged']}" if d else "–"


def _outage(f):
    u = f["users"]
    return f"{_time(u['outage_p50_s'])}; {u['noticed']} of {u['of']} noticed" \
        if u and u["outage_p50_s"] is not None else "–"


def _faults(rows):
    last = None
    for f in rows:
        if f["title"] != last:
            last = f["title"]
            yield from ("", f"## {last}", "",
                        "| fault | n | predicted detection | " + " | ".join(COLUMNS) +
                        " | users' longest gap | lost |",
                        "| " + " | ".join(["---"] * (len(COLUMNS) + 5)) + " |")
        cells = [f["row"], str(f["trials"]), _predicted(f), *(_cell(f["milestones"][m]) for m in COLUMNS),
                 _outage(f), _lost(f)]
        yield "| " + " | ".join(cells) + " |"


def _quiet(rows):
    yield from ("", "## With nothing broken", "",
                "| stack | watched for | false positives | requests that failed or came late |",
                "| --- | --- | --- | --- |")
    for f in rows:
        yield (f"| {f['stack']}/{f['row']} | {f['quiet_s']:.0f} s | {f['false_positives']} | "
               f"{f['requests_bad']} of {f['requests']} |")


def _per_cpu(x):
    return f"{x['p50']:.0f} ({x['min']:.0f}–{x['max']:.0f})" if x["n"] else "–"


def _usage(rows):
    yield from ("", "## Transactions per CPU-second", "",
                "Successful requests by the processor time of the nodes that serve: the median of the "
                "trials, and in brackets the least and the greatest.", "",
                "| row | n | before the fault | until service is back, or the fault undone | after |",
                "| --- | --- | --- | --- | --- |")
    for f in rows:
        yield (f"| {f['stack']}/{f['row']} | {f['trials']} | " +
               " | ".join(_per_cpu(f["usage"][p]) for p in ("before", "during", "after")) + " |")


def _drills(rows):
    yield from ("", "## The drills", "",
                "| row | what | drill | measured | highest load | remarks |",
                "| --- | --- | --- | --- | --- | --- |")
    for f in rows:
        day = datetime.datetime.fromtimestamp(f["started_s"], datetime.timezone.utc).date()
        remarks = [f"{f['verdict']}: {f['reason']}"] if f["reason"] else []
        remarks += figures.holds(f)
        load = f"{f['load1_max']:.1f}" if f["load1_max"] is not None else "–"
        yield (f"| {f['stack']}/{f['row']} | {f['about']} | [{f['drill']}](drills/{f['drill']}) | "
               f"{day}, {f['version']} | {load} | {'; '.join(remarks).replace('|', '/') or '–'} |")


def markdown(rows):
    """The page, from rows of figures."""
    quiet = [f for f in rows if f["quiet_s"]]
    out = [HEAD.rstrip(), *_faults([f for f in rows if not f["quiet_s"]])]
    out += _quiet(quiet) if quiet else []
    used = [f for f in rows if f["usage"]]
    out += _usage(used) if used else []
    return "\n".join([*out, *_drills(rows)]) + "\n"


def gather(out, stacks):
    """Figures of all rows that have a result in @out."""
    rows = []
    for stack in stacks:
        for row in stack.rows:
            r = complete(out / stack.name / row.name, 1)
            if r:
                rows.append(figures.of(stack, row, r))
    return rows


def keep(path, rows, stacks):
    """With what the file holds of other rows: a table grows stack by stack."""
    try:
        old = json.loads(path.read_text())
        old = old["rows"] if old["format"] == FORMAT else []
    except (OSError, ValueError, KeyError, TypeError):
        old = []
    known = {(f["stack"], f["row"]): f for f in old}
    known.update({(f["stack"], f["row"]): f for f in rows})
    return [known[s.name, row.name] for s in stacks for row in s.rows if (s.name, row.name) in known]


def write(out, into, stacks):
    """Writes the three files into a directory; returns the rows."""
    path = into / "reaction-times.json"
    rows = keep(path, gather(out, stacks), stacks)
    path.write_text(json.dumps({"format": FORMAT, "rows": rows}, indent=1) + "\n")
    (into / "reaction-times.md").write_text(markdown(rows))
    (into / "reaction-times.svg").write_text(plot.svg(rows))
    return rows
