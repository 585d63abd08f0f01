# SPDX-License-Identifier: GPL-2.0-or-later
"""The guest in which disk faults meet real storage, and what its tests ask of it."""
import os
import re
import shutil
import subprocess
import sys
import time

import reports
from guest import Guest, GuestError
from initrd import LAB_KERNEL, OBEY, Initrd, lab_kernel

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
OUT = os.path.join(TOP, "build/test/disks")
BIN = os.path.join(OUT, "bin")
LOADED = "/lib/faultdrill/faultdrill.ko"
PROGRAMS = ["fdrctl", "io", "ledger", "cycles"]
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
LONG = 600		# seconds that a fault may stay; each is cleared before
PATIENCE = 60		# seconds that a condition may take; a fault's effect takes milliseconds
MIB = 1 << 20


def build(row):
    """The module for the kernel of that row of scripts/kernel, and the guests' programs."""
    module_dir = os.path.join(TOP, "build/kmod", "lab" if row == LAB_KERNEL else row)
    for command in (["make", "-s", "kmod", f"KMOD_OUT={module_dir}", f"KREL={row}"],
                    ["make", "-s", "-C", HERE, f"OUTPUT={BIN}"]):
        p = subprocess.run(command, cwd=TOP, check=False, text=True, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT)
        if p.returncode:
            print(p.stdout)
            sys.exit(f"tests/kmod/disks: '{' '.join(command)}' failed (see above)")
    return lab_kernel(row), os.path.join(module_dir, "faultdrill.ko")


def has_module(kernel, name):
    """Whether @kernel has it as a module; what is built in is not put into an initrd."""
    index = (kernel.modules / "modules.dep").read_text(encoding="ascii")
    return re.search(rf"/{name.replace('_', '[-_]')}\.ko", index) is not None


def has_driver(kernel, name):
    """Whether @kernel has it at all."""
    builtin = (kernel.modules / "modules.builtin").read_text(encoding="ascii")
    return has_module(kernel, name) or \
        re.search(rf"/{name.replace('_', '[-_]')}\.ko", builtin) is not None


def find_tool(name):
    path = shutil.which(name, path=PATH)	# or, with slashes, the file itself
    if not path:
        sys.exit(f"tests/kmod/disks: no {name}: scripts/deps install test")
    return path


class Disks:
    """Blank images for one guest, and QEMU's arguments that attach them."""

    def __init__(self, name):
        self.dir = os.path.join(OUT, name)
        shutil.rmtree(self.dir, ignore_errors=True)
        os.makedirs(self.dir)
        self.args, self._n = [], 0

    def bus(self, *device):
        self.args += ["-device", ",".join(device)]

    def add(self, device, mib=64):
        """One more disk of @mib MiB: @device is QEMU's, to which drive=ID is added."""
        name = f"disk{self._n}"
        self._n += 1
        path = os.path.join(self.dir, name)
        with open(path, "wb") as f:
            f.truncate(mib * MIB)
        self.args += ["-drive", f"file={path},format=raw,if=none,id={name},cache=unsafe,discard=unmap",
                      "-device", f"{device},drive={name}"]


class Node:
    """A guest with the module loaded and armed."""

    def __init__(self, kernel, module, tally, name, *, tools=(), modules=(), optional=(), disks=(),
                 files=None, memory=384, smp=2):
        """@tools: programs of the host; @modules: loaded at the start; @optional: where the
        kernel has them, for modprobe; @files: {path: text}."""
        self.kernel, self.tally, self.name = kernel, tally, name
        initrd = Initrd()
        # libcrc32c, of xfs, btrfs and DRBD, asks for it by an alias that nothing here resolves.
        wanted = ["crc32c_generic", kernel.pvpanic, "virtio_pci", "virtio_blk", *modules]
        initrd.modules(kernel, [m for m in wanted if has_module(kernel, m)])
        initrd.modules(kernel, [m for m in optional if has_module(kernel, m)], load=False)
        initrd.module(module)
        for program in PROGRAMS:
            initrd.file(f"kmod/{program}", os.path.join(BIN, program), 0o755)
        for tool in tools:
            initrd.program(find_tool(tool))
        for path, text in (files or {}).items():
            initrd.text(path, text)
        # The tools before busybox's smaller ones of the same name.
        initrd.script("export PATH=/kmod:/usr/sbin:/usr/bin:/sbin:/bin\nmkdir -p /mnt /run/lock /var/lock /var/lib/drbd\n"
                      "echo /bin/modprobe > /proc/sys/kernel/modprobe\n" + OBEY)
        image = initrd.write(os.path.join(OUT, name + ".img"))
        # Hooks come and go under load: one thread, see run.
        self.guest = Guest(kernel, image, os.path.join(OUT, name), smp=smp, memory=memory,
                           thread="single", extra=list(disks))
        self._console = 0

    def __enter__(self):
        self.guest.wait_ready(180)
        self.must("fdrctl arm 3600000000000")
        self.faults = {line.split()[0] for line in self.must("fdrctl faults").splitlines()
                       if line.endswith(" available")}
        return self

    def __exit__(self, *_):
        self.guest.close()

    # Commands

    def run(self, command, timeout=PATIENCE):
        return self.guest.run(command, timeout)

    def must(self, command, timeout=PATIENCE):
        return self.guest.check(command, timeout)

    def until(self, command, timeout=PATIENCE):
        """Waits until @command succeeds; whether it did."""
        end = time.monotonic() + timeout
        while self.run(command)[0]:
            if time.monotonic() > end:
                return False
            time.sleep(0.05)
        return True

    # Injections

    def inject(self, fault, device, *words, force=False):
        """Starts a fault and waits until it is in effect; its id."""
        line = " ".join(["fdrctl inject", fault, f"device={device}", *words,
                         f"@duration={LONG * 10**9}"] + ["@force"] * force)
        number = self.must(line).strip()
        self.must(f"fdrctl wait {number} active 30000")
        return number

    def clear(self, number):
        self.must(f"fdrctl clear {number}")
        self.must(f"fdrctl wait {number} cleared 60000", 90)

    def counters(self, number):
        """{name: value} of the injection's counters."""
        rows = (line.split() for line in self.must(f"fdrctl get {number}").splitlines())
        return {row[0]: int(row[1]) for row in rows
                if len(row) == 2 and row[1].lstrip("-").isdigit()}

    def until_count(self, number, name, least=1, timeout=PATIENCE):
        """Waits until a counter is at least @least; its value."""
        end = time.monotonic() + timeout
        while (seen := self.counters(number).get(name, 0)) < least:
            if time.monotonic() > end:
                raise GuestError(f"{name} of injection {number} is {seen}, not {least}, after {timeout} s")
            time.sleep(0.05)
        return seen

    # Verdicts

    def check(self, what, ok, seen=None):
        return self.tally.check(what, ok, seen)

    def balanced(self, what, count):
        """Each match was taken or let pass, and what was taken and held has been released."""
        taken = sum(count.get(name, 0) for name in TAKEN)
        ok = count["matched"] == count["passed"] + taken
        if "released" in count:
            ok = ok and count["released"] == taken and not count.get("waiting")
        return self.check(f"{what}: the counters balance ({told(count)})", ok, count)

    def remember(self):
        """What there is of the module now, for same()."""
        self._state = self.state()

    def state(self):
        return self.must(
            "cat /sys/kernel/tracing/enabled_functions; "
            "cat /proc/[0-9]*/stat 2> /dev/null | sed -n 's/^[0-9]* (\\(fdr-[^)]*\\|faultdrill.[^)]*\\)).*/\\1/p'; "
            "grep ^faultdrill /proc/modules | cut -d' ' -f3")

    def same(self, what):
        """No hook and no thread stays."""
        end = time.monotonic() + PATIENCE
        while (now := self.state()) != self._state:
            if time.monotonic() > end:
                return self.check(f"{what}: nothing of the fault stays", False, (self._state, now))
            time.sleep(0.1)
        return self.check(f"{what}: nothing of the fault stays", True)

    def quiet(self, what, expected=()):
        """Since it was asked last, the kernel reported nothing but what @expected allows."""
        lines = [line.text for line in self.guest.console[self._console:]]
        self._console += len(lines)
        bad = reports.unexpected("disks", lines, expected)
        return self.check(f"{what}: the kernel has nothing to complain about", not bad, bad)


# Counters that say what became of a match other than to pass.
TAKEN = ("failed", "held", "delayed", "dropped", "torn", "taken", "swallowed")
TOLD = ("matched", "passed", *TAKEN, "released")


def told(count):
    return ", ".join(f"{name} {count[name]}" for name in TOLD if name in count)
