# SPDX-License-Identifier: GPL-2.0-or-later
"""What a disk fault costs the disks that it does not concern, beside a stacked device.

One boot; 4 KiB direct reads of a null_blk: bare, with the module disarmed, with a
fault on another disk, with one on this disk that lets everything pass, and through an idle
dm-linear, dm-flakey and dm-delay: what it takes to have such a device ready.
Instructions of each read are counted, and fio's IOPS are taken in the same clock,
which goes by instructions too, so that what else the host does is not in them.
"""
import os
import shutil
import statistics

from common import BenchError, run as run_command

DEV, OTHER = "/dev/nullb0", "/dev/nullb1"
DIR = "/sys/kernel/faultdrill"
READS, BURSTS = 256, 9
IOS = 20000
BAR = 1.01		# armed on another device, of bare
# The fault's thread may be on its way out.
UNLOAD = "for i in $(seq 200); do rmmod faultdrill 2> /dev/null && break; usleep 20000; done; ! test -e " + DIR
# Name, what is done before, the device read, what is done afterwards.
WAYS = [
    ("bare", "true", DEV, "true"),
    ("disarmed", "insmod /faultdrill.ko", DEV, "true"),
    ("elsewhere", f"echo 60s > {DIR}/armed; echo 'disk-error device={OTHER}' > {DIR}/inject", DEV,
     f"echo all > {DIR}/clear"),
    ("passing", f"echo 60s > {DIR}/armed; echo 'disk-error device={DEV} skip=1000000000' > {DIR}/inject",
     DEV, f"echo all > {DIR}/clear; echo 0 > {DIR}/armed; {UNLOAD}"),
    ("dm-linear", "linear @ 0", "/dev/mapper/rival", None),
    ("dm-flakey", "flakey @ 0 3600 0", "/dev/mapper/rival", None),
    ("dm-delay", "delay @ 0 0", "/dev/mapper/rival", None),
    ("again", "true", DEV, "true"),
]
SECTORS = (1 << 30) // 512
RIVALS = [name for name, _, _, after in WAYS if after is None]


def table(target):
    return (f"echo '0 {SECTORS} {target.replace('@', DEV)}' | dmsetup --noudevsync create rival && "
            "dmsetup mknodes", "dmsetup remove rival")


def measure(guest, device):
    """Instructions of a read, the median of the bursts; and fio's IOPS, one at a time and 32."""
    rows = guest.check(f"/readcost {device} {READS} {BURSTS}", 120).split()
    each = statistics.median(int(row) for row in rows) / READS
    iops = []
    for engine, depth in (("psync", 1), ("libaio", 32)):
        text = guest.check(f"fio --thread --name=a --filename={device} --direct=1 --bs=4k --rw=read "
                           f"--size=64m --ioengine={engine} --iodepth={depth} --number_ios={IOS} "
                           "--gtod_reduce=1 --output-format=terse --terse-version=3 2>&1", 300)
        row = next((line for line in text.splitlines() if line.startswith("3;")), None)
        if not row:
            raise BenchError(f"fio on {device}: {text}")
        iops.append(float(row.split(";")[7]))
    return each, iops


def run(bench):
    fio = shutil.which("fio") or "fio: scripts/deps install bench"
    if not os.path.exists(fio) or not shutil.which("dmsetup", path="/usr/sbin:/sbin"):
        raise BenchError("no fio or no dmsetup: scripts/deps install bench")
    initrd = bench.initrd()
    initrd.modules(bench.kernel, ["null_blk", "dm-mod", "dm-flakey", "dm-delay"], load=False)
    initrd.file("faultdrill.ko", bench.module())
    program = os.path.join(bench.work, "readcost")
    run_command(["gcc", "-std=gnu17", "-O2", "-Wall", "-Wextra", "-Werror", "-D_GNU_SOURCE", "-static",
                 "tests/bench/readcost.c", "-o", program])
    initrd.file("readcost", program, 0o755)
    initrd.program(fio)
    initrd.program(shutil.which("dmsetup", path="/usr/sbin:/sbin"))
    got = {}
    with bench.guest(initrd, "guest", memory=768) as guest:
        guest.wait_ready()
        guest.check("modprobe null_blk queue_mode=2 irqmode=0 gb=1 nr_devices=2")
        guest.check("modprobe dm-mod; modprobe dm-flakey; modprobe dm-delay")
        for name, before, device, after in WAYS:
            if after is None:
                before, after = table(before)
            guest.check(before)
            got[name] = measure(guest, device)
            each, (one, many) = got[name]
            print(f"  {name:<11}{each:>9.1f} instructions, {one:>9.0f} and {many:>9.0f} IOPS "
                  f"({each / got['bare'][0]:.4f} of bare)", flush=True)
            guest.check(after)
    return tell(bench, got)


def tell(bench, got):
    where = {"device": "null_blk, queue_mode 2, irqmode 0", "read": "4 KiB, O_DIRECT"}
    bare = got["bare"]
    for name in got:
        if name == "bare":
            continue
        label = "disk-fio" if name == "elsewhere" else f"disk-fio-{name}"
        bench.record(got[name][0], "instructions per read", "bare", bare[0], name=label, **where,
                     reads=READS, bursts=BURSTS)
        for k, depth in enumerate((1, 32)):
            bench.record(got[name][1][k], "IOPS", "bare", bare[1][k], name=f"{label}-iops-{depth}", **where,
                         fio=f"{IOS} reads, iodepth {depth}")
    for rival in RIVALS:
        bench.record(got["elsewhere"][0] - bare[0], "more instructions per read", rival,
                     got[rival][0] - bare[0], name=f"disk-fio-beside-{rival}", **where)
    small = got["elsewhere"][0] <= bare[0] * BAR
    less = all(got["elsewhere"][0] < got[rival][0] for rival in RIVALS)
    print(f"armed on another device: {'at most' if small else 'MORE THAN'} {BAR - 1:.0%} more, "
          f"{'less' if less else 'NOT LESS'} than any stacked device")
    return small and less
