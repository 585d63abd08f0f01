# SPDX-License-Identifier: GPL-2.0-or-later
"""What benchmarks share: building, the guest that counts instructions, the records."""
import json
import os
import shlex
import shutil
import subprocess

from guest import Guest
from initrd import LAB_KERNEL, Initrd, lab_kernel

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class BenchError(Exception):
    """The benchmark cannot run; the text says why."""


def run(command, **kw):
    p = subprocess.run(command, cwd=TOP, check=False, text=True, stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, **kw)
    if p.returncode:
        raise BenchError(f"{shlex.join(command)}: exit status {p.returncode}:\n{p.stdout}")
    return p.stdout


def userspace_libraries():
    """Arguments of the compiler for a program that uses the controller's libraries."""
    return run(["make", "--no-print-directory", "-s", "-j2", "bench-libs"]).split()


class Bench:
    def __init__(self, name):
        self.name = name
        self.records = []
        self._kernel = None
        self._row = None
        self.dir = os.path.join(TOP, "build/bench")
        self.work = os.path.join(self.dir, name)
        os.makedirs(self.work, exist_ok=True)

    @property
    def kernel(self):
        """The guest's; a benchmark that does not ask for it runs on this host."""
        self._kernel = self._kernel or lab_kernel()
        return self._kernel

    def use(self, row):
        """From here on this kernel of scripts/kernel."""
        self._row, self._kernel = row, lab_kernel(row)

    # Building

    def module(self):
        """The product's module, for the kernel in use."""
        if not self._row:
            run(["make", "--no-print-directory", "kmod"])
            return os.path.join(TOP, "build/kmod/lab/faultdrill.ko")
        out = os.path.join(TOP, "build/kmod", self._row)
        run(["make", "--no-print-directory", "kmod", f"KMOD_OUT={out}", f"KREL={self._row}"])
        return os.path.join(out, "faultdrill.ko")

    def bench_module(self, name):
        """A module of tests/bench/kmod."""
        out = os.path.join(self.work, self._row or "", "kmod")
        source = os.path.join(out, "source")
        shutil.copytree(os.path.join(TOP, "tests/bench/kmod"), source, dirs_exist_ok=True)
        shutil.copytree(os.path.join(TOP, "kmod/compat"), os.path.join(source, "compat"),
                        dirs_exist_ok=True)
        run([os.path.join(TOP, "scripts/build-kmod"), "--source", source, "--out", out,
             "--kernel", self._row or LAB_KERNEL])
        return os.path.join(out, name + ".ko")

    def program(self, source, packages):
        """A program of tests/bench, linked with @packages of pkg-config."""
        out = os.path.join(self.work, os.path.splitext(source)[0])
        flags = run(["pkg-config", "--cflags", "--libs", *packages]).split()
        run(["gcc", "-std=gnu17", "-O2", "-Wall", "-Wextra", "-Werror", "-D_GNU_SOURCE",
             "-Ikmod/uapi", os.path.join("tests/bench", source), "-o", out, *flags])
        return out

    def initrd(self):
        return Initrd()

    def guest(self, initrd, label, **kw):
        """A guest whose time stamp counter counts its instructions."""
        path = initrd.write(os.path.join(self.work, "initrd.img"))
        return Guest(self.kernel, path, os.path.join(self.work, label), icount=True, **kw)

    # Results

    def conditions(self, **more):
        if not self._kernel:
            return {"kernel": os.uname().release, "cpus": os.cpu_count(),
                    "clock": "CLOCK_MONOTONIC", **more}
        qemu = run(["qemu-system-x86_64", "--version"]).split()[3]
        return {"kernel": self.kernel.release, "qemu": qemu, "cpus": 1,
                "clock": "-accel tcg -icount shift=0,sleep=off", **more}

    def record(self, value, unit, rival, rival_value, name=None, **conditions):
        """Adds a record and prints it.  Where there is no rival, @rival says why, and its
        value is None."""
        ratio = value / rival_value if rival_value else None
        self.records.append({
            "name": name or self.name, "value": value, "unit": unit, "rival": rival,
            "rival_value": rival_value, "ratio": ratio,
            "conditions": self.conditions(**conditions),
        })
        print(f"{name or self.name}: {value:g} {unit}; {rival}: "
              f"{'-' if rival_value is None else format(rival_value, 'g')}; "
              f"ratio {'-' if ratio is None else format(ratio, '.3f')}", flush=True)

    def write(self):
        path = os.path.join(self.dir, self.name + ".json")
        with open(path, "w", encoding="utf-8") as f:
            json.dump(self.records, f, indent=2)
            f.write("\n")
        print(f"wrote {os.path.relpath(path)}")
