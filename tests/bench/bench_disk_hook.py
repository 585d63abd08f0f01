# SPDX-License-Identifier: GPL-2.0-or-later
"""What disk faults cost the I/O that they leave alone, on each kernel.

A bio, from its submission to its end: without the module, with it disarmed,
with a fault on another disk, with one on this disk that lets it pass, and with
one that fails it.  Then a direct read of 4 KiB by a process: with a fault on
another disk, beside dm-linear and dm-flakey that lie on the disk and do nothing.
All in instructions of the guest, one boot a kernel.

Mainline's fail_make_request has no column: no stock kernel is built with it.
"""
import os

from common import BenchError, TOP, run as command

# Or those that KERNELS names in the environment.
KERNELS = os.environ.get("KERNELS", "cloud-5.10 cloud-6.1 cloud-6.12 cloud-7").split()
# Extra instructions of a bio while a fault is on another disk, at most.
BARS = {"cloud-5.10": 95}
BAR = 45
READ_BAR = 1.01

BURST = 256
REPEATS = 8
DIR = "/sys/kernel/faultdrill"
MEASURE = "/sys/module/fdr_bench_bio/parameters/measure"
# A dm device that passes everything on, by its kind.
IDLE = {"dm-linear": "0 {size} linear /dev/nullb0 0",
        "dm-flakey": "0 {size} flakey /dev/nullb0 0 3600 0"}


def burst(guest, what, failed=0):
    """Instructions a bio; the least of the bursts, and all of them."""
    rows = guest.check(f"for i in $(seq {REPEATS}); do cat {MEASURE}; done").split("\n")
    values = [int(row.split()[0]) for row in rows]
    for row in rows:
        if row.split()[1:] != [str(BURST), str(failed)]:
            raise BenchError(f"{what}: not {failed} of {BURST} bios failed: '{row}'")
    print(f"  {what:<34}{min(values) / BURST:>9.2f} a bio; bursts: "
          f"{', '.join(str(v) for v in values)}", flush=True)
    return min(values) / BURST, values


def inject(guest, words):
    guest.check(f"echo '{words}' > {DIR}/inject")
    guest.check(f"until grep -qx active {DIR}/injections/*/state; do usleep 10000; done")


def clear(guest):
    guest.check(f"echo all > {DIR}/clear")
    guest.check("until ! grep -q submit_bio_noacct /sys/kernel/tracing/enabled_functions; "
                "do usleep 10000; done")


def bios(guest):
    """Of the burst module: name -> (instructions a bio, bursts)."""
    got = {"without": burst(guest, "without the module")}
    guest.check("insmod /faultdrill.ko")
    got["disarmed"] = burst(guest, "loaded, disarmed")
    guest.check(f"echo 3600s > {DIR}/armed")
    inject(guest, "disk-error device=/dev/nullb1")
    got["elsewhere"] = burst(guest, "a fault on another disk")
    clear(guest)
    inject(guest, "disk-error device=/dev/nullb0 ops=write")
    got["other-ops"] = burst(guest, "a fault of writes on this disk")
    clear(guest)
    inject(guest, "disk-error device=/dev/nullb0 ops=read skip=1000000000")
    got["pass"] = burst(guest, "match and pass")
    clear(guest)
    inject(guest, "disk-error device=/dev/nullb0 ops=read sectors=0-7,4096-8191 skip=1000000000")
    got["pass-ranges"] = burst(guest, "match by range and pass")
    clear(guest)
    inject(guest, "disk-error device=/dev/nullb0 ops=read")
    got["fail"] = burst(guest, "match and fail", failed=BURST)
    clear(guest)
    got["cleared"] = burst(guest, "cleared again")
    return got


def direct(guest, what, device):
    """Instructions a direct read, the least of the bursts."""
    rows = [row.split() for row in guest.check(f"/pread {device}", 120).split("\n")]
    value = min(int(n) / int(reads) for n, reads in rows)
    print(f"  {what:<34}{value:>9.2f} a direct read", flush=True)
    return value


def reads(guest):
    """name -> instructions a direct read."""
    got = {"without": direct(guest, "no fault", "/dev/nullb0")}
    inject(guest, "disk-error device=/dev/nullb1")
    got["elsewhere"] = direct(guest, "a fault on another disk", "/dev/nullb0")
    clear(guest)
    got["cleared"] = direct(guest, "cleared again", "/dev/nullb0")
    size = guest.check("cat /sys/block/nullb0/size").strip()
    for name, table in IDLE.items():
        guest.check(f"dmsetup create --noudevsync idle --table '{table.format(size=size)}'")
        got[name] = direct(guest, name + ", idle", "/dev/dm-0")
        guest.check("dmsetup remove --noudevsync idle")
    return got


def measure(bench, kernel):
    bench.use(kernel)
    pread = os.path.join(bench.work, "pread")
    command(["gcc", "-std=gnu17", "-O2", "-Wall", "-Wextra", "-Werror", "-D_GNU_SOURCE", "-static",
             os.path.join(TOP, "tests/bench/pread.c"), "-o", pread])
    initrd = bench.initrd()
    initrd.modules(bench.kernel, ["null_blk", "dm-mod", "dm-flakey"], load=False)
    initrd.file("faultdrill.ko", bench.module())
    initrd.file("fdr_bench_bio.ko", bench.bench_module("fdr_bench_bio"))
    initrd.file("pread", pread, 0o755)
    initrd.program("/usr/sbin/dmsetup")
    with bench.guest(initrd, kernel) as guest:
        guest.wait_ready()
        # Bios that end in their submitter; two disks, so that a fault has another.
        guest.check("modprobe null_blk queue_mode=0 irqmode=0 gb=1 nr_devices=2")
        guest.check(f"insmod /fdr_bench_bio.ko dev=/dev/nullb0 burst={BURST}")
        per_bio = bios(guest)
        guest.check("rmmod fdr_bench_bio && rmmod null_blk")
        # For processes as disks are, with a queue.
        guest.check("modprobe null_blk queue_mode=2 irqmode=0 gb=1 nr_devices=2")
        guest.check("modprobe dm-mod && modprobe dm-flakey")
        return per_bio, reads(guest)


def judge(kernel, per_bio, per_read):
    """What of the bars is not met."""
    base, bar = per_bio["without"][0], BARS.get(kernel, BAR)
    # 7.2 takes 42 less after the first fault than before the module came.
    bad = [f"{label} costs {per_bio[label][0] - base:+.2f} a bio"
           for label in ("disarmed", "cleared") if per_bio[label][0] > base]
    extra = per_bio["elsewhere"][0] - base
    if not 0 < extra <= bar:
        bad.append(f"a fault on another disk costs {extra:+.2f} a bio: not within {bar}")
    ratio = per_read["elsewhere"] / per_read["without"]
    if ratio > READ_BAR:
        bad.append(f"a direct read costs {ratio:.4f} times as much: more than {READ_BAR}")
    for name in IDLE:
        if per_read[name] <= per_read["elsewhere"]:
            bad.append(f"{name} costs no more than a fault on another disk")
    return bad


def run(bench):
    bad = []
    for kernel in KERNELS:
        print(f"{kernel}:", flush=True)
        per_bio, per_read = measure(bench, kernel)
        base = per_bio["without"]
        for label, (value, bursts) in per_bio.items():
            if label != "without":
                bench.record(value, "instructions per bio", "without the module", base[0],
                             name=f"disk-hook-{kernel}-{label}", extra=value - base[0],
                             device="null_blk, queue_mode 0", burst=BURST, repeats=REPEATS,
                             statistic="least", bursts=bursts, rival_bursts=base[1])
        for rival in ("without", *IDLE):
            bench.record(per_read["elsewhere"], "instructions per direct read of 4 KiB",
                         "no fault" if rival == "without" else rival + ", idle", per_read[rival],
                         name=f"disk-hook-{kernel}-read-{rival}", alone=per_read["without"],
                         device="null_blk, queue_mode 2", statistic="least")
        bad += [f"{kernel}: {text}" for text in judge(kernel, per_bio, per_read)]
    for text in bad:
        print(f"NOT MET: {text}", flush=True)
    return not bad
