# SPDX-License-Identifier: GPL-2.0-or-later
"""Nodes: a QEMU machine each, its oracle (QMP events with the host's time) and
its repair after a panic."""

import asyncio
import json
import os
import socket
import subprocess
import time

from . import net, ready, tsc
from .console import Console
from .errors import LabError
from .qmp import Qmp, QmpError

# panic=0: who repairs the machine, and when, is the lab's choice, not the kernel's.
# On a busy host an emulated timer may be late enough to be taken for broken.
KERNEL_ARGS = ("console=ttyS0 quiet nokaslr panic=0 no_timer_check tsc=reliable "
               "rcupdate.rcu_expedited=1 cryptomgr.notests random.trust_cpu=on rdinit=/sbin/init")
BOOTED = b": services started after"
PANIC_END = b"---[ end Kernel panic"
PANIC_PRINTED = 0.5     # seconds until the machine is stopped all the same
ACCELERATORS = {"kvm": ["-accel", "kvm", "-cpu", "host"], "tcg": ["-accel", "tcg", "-cpu"]}
# Of an emulated processor.  Without cmpxchg16b: QEMU 7.2 corrupts flags there.
FEATURES = {"rdrand": True, "cx16": False}


def _processor(accelerator, features):
    if accelerator != "tcg":
        return []
    wanted = {**FEATURES, **{name: True for name in features}}
    return [",".join(["qemu64", *(f"{'+' if on else '-'}{name}" for name, on in wanted.items())])]


def machine_arguments(kernel, initrd, accelerator, append, features=()):
    """What every machine of the lab is started with.  The firmware is qboot: after a
    reset SeaBIOS takes itself for resuming from sleep and resets again, many times."""
    return ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none",
            "-machine", "pc", "-bios", "qboot.rom", *ACCELERATORS[accelerator],
            *_processor(accelerator, features), "-kernel", str(kernel), "-initrd", str(initrd),
            "-append", append]


def _disk_file(machine, disk):
    """Where the state keeps it."""
    return f"nodes/{disk.name}.img" if disk.shared else f"nodes/{machine.name}/{disk.name}.img"


def append(machine, subnet, accelerator):
    """The command line of a machine's kernel."""
    khz = tsc.khz() if accelerator == "tcg" else None
    disks = ",".join(f"{d.name}:{d.format if d.mount else ''}:{d.mount or ''}"
                     for d in machine.disks)
    words = [KERNEL_ARGS, f"LAB_NAME={machine.name}", f"LAB_ADDRESS={machine.address}",
             f"LAB_NETMASK={subnet.netmask}"]
    words += [f"LAB_MODULES={','.join(machine.all_modules)}"] if machine.all_modules else []
    words += [f"LAB_DISKS={disks}"] if disks else []
    words += [f"tsc_early_khz={khz}"] if khz else []
    return " ".join([*words, machine.kernel_args]).strip()


def make_disks(state, machine):
    """Creates the machine's data disks, sparse; one that is shared is there already, perhaps."""
    for disk in machine.disks:
        path = state / _disk_file(machine, disk)
        if path.exists():
            continue
        with open(path, "wb") as f:
            f.truncate(disk.size)
        if disk.format:
            subprocess.run([f"mkfs.{disk.format}", "-q", "-F", "-L", disk.name[:16], path],
                           check=True)


class Runner:
    """One machine, through power cycles, for the life of the lab."""

    def __init__(self, state, machine, plan, root, subnet, on_change, record_pid):
        self.state = state
        self.machine = machine
        self.plan = plan        # kernel, initrd, accelerator
        self.root = root        # of a root on a disk: the file all share; None = in memory
        self.subnet = subnet
        self.on_change = on_change
        self.record_pid = record_pid
        self.base = f"nodes/{machine.name}"
        self.status = "off"
        self.boots = 0
        self.boot_ms = None     # of the last boot: from power-on or reset to all started
        self.ready_ms = None    # and until it served
        self.ready = asyncio.Event()
        self.process = None
        self.qmp = None
        self.console = Console(state / self.base / "console.log", f"{self.base}/console.sock")
        self._events = open(state / self.base / "events.jsonl", "a", encoding="utf-8",
                            buffering=1)
        self._tasks = set()
        self._watch = None

    def _arguments(self, serial, qmp):
        m = self.machine
        # To a machine that can have one processor alone TCG gives no memory barriers, and its
        # devices then miss that there is something in a queue.
        maxcpus = max(m.cpus, 2)
        args = machine_arguments(*self.plan, append(m, self.subnet, self.plan[2]), m.cpu_features)
        args += ["-name", m.name, "-m", f"{m.memory >> 20}", "-smp", f"{m.cpus},maxcpus={maxcpus}",
                 "-chardev", f"socket,id=serial,fd={serial}", "-serial", "chardev:serial",
                 "-chardev", f"socket,id=oracle,fd={qmp}", "-mon", "chardev=oracle,mode=control",
                 "-qmp", f"unix:{self.base}/qmp.sock,server=on,wait=off",
                 "-action", "panic=none",
                 "-device", "pvpanic-pci",
                 "-netdev", f"tap,id=net,ifname={m.name},script=no,downscript=no",
                 "-device", f"virtio-net-pci,netdev=net,mac={net.mac(m.address)},romfile="]
        if self.root:
            # Each machine's changes are its own, outlive its resets, and end with its power.
            args += ["-drive", f"file={self.root},if=none,id=root,format=raw,snapshot=on,"
                     "cache=unsafe",
                     "-device", "virtio-blk-pci,drive=root,serial=root"]
        for disk in m.disks:
            # QEMU locks a file for itself, unless it is told that others may write, too.
            locking, share = (",file.locking=off", ",share-rw=on") if disk.shared else ("", "")
            args += ["-drive", f"file={_disk_file(m, disk)},if=none,id={disk.name},"
                     f"format=raw,cache=unsafe,discard=unmap{locking}",
                     "-device", f"virtio-blk-pci,drive={disk.name},serial={disk.name}{share}"]
        if m.watchdog:
            args += ["-device", m.watchdog, "-action", "watchdog=reset"]
        return args

    def _spawn_task(self, work):
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def record(self, event, mono_ns=None, **data):
        """Adds a line to the oracle's log."""
        line = {"mono_ns": mono_ns or time.monotonic_ns(), "node": self.machine.name,
                "event": event, **data}
        self._events.write(json.dumps(line) + "\n")

    def _set(self, status):
        self.status = status
        self.on_change()

    async def power_on(self):
        """Starts the machine."""
        if self.process:
            raise LabError(f"{self.machine.name} is on already")
        ours_serial, its_serial = socket.socketpair()
        ours_qmp, its_qmp = socket.socketpair()
        with its_serial, its_qmp, open(self.state / self.base / "qemu.log", "ab") as log:
            self.console.note("power on")
            self.record("LAB_POWER_ON")
            self.process = await asyncio.create_subprocess_exec(
                *self._arguments(its_serial.fileno(), its_qmp.fileno()),
                stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
                pass_fds=(its_serial.fileno(), its_qmp.fileno()), cwd=self.state.dir,
                env=dict(os.environ, TMPDIR=str(self.state.dir)),
                preexec_fn=lambda: self.record_pid(self.machine.name))
        await self.console.open(ours_serial)
        self._spawn_task(self._ended(self.process))
        self._booting()
        try:
            self.qmp = await Qmp.open(ours_qmp, self._event)
        except (QmpError, ConnectionError) as e:
            raise LabError(f"{self.machine.name}: QEMU did not start: {self._complaint()}") from e

    def _complaint(self):
        text = (self.state / self.base / "qemu.log").read_text(errors="replace").strip()
        return text.splitlines()[-1] if text else "no output"

    def _booting(self):
        """A boot begins: watch for service."""
        self.boots += 1
        self.ready.clear()
        if self._watch:
            self._watch.cancel()
        self._watch = self._spawn_task(self._watch_ready(time.monotonic_ns()))
        self._set("booting")

    async def _watch_ready(self, since):
        booted = self._spawn_task(self._watch_boot(since))
        try:
            await ready.wait(self.machine.ready, self.machine.address)
            now = time.monotonic_ns()
            await booted    # its line may come a little after the service
        finally:
            booted.cancel()
        self.ready_ms = (now - since) // 1000000
        self.record("LAB_READY", now, after_ms=self.ready_ms)
        self.ready.set()
        self._set("ready")

    async def _watch_boot(self, since):
        await self.console.line_with(BOOTED, None)
        self.boot_ms = (time.monotonic_ns() - since) // 1000000

    async def _ended(self, process):
        code = await process.wait()
        if self._watch:
            self._watch.cancel()
        self.process = self.qmp = None
        self.ready.clear()
        self.console.note("power off")
        self.record("LAB_POWER_OFF", exit_code=code)
        self._set("off")

    def _event(self, message, mono_ns, real_ns):
        """An event of QEMU's: keep it, act on it.  QEMU stamps with the wall clock;
        event_mono_ns is that stamp on the monotonic clock."""
        stamp = message["timestamp"]
        age = real_ns - (stamp["seconds"] * 1000000000 + stamp["microseconds"] * 1000)
        self.record(message["event"], mono_ns, event_mono_ns=mono_ns - age,
                    data=message.get("data", {}))
        name = message["event"]
        if name == "GUEST_PANICKED":
            self.console.note("the kernel has panicked")
            if self._watch:
                self._watch.cancel()
            self.ready.clear()
            self._set("panicked")
            self._spawn_task(self._repair(mono_ns))
        elif name == "RESET":
            self.console.note("reset")
            self._booting()

    async def _repair(self, since):
        """What the topology says is done after a panic.  First the machine is stopped,
        or it would burn a processor; but not before it has printed everything, which
        a panic in an NMI does at its very end."""
        rule = self.machine.on_panic
        boots = self.boots
        if rule.action == "none":
            return
        await self.console.line_with(PANIC_END, PANIC_PRINTED)
        if self.boots != boots or not self.qmp:
            return
        await self.qmp.command("stop")
        if rule.action == "pause":
            return
        await asyncio.sleep(rule.after_ms / 1000 - (time.monotonic_ns() - since) / 1e9)
        if self.boots != boots or not self.qmp:
            return      # someone was quicker
        self.record("LAB_REPAIR", action=rule.action)
        if rule.action == "reset":
            await self.reset()
            return
        await self.power_off()
        if rule.action == "replace":
            await self.power_on()

    async def reset(self):
        """The reset button."""
        if not self.qmp:
            raise LabError(f"{self.machine.name} is off: power it on instead")
        await self.qmp.command("system_reset")
        await self.qmp.command("cont")      # it may have been stopped after a panic

    async def power_off(self):
        """The plug."""
        if not self.process:
            raise LabError(f"{self.machine.name} is off already")
        process = self.process
        process.kill()
        await process.wait()
        while self.process is process:
            await asyncio.sleep(0.005)

    async def nmi(self):
        """The NMI button."""
        if not self.qmp:
            raise LabError(f"{self.machine.name} is off")
        await self.qmp.command("inject-nmi")

    def describe(self):
        """For the state file."""
        m = self.machine
        return {"kind": "node", "address": str(m.address), "status": self.status,
                "boots": self.boots, "boot_ms": self.boot_ms, "ready_ms": self.ready_ms, "memory": m.memory,
                "cpus": m.cpus, "accelerator": self.plan[2],
                "console": str(self.state / self.base / "console.log"),
                "events": str(self.state / self.base / "events.jsonl"),
                "qmp": str(self.state / self.base / "qmp.sock")}
