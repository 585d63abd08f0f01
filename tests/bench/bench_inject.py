# SPDX-License-Identifier: GPL-2.0-or-later
"""How soon the fault strikes: a netlink request beside a write to sysrq-trigger.

Both kill the kernel through panic(), and both are counted the same way: from
the last instruction before the request's system call to the first of panic().
A third count ends at the module's own onset stamp.  Each count is a boot of
its own.
"""
from statistics import median

from common import BenchError

REPEATS = 3
# label, way to kill, function whose entry ends the count
COUNTS = [
    ("sysrq", "sysrq", "panic"),
    ("netlink", "netlink", "panic"),
    ("onset", "netlink", "fdr_onset"),
]


def count(bench, initrd, label, way, symbol, console):
    """Instructions of one kill."""
    with bench.guest(initrd, label, console=console) as guest:
        guest.wait_ready()
        guest.check("insmod /faultdrill.ko")
        guest.check(f"insmod /fdr_bench_stamp.ko symbol={symbol}")
        guest.send(f"/fire {way}")
        line = guest.wait_channel(r"^stamps \d+ \d+$|^fire:", 20)
        if line.text.startswith("fire:"):
            raise BenchError(line.text)
        guest.wait_event("GUEST_PANICKED", 20)
        start, end = (int(n) for n in line.text.split()[1:])
        return end - start


def run(bench):
    initrd = bench.initrd()
    initrd.modules(bench.kernel, ["pvpanic-pci"])
    initrd.file("faultdrill.ko", bench.module())
    initrd.file("fdr_bench_stamp.ko", bench.bench_module("fdr_bench_stamp"))
    initrd.program(bench.program("fire.c", ["libnl-3.0", "libnl-genl-3.0"]), "fire")
    for console in (True, False):
        with_console = "with a serial console" if console else "without a console"
        counts = {label: [] for label, _, _ in COUNTS}
        for n in range(REPEATS):
            for label, way, symbol in COUNTS:
                counts[label].append(count(bench, initrd, f"{label}-{n}", way, symbol, console))
                print(f"  {with_console}, boot {n + 1}, {label}: {counts[label][-1]} instructions",
                      flush=True)
        mid = {label: median(values) for label, values in counts.items()}
        bench.record(mid["netlink"], "instructions", "echo c > /proc/sysrq-trigger", mid["sysrq"],
                     name="inject" if console else "inject-no-console",
                     start="before the request's system call", end="entry of panic()",
                     console=with_console, repeats=REPEATS, statistic="median",
                     onset=mid["onset"], **{f"all_{k}": v for k, v in counts.items()})
        print(f"  of these, to the module's onset stamp: {mid['onset']:g}")
    return True
