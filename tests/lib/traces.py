# SPDX-License-Identifier: GPL-2.0-or-later
"""What a program leaves on the machine: processes, namespaces, links, mounts, files.

    with Traces() as traces:
        traces.start(["make", "demo"]) ...
        problems = traces.left(timeout=10)

Orphans of what is started here come back to this process, however they were
detached, so none is missed and nobody else's is blamed.
"""
import ctypes
import os
import shutil
import signal
import subprocess
import tempfile
import time

PR_SET_CHILD_SUBREAPER = 36


def names(path):
    try:
        return set(os.listdir(path))
    except FileNotFoundError:
        return set()


def mounts():
    with open("/proc/self/mountinfo", encoding="utf-8") as f:
        return {line.split()[4] for line in f}


def descendants():
    """{pid: command line} of all live processes below this one."""
    parent, line = {}, {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as f:
                fields = f.read().rpartition(")")[2].split()
            with open(f"/proc/{pid}/cmdline", encoding="utf-8", errors="replace") as f:
                line[int(pid)] = f.read().replace("\0", " ").strip()[:160]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if fields[0] not in "ZX":
            parent[int(pid)] = int(fields[1])
    out, frontier = {}, {os.getpid()}
    while frontier:
        frontier = {pid for pid, above in parent.items() if above in frontier and pid not in out}
        out.update({pid: line[pid] for pid in frontier})
    return out


class Traces:
    """Takes the state of the machine when made; left() says what has been added."""

    def __init__(self):
        if ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
            raise OSError("prctl(PR_SET_CHILD_SUBREAPER) failed")
        self.tmp = tempfile.mkdtemp(prefix="fdr-traces-")
        self.before = self.state()

    @staticmethod
    def state():
        return {"network link": names("/sys/class/net"), "network namespace": names("/run/netns"),
                "mount": mounts(), "file in /dev/shm": names("/dev/shm")}

    def start(self, command, log, cwd, **kw):
        """Starts a command in a process group of its own, temporary files in our directory."""
        env = dict(os.environ, TMPDIR=self.tmp)
        return subprocess.Popen(command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=log,
                                stderr=subprocess.STDOUT, process_group=0, **kw)

    def reap(self):
        """Collects orphans that have ended."""
        while True:
            try:
                pid, _ = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return

    def left(self, timeout=30):
        """What is there and was not, as lines of text; what is just ending gets @timeout s."""
        deadline = time.monotonic() + timeout
        while True:
            self.reap()
            problems = [f"process {pid}: {line}" for pid, line in descendants().items()]
            for kind, now in self.state().items():
                problems += [f"{kind}: {name}" for name in sorted(now - self.before[kind])]
            problems += [f"temporary file: {name}" for name in sorted(names(self.tmp))]
            if not problems or time.monotonic() > deadline:
                return problems
            time.sleep(0.05)

    def close(self):
        for pid in descendants():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.reap()
        shutil.rmtree(self.tmp, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
