# SPDX-License-Identifier: GPL-2.0-or-later
"""What other tools have to say about the tree."""
import os
import re
import shutil
import subprocess

from tree import Skip

CHECKPATCH_IGNORE = [
    "PREFER_DEFINED_ATTRIBUTE_MACRO",	# the ABI header is userspace's too
    "FILE_PATH_CHANGES",
    "EMBEDDED_FUNCTION_NAME",		# takes the word "clear" in a message for clear()
]


def run(command, **kw):
    return subprocess.run(command, check=False, text=True, errors="replace",
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **kw)


def need(program, package):
    if not shutil.which(program):
        raise Skip(f"no {program}: scripts/deps install test (Debian package {package})")


def shell(tree):
    names = sorted(set(tree.scripts("sh", "bash", "dash")) | set(tree.match("*.sh")))
    for name in names:
        for line in run(["bash", "-n", tree.path(name)]).stdout.splitlines():
            yield line
    need("shellcheck", "shellcheck")
    # Not: paths of sourced files; "a= b=" in a list of assignments; "local", which
    # dash and busybox have.
    out = run(["shellcheck", "-f", "gcc", "-S", "warning", "-x", "-e", "SC1007,SC1090,SC1091,SC3043",
               *names], cwd=tree.root).stdout
    for line in out.splitlines():
        # A variable may come from a library that shellcheck cannot find.
        if "[SC2154]" in line and re.search(r"^\s*(\.|source) ", tree.read(line.split(":")[0]), re.M):
            continue
        yield line


def python(tree):
    names = sorted(set(tree.scripts("python3")) | set(tree.match("*.py")))
    for name in names:
        try:
            compile(tree.read(name), name, "exec")
        except SyntaxError as e:
            yield f"{name}:{e.lineno}: {e.msg}"
        first = tree.read(name).split("\n", 1)[0]
        if first.startswith("#!") and first != "#!/usr/bin/python3":
            yield f"{name}:1: {first}: use #!/usr/bin/python3, the distribution's own"


def modes(tree):
    for name in tree.texts():
        script = tree.read(name).startswith("#!")
        executable = os.access(tree.path(name), os.X_OK)
        if script != executable:
            yield f"{name}: {'has #! but is not executable' if script else 'executable without #!'}"


def checkpatch(tree):
    need("perl", "perl")
    got = run([os.path.join(os.path.dirname(os.path.abspath(__file__)), "get-checkpatch")],
              cwd=tree.root)
    script = got.stdout.strip().splitlines()[-1] if got.stdout.strip() else ""
    if got.returncode:
        raise Skip(script or "get-checkpatch failed")
    names = tree.match("*.c", "*.h", "*.S", under="kmod/")
    out = run(["perl", script, "--no-tree", "--no-summary", "--terse", "--show-types",
               "--max-line-length=100", "--ignore", ",".join(CHECKPATCH_IGNORE), "-f", *names],
              cwd=tree.root).stdout
    for line in out.splitlines():
        # Differences of kernel versions are what compat/ is for.
        if not (line.startswith("kmod/compat/") and
                re.search(r"WARNING:(LINUX_VERSION_CODE|CONSTANT_COMPARISON):", line)):
            yield line


def sparse(tree):
    need("sparse", "sparse")
    if not tree.match("Kbuild", under="kmod/"):
        yield "kmod/Kbuild is missing: there is no module to check"
        return
    out = os.path.join(tree.root, "build/test/sparse")
    shutil.rmtree(out, ignore_errors=True)
    p = run([tree.path("scripts/build-kmod"), "--out", out, "--sparse"], cwd=tree.root)
    for line in p.stdout.splitlines():
        if ": warning:" in line or ": error:" in line:
            yield line.replace(out + "/src/", "kmod/")
    if p.returncode:
        yield f"scripts/build-kmod --sparse: exit status {p.returncode}: " + p.stdout[-300:]
