# SPDX-License-Identifier: GPL-2.0-or-later
"""Counts what the kernel tests found, and prints one line for each."""
import re
import resource
import time


class Results:
    """Counts, and prints one line for each test."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.began = time.monotonic()

    def add(self, ok, name, why=""):
        number = self.passed + self.failed + self.skipped + 1
        if ok:
            self.passed += 1
        else:
            self.failed += 1
        print(f"{'ok' if ok else 'not ok'} {number} {name}", flush=True)
        if not ok:
            for line in why.splitlines():
                print(f"# {line}", flush=True)

    def skip(self, name, why):
        self.skipped += 1
        print(f"ok {self.passed + self.failed + self.skipped} {name} # SKIP {why}", flush=True)

    def ktap(self, part, text, whole=True):
        """Takes the results of a test that speaks KTAP; @whole: its plan has to be there."""
        seen, planned, last = 0, None, None
        for line in text.splitlines():
            plan = re.match(r"1\.\.(\d+)$", line)
            result = re.match(r"(not )?ok \d+ ?(.*?)(?: # SKIP (.*))?$", line)
            if plan:
                planned = int(plan.group(1))
            elif result:
                seen += 1
                last = f"{part}: {result.group(2)}"
                if result.group(3) is not None:
                    self.skip(last, result.group(3))
                else:
                    self.add(not result.group(1), last)
            elif line.startswith(("#", "Bail out!")):
                print(line, flush=True)
        if not whole:
            return
        if planned is None:
            self.add(False, f"{part}: runs to its end", text[-1000:])
        elif planned != seen:
            self.add(False, f"{part}: carries out its plan", f"{seen} results of {planned} planned")

    def finish(self):
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        print(f"# took {time.monotonic() - self.began:.0f} s, and as much as "
              f"{used.ru_utime + used.ru_stime:.0f} s of a processor")
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        print(f"{self.passed} passed, {self.failed} failed{skipped}")
        return 1 if self.failed else 0
