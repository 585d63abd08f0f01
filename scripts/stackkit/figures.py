# SPDX-License-Identifier: GPL-2.0-or-later
"""From result.json to what a row of the table says."""

import statistics

MILESTONES = ("suspected", "detected", "isolated", "promoted", "served", "redundant")
QUANTILE = "p50"


def _milestone(result, name):
    """What the trials say of a milestone, in seconds; None if it was not asked for or seen."""
    s = result["summary"].get(name)
    if not s or not s["n"]:
        return None
    q = s["quantiles"].get(QUANTILE)
    return {
        "n": s["n"], "seen": s["n"] - s["n_censored"],
        "min_s": _s(s["min_ns"]), "max_s": _s(s["max_ns"]),
        "p50_s": _s(q["value_ns"]) if q else None, "at_least": bool(q and q["at_least"]),
        "lo_s": _s(q["lo_ns"]) if q else None, "hi_s": _s(q["hi_ns"]) if q else None,
        "confidence": q["confidence"] if q else None,
    }


def _s(ns):
    return None if ns is None else ns / 1e9


def _within(result, name, e):
    """A range of a milestone, and how many trials lie in it."""
    within, slack = 0, e.get("slack_ns", 0)
    for t in result["trials"]:
        m = t["milestones"].get(name)
        # What was measured is an interval: it is outside where it lies wholly outside.
        if m and not m["censored"] and m["hi_ns"] >= e["lo_ns"] - slack and \
                (e["hi_ns"] is None or m["lo_ns"] <= e["hi_ns"] + slack):
            within += 1
    return {"lo_s": _s(e["lo_ns"]), "hi_s": _s(e["hi_ns"]), "within": within, "why": e["why"]}


def _expected(result, name):
    """The range that the drill was judged by: its plan's own, or else the prediction's."""
    e = (result["expected"] or {}).get(name)
    return _within(result, name, e) if e else None


def _predicted(result, name):
    """The range that the configuration in force gives, or None: a plan's own may be wider."""
    for p in (result["predictions"] or {}).values():
        got = (p.get("milestones") or {}).get(name)
        if got and not got.get("never"):
            return _within(result, name, got)
    return None


def _never(result):
    """Why a prediction says that it will never be detected, or None."""
    for p in (result["predictions"] or {}).values():
        got = (p.get("milestones") or {}).get("detected")
        if got and got.get("never"):
            return got["why"]
    return None


def _users(result):
    u = result["users"]
    q = u["longest_gap"]["quantiles"].get(QUANTILE) if u else None
    return {"outage_p50_s": _s(q["value_ns"]), "noticed": u["noticed"]["k"],
            "of": u["noticed"]["n"]} if q else None


def _data(result):
    d = result["data"]
    return {k: d[k] for k in ("acknowledged", "lost", "recoverable", "most_lost", "n_unread")} if d else None


def _usage(result):
    """Successful requests per CPU-second: the median of the trials, of each period."""
    out = {}
    for period in ("before", "during", "after"):
        got = [u[period]["per_cpu_s"] for t in result["trials"] if (u := t.get("usage"))]
        got = [x for x in got if x is not None]
        out[period] = {"n": len(got), "p50": statistics.median(got) if got else None,
                       "min": min(got, default=None), "max": max(got, default=None)}
    return out if any(x["n"] for x in out.values()) else None


def of(stack, row, result):
    """A row of reaction-times.json."""
    loads = [t["load1"] for t in result["trials"] if t["load1"] >= 0]
    return {
        "stack": stack.name, "title": stack.title, "row": row.name, "about": row.about,
        "drill": row.drill.name, "lab": row.lab, "set": row.set,
        "version": result["version"], "started_s": result["started_real_ns"] // 10**9,
        "seed": result["seed"], "trials": len(result["trials"]), "verdict": result["verdict"],
        "reason": result["reason"], "false_positives": result["false_positives"],
        "load1_max": max(loads) if loads else None,
        "milestones": {m: _milestone(result, m) for m in MILESTONES},
        "expected": {m: e for m in MILESTONES if (e := _expected(result, m))},
        "predicted": {m: e for m in MILESTONES if (e := _predicted(result, m))},
        "quiet_s": _s(result["quiet_ns"]),
        "requests": sum(t["workload"]["requests"] for t in result["trials"]),
        "requests_bad": sum(t["workload"]["requests"] - t["workload"]["ok"] for t in result["trials"]),
        "never": _never(result), "users": _users(result), "data": _data(result),
        "usage": _usage(result),
        "loss": row.loss,
    }


def holds(figures):
    """What a row must show and does not: a list of sentences."""
    out = []
    data = figures["data"]
    if figures["loss"] == "zero" and data and data["lost"]:
        out.append(f"{data['lost']} acknowledged records are lost")
    if figures["loss"] != "none" and not figures["quiet_s"] and (not data or data["n_unread"] or not data["acknowledged"]):
        out.append("acknowledged data was not judged")
    for name, e in figures["expected"].items():
        seen = (figures["milestones"][name] or {}).get("seen", 0)
        if seen and e["within"] < seen:
            out.append(f"{name}: {seen - e['within']} of {seen} outside what was expected")
    if figures["false_positives"]:
        out.append(f"{figures['false_positives']} false positives")
    return out
