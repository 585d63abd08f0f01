# SPDX-License-Identifier: GPL-2.0-or-later
"""Does a fault last as long as was asked for?  And is its onset's lateness true?

A process in the guest that the fault stops (tests/kmod/timing.c) sees how long;
the module's own clock is not asked.  The guest's clock counts instructions, at
the pace of a slow machine: what else this host does is not seen there.  Beside
it, where a stock node has something to do the same with, that, seen by the same
process in the same run.
"""
import os
import re
import subprocess
import sys
from collections import namedtuple
from statistics import median

from common import BenchError, TOP

sys.path.insert(0, os.path.join(TOP, "tests/kmod"))
from images import make_images	# noqa: E402

ROUNDS = 3
SHIFT = 3		# 8 ns an instruction
LEAST_BAR_US = 2000	# a duration is kept to 1 % or this, whichever is more

# Another way to the same end, as a shell's words; {us} is how long.
STOP = ("SIGSTOP, usleep, SIGCONT by a script",
        "kill -STOP $WATCHER; usleep {us}; kill -CONT $WATCHER")
FSFREEZE = ("fsfreeze, usleep, fsfreeze by a script",
            "fsfreeze --freeze /mnt; usleep {us}; fsfreeze --unfreeze /mnt")
NONE = ("none: test_lockup is not built for stock kernels", None)

# {ns}, {us}: the length.  Lengths in ms.
Case = namedtuple("Case", "name watch fault lengths rival")
CASES = [
    Case("soft-lockup", "cpu:0", "soft-lockup cpus=0 @duration={ns}", (100, 1000, 3000), STOP),
    Case("hard-lockup", "cpu:0", "hard-lockup cpus=0 @duration={ns}", (100, 1000, 3000), STOP),
    Case("irq-off", "cpu:0", "irq-off cpus=0 window={us}us period={us}000ns @duration={train}",
         (2, 20, 100), NONE),
    Case("cpu-stall", "cpu:0", "cpu-stall stall={us}us", (10, 100, 1000), STOP),
    Case("hung-task", "task:fdr-hung/0", "hung-task @duration={ns}", (100, 1000, 3000), STOP),
    Case("rcu-stall", "rcu", "rcu-stall cpus=0 @duration={ns}", (100, 1000, 3000), NONE),
    Case("workqueue-stall", "work", "workqueue-stall @duration={ns}", (100, 1000, 3000), NONE),
    Case("lock-hold-rtnl", "rtnl", "lock-hold lock=rtnl @duration={ns}", (100, 1000), NONE),
    Case("lock-hold-inode", "inode:/mnt/f", "lock-hold lock=inode path=/mnt/f @duration={ns}",
         (100, 1000), NONE),
    Case("lock-hold-mmap", "mmap", "lock-hold lock=mmap pid=watcher @duration={ns}", (100, 1000),
         NONE),
    Case("lock-hold-freeze", "write:/mnt/f", "lock-hold lock=freeze path=/mnt @duration={ns}",
         (100, 1000), FSFREEZE),
]


def measure(guest, watch, us, words):
    """What timing saw in ROUNDS runs: a list of dictionaries."""
    seen = []
    for _ in range(ROUNDS):
        text = guest.check(f"/timing {watch} {us} {words}", 120)
        fields = re.findall(r"(\w+)_us (-?\d+)", text)
        if not fields:
            raise BenchError(f"timing {watch} {us} {words}: {text}")
        seen.append({key: int(value) for key, value in fields})
    return seen


def off(seen, us):
    """By how much the median of what was kept is off; at least a microsecond, as it is seen."""
    return max(abs(median(s["kept"] for s in seen) - us), 1)


def furthest(seen, us):
    return max((s["worst"] - us for s in seen), key=abs)


def rival_off(guest, case, us):
    if case.rival[1] is None:
        return None
    # What it stops is any process that runs, the thread of hung-task being ours.
    watch = "cpu:0" if case.watch.startswith("task:") else case.watch
    return off(measure(guest, watch, us, f"-- sh -c '{case.rival[1].format(us=us)}'"), us)


def one(bench, guest, case, ms):
    """Records one length of a case; whether it was kept, and what was seen."""
    us = ms * 1000
    # Five windows of irq-off, with four times their length in between.
    words = case.fault.replace("{us}000ns", f"{5 * us}us").format(us=us, ns=us * 1000,
                                                                  train=24 * us * 1000)
    seen = measure(guest, case.watch, us, words)
    bar = max(us // 100, LEAST_BAR_US)
    value = off(seen, us)
    bench.record(value, "us off", case.rival[0], rival_off(guest, case, us),
                 name=f"timing-{case.name}-{ms}ms", asked_us=us, bar_us=bar,
                 kept_us=median(s["kept"] for s in seen), worst_off_us=furthest(seen, us),
                 lasted_us=median(s["lasted"] for s in seen),
                 seen_to_us=median(s["step"] for s in seen), rounds=ROUNDS, statistic="median",
                 fault=words, clock=f"-accel tcg -icount shift={SHIFT},sleep=off")
    return value <= bar, seen


def lateness(bench, seen):
    """The event's lateness against what was seen: it may differ by a step of the watcher."""
    apart = [abs(s["late"] - s["began"]) for s in seen]
    late = [s["late"] for s in seen]
    true = all(s["late"] == s["event"] for s in seen)
    bench.record(max(median(apart), 1), "us between an onset's late_ns and what was seen",
                 "none: what starts at a time in a shell tells no lateness", None,
                 name="timing-onset", median_late_us=median(late), worst_late_us=max(late),
                 worst_apart_us=max(apart), starts=len(seen), late_is_stamp_minus_start=true,
                 clock=f"-accel tcg -icount shift={SHIFT},sleep=off")
    return true and median(apart) <= LEAST_BAR_US


def build_timing(bench):
    out = os.path.join(bench.work, "bin")
    p = subprocess.run(["make", "-s", "-C", os.path.join(TOP, "tests/kmod"), f"OUTPUT={out}",
                        f"{out}/timing", f"{out}/fdrctl"], check=False, text=True,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if p.returncode:
        raise BenchError(f"tests/kmod does not build:\n{p.stdout}")
    return out


def run(bench):
    programs = build_timing(bench)
    initrd = bench.initrd()
    initrd.modules(bench.kernel, ["pvpanic-pci", "loop", "ext4"])
    initrd.file("faultdrill.ko", bench.module())
    for program in ("timing", "fdrctl"):
        initrd.file(program, os.path.join(programs, program), 0o755)
    # In memory: beside a clock of instructions a disk of this host is of any speed.
    initrd.file("disk", make_images(os.path.join(bench.work, "images"))["root"])
    met, everything = True, []
    with bench.guest(initrd, "guest", shift=SHIFT, memory=512,
                     append="rcupdate.rcu_cpu_stall_suppress=1") as guest:
        guest.wait_ready()
        guest.check("insmod /faultdrill.ko && mkdir -p /mnt && mount -t ext4 -o loop /disk /mnt")
        # What wants a grace period sees its end sooner then.
        guest.check("echo 1 > /sys/kernel/rcu_expedited; echo 0 > /proc/sys/kernel/watchdog")
        guest.check("/fdrctl arm 3600000000000")
        for case in CASES:
            for ms in case.lengths:
                kept, seen = one(bench, guest, case, ms)
                if not kept:
                    print(f"  {case.name} of {ms} ms: not within its bar", flush=True)
                met = met and kept
                everything += seen
    return lateness(bench, everything) and met
