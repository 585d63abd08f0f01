# SPDX-License-Identifier: GPL-2.0-or-later
"""Ends a lab, whatever is left of it."""

import contextlib
import json
import os
import select
import signal
import time

from . import linux
from .errors import LabError

PATIENCE = 5.0


def _kill(pid, start, sig, patience):
    """Signals the process (pid, start) and waits until it is gone; True if so."""
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        if linux.start_time(pid) != start:
            return True
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(fd, sig)
        return bool(select.select([fd], [], [], patience)[0])
    finally:
        os.close(fd)


def _executed(state):
    """Processes that `lab exec` and `lab ssh` turned into, if they still live."""
    for path in (state / "exec").glob("*"):
        with contextlib.suppress(OSError, json.JSONDecodeError):
            got = json.loads(path.read_text())
            if linux.start_time(got["pid"]) == got["start"]:
                yield got["pid"]


def _strangers(state, keeper):
    """All other processes in the lab's network namespaces, as {pid: start}.  A
    namespace is known by a living process that holds it, so a namespace number
    that was used again is never mistaken."""
    spaces = set()
    if keeper:
        held = state.read("keeper.json").get("netns", {}).values()
        spaces = {linux.netns_inode(f"/proc/{keeper}/fd/{fd}") for fd in held}
        spaces.add(linux.netns_inode(f"/proc/{keeper}/ns/net"))
    spaces |= {linux.netns_inode(f"/proc/{pid}/ns/net") for pid in _executed(state)}
    spaces -= {None, linux.netns_inode("/proc/self/ns/net"), linux.netns_inode("/proc/1/ns/net")}
    out = {}
    for pid in (int(p) for p in os.listdir("/proc") if p.isdigit()):
        if pid not in (os.getpid(), keeper) and linux.netns_inode(f"/proc/{pid}/ns/net") in spaces:
            out[pid] = linux.start_time(pid)
    return out


def finish(state):
    """Ends every process of the lab and removes its files but the logs."""
    keeper = state.keeper()
    others = _strangers(state, keeper)
    if keeper:
        start = state.read("keeper.json")["start"]
        if not _kill(keeper, start, signal.SIGTERM, PATIENCE):
            if not _kill(keeper, start, signal.SIGKILL, PATIENCE):
                raise LabError(f"process {keeper} does not die")
    for pid, start in others.items():
        if not _kill(pid, start, signal.SIGTERM, 1.0):
            _kill(pid, start, signal.SIGKILL, PATIENCE)
    state.clear()
    return keeper is not None


def down(state, quiet):
    """`lab down`: also when the lab is half gone, or gone."""
    if not state.dir.is_dir():
        if not quiet:
            print(f"lab: '{state.name}' is not up")
        return
    began = time.monotonic()
    with state.lock(f"another 'lab up' or 'lab down' of '{state.name}' is running"):
        was_up = finish(state)
    if not quiet:
        took = f", {time.monotonic() - began:.2f} s" if was_up else ""
        print(f"lab: '{state.name}' is {'down' if was_up else 'not up'}{took}")
