# SPDX-License-Identifier: GPL-2.0-or-later
"""The files under check: those in git, and new ones that git does not ignore."""
import fnmatch
import os
import subprocess


class Skip(Exception):
    """A check cannot run here; the text says why and what would help."""


class Tree:
    def __init__(self, root):
        self.root = root
        listed = subprocess.run(["git", "-C", root, "ls-files", "-co", "--exclude-standard"],
                                check=False, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                text=True)
        if listed.returncode == 0:
            names = listed.stdout.splitlines()
        else:		# an unpacked archive
            names = [os.path.relpath(os.path.join(d, f), root)
                     for d, dirs, files in os.walk(root) for f in files]
            names = [n for n in names if not n.startswith(("build/", ".git/"))]
        self.files = sorted({n for n in names if os.path.isfile(self.path(n))})

    def path(self, name):
        return os.path.join(self.root, name)

    def match(self, *patterns, under=""):
        """Files below @under whose name matches a pattern."""
        return [f for f in self.files if f.startswith(under) and
                any(fnmatch.fnmatch(os.path.basename(f), p) for p in patterns)]

    def read(self, name):
        with open(self.path(name), "rb") as f:
            return f.read().decode(errors="replace")

    def lines(self, name):
        return list(enumerate(self.read(name).splitlines(), 1))

    def texts(self):
        """Every file that is text."""
        for name in self.files:
            with open(self.path(name), "rb") as f:
                if b"\0" not in f.read(8192):
                    yield name

    def scripts(self, *interpreters):
        """Files whose first line runs one of @interpreters."""
        for name in self.texts():
            first = self.read(name).split("\n", 1)[0]
            words = first[2:].replace("/", " ").split() if first.startswith("#!") else []
            if any(w in interpreters for w in words):
                yield name
