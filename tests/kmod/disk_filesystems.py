# SPDX-License-Identifier: GPL-2.0-or-later
"""Disk faults under ext4, xfs and btrfs, mounted and busy.

What the kernel acknowledged before, during and after a fault that does not lie is
still there when it has healed; what a lying disk loses is what was asked for.
"""
from collections import namedtuple

from disk_node import TAKEN, Disks, Node, has_driver
from guest import GuestError

# check: reads only; repair: may change, its good exit statuses; both by path.
System = namedtuple("System", "name make mount check repair repaired expected")

SYSTEMS = [
    System("ext4", "mkfs.ext4 -q -F", "", "e2fsck -fn", "e2fsck -fy", (0, 1), ()),
    System("xfs", "mkfs.xfs -q -f", "", "xfs_repair -n", "xfs_repair", (0,), ()),
    # An aborted transaction is told with a stack, once.
    System("btrfs", "mkfs.btrfs -q -f", "", "btrfs check", "btrfs check", (0,),
           (r"WARNING: CPU: \d+ PID: \d+ at fs/btrfs/",)),
]
TOOLS = ["mkfs.ext4", "e2fsck", "mkfs.xfs", "xfs_repair", "mkfs.btrfs", "btrfs"]

DISK = "/dev/vda"
MIB = 320		# the least that mkfs.xfs takes is 300
RECORDS = 64
JOURNAL, SAID = "/run/journal", "/run/said"
FILE = "/mnt/ledger"

# A fault that does not lie: what it is started with, whether it ends writing.
Honest = namedtuple("Honest", "fault words ends")
HANG = Honest("disk-hang", "", False)
HONEST = [
    Honest("disk-error", "ops=write,flush", True),
    Honest("disk-error", "ops=write,flush status=nospc", True),
    Honest("disk-vanish", "", True),
    Honest("disk-readonly", "", True),
    HANG,
    Honest("disk-delay", "delay=50ms", False),
]

# A fault that lies: what it is started with, and how the ledger finds what it hit.
Lie = namedtuple("Lie", "fault words seen_as")
LIES = [
    Lie("disk-drop-writes", "", "lost"),
    Lie("disk-torn-write", "keep=1", "torn"),
    Lie("disk-corrupt", "ops=write", "torn"),
]
HIT = 20		# records written while it is in effect


class Mounted:
    """One file system on DISK, with a ledger in it and other files that come and go."""

    def __init__(self, node, system):
        self.node, self.system = node, system

    def make(self):
        node = self.node
        node.must(f"dd if=/dev/zero of={DISK} bs=1M count=4 2> /dev/null; rm -f {JOURNAL}")
        node.must(f"{self.system.make} {DISK} 2>&1")
        self.mount()
        node.must("dd if=/dev/urandom of=/mnt/still bs=64k count=16 2> /dev/null; sync")
        self.sum = node.must("md5sum < /mnt/still")

    def mount(self):
        self.node.must(f"mount -t {self.system.name} {self.system.mount} {DISK} /mnt 2>&1")

    def begin(self):
        """Keep it busy, from now on."""
        node = self.node
        node.must(f"(ledger run {FILE} {RECORDS} {JOURNAL} > {SAID} 2>&1 & echo $! > /run/ledger.pid)")
        self.churn()
        if not self.acknowledges():
            raise GuestError(f"{self.system.name}: the ledger does not start: {node.run(f'cat {SAID}')[1]}")

    def churn(self):
        """Other files come and go, from now on."""
        self.node.must("(while :; do for i in 1 2 3 4; do echo $i > /mnt/a$i; mv /mnt/a$i /mnt/b$i; "
                       "cp /mnt/still /mnt/c; rm /mnt/b$i /mnt/c; done; done > /dev/null 2>&1 & "
                       "echo $! > /run/churn.pid)")

    def write(self, count):
        """@count records, directly, and what the ledger said; each is one write of the disk."""
        return self.node.must(f"ledger run {FILE} {RECORDS} {JOURNAL} direct {count}").strip()

    def acknowledges(self):
        """One more record is acknowledged within the time for anything."""
        before = self.node.run(f"md5sum < {JOURNAL}")[1]
        return self.node.until(f"[ \"$(md5sum < {JOURNAL})\" != '{before}' ]")

    def ended(self):
        """The ledger has ended by itself; what it said."""
        self.node.until(f"grep -q acknowledged {SAID}")
        return self.node.run(f"cat {SAID}")[1].strip()

    def stop(self):
        """Nobody writes any more."""
        self.node.run("kill $(cat /run/churn.pid /run/ledger.pid)")
        return self.node.until("for p in $(cat /run/churn.pid /run/ledger.pid); do "
                               "! grep -q . /proc/$p/cmdline || exit; done")

    def verify(self):
        """{fine, lost, torn, unreadable} of the ledger's records."""
        words = self.node.must(f"ledger verify {FILE} {RECORDS} {JOURNAL}").split()
        return dict(zip(words[::2], map(int, words[1::2])))

    def unmount(self, what):
        status, text = self.node.run("umount /mnt 2>&1")
        return self.node.check(f"{what}: unmount works", status == 0, text)

    def fsck(self, what, clean):
        """@clean: there may be nothing to repair."""
        node, system = self.node, self.system
        if clean:
            status, text = node.run(f"{system.check} {DISK} 2>&1", 120)
            return node.check(f"{what}: fsck finds nothing", status == 0, text)
        status, text = node.run(f"{system.repair} {DISK} 2>&1", 120)
        node.check(f"{what}: fsck repairs what there is (exit status {status})",
                   status in system.repaired, text)
        status, text = node.run(f"{system.check} {DISK} 2>&1", 120)
        return node.check(f"{what}: and then finds nothing", status == 0, text)


def honest(node, system, row):
    """A fault that tells what it does: nothing that was acknowledged is lost."""
    what = " ".join([system.name, row.fault, *row.words.split()])
    fs = Mounted(node, system)
    fs.make()
    fs.begin()
    number = node.inject(row.fault, DISK, row.words)
    node.until_count(number, "matched")
    if row.ends:
        said = fs.ended()
        node.check(f"{what}: writing ends with an error", "acknowledged" in said and
                   "error -" not in said, said)
        fs.stop()
        fs.unmount(f"{what}, while it is in effect")
        node.clear(number)
    else:
        # While it hangs nothing can end; so it is cleared under load.
        if row.fault != "disk-hang":
            node.check(f"{what}: writing goes on", fs.acknowledges())
        node.clear(number)
        node.check(f"{what}: once cleared, writing goes on", fs.acknowledges())
        fs.stop()
        said = node.must(f"cat {SAID}").strip()
        node.check(f"{what}: nobody has seen an error", "error -" in said, said)
        fs.unmount(what)
    node.balanced(what, node.counters(number))
    fs.mount()
    seen = fs.verify()
    node.check(f"{what}: all that was acknowledged is there ({seen['fine']} records)",
               seen["fine"] and not seen["lost"] + seen["torn"] + seen["unreadable"], seen)
    node.check(f"{what}: and what was there before", node.must("md5sum < /mnt/still") == fs.sum)
    node.must(f"rm -f {SAID}")
    fs.begin()
    fs.stop()
    node.check(f"{what}: mounted again it can be written", "error -" in node.must(f"cat {SAID}"))
    fs.unmount(what)
    # ext4 keeps a note of errors that it met, which fsck takes out.
    fs.fsck(what, clean=not (row.ends and system.name == "ext4"))
    node.quiet(what, system.expected)


def unreadable(node, system):
    """Reads fail for a while: readers are told, nothing is lost."""
    what = f"{system.name} disk-error ops=read"
    fs = Mounted(node, system)
    fs.make()
    fs.begin()
    number = node.inject("disk-error", DISK, "ops=read")
    node.must("echo 3 > /proc/sys/vm/drop_caches")
    status, text = node.run("cat /mnt/still 2>&1 > /dev/null")
    node.check(f"{what}: a reader is told", status and "Input/output error" in text, text)
    node.clear(number)
    node.balanced(what, node.counters(number))
    fs.stop()
    fs.unmount(what)
    fs.mount()
    seen = fs.verify()
    node.check(f"{what}: all that was acknowledged is there ({seen['fine']} records)",
               seen["fine"] and not seen["lost"] + seen["torn"] + seen["unreadable"], seen)
    node.check(f"{what}: and can be read again", node.must("md5sum < /mnt/still") == fs.sum)
    fs.unmount(what)
    fs.fsck(what, clean=False)
    node.quiet(what, system.expected)


def run(kernel, module, tally, args):
    disks = Disks("filesystems-images")
    disks.add("virtio-blk-pci", MIB)
    names = [system.name for system in SYSTEMS if has_driver(kernel, system.name)]
    with Node(kernel, module, tally, "filesystems", tools=TOOLS, modules=names, memory=512,
              disks=disks.args) as node:
        for system in SYSTEMS:
            if system.name not in names:
                tally.skip(system.name, f"{kernel.release} has none")
                continue
            try:
                of_system(node, system, args.quick)
            except GuestError as e:
                tally.check(f"{system.name}: the guest does as it is told", False, str(e))
                return


def lie(node, system, row):
    """A fault that acknowledges what it does not do: to what it hit, and to nothing else."""
    what = " ".join([system.name, row.fault, *row.words.split()])
    fs = Mounted(node, system)
    fs.make()
    fs.write(RECORDS)
    # btrfs never writes to where something is, and does not tell where on the disk that is.
    where = "kind=data" if system.name == "btrfs" else \
        f"bytes={node.must(f'sync; ledger where {FILE}').strip()}"
    node.must("cat /dev/null > /run/ledger.pid")
    if system.name != "btrfs":
        fs.churn()
    number = node.inject(row.fault, DISK, row.words, where)
    said = fs.write(HIT)
    node.check(f"{what}: writing goes on as if nothing were", said == f"acknowledged {HIT} error -", said)
    node.clear(number)
    count = node.counters(number)
    node.balanced(what, count)
    hit = sum(count.get(name, 0) for name in TAKEN)
    node.check(f"{what}: it hit those {HIT} writes and nothing else", hit == HIT, count)
    if system.name != "btrfs":
        fs.stop()
    fs.unmount(what)
    fs.mount()
    seen = fs.verify()
    # btrfs has checksums of its own, so that it can tell.
    bad = "unreadable" if system.name == "btrfs" else row.seen_as
    node.check(f"{what}: {HIT} records are {bad}, the others are fine", seen[bad] == HIT and
               seen["fine"] == RECORDS - HIT, seen)
    node.check(f"{what}: other files are as they were", node.must("md5sum < /mnt/still") == fs.sum)
    fs.unmount(what)
    fs.fsck(what, clean=True)
    node.quiet(what, system.expected)


def bad_sectors(node, system):
    """The ledger's own sectors cannot be read; those written meanwhile are good again."""
    what = f"{system.name} disk-bad-sectors cure=write"
    fs = Mounted(node, system)
    fs.make()
    fs.write(RECORDS)
    where = node.must(f"sync; ledger where {FILE}").strip()
    number = node.inject("disk-bad-sectors", DISK, f"bytes={where}", "cure=write")
    seen = fs.verify()
    node.check(f"{what}: no record can be read", seen["unreadable"] == RECORDS, seen)
    node.check(f"{what}: the other files can", node.run("echo 3 > /proc/sys/vm/drop_caches; "
                                                        "md5sum < /mnt/still")[1] == fs.sum)
    fs.write(HIT)
    seen = fs.verify()
    node.check(f"{what}: {HIT} were written and are good", seen["fine"] == HIT and
               seen["unreadable"] == RECORDS - HIT, seen)
    node.clear(number)
    node.balanced(what, node.counters(number))
    seen = fs.verify()
    node.check(f"{what}: once cleared all are", seen["fine"] == RECORDS, seen)
    fs.unmount(what)
    fs.fsck(what, clean=True)
    node.quiet(what, system.expected)


def lie_on_reading(node, system):
    """What is read is wrong while the fault is in effect, and right before and afterwards."""
    what = f"{system.name} disk-corrupt ops=read"
    fs = Mounted(node, system)
    fs.make()
    fs.write(RECORDS)
    where = "kind=data" if system.name == "btrfs" else f"bytes={node.must(f'ledger where {FILE}').strip()}"
    number = node.inject("disk-corrupt", DISK, "ops=read", where)
    bad = "unreadable" if system.name == "btrfs" else "torn"
    seen = fs.verify()
    node.check(f"{what}: all records are {bad}", seen[bad] == RECORDS, seen)
    node.clear(number)
    node.balanced(what, node.counters(number))
    seen = fs.verify()
    node.check(f"{what}: and fine again", seen["fine"] == RECORDS, seen)
    fs.unmount(what)
    fs.fsck(what, clean=True)
    node.quiet(what, system.expected)


def lie_about_all(node, system):
    """The whole disk loses all writes for a while: whatever becomes of the file system, the
    kernel lives, it can be unmounted, and the disk can be used again."""
    what = f"{system.name} disk-drop-writes of the whole disk"
    fs = Mounted(node, system)
    fs.make()
    fs.begin()
    number = node.inject("disk-drop-writes", DISK)
    node.until_count(number, "dropped", 20)
    node.check(f"{what}: writing goes on as if nothing were", fs.acknowledges())
    node.clear(number)
    node.balanced(what, node.counters(number))
    fs.stop()
    fs.unmount(what)
    if node.run(f"mount -t {system.name} {DISK} /mnt 2>&1")[0]:
        print("    it cannot be mounted any more")
    else:
        print(f"    mounted again: {fs.verify()}")
        node.check(f"{what}: what was there before is there", node.must("md5sum < /mnt/still") == fs.sum)
        fs.unmount(what)
    status, text = node.run(f"{system.check} {DISK} 2>&1", 120)
    print(f"    fsck: exit status {status}; {text.splitlines()[-1] if text else ''}")
    fs.make()
    fs.write(RECORDS)
    node.check(f"{what}: made anew it works", fs.verify()["fine"] == RECORDS)
    fs.unmount(what)
    node.quiet(what, system.expected)


def swap_in(node, system):
    """With a swap file in it, its disk wants force; btrfs hides which disks are its own."""
    what = f"{system.name} with a swap file"
    fs = Mounted(node, system)
    fs.make()
    status, text = node.run(f"fdrctl inject disk-error device={DISK} @dry")
    node.check(f"{system.name}, mounted: may be broken", status == 0, text)
    # Without holes, and on btrfs not to be copied on writing.
    node.must("if [ %s = btrfs ]; then btrfs filesystem mkswapfile --size 16m /mnt/swap; else "
              "dd if=/dev/zero of=/mnt/swap bs=1M count=16; mkswap /mnt/swap; fi 2>&1" % system.name)
    node.must("chmod 600 /mnt/swap; swapon /mnt/swap")
    status, text = node.run(f"fdrctl inject disk-error device={DISK} @dry")
    node.check(f"{what}: refused", status and "swap file" in text, text)
    node.must("swapoff /mnt/swap")
    fs.unmount(what)


def of_system(node, system, quick):
    """@quick: one fault that ends writing, one that stops it for a while, one that lies."""
    node.remember()
    for row in [r for r in HONEST if r.fault in node.faults and (not quick or r in (HONEST[0], HANG))]:
        honest(node, system, row)
    for row in [r for r in LIES if r.fault in node.faults and (not quick or r is LIES[0])]:
        lie(node, system, row)
    if quick:
        node.same(system.name)
        return
    swap_in(node, system)
    unreadable(node, system)
    # btrfs does not tell where on the disk a file is.
    if "disk-bad-sectors" in node.faults and system.name != "btrfs":
        bad_sectors(node, system)
    if "disk-corrupt" in node.faults:
        lie_on_reading(node, system)
    if "disk-drop-writes" in node.faults:
        lie_about_all(node, system)
    node.same(system.name)
