# SPDX-License-Identifier: GPL-2.0-or-later
"""By how much is a delay of a disk's I/O off?  Beside dm-delay, in the same run.

A program in the guest keeps 32 reads in flight on null_blk, which answers at
once, and times each: what it takes without a delay is the measuring error.
Lateness is what it takes with the delay, minus the delay asked for.  The reads are
sent at an even pace ("spread"), or each as soon as one has ended ("burst"), when
they come in flocks and a program that reaps one after the other sees its own
slowness.  The guest's clock counts instructions, at the pace of
a slow machine, so that other work of this host is not seen; and once more by the
host's clock, for the record.
"""
import os
import re
import subprocess

from common import BenchError, TOP
from guest import Guest

DEPTH = 32
OPS = 4000
DELAY_MS = 10
BAR_NS = 1000000	# at the 99th percentile
SHIFT = 3		# 8 ns an instruction
GAP_US = DELAY_MS * 1000 // DEPTH + 5	# so that 32 are in flight, and none waits for a slot
DISK = "/dev/nullb0"
DM = "/dev/mapper/slow"
SECTORS = 1 << 21	# of dm-delay's device: 1 GiB


def measure(guest, what, disk, gap):
    """What queue said: a dictionary, in ns."""
    text = guest.check(f"/queue read {disk} {OPS} {DEPTH} {gap or ''}", 300)
    fields = dict(re.findall(r"(\w+) (\d+)", text))
    if fields.get("ops") != str(OPS) or fields.get("errors") != "0":
        raise BenchError(f"{what}: not all reads ended well: {text}")
    got = {key: int(value) for key, value in fields.items()}
    print(f"  {what:<34}" + "  ".join(f"{key} {got[key] / 1000:.0f}" for key in
                                     ("least", "p50", "p99", "most")) + "  us", flush=True)
    return got


def late(got):
    return {key: got[key] - DELAY_MS * 1000000 for key in ("least", "p50", "p99", "most")}


def ours(guest, what, gap):
    number = guest.check(f"/fdrctl inject disk-delay device={DISK} delay={DELAY_MS}ms "
                         "@duration=600000000000").split()[-1]
    guest.check(f"/fdrctl wait {number} active 10000")
    got = measure(guest, what, DISK, gap)
    counters = dict(line.split(" ", 1) for line in guest.check(f"/fdrctl get {number}").split("\n"))
    if int(counters["delayed"]) < OPS:
        raise BenchError(f"{what}: {counters['delayed']} of {OPS} reads were delayed")
    guest.check(f"/fdrctl clear {number}")
    guest.check(f"/fdrctl wait {number} cleared 20000")
    return got, int(counters["late_max_ns"])


def dm_delay(guest, what, gap):
    guest.check(f"dmsetup create slow --table '0 {SECTORS} delay {DISK} 0 {DELAY_MS}'")
    guest.check("dmsetup mknodes slow")
    got = measure(guest, what, DM, gap)
    guest.check("dmsetup remove slow")
    return got


def one(bench, guest, clock, gap):
    """Records one way to keep the queue full; was the delay kept?"""
    way = "spread" if gap else "burst"
    none = measure(guest, f"{way}: without a delay", DISK, gap)
    got, inside = ours(guest, f"{way}: disk-delay", gap)
    rival = dm_delay(guest, f"{way}: dm-delay", gap)
    bench.record(max(late(got)["p99"], 1), "ns late at p99", "dm-delay", late(rival)["p99"],
                 name=f"disk-delay-{way}-{clock[0]}", late=late(got), rival_late=late(rival),
                 measuring_error={key: none[key] for key in ("least", "p50", "p99", "most")},
                 worst_late_inside_ns=inside, delay_ms=DELAY_MS, depth=DEPTH, ops=OPS,
                 bar_ns=BAR_NS, device="null_blk", host_load=os.getloadavg()[0], clock=clock[1])
    return late(got)["least"] >= 0, late(got)["p99"] <= BAR_NS


def build(bench):
    out = os.path.join(bench.work, "bin")
    p = subprocess.run(["make", "-s", "-C", os.path.join(TOP, "tests/kmod"), f"OUTPUT={out}",
                        f"{out}/queue", f"{out}/fdrctl"], check=False, text=True,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if p.returncode:
        raise BenchError(f"tests/kmod does not build:\n{p.stdout}")
    return out


def boot(bench, guest, clock):
    kept = True
    with guest:
        guest.wait_ready()
        guest.check("/fdrctl arm 3600000000000")
        for gap in (GAP_US, 0):
            never_early, in_time = one(bench, guest, clock, gap)
            if not never_early:
                print("NOT KEPT: some I/O was early")
            # A burst's lateness is the reader's own; a busy host's clock proves nothing.
            kept = kept and never_early and (in_time or not gap or clock[0] == "host")
    return kept


def run(bench):
    programs = build(bench)
    initrd = bench.initrd()
    initrd.modules(bench.kernel, ["null_blk", "dm-delay"])
    initrd.program("/usr/sbin/dmsetup")
    initrd.file("faultdrill.ko", bench.module())
    initrd.module(bench.module())
    for program in ("queue", "fdrctl"):
        initrd.file(program, os.path.join(programs, program), 0o755)
    counted = bench.guest(initrd, "counted", shift=SHIFT)
    kept = boot(bench, counted, ("counted", f"-accel tcg -icount shift={SHIFT},sleep=off"))
    path = os.path.join(bench.work, "initrd.img")
    real = Guest(bench.kernel, path, os.path.join(bench.work, "host"), smp=2, thread="single")
    kept = boot(bench, real, ("host", "the host's, through TCG, two CPUs")) and kept
    print(f"{'kept' if kept else 'NOT KEPT'}: never early, and "
          f"late by no more than {BAR_NS // 1000000} ms at p99")
    return kept
