# SPDX-License-Identifier: GPL-2.0-or-later
"""What stands on a faulty disk: device mapper, md RAID1, DRBD.  Do they notice?"""
import time

from disk_node import Disks, Node, has_driver
from guest import GuestError

DRBDSETUP = "/lib/drbd/drbdsetup-84"
TOOLS = ["dmsetup", "losetup", "mdadm", "drbdmeta", DRBDSETUP]
OPTIONAL = ["loop", "dm_mod", "raid1", "drbd"]
BLOCKS = 8
STALL_S = 4		# how long a leg hangs before it is asked whether anybody noticed
MD = "/sys/block/md0/md"


class Stack:
    """One stack on /dev/vda, with the module's faults."""

    def __init__(self, node, name):
        self.node, self.name = node, name

    def check(self, what, ok, seen=None):
        return self.node.check(f"{self.name}: {what}", ok, seen)

    def io(self, op, device):
        return self.node.must(f"io {op} {device} {BLOCKS}").strip()

    def goes(self, what, op, device):
        seen = self.io(op, device)
        return self.check(what, seen == "." * BLOCKS + " -", seen)

    def clear(self, number):
        self.node.clear(number)
        self.node.balanced(self.name, self.node.counters(number))

    def ends(self, what):
        """The operation that begin() left in the background ends well."""
        node = self.node
        self.check(f"{what} ends", node.until("grep -q over /run/background"))
        seen = node.must("head -n 1 /run/background").strip()
        self.check("and without an error", seen == "." * BLOCKS + " -", seen)

    def begin(self, op, device):
        self.node.must(f"(io {op} {device} {BLOCKS} > /run/background 2>&1; "
                       "echo over >> /run/background) & true")

    def pending(self):
        return self.node.run("grep over /run/background")[0] != 0


def over_linear(node):
    """The lower disk fails: the upper device has its error, and works when it has healed."""
    s = Stack(node, "dm-linear's disk")
    node.must("modprobe dm_mod; echo '0 65536 linear /dev/vda 0' | dmsetup --noudevsync create low; "
              "dmsetup mknodes")
    number = node.inject("disk-error", "/dev/vda", "ops=read")
    seen = s.io("read", "/dev/mapper/low")
    s.check("reads of the mapped device fail", seen == "E" * BLOCKS + " EIO", seen)
    s.goes("writes do not", "write", "/dev/mapper/low")
    s.clear(number)
    s.goes("healed", "read", "/dev/mapper/low")
    # Each layer is told apart: a rule for the mapped device leaves its disk alone.
    number = node.inject("disk-error", "/dev/mapper/low", "ops=read")
    s.goes("with the fault on the mapped device its disk goes on", "read", "/dev/vda")
    seen = s.io("read", "/dev/mapper/low")
    s.check("and the mapped device fails", seen == "E" * BLOCKS + " EIO", seen)
    s.clear(number)
    node.must("dmsetup remove low")


def over_loop(node):
    s = Stack(node, "loop's disk")
    node.must("modprobe loop; /usr/sbin/losetup --direct-io=on /dev/loop7 /dev/vda")
    number = node.inject("disk-error", "/dev/vda", "ops=read")
    seen = s.io("read", "/dev/loop7")
    s.check("reads of the loop device fail", seen == "E" * BLOCKS + " EIO", seen)
    s.clear(number)
    s.goes("healed", "read", "/dev/loop7")
    node.must("/usr/sbin/losetup -d /dev/loop7")


def md(node, what):
    return node.must(f"cat {MD}/{what}").strip()


def data_of(node, leg):
    """Where the data of md begin on it, in bytes."""
    return int(md(node, f"dev-{leg}/offset")) * 512


def mirror(node):
    """md RAID1: notices a failed write, repairs a failed read, never notices a hang."""
    s = Stack(node, "md RAID1")
    node.must("mdadm --create /dev/md0 --run --level=1 --raid-devices=2 --metadata=1.2 --assume-clean "
              "--homehost=any /dev/vda /dev/vdb 2>&1")
    node.must("dd if=/dev/urandom of=/dev/md0 bs=64k count=64 oflag=direct 2> /dev/null")
    # Reads go to the leg that will fail.
    node.must(f"echo writemostly > {MD}/dev-vdb/state")
    # A few: newer kernels take it out when many have failed.
    number = node.inject("disk-error", "/dev/vda", "ops=read", "status=medium")
    some = "dd if=/dev/md0 bs=4k count=4 iflag=direct 2> /dev/null | md5sum"
    seen = node.must(some)
    s.check("a leg that cannot be read: the other one answers", seen ==
            node.must(some.replace("md0", "vdb").replace("bs", f"skip={data_of(node, 'vdb')} bs")
                      .replace("iflag=direct", "iflag=direct,skip_bytes")), seen)
    s.check("and the leg stays", md(node, "degraded") == "0", md(node, "dev-vda/state"))
    node.until_count(number, "failed")
    s.clear(number)
    print(f"    bad blocks that md remembers of it: {md(node, 'dev-vda/bad_blocks').split()[:4]}")

    number = node.inject("disk-error", "/dev/vda", "ops=write,flush")
    s.goes("a leg that cannot be written: writes go on", "write", "/dev/md0")
    s.check("and md takes the leg out", node.until(f"grep -q 1 {MD}/degraded"),
            md(node, "dev-vda/state"))
    s.clear(number)
    sums = node.must("dd if=/dev/md0 bs=64k count=64 iflag=direct 2> /dev/null | md5sum")
    md_returns(s)
    seen = [node.must(f"dd if=/dev/{leg} bs=64k count=64 skip={data_of(node, leg)} "
                      "iflag=direct,skip_bytes 2> /dev/null | md5sum") for leg in ("vda", "vdb")]
    s.check("healed: once resynchronised both legs hold the same", seen == [sums, sums], (sums, seen))

    if "disk-hang" in node.faults:
        md_hangs(s)
    node.must("mdadm --stop /dev/md0 2>&1")


def md_returns(s):
    node = s.node
    s.node.must("mdadm /dev/md0 --remove /dev/vda 2>&1")
    s.node.must("mdadm --zero-superblock /dev/vda && mdadm /dev/md0 --add /dev/vda 2>&1")
    s.check("the leg comes back", node.until(f"grep -q 0 {MD}/degraded && grep -q idle {MD}/sync_action"),
            md(node, "dev-vda/state"))


def md_hangs(s):
    node = s.node
    number = node.inject("disk-hang", "/dev/vda")
    s.begin("write", "/dev/md0")
    node.until_count(number, "held")
    time.sleep(STALL_S)		# the time in which md might notice is what is measured
    s.check(f"a leg that hangs {STALL_S} s: the whole array waits", s.pending())
    s.check("and md notices nothing", md(node, "degraded") == "0" and
            "in_sync" in md(node, "dev-vda/state"), md(node, "dev-vda/state"))
    s.clear(number)
    s.ends("once it is released the write")
    node.must(f"echo check > {MD}/sync_action")
    node.until(f"grep -q idle {MD}/sync_action")
    s.check("and the legs hold the same", md(node, "mismatch_cnt") == "0", md(node, "mismatch_cnt"))


def drbd(node):
    """Two nodes of a DRBD in one kernel, by way of loopback: minors 0 (primary) and 1."""
    s = Stack(node, "DRBD")
    node.must("modprobe drbd")
    for minor, disk in enumerate(("vda", "vdb")):
        node.must(f"drbdmeta --force {minor} v08 /dev/{disk} internal create-md 2>&1")
        node.must(f"{DRBDSETUP} new-resource r{minor} && {DRBDSETUP} new-minor r{minor} {minor} 0")
        drbd_attach(node, minor, disk)
    for minor, (mine, other) in enumerate(((7701, 7702), (7702, 7701))):
        node.must(f"{DRBDSETUP} connect r{minor} ipv4:127.0.0.1:{mine} ipv4:127.0.0.1:{other} "
                  "--protocol=C --max-buffers=2048")
    s.check("the two are connected", node.until(f"{DRBDSETUP} dstate 0 | grep -qv Unknown"),
            node.run(f"{DRBDSETUP} dstate 0")[1])
    node.must(f"{DRBDSETUP} new-current-uuid --clear-bitmap 0")
    node.must(f"{DRBDSETUP} primary 0 --force")
    s.goes("it works", "write", "/dev/drbd0")

    number = node.inject("disk-error", "/dev/vda")
    s.goes("its disk fails: writes go on, to the peer", "write", "/dev/drbd0")
    s.goes("and reads come from there", "read", "/dev/drbd0")
    s.check("DRBD has detached the disk", node.until(f"{DRBDSETUP} dstate 0 | grep -q ^Diskless/UpToDate"),
            node.run(f"{DRBDSETUP} dstate 0")[1])
    s.clear(number)
    node.must("drbdmeta 0 v08 /dev/vda internal apply-al 2>&1")
    drbd_attach(node, 0, "vda")
    s.check("healed: attached again, it catches up",
            node.until(f"{DRBDSETUP} dstate 0 | grep -q ^UpToDate/UpToDate"),
            node.run(f"{DRBDSETUP} dstate 0")[1])
    seen = [node.must(f"dd if=/dev/{disk} bs=4k count={BLOCKS} iflag=direct 2> /dev/null | md5sum")
            for disk in ("vda", "vdb")]
    s.check("and both disks hold the same", seen[0] == seen[1], seen)

    if "disk-hang" in node.faults:
        drbd_hangs(s)
    node.must(f"for n in 0 1; do {DRBDSETUP} secondary $n; {DRBDSETUP} down r$n; done 2>&1")
    node.must("rmmod drbd")


def drbd_attach(node, minor, disk):
    node.must(f"{DRBDSETUP} attach {minor} /dev/{disk} /dev/{disk} internal --on-io-error=detach")


def drbd_hangs(s):
    node = s.node
    number = node.inject("disk-hang", "/dev/vda")
    s.begin("write", "/dev/drbd0")
    node.until_count(number, "held")
    time.sleep(STALL_S)		# as for md
    s.check(f"its disk hangs {STALL_S} s: writes wait, though the peer has them", s.pending())
    seen = node.must(f"{DRBDSETUP} dstate 0").strip()
    s.check("and DRBD notices nothing", seen == "UpToDate/UpToDate", seen)
    s.clear(number)
    s.ends("once it is released the write")


STACKS = [(over_linear, "dm_mod"), (over_loop, "loop"), (mirror, "raid1"), (drbd, "drbd")]


def run(kernel, module, tally, args):
    del args
    disks = Disks("stacks-images")
    for _ in range(2):
        disks.add("virtio-blk-pci", 32)
    with Node(kernel, module, tally, "stacks", tools=TOOLS, optional=OPTIONAL, modules=["raid1"],
              disks=disks.args) as node:
        for stack, needs in STACKS:
            if not has_driver(kernel, needs):
                tally.skip(stack.__name__, f"{kernel.release} has no {needs}")
                continue
            node.must("for d in vda vdb; do dd if=/dev/zero of=/dev/$d bs=1M count=32 2> /dev/null; done")
            node.remember()
            try:
                stack(node)
                node.same(stack.__name__)
                node.quiet(stack.__name__)
            except GuestError as e:
                tally.check(f"{stack.__name__}: the guest does as it is told", False, str(e))
                return
