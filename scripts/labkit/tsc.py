# SPDX-License-Identifier: GPL-2.0-or-later
"""How fast this machine's time-stamp counter counts.  An emulated processor shows it to
the guest, which would measure it at boot against emulated timers: beside a busy host
its clock may then run too fast or too slow by a factor."""

import ctypes
import functools
import mmap
import platform
import time

RDTSC = bytes.fromhex("0f31 48c1e220 4809d0 c3")    # rdtsc; shl $32, %rdx; or %rdx, %rax; ret
INTERVAL = 0.3          # seconds; a look is good to a microsecond
TRIES = 1000


def _look(counter):
    """Both clocks at one moment: of many looks the one that took least."""
    looks = []
    for _ in range(TRIES):
        before = counter()
        now = time.clock_gettime_ns(time.CLOCK_MONOTONIC_RAW)
        looks.append((counter() - before, before, now))
    took, before, now = min(looks)
    return before + took // 2, now


@functools.cache
def khz():
    """The counter's speed; None where it cannot be known."""
    if platform.machine() != "x86_64":
        return None
    try:
        code = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    except OSError:         # a host that lets nobody run what it has written
        return None
    code.write(RDTSC)
    counter = ctypes.CFUNCTYPE(ctypes.c_uint64)(ctypes.addressof(ctypes.c_char.from_buffer(code)))
    (tsc, ns), _, (tsc_end, ns_end) = _look(counter), time.sleep(INTERVAL), _look(counter)
    return round((tsc_end - tsc) * 1_000_000 / (ns_end - ns))
