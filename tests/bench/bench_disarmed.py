# SPDX-License-Identifier: GPL-2.0-or-later
"""What the module costs a bio when no fault is active: it must be nothing.

One boot; the same bursts of reads without the module, with it loaded, with a
disk fault on another disk, after that was cleared, and after unloading.  All
must cost exactly what the first costs, but for the active fault: that one
must cost more, which shows that the count would see a hook.
"""
from common import BenchError

BURST = 256
REPEATS = 8
DIR = "/sys/kernel/faultdrill"


def measure(guest, what):
    """Instructions per burst; all repeats must agree, for the clock is exact."""
    path = "/sys/module/fdr_bench_bio/parameters/measure"
    rows = guest.check(f"for i in $(seq {REPEATS}); do cat {path}; done").split("\n")
    values = [int(row.split()[0]) for row in rows]
    for row in rows:
        if row.split()[1:] != [str(BURST), "0"]:
            raise BenchError(f"{what}: not all bios ended well: '{row}'")
    print(f"  {what:<34}{values[0] / BURST:>9.2f} a bio; bursts: "
          f"{', '.join(str(v) for v in values)}", flush=True)
    return values


def run(bench):
    initrd = bench.initrd()
    initrd.modules(bench.kernel, ["null_blk"], load=False)
    initrd.file("faultdrill.ko", bench.module())
    initrd.file("fdr_bench_bio.ko", bench.bench_module("fdr_bench_bio"))
    got = {}
    with bench.guest(initrd, "guest") as guest:
        guest.wait_ready()
        # queue_mode=0: bios end in their submitter; two disks, so that a fault has another.
        guest.check("modprobe null_blk queue_mode=0 irqmode=0 gb=1 nr_devices=2")
        guest.check(f"insmod /fdr_bench_bio.ko dev=/dev/nullb0 burst={BURST}")
        got["without"] = measure(guest, "without the module")
        guest.check("insmod /faultdrill.ko")
        got["disarmed"] = measure(guest, "loaded, disarmed")
        guest.check(f"echo 60s > {DIR}/armed")
        guest.check(f"echo 'disk-error device=/dev/nullb1' > {DIR}/inject")
        status, text = guest.run("dd if=/dev/nullb1 of=/dev/null bs=4k count=1 iflag=direct")
        if not status:
            raise BenchError(f"the disk fault is not active: {text}")
        got["armed"] = measure(guest, "disk-error on another disk")
        guest.check(f"echo all > {DIR}/clear")
        guest.check("dd if=/dev/nullb1 of=/dev/null bs=4k count=1 iflag=direct")
        got["cleared"] = measure(guest, "cleared again")
        guest.check(f"echo 0 > {DIR}/armed")
        guest.check("rmmod faultdrill")
        got["unloaded"] = measure(guest, "unloaded")
    base = got["without"]
    if got["armed"][0] <= base[0]:
        raise BenchError("an active disk fault costs nothing: the count does not see the hook")
    for label in ("disarmed", "cleared", "unloaded", "armed"):
        bench.record(got[label][0] / BURST, "instructions per bio", "without the module",
                     base[0] / BURST, name="disarmed" if label == "disarmed" else f"disarmed-{label}",
                     device="null_blk, queue_mode 0", burst=BURST, repeats=REPEATS,
                     bursts=got[label], rival_bursts=base)
    equal = all(set(got[label]) == {base[0]} for label in ("without", "disarmed", "cleared", "unloaded"))
    print("equal, to the instruction" if equal else "NOT EQUAL: a trace of the module stays in the path")
    return equal
