# SPDX-License-Identifier: GPL-2.0-or-later
"""Carries out rows: the lab up, the drill, the lab down; goes on where it was cut short."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

from labkit import paths
from labkit.errors import LabError

from .rows import files

LAB = paths.TOP / "scripts" / "lab"
FAULTDRILL = paths.BUILD / "userspace" / "faultdrill"


class Conductor:
    """Runs rows into the directory @out; @trials overrides what the rows say."""

    def __init__(self, out, trials=None, force=False):
        self.out, self.trials, self.force = out, trials, force
        self.start = time.monotonic()
        self.up = None          # the lab that is up: topology and settings

    def say(self, text):
        print(f"[{time.monotonic() - self.start:5.0f} s] {text}", flush=True)

    def wanted(self, row):
        return 1 if row.watch else self.trials or row.trials

    def directory(self, row):
        return self.out / row.stack / row.name

    def result(self, row):
        """The result of a row that is complete and of the row as it stands, or None."""
        return complete(self.directory(row), self.wanted(row)) if self.same(row) else None

    def same(self, row):
        """Is what lies there of this row, or of what it was before somebody edited it?"""
        try:
            return json.loads((self.directory(row) / "row.json").read_text()) == meant(row)
        except (OSError, ValueError):
            return False

    @staticmethod
    def call(command, log=None):
        """Exit status of a command; Ctrl-C reaches it as it reaches us."""
        child = subprocess.Popen([str(c) for c in command], cwd=paths.TOP, stdin=subprocess.DEVNULL,
                                 stdout=log, stderr=subprocess.STDOUT if log else None)
        try:
            return child.wait()
        except BaseException:
            # It has the signal too, or gets it now, and undoes what it did.
            child.terminate()
            child.wait()
            raise

    def stack(self, stack, rows):
        """Runs those rows of a stack that are not complete; returns how many failed to be."""
        bad = 0
        try:
            for row in rows:
                if not self.force and self.result(row):
                    self.say(f"{row.key}: complete already ({self.directory(row)})")
                elif not (self.lab(row) and self.drill(row)):
                    bad += 1
                    self.down()		# nobody knows what it has left
        finally:
            self.down()
        return bad

    def lab(self, row):
        """The row's lab, as it is if it is up already; False: it does not start."""
        wanted = (row.topology, row.lab)
        if self.up == wanted:
            return True
        self.down()
        self.say(f"{row.key}: the lab '{row.topology}' starts")
        sets = [f"--set={k}={v}" for k, v in row.lab.items()]
        if self.call([LAB, "up", row.topology, "--quiet", *sets]):
            self.say(f"{row.key}: the lab did not start")
            return False
        self.up = wanted
        return True

    def down(self):
        """Ends the lab that this has started."""
        if self.up:
            topology, self.up = self.up[0], None
            self.call([LAB, "down", topology, "--quiet"])

    def drill(self, row):
        where = self.directory(row)
        command = [LAB, "exec", "--lab", row.topology, "client", "--", FAULTDRILL, "run"]
        if (where / "run.db").exists() and self.same(row) and not self.force and not complete(where, 0):
            self.say(f"{row.key}: goes on")
            command += ["--resume", "--out", where]
        else:
            shutil.rmtree(where, ignore_errors=True)
            where.mkdir(parents=True)
            (where / "row.json").write_text(json.dumps(meant(row), indent=1) + "\n")
            how = ["--watch", row.watch] if row.watch else ["--trials", self.wanted(row), "--yes"]
            self.say(f"{row.key}: {row.about} ({' '.join(map(str, how[:2]))})")
            command += [row.drill, "--out", where, *how]
            command += [f"--set={k}={v}" for k, v in row.set.items()]
        with open(where / "progress.log", "ab") as log:
            status = self.call(command, log=log)
        r = complete(where, 0)
        told = f"{r['verdict']}: {r['reason']}" if r and r["reason"] else r["verdict"] if r else "no result"
        self.say(f"{row.key}: {told}")
        if status not in (0, 1, 3) or not r:
            for line in (where / "progress.log").read_text(errors="replace").splitlines()[-8:]:
                print(f"          | {line}")
            return False
        return True


def meant(row):
    """What a run was of: another one is of something else if any of it has changed."""
    return {"files": files(row), "lab": row.lab, "set": row.set, "watch": row.watch}


def complete(directory, trials):
    """The result in a directory if the run came to its end with so many trials, else None."""
    try:
        r = json.loads((directory / "result.json").read_text())
    except (OSError, ValueError):
        return None
    stopped = r["stop"] and r["stop"]["stopped"]
    if r["verdict"] == "aborted" or (len(r["trials"]) < trials and not stopped):
        return None
    return r


def run(out, chosen, trials, force):
    """Exit code of carrying out [(Stack, [Row])]."""
    if os.geteuid():
        raise LabError("it starts virtual networks, which needs root")
    if not FAULTDRILL.exists():
        raise LabError(f"{FAULTDRILL} is not built yet (make userspace kmod)")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    c = Conductor(out, trials, force)
    bad = sum(c.stack(stack, rows) for stack, rows in chosen)
    n = sum(len(rows) for _, rows in chosen)
    c.say(f"{n - bad} of {n} rows have a result in {out}")
    return 1 if bad else 0
