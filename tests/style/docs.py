# SPDX-License-Identifier: GPL-2.0-or-later
"""The documentation names things that are there."""
import glob
import os
import re
import shutil
import subprocess

from tree import Skip

TOPS = "kmod|userspace|scripts|Documentation|tests"
# Not the tail of a longer path, nor the head of one (a generated file, a pattern).
NAMED = re.compile(rf"(?<![\w/.~-])((?:{TOPS})/[\w./*+@-]*[\w*])(?![\w*{{<$])")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def pages(tree):
    return tree.match("*.md", "README*", "NEWS") + tree.match("*.[1-9]", "*.rst",
                                                              under="Documentation/")


def files(tree):
    for name in tree.texts():
        if name.startswith("tests/style/") or name == "tests/lib/selftest":
            continue
        prose = name in pages(tree)
        for number, line in tree.lines(name):
            for target in NAMED.findall(line):
                # Code builds paths; of those in it only names of documents are checked.
                if not prose and not target.startswith("Documentation/"):
                    continue
                if not glob.glob(tree.path(target.rstrip("."))):
                    yield f"{name}:{number}: there is no {target}"
            for target in LINK.findall(line) if name.endswith(".md") else []:
                if "://" in target or target.startswith("mailto:"):
                    continue
                if not os.path.exists(os.path.join(os.path.dirname(tree.path(name)), target)):
                    yield f"{name}:{number}: the link to {target} leads nowhere"


def targets(tree):
    known = set()
    for name in tree.match("Makefile", "*.mk"):
        for _, line in tree.lines(name):
            m = re.match(r"^([a-z][\w -]*):(?!=)", line)
            if m:
                known.update(m[1].split())
    for name in pages(tree):
        for number, line in tree.lines(name):
            for target in re.findall(r"`make ([a-z][a-z-]*)|^\s+(?:sudo )?make ([a-z][a-z-]*)", line):
                target = target[0] or target[1]
                if target not in known:
                    yield f"{name}:{number}: there is no target '{target}'"


def man(tree):
    names = tree.match("*.[1-9]", "*.[1-9].in", under="Documentation/man/")
    if not shutil.which("groff"):
        raise Skip("no groff: scripts/deps install test (Debian package groff-base)")
    if not names:
        yield "Documentation/man/: there is no manual page"
    for name in names:
        p = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-z", tree.path(name)], check=False,
                           stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for line in p.stderr.splitlines():
            yield line.replace(tree.root + "/", "")
        for section in ("NAME", "SYNOPSIS", "DESCRIPTION"):
            if not re.search(rf'^\.SH "?{section}', tree.read(name), re.M):
                yield f"{name}: no section {section}"
