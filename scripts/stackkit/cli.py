# SPDX-License-Identifier: GPL-2.0-or-later
"""The command line of scripts/stacks."""

import argparse
import os
import pathlib
import sys

from labkit import paths
from labkit.errors import LabError, UsageError

from . import rows, run, table

EPILOG = """\
What is drilled on a stack is a file of Documentation/drills/stacks/. A run goes on where it
was cut short: rows that are complete are left as they are, a drill that was interrupted is
resumed. exit codes: 0 done; 1 a row has no result; 2 usage; 130 interrupted"""


def _list(args):
    for stack, chosen in rows.choose(args.rows):
        print(f"{stack.title} (lab '{stack.topology}')")
        c = run.Conductor(args.out)
        for row in chosen:
            r = c.result(row)
            done = f"done: {r['verdict']}" if r else "-"
            print(f"  {row.key:<26} {row.trials:>3} trials  "
                  f"{done:<20} {row.about}")
    return 0


def _run(args):
    return run.run(args.out, rows.choose(args.rows, args.quick), args.trials, args.force)


def _table(args):
    got = table.write(args.out, args.into, rows.every())
    print(f"{len(got)} rows: {args.into}/reaction-times.md, .json, .svg")
    return 0


def _parser():
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--out", type=pathlib.Path, default=paths.BUILD / "stacks", metavar="DIR",
                        help="where the results are (build/stacks)")
    parser = argparse.ArgumentParser(prog="stacks", epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter,
                                     description="Drills each HA stack in its lab, and tabulates the reaction times.")
    verbs = parser.add_subparsers(metavar="VERB", required=True)

    def verb(name, function, text):
        p = verbs.add_parser(name, help=text, description=text, parents=[common])
        p.set_defaults(run=function)
        return p
    p = verb("list", _list, "list stacks and rows, and which have a result")
    p.add_argument("rows", nargs="*", metavar="STACK[/ROW]")
    p = verb("run", _run, "carry out drills, each in its lab")
    p.add_argument("rows", nargs="*", metavar="STACK[/ROW]", help="none: all")
    p.add_argument("--quick", action="store_true", help="one row a stack")
    p.add_argument("--trials", type=int, metavar="N", help="so many, whatever the rows say")
    p.add_argument("--force", action="store_true", help="run again what is complete")
    p = verb("table", _table, "write reaction-times.md, .json and .svg")
    p.add_argument("--into", type=pathlib.Path, default=paths.TOP / "Documentation", metavar="DIR",
                   help="where (Documentation)")
    return parser


def main(argv):
    """Runs one command; returns its exit code."""
    try:
        args = _parser().parse_args(argv)
        args.out = args.out.absolute()
        return args.run(args)
    except UsageError as e:
        print(f"stacks: {e}", file=sys.stderr)
        return 2
    except BrokenPipeError:		# as by "| head": who reads has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (LabError, OSError) as e:
        print(f"stacks: {e}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stacks: interrupted", file=sys.stderr)
        return 130
