# SPDX-License-Identifier: GPL-2.0-or-later
"""A QEMU guest, run and watched from outside.

    with Guest(kernel, initrd_path, log_dir) as guest:
        guest.wait_ready()
        status, text = guest.run("uname -r")
        guest.send("echo c > /proc/sysrq-trigger")
        guest.wait_event("GUEST_PANICKED", 10)

Everything that the guest says is stamped with the host's CLOCK_MONOTONIC on
arrival: lines of its console (also kept in console.log), lines of a second
serial port that tests talk over, and QMP events.  All three run over
socketpairs that die with the guest, so nothing is left in a file system, and
QEMU itself is killed when its parent goes.
"""
import itertools
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
from collections import namedtuple

Line = namedtuple("Line", "at_ns text")
Event = namedtuple("Event", "at_ns name data")

APPEND = "tsc=reliable no_timer_check nokaslr cryptomgr.notests panic=0"


class GuestError(Exception):
    """The guest did not do what was waited for; the text says where it stood."""


def memory_for(initrd):
    """MiB for a guest that boots from @initrd (not compressed).

    Its root filesystem holds at most half of the memory, and the image stays in memory while
    it is unpacked.  A file that no longer fits is cut off without a word, and a program that
    maps its missing part gets SIGBUS.
    """
    need = 3 * os.path.getsize(initrd) // 2**20 + 64
    return max(256, -(-need // 64) * 64)


class Guest:
    """See above.  Times are in seconds, stamps in nanoseconds.

    smp:     processors.
    memory:  MiB; None is what the initrd, unpacked beside its own image, leaves room in.
    icount:  count instructions: the guest's clock advances by one ns for each,
             whatever the host does (one processor only).
    shift:   with icount, 2^shift ns for each instruction: 3 is a slow machine's pace.
    thread:  "single" or "multi", of the emulator; ignored with icount.
    append:  more words for the kernel's command line.
    console: False boots without a serial console: then only the second port
             and QMP speak.
    drives:  paths of raw images, /dev/vda and so on (modules virtio_pci, virtio_blk).
    nic:     None, "user", or the name of a tap (modules virtio_pci, virtio_net).
    extra:   more arguments for QEMU.
    pvpanic: tell a panic by QMP (module kernel.pvpanic).
    reboot:  False ends QEMU where the guest would restart.
    patience: what all waiting times are multiplied by, for a slow kernel.
    """

    def __init__(self, kernel, initrd, log_dir, *, smp=1, memory=None, icount=False, shift=0,
                 thread=None, append="", console=True, drives=(), nic=None, mac=None, extra=(),
                 pvpanic=True, reboot=True, patience=1):
        self.log_dir, self.patience = log_dir, patience
        memory = memory or memory_for(initrd)
        os.makedirs(log_dir, exist_ok=True)
        self._cond = threading.Condition()
        self._ids = itertools.count(1)
        self.console, self.channel, self.events = [], [], []
        self._replies = []
        self._open_channels = 0
        self.remembers = False		# there is a state for go_back()
        self._threads = []
        self._log = open(os.path.join(log_dir, "console.log"), "wb", buffering=0)
        # QEMU before 8.0 leaves garbage in the flags after a cmpxchg16b without a
        # lock prefix, which newer kernels have where they allocate memory.
        accel, cpu = "tcg", "max,-cx16"
        args = []
        if icount:
            # Each round of a string instruction counts, so clearing a page by the
            # byte would look eight times dearer than by the word.
            cpu += ",-erms,-fsrm"
            args += ["-icount", f"shift={shift},sleep=off"]
        elif thread:
            accel += f",thread={thread}"
        args += ["-accel", accel, "-cpu", cpu, "-m", str(memory), "-smp", str(smp)]
        words = f"console=ttyS0 {APPEND} {append}" if console else f"{APPEND} {append}"
        args += ["-kernel", str(kernel.bootable()), "-initrd", initrd, "-append", words]
        args += ["-nodefaults", "-no-user-config", "-display", "none", "-vga", "none",
                 "-action", "panic=none"]
        if pvpanic:
            args += ["-device", kernel.pvpanic]
        if not reboot:
            args += ["-no-reboot"]
        for i, path in enumerate(drives):
            args += ["-drive", f"file={path},format=raw,if=none,id=d{i},cache=unsafe",
                     "-device", f"virtio-blk-pci,drive=d{i}"]
        if nic:
            net = "user,id=n0" if nic == "user" else f"tap,id=n0,ifname={nic},script=no,downscript=no"
            args += ["-netdev", net, "-device",
                     "virtio-net-pci,netdev=n0,romfile=" + (f",mac={mac}" if mac else "")]
        self._start(args + list(extra))

    def _start(self, args):
        pairs = {name: socket.socketpair() for name in ("console", "channel", "qmp")}
        for name, (_, theirs) in pairs.items():
            args += ["-chardev", f"socket,id={name},fd={theirs.fileno()}"]
        args += ["-serial", "chardev:console", "-serial", "chardev:channel",
                 "-mon", "chardev=qmp,mode=control"]
        with open(os.path.join(self.log_dir, "qemu.log"), "wb") as log:
            # A process group of its own: Ctrl-C reaches the test, which ends QEMU.
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "qemu-system-x86_64", *args],
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                pass_fds=[theirs.fileno() for _, theirs in pairs.values()],
                process_group=0)
        self._socks = {}
        for name, (ours, theirs) in pairs.items():
            theirs.close()
            self._socks[name] = ours
            self._open_channels += 1
            t = threading.Thread(target=self._read, args=(name, ours), daemon=True)
            t.start()
            self._threads.append(t)
        self.qmp("qmp_capabilities")

    # What the guest says

    def _read(self, name, sock):
        rest = b""
        while True:
            try:
                data = sock.recv(65536)
            except OSError:
                data = b""
            now = time.monotonic_ns()
            if not data:
                break
            if name == "console":
                self._log.write(data)
            *lines, rest = (rest + data).split(b"\n")
            with self._cond:
                for raw in lines:
                    self._take(name, now, raw.decode(errors="replace").rstrip("\r"))
                self._cond.notify_all()
        with self._cond:
            self._open_channels -= 1
            self._cond.notify_all()

    def _take(self, name, now, text):
        if name == "console":
            self.console.append(Line(now, text))
        elif name == "channel":
            self.channel.append(Line(now, text))
        else:
            message = json.loads(text)
            if "event" in message:
                self.events.append(Event(now, message["event"], message.get("data", {})))
            elif "QMP" not in message:
                self._replies.append(message)

    def _wait(self, find, timeout, what):
        """The first true answer of @find, asked again at each thing the guest says."""
        timeout *= self.patience
        deadline = time.monotonic() + timeout
        with self._cond:
            while True:
                found = find()
                if found:
                    return found
                left = deadline - time.monotonic()
                if not self._open_channels:
                    raise GuestError(f"QEMU ended while waiting for {what}; {self._tail()}")
                if left <= 0:
                    raise GuestError(f"no {what} within {timeout} s; {self._tail()}")
                self._cond.wait(left)

    def _tail(self):
        lines = "\n".join("    " + line.text for line in self.console[-15:])
        if not lines:
            with open(os.path.join(self.log_dir, "qemu.log"), encoding="utf-8") as f:
                lines = "    " + f.read()
        return f"the console's end ({self.log_dir}/console.log):\n{lines}"

    def wait_console(self, pattern, timeout, start=0):
        """The first line of the console, from index @start, that matches."""
        return self._wait_line(self.console, pattern, timeout, start, "console line")

    def wait_channel(self, pattern, timeout, start=0):
        """The same on the second serial port."""
        return self._wait_line(self.channel, pattern, timeout, start, "answer")

    def _wait_line(self, lines, pattern, timeout, start, what):
        rx = re.compile(pattern)
        seen = [start]

        def find():
            for line in itertools.islice(lines, seen[0], None):
                seen[0] += 1
                if rx.search(line.text):
                    return line
            return None
        return self._wait(find, timeout, f"{what} that matches '{pattern}'")

    def wait_event(self, name, timeout, start=0):
        """The first QMP event of that name, from index @start."""
        return self._wait(lambda: next((e for e in self.events[start:] if e.name == name), None),
                          timeout, f"QMP event {name}")

    def wait_exit(self, timeout):
        """Waits for QEMU to end; its exit status."""
        self._wait(lambda: not self._open_channels, timeout, "end of QEMU")
        return self.process.wait(10)

    # What the guest is told

    def qmp(self, command, timeout=60, **arguments):
        """Runs a QMP command and returns its answer."""
        self._replies.clear()
        message = {"execute": command}
        if arguments:
            message["arguments"] = arguments
        try:
            self._socks["qmp"].sendall(json.dumps(message).encode() + b"\n")
        except OSError as e:
            raise GuestError(f"QEMU is gone: {e}; {self._tail()}") from e
        reply = self._wait(lambda: self._replies and self._replies.pop(0), timeout,
                           f"answer to {command}")
        if "error" in reply:
            raise GuestError(f"{command}: {reply['error'].get('desc')}")
        return reply["return"]

    def reset(self):
        """Presses the reset button."""
        self.qmp("system_reset")

    # A state to come back to: much quicker than a boot, and the clock was calibrated once.
    # The drives' contents are no part of it.

    def remember(self):
        """Keeps the state of the machine, which has to wait for a command, for go_back()."""
        path = os.path.join(self.log_dir, "state.qcow2")
        if os.path.exists(path):
            os.unlink(path)
        self._job("blockdev-create", options={"driver": "file", "filename": path, "size": 0})
        self.qmp("blockdev-add", **{"driver": "file", "node-name": "state-file", "filename": path,
                                    "cache": {"no-flush": True}})
        os.unlink(path)			# it lives as long as QEMU does
        self._job("blockdev-create", options={"driver": "qcow2", "file": "state-file", "size": 1 << 20})
        self.qmp("blockdev-add", **{"driver": "qcow2", "node-name": "state", "file": "state-file"})
        self._job("snapshot-save", tag="ready", vmstate="state", devices=["state"])
        self.remembers = True

    def go_back(self):
        """Puts the machine into the state of remember(), whatever it is doing."""
        self.qmp("stop")
        self._job("snapshot-load", tag="ready", vmstate="state", devices=["state"])
        self.qmp("cont")
        # Its answer also ends a line that the machine was in the middle of.
        self.check("true")

    def _job(self, command, **arguments):
        """Runs a QMP command that starts a job, to the job's end."""
        name, start = f"j{next(self._ids)}", len(self.events)
        self.qmp(command, **{"job-id": name}, **arguments)
        self._wait(lambda: any(e.name == "JOB_STATUS_CHANGE" and e.data["id"] == name and
                               e.data["status"] == "concluded" for e in self.events[start:]),
                   60, f"end of {command}")
        job = next(j for j in self.qmp("query-jobs") if j["id"] == name)
        self.qmp("job-dismiss", id=name)
        if "error" in job:
            raise GuestError(f"{command}: {job['error']}")

    def wait_ready(self, timeout=120, start=0):
        """The guest's shell takes commands; give len(guest.channel) after a reboot."""
        return self.wait_channel(r"^ready$", timeout, start)

    def send(self, command):
        """Starts a command and does not wait: it may kill the guest.  Its number."""
        number = f"r{next(self._ids)}"
        self._socks["channel"].sendall(f"{number} {command}\n".encode())
        return number

    def run(self, command, timeout=60):
        """Runs a shell command of one line; (status, output)."""
        start = len(self.channel)
        number = self.send(command)
        self._await_answer(number, timeout, start)
        with self._cond:
            lines = [line.text for line in self.channel[start:]]
        end = next(i for i, text in enumerate(lines) if re.search(rf"{number}=\d+$", text))
        last, status = lines[end].rsplit("=", 1)
        text = "\n".join(lines[:end] + [last[:-len(number)]])
        return int(status), text.rstrip("\n")

    def _await_answer(self, number, timeout, start):
        try:
            self.wait_channel(rf"{number}=\d+$", timeout, start)
        except GuestError as e:
            if not self._open_channels:
                raise
            raise GuestError(f"{e}\n  {self._cpu()}") from e

    def _cpu(self):
        """Where the guest's processor is: does it run, wait or spin?"""
        said = self.qmp("human-monitor-command", **{"command-line": "info registers"})
        return " ".join(re.findall(r"\b(?:RIP|EFL|HLT|CPL)=\S+", said))

    def check(self, command, timeout=60):
        """Runs a command that must succeed; its output."""
        status, text = self.run(command, timeout)
        if status:
            raise GuestError(f"'{command}' in the guest: status {status}: {text}")
        return text

    # The end

    def close(self):
        """Ends QEMU, whatever it is doing.  May be called twice."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        for sock in self._socks.values():
            sock.close()
        for t in self._threads:
            t.join(5)
        self._log.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
