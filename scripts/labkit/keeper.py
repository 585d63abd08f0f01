# SPDX-License-Identifier: GPL-2.0-or-later
"""The keeper: the one process that a running lab hangs on.

It is the first process of a pid namespace and holds the lab's network and mount
namespaces.  Whichever way it ends, the kernel ends all its processes with it, and
with the last of them go the namespaces, the bridge, the taps and the mounts.
`up` holds the other end of its standard input until the lab is ready: if `up`
dies half way, the keeper sees the end of file and goes too."""

import asyncio
import contextlib
import json
import os
import pathlib
import signal
import sys
import time

from . import host, linux, net, node, power, ready, topology
from .errors import LabError
from .qmp import QmpError
from .state import State


class Keeper:
    """The lab while it runs."""

    def __init__(self, job):
        self.job = job
        self.state = State(job["state"])
        self.top = topology.load(job["topology"], job["sets"])
        self.stop = asyncio.Event()
        self.nodes = {}
        self.daemons = []
        self.host_ready = {}
        self.spaces = {}
        self.tasks = []     # asyncio itself keeps tasks by weak references only

    def _spawn(self, work):
        self.tasks.append(asyncio.create_task(work))

    def tell(self, **what):
        """A line to `up`, which may have gone: _lifeline() sees to that."""
        with contextlib.suppress(BrokenPipeError):
            os.write(1, json.dumps(what).encode() + b"\n")

    def record_pid(self, name):
        """In a child before exec: its pid as the host sees it."""
        (self.state / "pids" / name).write_text(f"{linux.host_pid()}\n")

    def write_state(self):
        """What `lab status` shows."""
        members = {name: runner.describe() for name, runner in self.nodes.items()}
        for m in self._lent():
            members[m.name] = {"kind": "node", "address": str(m.address), "run_by": m.run_by,
                               "status": "lent", "memory": m.memory, "cpus": m.cpus}
        for h in self.top.hosts.values():
            members[h.name] = {
                "kind": "host", "address": str(h.address),
                "status": "ready" if self.host_ready.get(h.name) else "starting",
                "daemons": {d.name: p.returncode is None for o, d, p in self.daemons if o is h}}
        self.state.write("state.json", {
            "lab": self.top.name, "topology": str(self.top.path), "subnet": str(self.top.subnet),
            "switch": str(self.top.switch), "settings": self.top.settings,
            "up_since": self.job["started"], "members": members})

    def publish(self):
        """From here on other commands find us."""
        self.state.write("keeper.json", {
            "pid": linux.host_pid(), "start": linux.start_time("self"), "netns": self.spaces})

    def _lent(self):
        """The machines that are started by hosts, and not by us."""
        return [m for m in self.top.nodes.values() if m.run_by]

    async def _host(self, h):
        host.configure(self.state, h, self.top.variables())
        host.lend(self.state, h, [m for m in self._lent() if m.run_by == h.name],
                  lambda m: (self.job["kernels"][m.kernel], self.job["initrds"][m.name],
                             node.append(m, self.top.subnet, "tcg")))
        if h.image:
            started = await host.start(self.state, h, self.spaces[h.name],
                                       self.job["images"][h.image]["root"],
                                       self.record_pid)
            for daemon, process in started:
                self.daemons.append((h, daemon, process))
                self._spawn(self._daemon_ended(h, daemon, process))

    async def _daemon_ended(self, h, daemon, process):
        code = await process.wait()
        self.write_state()
        if not self.host_ready.get(h.name) and not self.stop.is_set():
            log = self.state / "run" / f"{daemon.name}.err.log"
            lines = log.read_text(errors="replace").strip().splitlines()
            self.tell(error=f"{h.name}: {daemon.name} ended with {code}: "
                            f"{lines[-1] if lines else 'no output'} (all of it: {log})")
            self.stop.set()

    async def _wait_ready(self):
        """Nodes first, then the hosts that look at them; tells each time."""
        started = time.monotonic()

        async def one(name, runner):
            await runner.ready.wait()
            self.tell(ready=name, ms=runner.ready_ms, boot_ms=runner.boot_ms or 0)

        async def lent(m):
            await ready.wait(m.ready, m.address)
            self.tell(ready=m.name, ms=int((time.monotonic() - started) * 1000))

        await asyncio.gather(*(one(n, r) for n, r in self.nodes.items() if r.machine.power == "on"),
                             *map(lent, self._lent()))
        for h in self.top.hosts.values():
            if h.ready:
                await ready.wait(h.ready, h.address)
                self.tell(ready=h.name, ms=int((time.monotonic() - started) * 1000))
            self.host_ready[h.name] = True
        self.write_state()

    async def _start(self):
        self.spaces = net.build(self.top)
        self.publish()
        await asyncio.start_unix_server(self._control, "control.sock")
        if self.top.power:
            await power.serve(self.nodes, str(self.top.switch), self.top.power)
        for m in (n for n in self.top.nodes.values() if not n.run_by):
            plan = (self.job["kernels"][m.kernel], self.job["initrds"][m.name],
                    self.job["accelerator"])
            runner = node.Runner(self.state, m, plan, self.job["images"][m.image]["disk"],
                                 self.top.subnet, self.write_state, self.record_pid)
            self.nodes[m.name] = runner
        self.write_state()
        for runner in self.nodes.values():
            await runner.console.serve()
            if runner.machine.power == "on":
                await runner.power_on()
        for h in self.top.hosts.values():
            await self._host(h)
        self.write_state()
        try:
            await asyncio.wait_for(self._wait_ready(), self.job["deadline"])
        except asyncio.TimeoutError as e:
            late = [n for n, r in self.nodes.items()
                    if r.machine.power == "on" and not r.ready.is_set()]
            late += [h.name for h in self.top.hosts.values() if not self.host_ready.get(h.name)]
            raise LabError(f"not ready after {self.job['deadline']} s: {', '.join(late)} "
                           f"(consoles and logs: {self.state.dir})") from e
        self.tell(up=True)

    async def _power(self, runner, what, wait):
        if what == "reset":
            runner.ready.clear()
        await {"off": runner.power_off, "on": runner.power_on, "reset": runner.reset,
               "nmi": runner.nmi}[what]()
        if wait and what in ("on", "reset"):
            await asyncio.wait_for(runner.ready.wait(), self.job["deadline"])
        return {"status": runner.status, "ready_ms": runner.ready_ms}

    async def _answer(self, request):
        runner = self.nodes.get(request.get("node"))
        if not runner:
            raise LabError(f"the lab '{self.top.name}' has no node '{request.get('node')}': "
                           f"it has {', '.join(self.nodes) or 'none'}")
        return await self._power(runner, request["power"], request.get("wait"))

    async def _control(self, reader, writer):
        try:
            request = json.loads(await reader.readline())
            answer = await self._answer(request)
        except asyncio.TimeoutError:
            answer = {"error": f"not ready again after {self.job['deadline']} s"}
        except (LabError, QmpError) as e:
            answer = {"error": str(e)}
        except (json.JSONDecodeError, KeyError) as e:
            answer = {"error": f"bad request: {e}"}
        writer.write(json.dumps(answer).encode() + b"\n")
        writer.close()

    async def _lifeline(self):
        """Ends the lab if `up` has died before it was told that the lab is up."""
        reader = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        word = await reader.readline()
        if word != b"go\n":
            self.stop.set()

    async def run(self):
        """The lab's whole life."""
        loop = asyncio.get_running_loop()
        for sig in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(sig, self.stop.set)
        self._spawn(self._lifeline())
        start = asyncio.create_task(self._start())
        stop = asyncio.create_task(self.stop.wait())
        await asyncio.wait([start, stop], return_when=asyncio.FIRST_COMPLETED)
        if start.done() and start.exception():
            raise start.exception()
        await stop


def main(argv):
    """Runs as the first process of its pid namespace: keeper JOB."""
    job = json.loads(pathlib.Path(argv[0]).read_text())
    linux.unshare(linux.CLONE_NEWNET | linux.CLONE_NEWNS)
    linux.mount(None, "/", flags=linux.MS_REC | linux.MS_PRIVATE)
    os.chdir(job["state"])
    try:
        keeper = Keeper(job)
        keeper.publish()
        asyncio.run(keeper.run())
    except (LabError, QmpError, OSError) as e:
        with contextlib.suppress(BrokenPipeError):
            os.write(1, json.dumps({"error": str(e)}).encode() + b"\n")
        os._exit(1)
    os._exit(0)
