# SPDX-License-Identifier: GPL-2.0-or-later
"""How long HAProxy takes to notice a server that stopped answering, by its configuration.

A check starts every inter; one that gets no answer fails after the check's
timeout, and the next starts inter later.  The server is down when fall checks
in a row have failed.  From the instant the server falls silent until DOWN:

    least   a check under way had used     (fall - 1) * (inter + timeout)
            up its time, for the node
            was slow to answer
    most    a check had just succeeded:    fall * (inter + timeout)

Between two failures in a row there is always inter + timeout.
"""
import re
from collections import namedtuple

Server = namedtuple("Server", "inter_ms fall check_ms")
UNITS = {"us": 0.001, "ms": 1, "s": 1000, "m": 60000, "h": 3600000}


def milliseconds(text):
    number, unit = re.fullmatch(r"(\d+)(us|ms|s|m|h)?", text).groups()
    return int(number) * UNITS[unit or "ms"]


def parse(config):
    """{"backend/server": Server} of the checked servers in a configuration's text."""
    times, servers, rows, name = {}, {}, [], ""
    defaults = {"words": [], "times": {}}
    for line in config.splitlines():
        words = line.split("#", 1)[0].split()
        if not words:
            continue
        if words[0] in ("global", "defaults", "frontend", "backend", "listen"):
            name = words[1] if len(words) > 1 else ""
            own = {"words": list(defaults["words"]), "times": dict(defaults["times"])}
            times = defaults if words[0] == "defaults" else own
        elif words[0] == "timeout":
            times["times"][words[1]] = milliseconds(words[2])
        elif words[0] == "default-server":
            times["words"] += words[1:]
        elif words[0] == "server":
            rows.append((f"{name}/{words[1]}", times, words[3:]))
    for name, place, words in rows:
        words = place["words"] + words
        if "check" in words:
            servers[name] = server(words, place["times"])
    return servers


def server(words, timeouts):
    def last(key, fallback):
        found = [words[i + 1] for i, word in enumerate(words[:-1]) if word == key]
        return found[-1] if found else fallback
    inter = milliseconds(last("inter", "2s"))
    if "fastinter" in words or "downinter" in words:
        raise ValueError("fastinter and downinter are not in this formula")
    # A silent server never takes the connection, so the time to connect counts.  Without
    # "timeout check" that is inter, whatever "timeout connect" says.
    check = min(inter, timeouts.get("connect", inter)) if "check" in timeouts else inter
    return Server(inter, int(last("fall", "3")), check)


def detection_ms(s):
    """(least, most) from silence to DOWN."""
    return (s.fall - 1) * between_ms(s), s.fall * between_ms(s)


def between_ms(s):
    """From one failed check to the next."""
    return s.inter_ms + s.check_ms
