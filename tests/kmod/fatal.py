# SPDX-License-Identifier: GPL-2.0-or-later
"""Faults that the guest may not survive, judged by the emulator and by the beacon."""
import itertools
import os
import re
import socket
import struct
import threading
import time
from collections import namedtuple

import endings
import reports
from guest import GuestError

Row = namedtuple("Row", "inject before notices detector console")
Beacon = namedtuple("Beacon", "at_ns magic version phase cookie boot_id injection seq "
                              "boottime monotonic realtime fault")
BEACON = struct.Struct("!IHHQ16sIIQQQ32s")
MAGIC, TEST, ONSET, PANIC = 0x46444243, 0, 1, 2
# The catalogue does not call them fatal, so no beacon leaves first.
NO_BEACON = ["warn", "oom"]

# QEMU's user network: the host as the guest sees it.
GUEST_IP, HOST_IP, HOST_MAC = "10.0.2.15", "10.0.2.2", "52:55:0a:00:02:02"

CLOCK_EXCHANGES = 8

cookies = itertools.count(0x5eed0001)


class Listener:
    """Takes beacons on a port of the loopback and stamps them on arrival."""

    def __init__(self):
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 0))
        self.port = self.sock.getsockname()[1]
        self.beacons = []
        self.cond = threading.Condition()
        self.thread = threading.Thread(target=self.listen, daemon=True)

    def listen(self):
        while True:
            data = self.sock.recv(2048)
            now = time.monotonic_ns()
            if not data:
                return
            with self.cond:
                if len(data) == BEACON.size:
                    self.beacons.append(Beacon(now, *BEACON.unpack(data)))
                self.cond.notify_all()

    def wait(self, cookie, phase, timeout=30):
        def find():
            return next((b for b in self.beacons if (b.cookie, b.phase) == (cookie, phase)), None)
        with self.cond:
            self.cond.wait_for(find, timeout)
            return find()

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        # An empty datagram ends the thread.
        self.sock.sendto(b"", ("127.0.0.1", self.port))
        self.thread.join(5)
        self.sock.close()


def clock_offset(guest):
    """Host's CLOCK_MONOTONIC minus guest's CLOCK_BOOTTIME, and its bound; ns."""
    best = None
    for _ in range(CLOCK_EXCHANGES):
        sent = time.monotonic_ns()
        theirs = int(guest.check("fdrctl clock"))
        back = time.monotonic_ns()
        if best is None or (back - sent) // 2 < best[1]:
            best = ((sent + back) // 2 - theirs, (back - sent) // 2)
    return best


def keeps_time(guest):
    """Whether the guest's clock goes as fast as the host's, to 1 %.  Its kernel measures the
    processor's clock against an emulated timer when it boots; beside a busy host it may get
    that wrong by a factor, and is then no node whose stamps mean anything."""
    first, bound = clock_offset(guest)
    begin = time.monotonic_ns()
    while time.monotonic_ns() - begin < max(10 * bound, 200_000_000):
        guest.check("usleep 50000")
    second, other = clock_offset(guest)
    return abs(second - first) <= bound + other + (time.monotonic_ns() - begin) // 100


def await_time(guest):
    """Boots the guest again until it keeps time."""
    for _ in range(5):
        if keeps_time(guest):
            return
        print("# the guest's clock runs at another speed than the host's: booting again", flush=True)
        channel = len(guest.channel)
        guest.reset()
        guest.wait_ready(start=channel)
    raise GuestError("the guest's clock went wrong at each of 5 boots: the host is too busy")


def prepare(guest, listener, row):
    """Brings the guest to where the fault can strike."""
    guest.check(f"ip addr replace {GUEST_IP}/24 dev eth0 && ip link set eth0 up")
    if row.before != "-":
        guest.check(row.before)
    guest.check("fdrctl arm 600000000000")
    cookie = next(cookies)
    guest.check(f"fdrctl beacon eth0 {GUEST_IP} {HOST_IP} {listener.port} {HOST_MAC} {cookie}")
    if not listener.wait(cookie, TEST):
        raise GuestError(f"no test beacon for '{row.inject}'")


def check_console(guest, row, start):
    """What is missing on the console, or None."""
    if row.console == "-":
        return None
    for pattern in row.console.split(" & "):
        try:
            guest.wait_console(pattern, 30, start)
        except GuestError as e:
            return str(e)
    return None


def check_beacon(beacon, row, boot_id):
    """What is wrong with it, or an empty text."""
    if not beacon:
        return "none came"
    wrong = []
    fault = row.inject.split()[0]
    if (beacon.magic, beacon.version) != (MAGIC, 1):
        wrong.append(f"magic {beacon.magic:#x}, version {beacon.version}")
    if beacon.boot_id.hex() != boot_id.replace("-", ""):
        wrong.append(f"boot id {beacon.boot_id.hex()}, not {boot_id}")
    if beacon.fault.rstrip(b"\0").decode() != fault:
        wrong.append(f"fault {beacon.fault}, not {fault}")
    return ", ".join(wrong)


def check_stamp(results, row, beacon, event, offset, bound, told_ns):
    """Onset by the beacon, carried over to the host's clock: after the command was given
    (@told_ns), before the emulator's stamp and the beacon's arrival.  How long after it those
    come is up to the machine: the kernel prints its last words through an emulated port."""
    onset = beacon.boottime + offset
    after = event.at_ns - onset
    ok = told_ns - bound <= onset <= min(event.at_ns, beacon.at_ns) + bound
    name = f"{row.inject}: the beacon's onset agrees with the emulator's stamp"
    results.add(ok, name, f"{event.name} came {after / 1e6:.3f} ms after onset, bound ±{bound / 1e6:.3f} ms; "
                f"the beacon came {(beacon.at_ns - beacon.boottime - offset) / 1e6:.3f} ms after")
    if ok:
        print(f"# {event.name} {after / 1e6:.1f} ms after onset (± {bound / 1e6:.1f} ms)")


def check_panic_stamp(results, row, panic, beacon, event, offset, bound):
    """The fault strikes, then the panic notifiers send the beacon, then tell the emulator."""
    after = event.at_ns - (panic.boottime + offset)
    since = panic.boottime - beacon.boottime
    results.add(-bound <= after and since >= 0,
                f"{row.inject}: the stamp from the panic agrees with the emulator's",
                f"{event.name} came {after / 1e6:.3f} ms after it, bound ±{bound / 1e6:.3f} ms, "
                f"and it {since / 1e6:.3f} ms after the onset")


def carry_out(guest, listener, row, results):
    start = time.monotonic()
    if not guest.remembers:
        await_time(guest)
    prepare(guest, listener, row)
    offset, bound = clock_offset(guest)
    boot_id = guest.check("cat /proc/sys/kernel/random/boot_id")
    console, events, channel = len(guest.console), len(guest.events), len(guest.channel)
    faults_before = triple_faults(guest)
    cookie = next(cookies)
    command = f"fdrctl inject {row.inject} @cookie={cookie}"
    event, noticed = None, True
    told_ns = time.monotonic_ns()
    if row.notices == "node":
        noticed = survive(guest, row, command, results)
    else:
        guest.send(command)
        event = endings.await_end(guest, row, events, console, results)
    bad = reports.mistakes(row.inject, [line.text for line in guest.console[console:]])
    results.add(not bad, f"{row.inject}: the kernel finds no mistake in how it was done", bad)
    missing = check_console(guest, row, console) if noticed else check_silence(guest, console)
    if row.console != "-":
        results.add(not missing, f"{row.inject}: the console shows it", missing or "")
    beacon = listener.wait(cookie, ONSET) if stops(row) else None
    if stops(row):
        wrong = check_beacon(beacon, row, boot_id)
        results.add(not wrong, f"{row.inject}: a beacon told of it", wrong)
    # A soft lockup is no panic yet: that comes from the watchdog, in its own time.
    later = row.inject.startswith("soft-lockup")
    if event and beacon and not later:
        check_stamp(results, row, beacon, event, offset, bound, told_ns)
    if endings.first_event(row.notices) == "GUEST_PANICKED":
        panic = listener.wait(cookie, PANIC)
        results.add(panic is not None, f"{row.inject}: a beacon came from the panic too", "none came")
        if event and panic and beacon:
            check_panic_stamp(results, row, panic, beacon, event, offset, bound)
    again(guest, row, channel, results)
    if row.inject.startswith("triple-fault"):
        results.add(triple_faults(guest) == faults_before + 1,
                    "triple-fault: the emulator logged a triple fault")
    print(f"# {row.inject}: {time.monotonic() - start:.1f} s", flush=True)


SETTINGS = "cat /proc/sys/kernel/panic /proc/sys/kernel/panic_on_oops /proc/sys/kernel/panic_on_warn"


def check_silence(guest, start):
    """What is on the console although the fault says that the kernel noticed nothing, or None."""
    said = [line.text for line in guest.console[start:] if re.search("BUG|WARNING|Oops", line.text)]
    return "\n".join(said) or None


def stops(row):
    """The fault is one that ends nodes, though this time the node may survive: a beacon leaves first."""
    return row.inject.split()[0] not in NO_BEACON


def survive(guest, row, command, results):
    """Did the kernel notice, by what the fault says?"""
    before = guest.check(SETTINGS)
    number = guest.check(command).strip().splitlines()[-1]
    status, text = guest.run(f"fdrctl wait {number} fired 10000")
    results.add(status == 0, f"{row.inject}: the node lives on and says so", text)
    _, text = guest.run(f"fdrctl get {number}")
    if stops(row):
        results.add(re.search(r"\b(lives|goes) on\b", text), f"{row.inject}: and says why", text)
    noticed = "noticed nothing" not in text
    after = guest.check(SETTINGS)
    results.add(after == before, f"{row.inject}: the node's settings are as before",
                f"{before.split()} became {after.split()}")
    status, text = guest.run("rmmod faultdrill && insmod /lib/faultdrill/faultdrill.ko")
    results.add(status == 0, f"{row.inject}: the module can be unloaded", text)
    return noticed


def again(guest, row, channel, results):
    """Back to a fresh boot, whatever state the guest is in: to that of the first one, except
    where a restart is part of the row, or its disk is to be looked at after one."""
    fault = row.inject.split()[0]
    restarts = row.notices.endswith(("RESET", "capture"))
    if guest.remembers and not restarts and fault not in ("power-off", "halt"):
        guest.go_back()
        return
    if not restarts:
        channel = len(guest.channel)
        guest.reset()
    if row.notices == "SHUTDOWN":		# which the emulator is told to wait after
        guest.qmp("cont")
    guest.wait_ready(start=channel)
    if fault in ("reset", "triple-fault", "power-off", "halt"):
        check_lost(guest, fault, results)
    elif fault == "reboot":
        guest.check("mount /dev/vda /mnt")
        results.add(guest.check("ls /mnt").split() == ["lost+found", "written"],
                    "reboot: what was written is there", guest.check("ls -l /mnt"))
        results.add(guest.run("dmesg | grep 'EXT4-fs.*recovery complete'")[0] != 0,
                    "reboot: the file system had been unmounted", guest.check("dmesg | tail"))
        guest.check("umount /mnt")
    if guest.remembers:
        guest.go_back()


def triple_faults(guest):
    """How many the emulator has logged (-d cpu_reset) that a kernel caused by an empty
    table of exceptions; the BIOS has its own, in 32 bits, whenever it restarts."""
    with open(os.path.join(guest.log_dir, "qemu.log"), encoding="utf-8", errors="replace") as f:
        return len(re.findall(r"^Triple fault\nCPU Reset .*\n(?:(?!CPU Reset).*\n)*?IDT= +0{16} 0{8}$",
                              f.read(), re.MULTILINE))


def check_lost(guest, fault, results):
    guest.check("mount /dev/vda /mnt")
    results.add(guest.check("ls /mnt").split() == ["lost+found", "synced"],
                f"{fault}: what was synced is there, what was not is lost",
                guest.check("ls -l /mnt"))
    results.add(guest.run("dmesg | grep 'EXT4-fs.*recovery complete'")[0] == 0,
                f"{fault}: the file system had not been unmounted", guest.check("dmesg | tail"))
    guest.check("rm /mnt/synced; umount /mnt")
