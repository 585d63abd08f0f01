# SPDX-License-Identifier: GPL-2.0-or-later
"""The shape of the C code: layers, lengths, and places for what must stay apart."""
import os
import re

LAYERS = [["base"], ["sys", "stats"], ["power"], ["plan", "predict", "probe", "workload", "result"], ["engine", "report"],
          ["controller", "agent"]]
RANK = {layer: rank for rank, row in enumerate(LAYERS) for layer in row}
FILE_MAX = 500			# lines, exclusive
FUNCTION_MAX = 100
FUNCTION_P90 = 55		# exclusive
INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]')


def layers(tree):
    """A layer includes itself and lower rows; neighbours in a row never."""
    for name in tree.match("*.c", "*.h", under="userspace/"):
        layer = name.split("/")[1]
        if layer not in RANK:
            yield f"{name}: '{layer}' is no layer; there are: {', '.join(RANK)}"
            continue
        for number, line in tree.lines(name):
            found = INCLUDE.match(line)
            if found:
                why = include_problem(tree, name, layer, *found.groups())
                if why:
                    yield f"{name}:{number}: {why}"


def include_problem(tree, name, layer, quote, target):
    # The module's registry is plain data; sys is what talks to the module.
    if layer == "sys" and os.path.exists(tree.path(os.path.join("kmod", target.removeprefix("../kmod/")))):
        return None
    if ".." in target.split("/"):
        return f"'{target}': name it from the top of userspace/"
    first = target.split("/")[0]
    if quote == "<":		# <sys/wait.h> is the system's, not of our layer sys
        ours = os.path.exists(tree.path(os.path.join("userspace", target)))
        return f"<{target}> is ours: use quotes" if ours else None
    if "/" in target and first in RANK:
        if first != layer and RANK[first] >= RANK[layer]:
            return f"{layer} must not include {target}: it is not below it"
        return None
    if os.path.exists(tree.path(os.path.join(os.path.dirname(name), target))):
        return None
    return f"'{target}' is not in {layer}/ and names no layer"


def file_length(tree):
    names = tree.match("*.c", "*.h", "*.py", "*.sh", "*.mk", "*.S") + list(
        tree.scripts("sh", "bash", "dash", "python3"))
    for name in sorted(set(names)):
        n = len(tree.lines(name))
        if n >= FILE_MAX:
            yield f"{name}: {n} lines (under {FILE_MAX})"


def functions(tree, name):
    """(line, length) of each function: kernel style puts its braces in column 0."""
    start = None
    for number, line in tree.lines(name):
        if line.startswith("{"):
            start = number
        elif line.startswith("}") and start is not None:
            if re.match(r"^}\s*$", line):
                yield start, number - start + 1
            start = None


def function_length(tree):
    for part in ("kmod/", "userspace/", "tests/"):
        lengths = []
        for name in tree.match("*.c", "*.h", under=part):
            for line, length in functions(tree, name):
                lengths.append(length)
                if length > FUNCTION_MAX:
                    yield f"{name}:{line}: a function of {length} lines (at most {FUNCTION_MAX})"
        if lengths:
            p90 = sorted(lengths)[(9 * len(lengths) - 1) // 10]
            if p90 >= FUNCTION_P90:
                yield f"{part}: 90 % of {len(lengths)} functions are within {p90} lines " \
                      f"(under {FUNCTION_P90})"


VERSION = re.compile(r"\b(LINUX_VERSION_CODE|KERNEL_VERSION|RHEL_RELEASE)\b")
MACHINE = re.compile(r"\b(CONFIG_X86(_64)?|CONFIG_ARM(64)?|__x86_64__|__aarch64__|__i386__)\b"
                     r"|\b(asm|__asm__)\s+(volatile\b|__volatile__\b|goto\b)|\b(asm|__asm__)\s*\("
                     r"|\bregs->(ip|pc|sp|ax|di|si)\b")


def kernel_places(tree):
    """compat/ bears the differences of kernels, arch/ those of machines."""
    for name in tree.match("*.c", "*.h", "*.S", under="kmod/"):
        for number, line in tree.lines(name):
            if VERSION.search(line) and not name.startswith("kmod/compat/"):
                yield f"{name}:{number}: a kernel version outside kmod/compat/: {line.strip()}"
            if MACHINE.search(line) and not name.startswith("kmod/arch/"):
                yield f"{name}:{number}: machine code outside kmod/arch/: {line.strip()}"
