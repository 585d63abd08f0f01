# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs test steps as processes, some side by side, and adds up what they say."""
import os
import re
import shlex
import shutil
import signal
import subprocess
import threading
import time
from dataclasses import dataclass, field

from tally import failures

SUMMARY = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$")
TAIL = 40		# lines of the log shown when a step fails
TOLD = 30		# and lines about its failed checks
LAST = 10		# lines of the log where there is no failed check, but a crash
STILL = 30		# seconds between signs of life of a long step
GRACE = 30		# seconds for a step to clean up once it was told to end


@dataclass
class Step:
    """One row of the table; limit in seconds."""
    name: str
    tier: str
    limit: int
    beside: bool
    needs: list
    command: str


@dataclass
class Outcome:
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    why: str = ""
    reasons: list = field(default_factory=list)


def missing(need):
    """Why @need is not met, or None."""
    if need.startswith("make:"):
        return None			# see Runner.built()
    if need == "root":
        return None if os.geteuid() == 0 else "needs root"
    if need.startswith("lib:"):
        found = subprocess.run(["pkg-config", "--exists", need[4:]], check=False,
                               stderr=subprocess.DEVNULL).returncode == 0 \
            if shutil.which("pkg-config") else False
        return None if found else f"needs the library {need[4:]}: scripts/deps install test"
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    return None if shutil.which(need, path=path) else f"needs {need}: scripts/deps install test"


def read_outcome(log, status):
    """What a step that ended with @status says in the last line of its log."""
    with open(log, encoding="utf-8", errors="replace") as f:
        lines = [line.rstrip() for line in f if line.strip()]
    out = Outcome()
    found = SUMMARY.match(lines[-1]) if lines else None
    if found:
        out.passed, out.failed, out.skipped = (int(n or 0) for n in found.groups())
        out.reasons = [line for line in lines if re.match(r"\s*skip(ped)?\b", line, re.I)]
    if status < 0:
        out.why = f"ended by signal {signal.Signals(-status).name}"
    elif not found:
        out.why = f"exit status {status}, and the last line is no 'N passed, N failed'"
    elif status and not out.failed:
        out.why = f"exit status {status}"
    elif not status and out.failed:
        out.why = "failures, but exit status 0"
    elif not out.passed + out.failed + out.skipped:
        out.why = "ran no test at all"
    if out.why and not out.failed:
        out.failed = 1
    return out


def failed_checks(log):
    """The failed checks in the lines of a step's log, each with what was seen; at most TOLD
    lines, from which details go first."""
    bad = failures(log)
    lines = [["    " + head, *("      " + detail for detail in rest)] for head, *rest in bad]
    if sum(map(len, lines)) > TOLD:
        lines = [each[:1] for each in lines] if len(lines) >= TOLD else \
            [each[:TOLD // len(lines)] for each in lines]
    more = len(lines) - TOLD
    flat = [line for each in lines for line in each][:TOLD]
    return flat + ([f"    ... and {more} more"] if more > 0 else [])


class Runner:
    def __init__(self, top, steps, jobs):
        self.top, self.steps, self.jobs = top, steps, jobs
        self.dir = os.path.join(top, "build/test")
        self.lock = threading.Lock()		# of the terminal and of what follows
        self.children = {}			# process -> step
        self.making = threading.Lock()
        self.made = {}				# target of make -> whether it worked
        self.total = Outcome()
        self.bad = []				# of the steps that failed: lines for the end
        self.stopping = False

    def say(self, text):
        with self.lock:
            print(text, flush=True)

    def log(self, step):
        return os.path.join(self.dir, step.name + ".log")

    # One step

    def run_step(self, step):
        reasons = [why for why in map(missing, step.needs) if why]
        if reasons:
            self.report(step, Outcome(skipped=1), 0, f"skipped: {'; '.join(reasons)}")
            return
        for target in (need[5:] for need in step.needs if need.startswith("make:")):
            if not self.built(target):
                self.report(step, Outcome(failed=1), 0, f"FAILED: 'make {target}' fails")
                return
        start = time.monotonic()
        self.say(f"  {step.name:<12}started ({step.command})")
        try:
            status, timed_out = self.execute(step)
        except OSError as e:
            self.report(step, Outcome(failed=1), 0, f"FAILED: cannot run {step.command}: {e.strerror}")
            return
        if self.stopping:
            return
        out = read_outcome(self.log(step), status)
        if timed_out:
            out.failed = max(out.failed, 1)
            out.why = f"not done after {step.limit} s"
        word = "FAILED" if out.failed else "ok"
        self.report(step, out, time.monotonic() - start, word + (f": {out.why}" if out.why else ""))

    def built(self, target):
        """Makes @target, once, and nothing else beside it: two makes of one tree would write
        the same files."""
        with self.making:
            if target not in self.made:
                p = subprocess.run(["make", "--no-print-directory", f"-j{os.cpu_count() or 1}",
                                    target], cwd=self.top, check=False, text=True,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT)
                self.made[target] = not p.returncode
                if p.returncode:
                    self.say(p.stdout.rstrip())
            return self.made[target]

    def execute(self, step):
        with open(self.log(step), "wb") as log:
            with self.lock:
                if self.stopping:
                    return 0, False
                # A session of its own, so that all it starts can be ended together.
                p = subprocess.Popen(shlex.split(step.command), cwd=self.top, stdout=log,
                                     stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                     start_new_session=True)
                self.children[p] = step
        try:
            return self.wait(p, step)
        finally:
            self.end_group(p, signal.SIGKILL)	# whatever it left running
            with self.lock:
                del self.children[p]

    def wait(self, p, step):
        start = time.monotonic()
        said = 0
        while True:
            try:
                return p.wait(0.5), False
            except subprocess.TimeoutExpired:
                passed = time.monotonic() - start
            if self.stopping or passed >= step.limit:
                self.say(f"  {step.name:<12}ending it")
                self.end(p)
                return p.returncode, True
            if passed >= said + STILL:
                said += STILL
                self.say(f"  {step.name:<12}... {passed:.0f} s: {self.last_line(step)}")

    def last_line(self, step):
        with open(self.log(step), encoding="utf-8", errors="replace") as f:
            lines = [line for line in f.read()[-2000:].splitlines() if line.strip()]
        return lines[-1].strip()[:80] if lines else "(nothing printed yet)"

    @staticmethod
    def end_group(p, sig):
        try:
            os.killpg(p.pid, sig)
        except ProcessLookupError:
            pass

    def end(self, p):
        """Asks a step to clean up and end; kills it when it does not."""
        self.end_group(p, signal.SIGTERM)
        try:
            p.wait(GRACE)
        except subprocess.TimeoutExpired:
            self.end_group(p, signal.SIGKILL)
            p.wait()

    def report(self, step, out, seconds, text):
        counts = f"{out.passed} passed, {out.failed} failed"
        if out.skipped:
            counts += f", {out.skipped} skipped"
        lines = [f"  {step.name:<12}{text} ({counts}; {seconds:.1f} s)"]
        lines += [f"      {reason.strip()}" for reason in out.reasons]
        told = []
        if out.failed:
            log, path = self.read_log(step), os.path.relpath(self.log(step))
            told = failed_checks(log)
            lines += told + [f"    | {line}" for line in log[-TAIL:]]
            lines += [f"    the whole log: {path}"] if log else []
            told = [f"  {step.name:<12}{text} ({counts}{f'; {path}' if log else ''})"] + \
                (told or [f"    | {line}" for line in log[-LAST:]])
        self.say("\n".join(lines))
        with self.lock:
            self.bad += told
            self.total.passed += out.passed
            self.total.failed += out.failed
            self.total.skipped += out.skipped

    def read_log(self, step):
        if not os.path.exists(self.log(step)):
            return []
        with open(self.log(step), encoding="utf-8", errors="replace") as f:
            return f.read().splitlines()

    # All of them

    def stop(self, _signum, _frame):
        self.stopping = True

    def run(self):
        os.makedirs(self.dir, exist_ok=True)
        for step in self.steps:
            if os.path.exists(self.log(step)):
                os.unlink(self.log(step))
        start = time.monotonic()
        for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(sig, self.stop)
        self.beside([s for s in self.steps if s.beside])
        for step in self.steps:
            if not step.beside and not self.stopping:
                self.run_step(step)
        if self.stopping:
            self.say("interrupted: what ran has been ended")
            return 130
        t = self.total
        # Once more, so that the end of a long log tells what failed.
        if self.bad:
            self.say("\n".join(["failed:", *self.bad]))
        self.say(f"took {time.monotonic() - start:.0f} s")
        self.say(f"{t.passed} passed, {t.failed} failed" +
                 (f", {t.skipped} skipped" if t.skipped else ""))
        return 1 if t.failed or not t.passed else 0

    def beside(self, steps):
        """Runs @steps, up to jobs at once, in their order."""
        queue = list(steps)

        def work():
            while not self.stopping:
                with self.lock:
                    if not queue:
                        return
                    step = queue.pop(0)
                self.run_step(step)
        threads = [threading.Thread(target=work) for _ in range(min(self.jobs, len(queue)))]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
