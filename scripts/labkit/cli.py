# SPDX-License-Identifier: GPL-2.0-or-later
"""The command line of scripts/lab."""

import argparse
import json
import os
import signal
import sys

from . import attach, down, keeper, state, topology, up
from .errors import LabError, UsageError

EPILOG = """\
A member is a node (a QEMU machine) or a host (a network namespace with daemons).
Where one lab is up, it is meant; else say which with --lab NAME.
exit codes: 0 done; 1 failed; 2 bad topology or usage; 130 interrupted"""


def _up(args):
    up.up(args.topology, args.set, args.state, args.quiet)


def _down(args):
    if args.all:
        for st in state.every():
            if st.keeper():
                down.down(st, args.quiet)
        return
    if not args.topology and not args.state and not any(s.keeper() for s in state.every()):
        if not args.quiet:
            print("lab: no lab is up")
        return
    down.down(state.of(args.topology, args.state), args.quiet)


def _images(args):
    top = topology.load(args.topology)
    up.requirements(network=False)
    up.interruptible()
    up.images(top, lambda text: args.quiet or print(f"lab: {text}", flush=True))


def _lab(args):
    return state.of(args.lab, args.state)


def _status(args):
    try:
        st = _lab(args)
    except LabError:
        if args.lab or args.state or any(s.keeper() for s in state.every()):
            raise
        print("{}" if args.json else "lab: no lab is up")
        return
    st.need_keeper()
    got = st.read("state.json")
    if not got:
        raise LabError(f"the lab '{st.name}' is only just starting")
    if args.json:
        print(json.dumps(dict(got, keeper=st.keeper(), state=str(st.dir)), indent=1))
        return
    print(f"{got['lab']}  {got['subnet']}  {st.dir}")
    for name, m in got["members"].items():
        if "run_by" in m:
            more = f"run by {m['run_by']}"
        elif m["kind"] == "node":
            ready = f"{m['ready_ms'] / 1000:.2f} s" if m["ready_ms"] is not None else "-"
            more = f"boots {m['boots']}, last took {ready}, {m['accelerator']}"
        else:
            more = ", ".join(f"{d} {'runs' if on else 'has ended'}"
                             for d, on in m["daemons"].items())
        print(f"  {name:<14} {m['kind']:<5} {m['address']:<15} {m['status']:<9} {more}".rstrip())


def _list(_args):
    for name in topology.names():
        top = topology.load(name)
        live = state.of(name).keeper()
        print(f"{name:<14} {'up  ' if live else 'down'}  {top.description}")


def _console(args):
    st = _lab(args)
    if args.tail:
        attach.follow(st, args.node, "console.log", args.lines)
    else:
        attach.console(st, args.node)


def _events(args):
    st = _lab(args)
    if args.follow:
        attach.follow(st, args.node, "events.jsonl", None)
    else:
        print(attach.log(st, args.node, "events.jsonl"), end="")


def _ssh(args):
    st = _lab(args)
    attach.enter(st, None)
    attach.become(st, ["ssh", "-F", str(st / "ssh_config"), args.node, *args.command])


def _exec(args):
    command = args.command[1:] if args.command[:1] == ["--"] else args.command
    if not command:
        raise UsageError("exec: no command is given: scripts/lab exec HOST -- COMMAND")
    st = _lab(args)
    attach.enter(st, None if args.host == "switch" else args.host)
    attach.become(st, command)


def _power(args):
    got = _lab(args).request(node=args.node, power=args.what, wait=args.wait)
    took = f", serves after {got['ready_ms'] / 1000:.2f} s" if args.wait and got["ready_ms"] else ""
    if not args.quiet:
        print(f"lab: {args.node}: {args.what} done{took}")


def _parser():
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--state", metavar="DIR", help="the lab's directory (build/lab/NAME)")
    common.add_argument("--quiet", action="store_true", help="say nothing but errors")
    which = argparse.ArgumentParser(add_help=False, parents=[common])
    which.add_argument("--lab", metavar="NAME", help="which lab (else: the one that is up)")
    parser = argparse.ArgumentParser(prog="lab", epilog=EPILOG,
                                     description="The virtual cluster: QEMU nodes and monitors "
                                     "in network namespaces of their own.",
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(metavar="VERB", required=True)

    def verb(name, run, text, parent=which):
        p = verbs.add_parser(name, help=text, description=text, parents=[parent])
        p.set_defaults(run=run)
        return p

    p = verb("up", _up, "start a lab and wait until all of it serves", common)
    p.add_argument("topology", help="a name that 'lab list' shows, or a file")
    p.add_argument("--set", action="append", default=[], metavar="NAME=VALUE",
                   help="override one of the topology's settings")
    p = verb("images", _images, "make the images of a topology, for 'up' to find them ready", common)
    p.add_argument("topology")
    p = verb("down", _down, "end a lab; leaves its logs, and nothing else", common)
    p.add_argument("topology", nargs="?", help="which (else: the one that is up)")
    p.add_argument("--all", action="store_true", help="all that are up")
    p = verb("status", _status, "show the members of a lab and how they are")
    p.add_argument("--json", action="store_true", help="for programs")
    verb("list", _list, "list the topologies that come with faultdrill", common)
    p = verb("console", _console, "attach to a node's serial console (Ctrl-] leaves)")
    p.add_argument("node")
    p.add_argument("--tail", action="store_true", help="follow its log instead; read only")
    p.add_argument("--lines", type=int, default=20, help="with --tail: so many old lines first")
    p = verb("events", _events, "print a node's oracle: QMP events with the host's time")
    p.add_argument("node")
    p.add_argument("--follow", action="store_true", help="and go on as they come")
    p = verb("ssh", _ssh, "log in to a node, or run a command there")
    p.add_argument("node")
    p.add_argument("command", nargs=argparse.REMAINDER)
    p = verb("exec", _exec, "run a command in a host's network namespace")
    p.add_argument("host", help="a host, or 'switch'")
    p.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND")
    p = verb("power", _power, "press a node's power, reset or NMI button")
    p.add_argument("node")
    p.add_argument("what", choices=["off", "on", "reset", "nmi"])
    p.add_argument("--wait", action="store_true", help="on, reset: until the node serves again")
    return parser


def main(argv):
    """Runs one command; returns its exit code."""
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        if argv[:1] == ["keeper"]:
            return keeper.main(argv[1:])
        args = _parser().parse_args(argv)
        args.run(args)
        return 0
    except UsageError as e:
        print(f"lab: {e}", file=sys.stderr)
        return 2
    except PermissionError as e:
        remedy = "; run it as root" if os.geteuid() else ""
        print(f"lab: {e.filename or ''}: {e.strerror}{remedy}", file=sys.stderr)
        return 1
    except (LabError, OSError) as e:
        print(f"lab: {e}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("lab: interrupted", file=sys.stderr)
        return 130
