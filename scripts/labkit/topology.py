# SPDX-License-Identifier: GPL-2.0-or-later
"""A topology file: what a lab consists of.  The format is in Documentation/lab.md."""

import dataclasses
import ipaddress
import pathlib
import re

from . import paths, strict
from .errors import UsageError
from .strict import Field, Node

WATCHDOGS = ("i6300esb",)      # QEMU's names of devices, which are also those of their drivers
PANIC_ACTIONS = ("reset", "pause", "none", "off", "replace")


@dataclasses.dataclass
class OnPanic:
    """What happens @after_ms after a node's kernel has panicked."""
    action: str = "reset"
    after_ms: int = 2500


@dataclasses.dataclass
class Disk:
    """A data disk; its serial number is @name."""
    name: str
    size: int
    format: str | None
    mount: str | None
    shared: bool        # one disk, which all nodes have that name it


@dataclasses.dataclass
class Ready:
    """How a member shows that it serves."""
    kind: str           # http, tcp: a port; haproxy: a stats socket; socket: any other
    target: str


@dataclasses.dataclass
class Daemon:
    """A program on a host: argv, in the host's image."""
    name: str
    command: list


@dataclasses.dataclass
class Host:
    """A network namespace with daemons from Debian packages."""
    name: str
    address: ipaddress.IPv4Address
    image: str | None
    daemons: list
    config: dict        # name below /lab: template beside the topology
    ready: Ready | None


@dataclasses.dataclass
class Machine:
    """A QEMU machine."""
    name: str
    address: ipaddress.IPv4Address
    image: str
    kernel: str
    kernel_args: str
    memory: int
    cpus: int
    cpu_features: list
    modules: list
    disks: list
    watchdog: str | None
    config: dict        # as a host's
    on_panic: OnPanic
    ready: Ready
    power: str          # when the lab starts: on, or off for a spare that someone starts later
    run_by: str | None  # the host whose daemons start it; None: the lab itself

    @property
    def all_modules(self):
        """Those that the topology names, and those that its devices need."""
        return [*self.modules, *([self.watchdog] if self.watchdog else [])]


@dataclasses.dataclass
class Topology:
    """All of it; hosts and nodes by name."""
    path: pathlib.Path
    name: str
    description: str
    subnet: ipaddress.IPv4Network
    switch: ipaddress.IPv4Address
    deadline_ms: int    # until all members must serve
    power: int | None   # TCP port of the switch for the nodes' power buttons
    settings: dict
    hosts: dict
    nodes: dict

    def variables(self):
        """What a configuration template may name."""
        out = dict(self.settings)
        out["subnet"] = str(self.subnet)
        if self.power:
            out.update({"power.address": str(self.switch), "power.port": str(self.power)})
        for member in [*self.hosts.values(), *self.nodes.values()]:
            out[f"{member.name}.address"] = str(member.address)
        for m in self.nodes.values():
            if m.run_by:
                out.update({f"{m.name}.memory": str(m.memory >> 20), f"{m.name}.cpus": str(m.cpus)})
        return out


def find(word):
    """The file of a topology given by name or path."""
    path = pathlib.Path(word)
    if path.suffix in (".yaml", ".yml") or "/" in word:
        return path
    return paths.TOPOLOGIES / f"{word}.yaml"


def names():
    """The topologies that come with faultdrill."""
    return sorted(p.stem for p in paths.TOPOLOGIES.glob("*.yaml"))


def _ready(node):
    got = node.struct(http=Field(lambda n: str(n.integer(1, 65535))),
                      tcp=Field(lambda n: str(n.integer(1, 65535))),
                      haproxy=Field(Node.text), socket=Field(Node.text))
    given = [(k, v) for k, v in got.items() if v is not None]
    if len(given) != 1:
        node.fail("give exactly one of: http, tcp, haproxy, socket")
    return Ready(*given[0])


def _on_panic(node, settings):
    got = node.struct(action=Field(lambda n: (n.filled(settings).one_of(*PANIC_ACTIONS),
                                              n.filled(settings) is n), required=True),
                      after=Field(lambda n: n.filled(settings).duration_ms()))
    action, fixed = got["action"]
    acts = action in ("reset", "off", "replace")
    if acts and got["after"] is None:
        node.fail(f"'{action}' needs 'after', such as 2500ms")
    # An action that is a setting may be any of them.
    if not acts and fixed and got["after"] is not None:
        node.fail(f"'{action}' takes no 'after'")
    return OnPanic(action, got["after"] or 0)


def _disk(node):
    def mount_point(n):
        if not n.text().startswith("/") or any(c in n.text() for c in ":, "):
            n.fail(f"'{n.text()}' is no mount point: an absolute path without ':', ',' or blanks")
        return n.text()
    got = node.struct(name=Field(Node.text, required=True), size=Field(Node.size, required=True),
                      format=Field(lambda n: n.one_of("ext4")), mount=Field(mount_point),
                      shared=Field(lambda n: n.one_of("yes", "no") == "yes", default=False))
    if not got["name"].isalnum() or len(got["name"]) > 20:
        node.fail(f"'{got['name']}' is no disk name: up to 20 letters and digits")
    if got["size"] < 1 << 20:
        node.fail("a disk has at least 1M")
    if got["mount"] and not got["format"]:
        node.fail("'mount' needs 'format'")
    if got["shared"] and got["format"]:
        node.fail("a shared disk has no 'format': nodes that mount ext4 at once destroy it")
    return Disk(**got)


def _image(node):
    known = sorted(p.stem for p in paths.IMAGES.glob("*.yaml"))
    return node.one_of(*known)


def _config(base, settings):
    """Templates beside the topology, by the names of the files they become below /lab.
    Which one it is, settings may say."""
    def template(config_name, n):
        path = base / n.filled(settings).text()
        if not path.is_file():
            n.fail(f"there is no template {path} for {config_name}")
        return str(path)

    def config(node):
        out = {}
        for name, key, value in node.items():
            if not name.replace(".", "").replace("-", "").isalnum():
                key.fail(f"'{name}' is no file name (letters, digits, . and -)")
            out[name] = template(name, value)
        return out
    return Field(config, default={})


def _machine(base, settings, name, node):
    def memory(n):
        if n.size() < 96 << 20:
            n.fail(f"{n.text()} is too little: a node needs 96M or more")
        return n.size()

    def feature(n):
        if not re.fullmatch(r"[a-z][a-z0-9_.-]*", n.text()):
            n.fail(f"'{n.text()}' is no feature of a processor, such as cx16")
        return n.text()
    got = node.struct(
        address=Field(Node.address, required=True), image=Field(_image, required=True),
        kernel=Field(Node.text, default="cloud-6.1"), kernel_args=Field(Node.text, default=""),
        memory=Field(memory, default=128 << 20), cpus=Field(lambda n: n.integer(1, 16), default=1),
        cpu_features=Field(lambda n: n.list(feature), default=[]),
        modules=Field(lambda n: n.list(Node.text), default=[]),
        disks=Field(lambda n: n.list(_disk), default=[]), config=_config(base, settings),
        watchdog=Field(lambda n: n.one_of(*WATCHDOGS)),
        on_panic=Field(lambda n: _on_panic(n, settings), default=OnPanic()),
        ready=Field(_ready, default=Ready("tcp", "22")),
        power=Field(lambda n: n.filled(settings).one_of("on", "off"), default="on"),
        run_by=Field(Node.text))
    if got["run_by"] and (got["disks"] or got["power"] == "off"):
        node.fail("'run_by' goes with neither 'disks' nor 'power: off'")
    if got["ready"].kind in ("haproxy", "socket"):
        node.fail(f"'ready: {got['ready'].kind}' is for hosts; a node has http or tcp")
    twice = {d.name for d in got["disks"] if [e.name for e in got["disks"]].count(d.name) > 1}
    if twice:
        node.fail(f"two disks are named '{min(twice)}'")
    return Machine(name=name, **got)


def _host(base, settings, name, node):
    def daemons(n):
        return [Daemon(k, v) for k, v in n.table(lambda _, c: c.list(Node.text)).items()]

    got = node.struct(address=Field(Node.address, required=True), image=Field(_image),
                      daemons=Field(daemons, default=[]),
                      config=_config(base, settings), ready=Field(_ready))
    if got["daemons"] and not got["image"]:
        node.fail("daemons need an 'image' to come from")
    return Host(name=name, **got)


def _addresses(doc, top):
    """Every member in the subnet, no address twice, no name twice."""
    taken = {top.switch: "the switch"}
    for member in [*top.hosts.values(), *top.nodes.values()]:
        if member.address not in top.subnet:
            doc.fail(f"{member.name}: {member.address} is not in {top.subnet}")
        if member.address in taken:
            doc.fail(f"{member.name}: {member.address} is taken by {taken[member.address]}")
        taken[member.address] = member.name
    for m in top.nodes.values():
        if m.run_by and m.run_by not in top.hosts:
            doc.fail(f"{m.name}: run_by: there is no host '{m.run_by}'")
    both = set(top.hosts) & set(top.nodes)
    if both:
        doc.fail(f"'{min(both)}' is both a host and a node")


def _shared_disks(doc, top):
    """What several nodes share is of one size."""
    sizes = {}
    for m in top.nodes.values():
        for disk in m.disks:
            if disk.shared and sizes.setdefault(disk.name, disk.size) != disk.size:
                doc.fail(f"{m.name}: the shared disk '{disk.name}' is of another size elsewhere")


def _settings(path, doc, sets):
    """The topology's settings, overridden by @sets: other keys may name them."""
    out = {}
    for name, _, node in doc.items():
        if name == "settings":
            out = {k: v.text() for k, _, v in node.items()}
    for one in sets:
        key, eq, value = one.partition("=")
        if not eq or key not in out:
            raise UsageError(f"--set {one}: {path} has the settings: "
                             f"{', '.join(out) or 'none'} (give NAME=VALUE)")
        out[key] = value
    return out


def load(word, sets=()):
    """The topology given by name or path, with settings overridden by @sets."""
    path = find(word)
    if not path.exists():
        raise UsageError(f"no topology '{word}': it is neither a file nor one of: "
                         f"{', '.join(names())}")
    base = path.parent
    doc = strict.load(path)
    settings = _settings(path, doc, sets)
    got = doc.struct(
        lab=Field(Node.text, required=True), description=Field(Node.text, default=""),
        network=Field(lambda n: n.struct(subnet=Field(Node.subnet, required=True),
                                         switch=Field(Node.address, required=True),
                                         power=Field(lambda p: p.integer(1, 65535))),
                      required=True),
        deadline=Field(Node.duration_ms, default=120000),
        settings=Field(lambda n: settings, default={}),
        hosts=Field(lambda n: n.table(lambda k, v: _host(base, settings, k, v)), default={}),
        nodes=Field(lambda n: n.table(lambda k, v: _machine(base, settings, k, v)), default={}))
    if not got["lab"].replace("-", "").isalnum():
        doc.fail(f"'{got['lab']}' is no name for a lab (letters, digits and -)")
    top = Topology(path, got["lab"], got["description"], got["network"]["subnet"],
                   got["network"]["switch"], got["deadline"], got["network"]["power"], settings,
                   got["hosts"], got["nodes"])
    if top.switch not in top.subnet:
        doc.fail(f"network: {top.switch} is not in {top.subnet}")
    _addresses(doc, top)
    _shared_disks(doc, top)
    return top
