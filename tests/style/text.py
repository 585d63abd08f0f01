# SPDX-License-Identifier: GPL-2.0-or-later
"""What every text file must and must not say."""
import re

KERNEL_SIDE = ("kmod/", "tests/bench/kmod/")
PLAIN = ("COPYING", "LICENSES/", "README", "NEWS", ".gitignore", "Documentation/agent-protocol.md")
# Read by tests to the letter or by kselftest, or examples to be copied.
CASES = ("Documentation/drills/", "Documentation/ABI/", "tests/unit/plans/", "tests/unit/campaigns/", "tests/fuzz/corpus/", "tests/kmod/config", "tests/kmod/settings")
NO_COMMENTS = (".json", ".md", ".html", ".csv", ".txt", ".svg", ".cfg.in", ".pub", ".supp")


def spdx(tree):
    for name in tree.texts():
        if name.startswith(PLAIN) or name.endswith(NO_COMMENTS) or name.startswith(CASES):
            continue
        head = tree.read(name).splitlines()[:4]
        # Configuration of a lab's machines, but for its programs.
        if name.startswith("scripts/labkit/") and not name.endswith((".py", ".yaml")) and \
                not head[0].startswith("#!"):
            continue
        found = [re.search(r"SPDX-License-Identifier:\s*(.+?)\s*(\*/|-->)?$", line) for line in head]
        licence = next((m[1] for m in found if m), None)
        if licence is None:
            yield f"{name}: no SPDX-License-Identifier in the first lines"
            continue
        kernel = name.startswith(KERNEL_SIDE) and name.endswith((".c", ".h", ".S"))
        if kernel and not licence.startswith("GPL-2.0-only"):
            yield f"{name}: {licence}, and the kernel side is GPL-2.0-only"
        if name.startswith("userspace/") and licence != "GPL-2.0-or-later":
            yield f"{name}: {licence}, and userspace is GPL-2.0-or-later"


# Brackets keep these patterns from finding themselves.
FOREIGN = [
    (re.compile(r"(?<![\w.])/(work|home/\w+|Users|mnt/\w+)/[\w.]"), "a path of somebody's machine"),
    (re.compile(r"\.\./s[h]ared\b"), "a path outside the tree"),
    (re.compile(r"https?://(deb|registry|mirror|mirrors|ftp|proxy|pypi|crates)\b[.\w]*"),
     "a package registry's host"),
    (re.compile(r"\b(BRIEF[.]md|(kernel|lab|perf)-f[a]cts|before-s[t]op)\b"), "a working paper"),
    (re.compile(r"\bi[s]sues? #?\d+\b", re.I), "a tracker's number"),
    (re.compile(r"\b(this|these|our|next) s[e]ssions?\b|\bh[e]lper's b|\bthe b[r]ief\b", re.I),
     "words of how the work was done"),
]


def words(tree):
    for name in tree.texts():
        if name == "COPYING":
            continue
        for number, line in tree.lines(name):
            for pattern, what in FOREIGN:
                if pattern.search(line):
                    yield f"{name}:{number}: {what}: {line.strip()[:100]}"


MARKS = re.compile(r"\b(T[O]DO|F[I]XME|X[X]X|H[A]CK|not [i]mplemented|place[h]older)\b")


def unfinished(tree):
    for name in tree.texts():
        for number, line in tree.lines(name):
            if MARKS.search(line):
                yield f"{name}:{number}: {line.strip()[:100]}"


def built(tree):
    for name in tree.match("*.ko", "*.o", "*.a", "*.so", "*.qcow2", "*.img", "*.deb", "*.pyc",
                           "*.db", "*.cmd"):
        yield f"{name}: generated files belong in build/"


def whitespace(tree):
    for name in tree.texts():
        text = tree.read(name)
        if text and not text.endswith("\n"):
            yield f"{name}: no newline at the end"
        for number, line in tree.lines(name):
            if line != line.rstrip() and not name.endswith((".md", ".svg", ".txt")):
                yield f"{name}:{number}: blanks at the end of the line"
