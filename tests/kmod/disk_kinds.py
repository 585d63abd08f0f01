# SPDX-License-Identifier: GPL-2.0-or-later
"""Disk faults on each kind of block device: the matched one has it, the others go on."""
from collections import namedtuple

from disk_node import Disks, Node, has_driver
from guest import GuestError

# What a fault is put on, and another of its kind that must go on.  setup prints the
# two, or fails; what it leaves, undo removes.
Kind = namedtuple("Kind", "name needs setup undo", defaults=("true",))


def scsi_of(vendor, count=2):
    """Shell: the disks of that SCSI vendor."""
    return (f"n=0; for d in /sys/block/sd*; do grep -q '^{vendor}' $d/device/vendor || continue; "
            f"n=$((n + 1)); echo /dev/${{d##*/}}; done; [ $n -ge {count} ]")


# By their paths: the shell would take its own of the same name.
LOOPS = ("modprobe loop; for i in 0 1; do dd if=/dev/zero of=/run/loop$i bs=1M count=8 2> /dev/null && "
         "/usr/sbin/losetup -f --show /run/loop$i || exit; done")
# Two linear halves of one disk, two ciphers over two disks.
LINEAR = ("modprobe dm_mod; echo '0 32768 linear /dev/vda 0' | dmsetup --noudevsync create low && "
          "echo '0 32768 linear /dev/vda 32768' | dmsetup --noudevsync create high && "
          "dmsetup mknodes && echo /dev/mapper/low /dev/mapper/high")
CRYPT = ("modprobe dm_mod; modprobe dm_crypt; for d in vda vdb; do echo \"0 65536 crypt aes-xts-plain64 $(printf %0128d 7) 0 /dev/$d 0\" | "
         "dmsetup --noudevsync create crypt-$d || exit; done; "
         "dmsetup mknodes; echo /dev/mapper/crypt-vda /dev/mapper/crypt-vdb")
PARTITIONS = ("printf 'o\\nn\\np\\n1\\n\\n+16M\\nn\\np\\n2\\n\\n\\nw\\n' | fdisk /dev/vda > /dev/null 2>&1; "
              "test -b /dev/vda1 && test -b /dev/vda2 && echo /dev/vda1 /dev/vda2")
NULLS = "modprobe null_blk nr_devices=2 gb=1 memory_backed=1 && echo /dev/nullb0 /dev/nullb1"

KINDS = [
    Kind("virtio-blk", ["virtio_blk"], "echo /dev/vda /dev/vdb"),
    Kind("virtio-scsi", ["virtio_scsi", "sd_mod"], scsi_of("QEMU")),
    Kind("NVMe", ["nvme"], "ls /dev/nvme0n1 /dev/nvme1n1"),
    Kind("AHCI", ["ahci"], scsi_of("ATA")),
    Kind("scsi_debug", ["scsi_debug"],
         f"modprobe scsi_debug add_host=2 dev_size_mb=16 per_host_store=1 && {scsi_of('Linux')}",
         "rmmod scsi_debug"),
    Kind("null_blk", ["null_blk"], NULLS, "rmmod null_blk"),
    Kind("loop", ["loop"], LOOPS, "/usr/sbin/losetup -D; rm /run/loop0 /run/loop1"),
    Kind("partition", ["virtio_blk"], PARTITIONS,
         "dd if=/dev/zero of=/dev/vda bs=4k count=1 oflag=direct && blockdev --rereadpt /dev/vda"),
    Kind("dm-linear", ["dm_mod"], LINEAR, "dmsetup remove low; dmsetup remove high"),
    Kind("dm-crypt", ["dm_crypt"], CRYPT, "dmsetup remove crypt-vda; dmsetup remove crypt-vdb"),
]

TOOLS = ["dmsetup", "losetup"]
OPTIONAL = ["scsi_debug", "null_blk", "loop", "dm_mod", "dm_crypt", "xts", "aesni_intel",
            "aes_generic", "ecb", "cbc"]
BLOCKS = 4		# of 4 KiB in each burst
GOOD, BAD = "." * BLOCKS, "E" * BLOCKS


def disks_of():
    disks = Disks("kinds-images")
    for _ in range(2):
        disks.add("virtio-blk-pci")
    disks.bus("virtio-scsi-pci", "id=scsi")
    for _ in range(2):
        disks.add("scsi-hd,bus=scsi.0")
    for serial in ("one", "two"):
        disks.add(f"nvme,serial={serial}")
    disks.bus("ich9-ahci", "id=ahci")
    for port in range(2):
        disks.add(f"ide-hd,bus=ahci.{port}")
    return disks


def io(node, op, device):
    return node.must(f"io {op} {device} {BLOCKS}").strip()


def fails(node, kind, device, beside):
    """Each operation ends with the error, the device beside has none of it, then all is well."""
    what = f"{kind} disk-error"
    number = node.inject("disk-error", device, "status=medium")
    node.check(f"{what}: reads and writes fail",
               (seen := io(node, "read", device) + io(node, "write", device)) ==
               f"{BAD} ENODATA{BAD} ENODATA", seen)
    node.check(f"{what}: the device beside goes on",
               (seen := io(node, "read", beside) + io(node, "write", beside)) ==
               f"{GOOD} -{GOOD} -", seen)
    # A layer may ask once more for itself what a reader asked.
    count = node.counters(number)
    node.check(f"{what}: what failed is counted", count["failed"] >= 2 * BLOCKS, count)
    node.clear(number)
    node.balanced(what, node.counters(number))
    healed(node, what, device)


def hangs(node, kind, device, beside):
    """A read does not end until the fault does, and then it ends well."""
    what = f"{kind} disk-hang"
    number = node.inject("disk-hang", device)
    node.must(f"(io read {device} 1 > /run/hung 2>&1; echo over >> /run/hung) & true")
    node.until_count(number, "held")
    node.check(f"{what}: the device beside goes on",
               (seen := io(node, "read", beside) + io(node, "write", beside)) ==
               f"{GOOD} -{GOOD} -", seen)
    node.check(f"{what}: the read has not ended", node.run("grep over /run/hung")[0] != 0)
    node.clear(number)
    node.check(f"{what}: once cleared it ends", node.until("grep -q over /run/hung"))
    node.check(f"{what}: and without an error", (seen := node.must("head -n 1 /run/hung").strip()) ==
               ". -", seen)
    node.balanced(what, node.counters(number))
    healed(node, what, device)


def vanishes(node, kind, device, beside):
    what = f"{kind} disk-vanish"
    number = node.inject("disk-vanish", device)
    node.check(f"{what}: nothing can be read or written",
               (seen := io(node, "read", device) + io(node, "write", device)).count("E" * BLOCKS) == 2,
               seen)
    node.check(f"{what}: the device beside goes on", (seen := io(node, "read", beside)) ==
               f"{GOOD} -", seen)
    node.clear(number)
    node.balanced(what, node.counters(number))
    healed(node, what, device)


def healed(node, what, device):
    node.check(f"{what}: healed", (seen := io(node, "read", device) + io(node, "write", device)) ==
               f"{GOOD} -{GOOD} -", seen)
    node.same(what)


FAULTS = {"disk-error": fails, "disk-hang": hangs, "disk-vanish": vanishes}


def carry_out(node, kind):
    status, text = node.run(kind.setup)
    devices = text.split()
    if status or len(devices) < 2:
        node.check(f"{kind.name}: there are two of them", False, text)
        return
    device, beside = devices[:2]
    node.must(f"dd if=/dev/urandom of={device} bs=4k count=64 oflag=direct 2> /dev/null")
    node.remember()
    for fault, test in FAULTS.items():
        if fault in node.faults:
            test(node, kind.name, device, beside)
    status, text = node.run(kind.undo)
    node.check(f"{kind.name}: the device can be given up again", status == 0, text)
    node.quiet(kind.name)


def run(kernel, module, tally, args):
    del args
    with Node(kernel, module, tally, "kinds", tools=TOOLS, optional=OPTIONAL, disks=disks_of().args,
              modules=["virtio_scsi", "sd_mod", "nvme", "ahci"]) as node:
        for kind in KINDS:
            lacks = [need for need in kind.needs if not has_driver(kernel, need)]
            if lacks:
                tally.skip(kind.name, f"{kernel.release} has no {lacks[0]}")
                continue
            try:
                carry_out(node, kind)
            except GuestError as e:
                tally.check(f"{kind.name}: the guest does as it is told", False, str(e))
                return
