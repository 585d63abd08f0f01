# SPDX-License-Identifier: GPL-2.0-or-later
"""Starts a lab: prepares its files, then lets the keeper take over."""

import concurrent.futures
import contextlib
import dataclasses
import json
import os
import shutil
import signal
import subprocess
import sys
import time

from . import down, host, image, kernel, kvm, linux, node, overlay, paths, state, topology
from .errors import LabError

TOOLS = {"qemu-system-x86_64": "QEMU", "ip": "iproute2", "unshare": "util-linux",
         "mmdebstrap": "mmdebstrap", "ssh-keygen": "openssh-client", "depmod": "kmod",
         "mkfs.ext4": "e2fsprogs"}


def requirements(network=True):
    """What a lab, or the making of its images, needs of the machine, told precisely."""
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    if os.geteuid() != 0:
        raise LabError("unpacking packages, network namespaces and taps need root: run it with sudo")
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    if missing:
        raise LabError(f"missing: {', '.join(missing)}: run 'scripts/deps install lab' as root")
    if network and not os.path.exists("/dev/net/tun"):
        raise LabError("/dev/net/tun is missing: 'modprobe tun' (in a container, let it through)")


def images(top, say):
    """The images that the topology needs by name, made if need be."""
    members = [*top.hosts.values(), *top.nodes.values()]
    names = sorted({m.image for m in members if m.image})
    with concurrent.futures.ThreadPoolExecutor() as pool:
        try:
            made = pool.map(lambda n: dataclasses.asdict(image.build(n, say)), names)
            return dict(zip(names, made))
        except BaseException:
            linux.end_contained()   # or the pool would wait for them
            raise


class Up:
    """One run of `lab up`."""

    def __init__(self, top, st, sets, quiet):
        self.top = top
        self.state = st
        self.sets = sets
        self.quiet = quiet
        self.began = time.monotonic()
        self.keeper = None

    def say(self, text):
        """A line of progress with the time since the start."""
        if not self.quiet:
            print(f"lab: {time.monotonic() - self.began:5.1f} s  {text}", flush=True)

    def _initrds(self, all_images, kernels):
        """One for each combination of image, kernel and modules; a node with a
        configuration has its own."""
        out, made = {}, {}
        for m in self.top.nodes.values():
            key = (m.image, m.kernel, tuple(m.all_modules), m.name if m.config else None)
            if key not in made:
                made[key] = self.state / f"initrd{len(made)}"
                host.configure(self.state, m, self.top.variables())
                overlay.initrd(made[key], all_images[m.image], kernels[m.kernel], self.state.dir,
                               m.all_modules, self.state / "hosts" / m.name)
            out[m.name] = str(made[key])
        return out

    def _ssh_config(self):
        lines = ["# In the network namespace of one of the lab's hosts:",
                 f"#   scripts/lab exec HOST -- ssh -F {self.state / 'ssh_config'} NODE"]
        for m in self.top.nodes.values():
            lines += [f"Host {m.name}", f"\tHostName {m.address}"]
        lines += ["Host *", "\tUser root", f"\tIdentityFile \"{self.state / 'id_ed25519'}\"",
                  "\tIdentitiesOnly yes", "\tBatchMode yes", "\tStrictHostKeyChecking no",
                  "\tUserKnownHostsFile /dev/null", "\tGlobalKnownHostsFile /dev/null",
                  "\tLogLevel ERROR", "\tControlMaster no", "\tControlPath none",
                  "\tConnectTimeout 5"]
        (self.state / "ssh_config").write_text("\n".join(lines) + "\n")

    def prepare(self):
        """Everything that needs no running lab."""
        all_images = images(self.top, self.say)
        kernels = {m.kernel: kernel.Kernel(m.kernel) for m in self.top.nodes.values()}
        for name in ("pids", "run", "hosts", "exec"):
            (self.state / name).mkdir()
        overlay.keys(self.state)
        for m in self.top.nodes.values():
            (self.state / "nodes" / m.name).mkdir(parents=True)
            node.make_disks(self.state, m)
        module, agent = overlay.built()
        for what, target in ((module, "kmod"), (agent, "userspace")):
            if not what and self.top.nodes:
                self.say(f"without the {'module' if target == 'kmod' else 'agent'}: "
                         f"not built yet (make {target})")
        initrds = self._initrds(all_images, kernels)
        self._ssh_config()
        boot = {name: str(k.bootable()) for name, k in kernels.items()}
        first = next(iter(self.top.nodes.values()), None)
        accel = kvm.accelerator(boot[first.kernel], initrds[first.name], self.say) \
            if first else "tcg"
        job = {"state": str(self.state.dir), "topology": str(self.top.path.absolute()),
               "sets": self.sets, "images": all_images, "kernels": boot, "initrds": initrds,
               "accelerator": accel, "started": time.time(),
               "deadline": self.top.deadline_ms // 1000}
        self.state.write("job.json", job)
        self.say(f"starting {len(self.top.nodes)} node(s) ({accel.upper()}) and "
                 f"{len(self.top.hosts)} host(s)")

    def launch(self):
        """Starts the keeper and follows it until the lab is ready."""
        with open(self.state / "keeper.log", "wb") as log, _no_interrupts():
            linux.unshare(linux.CLONE_NEWPID)
            self.keeper = subprocess.Popen(
                [sys.executable, paths.TOP / "scripts/lab", "keeper", self.state / "job.json"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
                start_new_session=True)
        for line in self.keeper.stdout:
            told = json.loads(line)
            if "error" in told:
                raise LabError(told["error"])
            if "ready" in told:
                booted = f"booted in {told['boot_ms'] / 1000:.2f} s, " if "boot_ms" in told else ""
                self.say(f"{told['ready']} {booted}serves {told['ms'] / 1000:.2f} s after power-on")
            if "up" in told:
                _no_more_interrupts()
                self.keeper.stdin.write("go\n")
                self.keeper.stdin.flush()
                return
        raise LabError(f"the lab ended while it started: see {self.state / 'keeper.log'}")

    def undo(self):
        """After a failure or Ctrl-C: nothing remains."""
        if self.keeper:
            self.keeper.kill()
            self.keeper.wait()
        down.finish(self.state)


def interruptible():
    """SIGTERM and SIGHUP end us as Ctrl-C does, through the same way out."""
    def handler(_number, _frame):
        raise KeyboardInterrupt
    for sig in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(sig, handler)


@contextlib.contextmanager
def _no_interrupts():
    """Puts interruptions off until the block is done."""
    late, before = [], {}
    for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        before[sig] = signal.signal(sig, lambda number, _: late.append(number))
    try:
        yield
    finally:
        for sig, handler in before.items():
            signal.signal(sig, handler)
    if late:
        raise KeyboardInterrupt


def _no_more_interrupts():
    """For one that is as good as done: exit status 0 and a lab that is up go together."""
    for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sig, signal.SIG_IGN)


def up(word, sets, directory, quiet):
    """Starts the lab of a topology; returns its state."""
    top = topology.load(word, sets)
    requirements()
    st = state.State(directory or paths.labs() / top.name)
    with st.lock(f"another 'lab up' or 'lab down' of '{top.name}' is running"):
        if st.keeper():
            raise LabError(f"the lab '{top.name}' is up already: scripts/lab down {top.name}")
        down.finish(st)
        st.wipe()
        interruptible()
        run = Up(top, st, sets, quiet)
        try:
            run.prepare()
            run.launch()
        except BaseException:
            with _no_interrupts():
                run.undo()
            raise
        run.say(f"up: {top.description or top.name} (scripts/lab status)")
    return st
