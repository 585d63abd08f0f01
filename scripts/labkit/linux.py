# SPDX-License-Identifier: GPL-2.0-or-later
"""System calls that Python 3.11 lacks, and processes that cannot outlive us."""

import ctypes
import os
import signal
import subprocess
import threading

from .errors import LabError

_libc = ctypes.CDLL(None, use_errno=True)

CLONE_NEWNS = 0x00020000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY = 1
MS_NOSUID = 2
MS_NODEV = 4
MS_REMOUNT = 32
MS_BIND = 4096
MS_REC = 16384
MS_PRIVATE = 1 << 18

PR_SET_PDEATHSIG = 1

_US = os.getpid()


def _check(result, what):
    if result != 0:
        err = ctypes.get_errno()
        raise OSError(err, f"{what}: {os.strerror(err)}")


def unshare(flags):
    """Leaves the namespaces of @flags for new ones; of the calling thread alone."""
    _check(_libc.unshare(flags), "unshare")


def setns(fd, kind):
    """Moves the calling thread into the namespace behind @fd."""
    _check(_libc.setns(fd, kind), "setns")


def mount(source, target, fstype=None, flags=0, data=None):
    """mount(2) with text arguments."""
    enc = [None if s is None else os.fsencode(s) for s in (source, target, fstype, data)]
    _check(_libc.mount(enc[0], enc[1], enc[2], ctypes.c_ulong(flags), enc[3]),
           f"mount on {target}")


def die_with_parent():
    """For preexec_fn: SIGKILL when the parent thread dies."""
    _check(_libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0), "prctl")
    if os.getppid() != _US:     # it died before we asked
        os._exit(1)


def new_netns():
    """Makes a network namespace; it lives as long as the returned descriptor."""
    out = {}

    def make():
        try:
            unshare(CLONE_NEWNET)
            out["fd"] = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        except OSError as e:
            out["error"] = e

    thread = threading.Thread(target=make)
    thread.start()
    thread.join()
    if "error" in out:
        raise out["error"]
    return out["fd"]


def host_pid():
    """Our process id as the host sees it, also from inside a pid namespace."""
    return int(os.readlink("/proc/self"))


def start_time(pid):
    """Start time of a process in clock ticks, None if there is none: with the
    pid it names one process for good, even after the pid was used again."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as f:
            fields = f.read().rpartition(b")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in (b"Z", b"X") else int(fields[19])


def netns_inode(path):
    """Identity of a network namespace, None if it is gone."""
    try:
        return os.stat(path).st_ino
    except OSError:
        return None


_contained = set()
_contained_lock = threading.Lock()
_ending = threading.Event()


def run_contained(argv, **kwargs):
    """Runs a builder; its exit status and output.  None of its descendants outlives us,
    whichever way we end: they share a pid namespace that dies with its first process.
    (Only root can do that; others run it plainly.)"""
    wrap = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "--"]
    cmd = [*wrap, *argv] if os.geteuid() == 0 else argv
    with _contained_lock:   # either end_contained() sees it, or it is not started
        if _ending.is_set():
            raise LabError(f"{argv[0]}: not started, for all is being ended")
        process = subprocess.Popen(cmd, preexec_fn=die_with_parent, **kwargs)
        _contained.add(process)
    with process:
        try:
            output = process.communicate()[0]
        except BaseException:
            process.kill()
            raise
        finally:
            with _contained_lock:
                _contained.discard(process)
    return process.returncode, output


def end_contained():
    """Kills every builder that runs in any thread; none is started after that."""
    with _contained_lock:
        _ending.set()
        for process in _contained:
            process.kill()
