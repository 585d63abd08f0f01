# SPDX-License-Identifier: GPL-2.0-or-later
"""How a guest's end is told from outside, for the column "who notices" of faults.txt.

    EVENT			a QMP event
    EVENT then EVENT		a second one follows
    EVENT then silence		no restart follows, though the node is set to restart
    capture			no event: the crash kernel comes up, and restarts when it is done
    halted			no event: the console's last words, and processors that stand
				still with interrupts off in a machine that is switched on
"""
import re
import time

from guest import GuestError

EVENT_TIMEOUT = 60
# The node restarts of itself a second after a panic in those tests.
SILENCE = 5


def first_event(notices):
    """The event by which the onset is stamped, or None."""
    word = notices.split(" then ")[0]
    return word if word.isupper() else None


def await_end(guest, row, events, console, results):
    """Waits for the end as the row tells it; its first event."""
    if row.notices == "halted":
        halted(guest, row, events, console, results)
        return None
    if row.notices == "capture":
        captured(guest, row, events, results)
        return None
    first = None
    for word in row.notices.split(" then "):
        if word == "silence":
            silent(guest, row, events, results)
            continue
        try:
            event = guest.wait_event(word, EVENT_TIMEOUT, events)
        except GuestError as e:
            results.add(False, f"{row.inject}: the emulator reports {word}", str(e))
            return first
        results.add(True, f"{row.inject}: the emulator reports {word}")
        events = guest.events.index(event) + 1
        first = first or event
    return first


def silent(guest, row, events, results):
    try:
        event = guest.wait_event("RESET", SILENCE, events)
    except GuestError:
        event = None
    results.add(event is None, f"{row.inject}: no restart follows", "the machine restarted")


def at_rest(guest):
    """All processors are halted and take no interrupt."""
    said = guest.qmp("human-monitor-command", **{"command-line": "info registers -a"})
    flags = [int(f, 16) for f in re.findall(r"\bEFL=(\w+)", said)]
    halts = re.findall(r"\bHLT=(\d)", said)
    return bool(halts) and all(h == "1" for h in halts) and not any(f & 0x200 for f in flags)


def halted(guest, row, events, console, results):
    try:
        guest.wait_console("reboot: System halted", EVENT_TIMEOUT, console)
    except GuestError as e:
        results.add(False, f"{row.inject}: the console says so", str(e))
        return
    results.add(True, f"{row.inject}: the console says so")
    deadline = time.monotonic() + 10
    while not at_rest(guest) and time.monotonic() < deadline:
        time.sleep(0.05)
    results.add(at_rest(guest), f"{row.inject}: the processors stand still, interrupts off")
    status = guest.qmp("query-status")["status"]
    later = [e.name for e in guest.events[events:]]
    results.add(status == "running" and not later, f"{row.inject}: the machine is still switched on",
                f"status {status}, events {later}")


def captured(guest, row, events, results):
    """The crash kernel's own script restarts the machine once it has read the memory."""
    try:
        guest.wait_event("RESET", EVENT_TIMEOUT, events)
    except GuestError as e:
        results.add(False, f"{row.inject}: the crash kernel comes up and ends", str(e))
    else:
        results.add(True, f"{row.inject}: the crash kernel comes up and ends")
    told = [e.name for e in guest.events[events:] if e.name == "GUEST_PANICKED"]
    results.add(not told, f"{row.inject}: no panic notifier ran before it", str(told))
