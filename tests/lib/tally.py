# SPDX-License-Identifier: GPL-2.0-or-later
"""Counts and prints the verdicts of a test program."""


class Tally:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def check(self, what, ok, seen=None):
        """One verdict; @seen is printed when it is bad.  Returns it."""
        self.passed += bool(ok)
        self.failed += not ok
        print(f"  {'ok' if ok else 'FAILED':<7}{what}", flush=True)
        if not ok and seen is not None:
            for line in str(seen).splitlines()[-30:]:
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
