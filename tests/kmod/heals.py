# SPDX-License-Identifier: GPL-2.0-or-later
"""Faults that can be undone: what the kernel's own detectors say while they last."""
import itertools
import re
import time

import reports
from guest import GuestError

# Who notices, in the rows that are for here.
NOTICES = ("heals", "lives")
# Longest that a detector takes, with the settings of the rows.
DETECTOR_S = 60
# Where no detector is to see the fault, it is let to work so long.
UNSEEN_MS = 2000
# How far the lines of a snapshot may move that are numbers.
TOLERANCE = {"clock_offset_us": 1000, "mem_available_kb": 12288}
RESTORED_S = 10		# the kernel frees some things a while later

# A fault that freezes the node has to end by itself; the others are cleared.
DURATION = "@duration=60000000000"


snapshots = itertools.count(1)


def snapshot(guest):
    """The guest's state, as a file in the guest."""
    path = f"/tmp/snapshot.{next(snapshots)}"
    guest.check(f"snapshot.sh > {path}", DETECTOR_S)
    return path


def parse(lines):
    """Numbers by key, settings of processes by "PID/NAME", and other lines."""
    numbers, processes, others = {}, {}, []
    for line in lines:
        key, _, rest = line.partition(" ")
        if key in TOLERANCE:
            numbers[key] = int(rest)
        elif key == "pid":
            setting, _, value = rest.partition(":")
            processes[setting] = value
        else:
            others.append(line)
    return numbers, processes, others


def difference(guest, before, after):
    """What has changed from one snapshot to the other, a line each."""
    status, text = guest.run(f"diff -U 0 {before} {after}", DETECTOR_S)
    if status not in (0, 1):
        raise GuestError(f"diff {before} {after} in the guest: status {status}: {text}")
    lines = [line for line in text.splitlines() if re.match(r"[-+](?!-- |\+\+ )", line)]
    old = parse(line[1:] for line in lines if line[0] == "-")
    new = parse(line[1:] for line in lines if line[0] == "+")
    said = [f"{key}: {old[0][key]} -> {value}" for key, value in new[0].items()
            if abs(value - old[0][key]) > TOLERANCE[key]]
    # Only of processes that are there both times.
    said += [f"pid {key}: {old[1][key]} -> {value}" for key, value in new[1].items()
             if old[1].get(key, value) != value]
    return said + [f"-{line}" for line in old[2]] + [f"+{line}" for line in new[2]]


def check_restored(guest, row, before, results):
    """All is as in the snapshot @before; the last snapshot, for the next row."""
    deadline = time.monotonic() + RESTORED_S
    while True:
        after = snapshot(guest)
        changed = difference(guest, before, after)
        guest.check(f"rm {before if not changed else after}")
        if not changed or time.monotonic() > deadline:
            break
    results.add(not changed, f"{row.inject}: all is as before", "\n".join(changed[:30]))
    return None if changed else after


def look(guest, row, start, results):
    """The detector sees it, or none does."""
    if row.console != "-":
        for pattern in row.console.split(" & "):
            try:
                guest.wait_console(pattern, DETECTOR_S, start)
            except GuestError as e:
                return results.add(False, f"{row.inject}: {row.detector} reports it", str(e))
        return results.add(True, f"{row.inject}: {row.detector} reports it")
    guest.check(f"usleep {UNSEEN_MS * 1000}", DETECTOR_S)
    said = reports.unexpected(row.inject, [line.text for line in guest.console[start:]])
    return results.add(not said, f"{row.inject}: no detector sees it", said)


def carry_out(guest, row, results, before=None):
    """Carries out a row; @before: the last one's snapshot, which this returns for the next."""
    began, start = time.monotonic(), len(guest.console)
    guest.check("fdrctl arm 600000000000")
    if row.before != "-":
        guest.check(row.before)
        before = None
    before = before or snapshot(guest)
    over = row.notices == "lives"
    duration = "" if over or "@duration=" in row.inject else DURATION
    status, text = guest.run(f"fdrctl inject {row.inject} {duration}")
    if status:
        if "not available here" in text:
            results.skip(row.inject, text.split("not available here: ", 1)[-1].strip())
        else:
            results.add(False, f"{row.inject}: it is accepted", text)
        return before
    number = text.strip().splitlines()[-1]
    look(guest, row, start, results)
    guest.check(f"fdrctl clear {number}", DETECTOR_S)
    ended = "fired" if over else "cleared,expired"
    status, text = guest.run(f"fdrctl wait {number} {ended} 60000", DETECTOR_S + 10)
    results.add(status == 0, f"{row.inject}: it ends", text)
    after = check_restored(guest, row, before, results)
    said = reports.unexpected(row.inject, [line.text for line in guest.console[start:]],
                              row.console.split(" & "))
    results.add(not said, f"{row.inject}: the kernel complains of nothing else", said)
    print(f"# {row.inject}: {time.monotonic() - began:.1f} s", flush=True)
    return after


def sees_changes(guest, results):
    """The snapshot is no blind one: a setting, and a process's own, are missed when changed."""
    before = snapshot(guest)
    guest.check("echo 17 > /proc/sys/vm/swappiness; echo 7 > /proc/1/oom_score_adj; "
                "ip link set lo up mtu 1400; ip addr add 10.9.9.9/32 dev lo")
    changed = "\n".join(difference(guest, before, snapshot(guest)))
    missed = [what for what in ("swappiness:17", "pid 1/oom_score_adj: 0 -> 7", "mtu 1400", "10.9.9.9") if what not in changed]
    results.add(not missed, "a snapshot shows what has changed", f"{missed} not in:\n{changed}")


def all_there(guest, rows, results):
    """Each fault of the catalogue has its line."""
    have = {row.inject.split()[0] for row in rows}
    faults = guest.check("cat /sys/kernel/faultdrill/faults").split()
    missing = [fault for fault in faults if fault not in have]
    results.add(not missing, "each fault has a line in faults.txt", ", ".join(missing))
    unknown = sorted(have - set(faults))
    results.add(not unknown, "each line is of a fault", ", ".join(unknown))
