# SPDX-License-Identifier: GPL-2.0-or-later
"""Counts and prints the verdicts of a test program, and finds the bad ones in what a
program printed: its own, KTAP's and those of the unit tests.

A verdict is a line that begins with "ok", "FAILED", "not ok" or "skip", indented by two
columns at most, or a row "NAME ... N FAILED".  Lines below it that are indented further,
or begin with "#", are its details.
"""
import re

VERDICT = re.compile(r" {0,2}(ok|FAILED|not ok|skip)\b|  \S+ .*\d passed\b")
BAD = re.compile(r" {0,2}(FAILED|not ok)\b|  \S+ .*\b\d+ FAILED\b")
DETAIL = re.compile(r" {3,}|\t|#")
PASSED = re.compile(r"[\s|#]*(ok\b|\d+\.\.\d+$|$)")
KEPT = 30		# lines of details that are printed
SHOWN = 6		# and that failures() tells
WIDTH = 240		# its columns


def details(seen):
    """What was seen, as lines; each member of a tuple begins a new one."""
    parts = seen if isinstance(seen, tuple) else (seen,)
    return [line for part in parts for line in str(part).splitlines()]


class Tally:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def check(self, what, ok, seen=None):
        """One verdict; @seen is printed when it is bad.  Returns it."""
        self.passed += bool(ok)
        self.failed += not ok
        print(f"  {'ok' if ok else 'FAILED':<7}{what}", flush=True)
        if not ok and seen is not None:
            for line in details(seen)[-KEPT:]:
                print(f"    {line}", flush=True)
        return bool(ok)

    def skip(self, what, why):
        self.skipped += 1
        print(f"  skip {what}: {why}", flush=True)

    def end(self):
        """Prints the last line; the exit status."""
        print(f"{self.passed} passed, {self.failed} failed" +
              (f", {self.skipped} skipped" if self.skipped else ""), flush=True)
        return 1 if self.failed or not self.passed else 0


def failures(lines):
    """[[verdict, detail...]] of the bad verdicts in what a program printed, shortened."""
    found, taking = [], False
    for line in lines:
        if BAD.match(line):
            found.append([line.strip()[:WIDTH]])
            taking = True
        elif VERDICT.match(line) or not DETAIL.match(line):
            taking = False
        elif taking and len(found[-1]) <= SHOWN and not PASSED.match(line):
            found[-1].append(line.strip()[:WIDTH])
    return found
