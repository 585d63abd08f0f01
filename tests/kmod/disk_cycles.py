# SPDX-License-Identifier: GPL-2.0-or-later
"""Exactly once: disk faults come and go under load, and no I/O is lost or done twice.

fio writes, reads back and checks every block by its checksum, through three of the
kernel's ways in, while cycles (the program) has faults begin and end by the thousand.
"""
import re

from disk_node import LOADED, Disks, Node
from guest import GuestError

DISK, ANCHOR = "/dev/vda", "/dev/vdb"
MIB = 24
# What fio is told on each pass.  An error that was injected is to be none of its business (it ends
# a pass early now and then, with err= 5); a wrong checksum ends it, with another error and a word.
PASS = ("fio --thread --direct=1 --filename={disk} --bs=4k --rw=randwrite --size=1m "
        "--loops=6 --fdatasync=32 --verify=crc32c --verify_fatal=1 --do_verify=1 --randrepeat=0 "
        "--continue_on_error=io --ignore_error=EIO,EIO --error_dump=0 "
        "--name=aio --ioengine=libaio --iodepth=16 --offset=0 "
        "--name=uring --ioengine=io_uring --iodepth=8 --offset=8m "
        "--name=sync --ioengine=psync --offset=16m")
# fio until it is told to stop; a line for each pass, and its whole output where one fails.
LOAD = """\
#!/bin/sh
n=0
while [ ! -e /run/stop ]; do
	@ > /run/fio.txt 2>&1
	status=$?
	n=$((n + 1))
	echo "pass $n status $status" >> /run/passes
	if [ $status -gt 1 ] || grep -qE 'verify|err= *([1-46-9]|[0-9][0-9])' /run/fio.txt ||
		! grep -q 'err=' /run/fio.txt; then cat /run/fio.txt >> /run/bad; fi
done
echo ended >> /run/passes
"""
FAULTS = {
    "disk-error": ["disk-error ops=read probability=20%", "disk-error ops=write,flush probability=20%"],
    "disk-hang": ["disk-hang", "disk-hang ops=write probability=50%"],
    "disk-delay": ["disk-delay delay=2ms", "disk-delay delay=1ms ops=read"],
    "disk-throttle": ["disk-throttle iops=500", "disk-throttle rate=1M ops=write"],
    "disk-drop-flush": ["disk-drop-flush"],
}
QUICK, MANY = 25, 3000		# cycles
CYCLE_S = 3			# seconds that one may take on a busy host


def lines_for(node):
    return [line for fault, lines in FAULTS.items() if fault in node.faults for line in lines]


def slabs(node):
    """{cache: objects in use} of what bios are made of."""
    rows = (line.split() for line in node.must("cat /proc/slabinfo").splitlines()[2:])
    return {row[0]: int(row[1]) for row in rows if re.match(r"(fdr|faultdrill|biovec|bio)", row[0])}


def run(kernel, module, tally, args):
    disks = Disks("cycles-images")
    disks.add("virtio-blk-pci", MIB)
    disks.add("virtio-blk-pci", MIB)
    with Node(kernel, module, tally, "cycles", tools=["fio"], memory=768, disks=disks.args,
              files={"etc/load.sh": LOAD.replace("@", PASS.format(disk=DISK))}) as node:
        try:
            carry_out(node, args.cycles or (QUICK if args.quick else MANY), args.seed)
        except GuestError as e:
            tally.check("cycles: the guest does as it is told", False, str(e))


def carry_out(node, count, seed):
    node.remember()
    node.must("cat /sys/kernel/tracing/touched_functions 2> /dev/null | sort > /run/touched; true")
    # Caches of their own, on each processor, are full after the same load without a fault.
    node.must(PASS.format(disk=DISK) + " 2>&1", 300)
    before = slabs(node)
    node.must("(sh /etc/load.sh & echo $! > /run/load.pid) > /dev/null 2>&1")
    node.check("cycles: fio verifies without a fault", node.until("grep -q 'status 0' /run/passes"),
               node.run("cat /run/bad")[1])
    lines = lines_for(node)
    words = " ".join(f"'{line}'" for line in lines)
    status, text = node.run(f"cycles {count} {seed} {LOADED} {DISK} {ANCHOR} {words}",
                            120 + count * CYCLE_S)
    print("\n".join("    " + line for line in text.splitlines() if not line.startswith("#")))
    node.check(f"cycles: {count} of {len(lines)} faults, and each balances", status == 0 and
               f"cycles {count} wrong 0" in text, text)
    passes = node.must("grep -c pass /run/passes").strip()
    node.check(f"cycles: fio went on ({passes} passes)", node.until(
        f"[ $(grep -c pass /run/passes) -gt {passes} ]"), node.run("cat /run/fio.txt")[1])
    node.must("touch /run/stop")
    node.check("cycles: fio ends, so nothing of its I/O is lost", node.until("grep -q ended /run/passes"),
               node.run("cat /run/fio.txt; cat /sys/block/vda/inflight")[1])
    node.check("cycles: and never read what it had not written", node.run("test -e /run/bad")[0] != 0,
               node.run("cat /run/passes; grep -E 'err=|verify|error' /run/bad")[1])
    if "disk-corrupt" in node.faults:
        notices(node)
    inflight = node.must("cat /sys/block/vda/inflight").split()
    node.check("cycles: nothing is on its way", inflight == ["0", "0"], inflight)
    node.same("cycles")
    leaves_nothing(node, before)
    node.quiet("cycles")


def notices(node):
    """One block that comes back wrong, and the same fio does say so."""
    number = node.inject("disk-corrupt", DISK, "ops=read", "times=1", "skip=50")
    status, text = node.run(PASS.format(disk=DISK).replace("--loops=6", "--loops=1") + " 2>&1", 300)
    node.check("cycles: a single flipped bit would have been noticed", status and "verify" in text, text)
    node.clear(number)


def leaves_nothing(node, before):
    """Unloaded, the module has taken all with it."""
    node.must("fdrctl disarm; rmmod faultdrill", 90)
    node.check("cycles: unloaded, no function is redirected",
               not (text := node.must("cat /sys/kernel/tracing/enabled_functions")).strip(), text)
    left = node.must("ps | grep -E '[f]dr-|[f]aultdrill' || true")
    node.check("cycles: no thread is left", not left, left)
    after = slabs(node)
    more = {name: (before.get(name, 0), n) for name, n in after.items()
            if n > before.get(name, 0) + SLACK or name.startswith(("fdr", "faultdrill"))}
    node.check("cycles: and no cache, and no bio", not more, more)


# Objects: what processors keep for themselves, up to 256 each, of several sets of bios.
# Thousands of cycles that lost one each would show.
SLACK = 1024
