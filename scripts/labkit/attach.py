# SPDX-License-Identifier: GPL-2.0-or-later
"""What a user does to a running lab from a terminal: attach, follow, enter."""

import contextlib
import os
import select
import sys
import termios
import time
import tty

from . import linux
from .errors import LabError

LEAVE = b"\x1d"     # Ctrl-]


def _node_file(state, node, name):
    base = state / "nodes"
    path = base / node / name
    if not path.exists():
        known = sorted(p.name for p in base.glob("*")) if base.is_dir() else []
        raise LabError(f"the lab '{state.name}' has no node '{node}': it has "
                       f"{', '.join(known) or 'none'}")
    return path


def log(state, node, name):
    """A node's log as it is."""
    return _node_file(state, node, name).read_text(errors="replace")


def follow(state, node, name, lines):
    """Prints a growing log until Ctrl-C or the end of the lab."""
    path = _node_file(state, node, name)
    with open(path, encoding="utf-8", errors="replace") as f:
        old = f.readlines()
        print("".join(old[-lines:] if lines is not None else old), end="", flush=True)
        while state.keeper():
            piece = f.read()
            if piece:
                print(piece, end="", flush=True)
            time.sleep(0.05)
        print(f.read(), end="", flush=True)


@contextlib.contextmanager
def _raw_terminal():
    if not sys.stdin.isatty():
        yield
        return
    before = termios.tcgetattr(0)
    try:
        tty.setraw(0)
        yield
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, before)


def console(state, node):
    """Joins the terminal and the node's serial line."""
    _node_file(state, node, "console.log")
    state.need_keeper()
    with state.connect(f"nodes/{node}/console.sock") as sock:
        print(f"lab: console of {node}; Ctrl-] leaves", file=sys.stderr)
        with _raw_terminal():
            inputs = [0, sock]
            while True:
                able, _, _ = select.select(inputs, [], [])
                if sock in able:
                    data = sock.recv(65536)
                    if not data:
                        return
                    os.write(1, data)
                if 0 in able:
                    data = os.read(0, 4096)
                    if LEAVE in data:
                        return
                    if data:
                        sock.sendall(data)
                    else:
                        inputs.remove(0)


def enter(state, member):
    """Moves this process into a host's network namespace (None: the switch's)."""
    path = state.netns(member)
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except PermissionError as e:
        raise LabError("entering the lab's network needs root: run it with sudo") from e
    linux.setns(fd, linux.CLONE_NEWNET)


def become(state, command):
    """Turns into @command, noted so that `down` ends it if it still runs then."""
    pid = os.getpid()
    state.write(f"exec/{pid}", {"pid": pid, "start": linux.start_time(pid)})
    try:
        os.execvp(command[0], command)
    except OSError as e:
        raise LabError(f"{command[0]}: {e.strerror}") from e
