# SPDX-License-Identifier: GPL-2.0-or-later
"""A lab's state directory, shared by `up`, the keeper and every later command."""

import fcntl
import json
import os
import pathlib
import shutil
import socket

from . import linux, paths, topology
from .errors import LabError

# What is of use after `down`; all else is removed.
KEPT = ("nodes", "run", "topology.yaml")
KEPT_SUFFIXES = (".log", ".jsonl")


class State:
    """The directory of one lab."""

    def __init__(self, directory):
        self.dir = pathlib.Path(directory).absolute()
        self.name = self.dir.name

    def __truediv__(self, name):
        return self.dir / name

    def write(self, name, data):
        """Replaces a JSON file as a whole."""
        path = self.dir / name
        tmp = path.with_name(f".{path.name}.tmp")
        tmp.write_text(json.dumps(data, indent=1) + "\n")
        tmp.rename(path)

    def read(self, name):
        """A JSON file, {} if there is none."""
        try:
            return json.loads((self.dir / name).read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return {}

    def keeper(self):
        """Host pid of the lab's living keeper, or None."""
        got = self.read("keeper.json")
        alive = got and linux.start_time(got["pid"]) == got["start"]
        return got["pid"] if alive else None

    def need_keeper(self):
        """As keeper(), or the error that the lab is not up."""
        pid = self.keeper()
        if pid is None:
            raise LabError(f"the lab '{self.name}' is not up: scripts/lab up {self.name}")
        return pid

    def netns(self, member):
        """Path of a host's network namespace; None for the switch's."""
        pid = self.need_keeper()
        got = self.read("keeper.json").get("netns", {})
        if member is None:
            return f"/proc/{pid}/ns/net"
        if member not in got:
            raise LabError(f"the lab '{self.name}' has no host '{member}': it has "
                           f"{', '.join(got) or 'none'}")
        return f"/proc/{pid}/fd/{got[member]}"

    def lock(self, timeout_message):
        """Takes the lock of `up` and `down`; held as long as the returned file."""
        self.dir.mkdir(parents=True, exist_ok=True)
        f = open(self.dir / ".lock", "w", encoding="utf-8")
        try:
            fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as e:
            f.close()
            raise LabError(timeout_message) from e
        return f

    def connect(self, name):
        """A stream connected to a socket in here, however long the path is."""
        fd = os.open(self.dir, os.O_PATH | os.O_DIRECTORY)
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            sock.connect(f"/proc/self/fd/{fd}/{name}")
        except OSError as e:
            sock.close()
            raise LabError(f"{self.dir / name} does not answer: {e.strerror}") from e
        finally:
            os.close(fd)
        return sock

    def request(self, **what):
        """Asks the keeper and returns its answer; its refusal is an error."""
        self.need_keeper()
        with self.connect("control.sock") as sock:
            sock.sendall(json.dumps(what).encode() + b"\n")
            line = sock.makefile().readline()
        if not line:
            raise LabError("the lab went down before it answered")
        answer = json.loads(line)
        if "error" in answer:
            raise LabError(answer["error"])
        return answer

    def clear(self):
        """Removes all that serves a running lab only; logs stay."""
        if not self.dir.is_dir():
            return
        for path in self.dir.iterdir():
            if path.name in (".lock", *KEPT) or path.suffix in KEPT_SUFFIXES:
                continue
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
        for kept in ("nodes", "run"):
            for path in sorted((self.dir / kept).rglob("*")):
                if not path.is_dir() and path.suffix not in KEPT_SUFFIXES:
                    path.unlink()

    def wipe(self):
        """Empties the directory for a new start."""
        self.clear()
        for name in KEPT:
            path = self.dir / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)


def every():
    """The labs that have a state directory in the usual place."""
    base = paths.labs()
    return [State(p) for p in sorted(base.iterdir()) if p.is_dir()] if base.is_dir() else []


def of(word, directory=None):
    """The lab that the user means: by --state, by its name or its topology's
    file, or the only one that is up."""
    if directory:
        return State(directory)
    if word:
        path = topology.find(word)
        name = topology.load(word).name if path.exists() else word
        return State(paths.labs() / name)
    up = [s for s in every() if s.keeper()]
    if len(up) == 1:
        return up[0]
    if not up:
        raise LabError("no lab is up: scripts/lab up TOPOLOGY")
    raise LabError(f"several labs are up ({', '.join(s.name for s in up)}): say which "
                   "with --lab NAME")
