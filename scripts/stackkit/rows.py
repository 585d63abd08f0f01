# SPDX-License-Identifier: GPL-2.0-or-later
"""What is drilled on each stack: the files of Documentation/drills/stacks/."""

import dataclasses
import hashlib
import pathlib

import yaml

from labkit import paths, topology
from labkit.errors import UsageError
from labkit.strict import Field, load

DRILLS = paths.TOP / "Documentation" / "drills"
STACKS = DRILLS / "stacks"
LOSS = ("none", "zero", "expected")


@dataclasses.dataclass
class Row:
    """One line of the table: a drill on a lab."""
    stack: str
    name: str
    about: str
    drill: object           # path
    lab: dict               # settings of the topology
    set: dict               # variables of the plan
    quick: bool             # a sample of the stack, for check-stacks
    trials: int
    watch: str              # inject nothing for so long instead, and count false positives
    loss: str               # none: nothing is kept; zero: none may be lost; expected: it is counted
    topology: str           # the stack's, unless it has one of its own

    @property
    def key(self):
        """As the command line names it, and as its results' directory is called."""
        return f"{self.stack}/{self.name}"


@dataclasses.dataclass
class Stack:
    name: str
    title: str
    topology: str
    rows: list


def _texts(node):
    return {name: value.text() for name, _, value in node.items()}


def _yes(node):
    return node.one_of("yes", "no") == "yes"


def _drill(node):
    path = DRILLS / node.text()
    if not path.is_file():
        node.fail(f"there is no drill {path.relative_to(paths.TOP)}")
    return path


def _topology(node):
    if node.text() not in topology.names():
        node.fail(f"there is no topology '{node.text()}': scripts/lab list")
    return node.text()


def _row(stack):
    def parse(name, node):
        got = node.struct(
            drill=Field(_drill, required=True),
            about=Field(lambda n: n.text(), required=True),
            topology=Field(_topology, ""),
            lab=Field(_texts, {}),
            set=Field(_texts, {}),
            quick=Field(_yes, False),
            trials=Field(lambda n: n.integer(1, 1000), 10),
            watch=Field(lambda n: n.text() if n.duration_ms() else n.fail("0 is no time to watch")),
            loss=Field(lambda n: n.one_of(*LOSS), "none"))
        return Row(stack=stack, name=name, **got)
    return parse


def read(path):
    """The stack of a file; raises UsageError with the place of what is wrong."""
    doc = load(path)
    name = path.stem
    got = doc.struct(
        stack=Field(lambda n: n.one_of(name), required=True),
        title=Field(lambda n: n.text(), required=True),
        topology=Field(_topology, required=True),
        rows=Field(lambda n: list(n.table(_row(name)).values()), required=True))
    quick = sum(row.quick for row in got["rows"])
    if quick != 1:
        doc.fail(f"'quick: yes' stands in {quick} rows; one of a stack is run by check-stacks")
    for row in got["rows"]:
        row.topology = row.topology or got["topology"]
    return Stack(name, got["title"], got["topology"], got["rows"])


def _with_included(path):
    """A drill's file and those that it includes; what is wrong with them 'run' says."""
    out, todo = [], [path.resolve()]
    while todo:
        file = todo.pop()
        if file in out or not file.is_file():
            continue
        out.append(file)
        doc = yaml.safe_load(file.read_text(encoding="utf-8"))
        todo += [(file.parent / name).resolve() for name in doc.get("include", ())]
    return out


def files(row):
    """All that decides what a row's run does, but for images and programs: path -> SHA-256."""
    lab = topology.load(row.topology, [f"{k}={v}" for k, v in row.lab.items()])
    # A lab may take templates of another one's, and settings may say which.
    templates = {pathlib.Path(t) for m in [*lab.hosts.values(), *lab.nodes.values()]
                 for t in m.config.values()}
    return {str(file.relative_to(paths.TOP)): hashlib.sha256(file.read_bytes()).hexdigest()
            for file in sorted({*_with_included(row.drill), lab.path, *templates})}


def every():
    """All stacks, by name."""
    return [read(path) for path in sorted(STACKS.glob("*.yaml"))]


def choose(words, quick=False):
    """The rows that the words name (STACK or STACK/ROW; none: all), as [(Stack, [Row])]."""
    stacks = every()
    known = {s.name for s in stacks} | {row.key for s in stacks for row in s.rows}
    for word in words:
        if word not in known:
            raise UsageError(f"no stack or row '{word}'; there are: {', '.join(sorted(known))}")
    out = []
    for s in stacks:
        rows = [row for row in s.rows
                if not words or s.name in words or row.key in words]
        # A row that is asked for by its own name is meant.
        if quick:
            rows = [row for row in rows if row.quick or row.key in words]
        if rows:
            out.append((s, rows))
    return out
