# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel's own test runner, over this directory.

What of the kernel's tree that takes comes from Debian's linux-source package, by
scripts/debug-kernel, into build/: nothing of it is the project's.
"""
import os
import re
import shutil
import subprocess
import time

from guest import GuestError

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
NAME = "faultdrill"			# of the directory below tools/testing/selftests
WHERE = "kselftest"			# of all tests, in a guest


def call(command, **how):
    p = subprocess.run(command, check=False, text=True, stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, **how)
    if p.returncode:
        print(p.stdout)
        raise SystemExit(f"tests/kmod/run: '{' '.join(command)}' failed (see above)")
    return p.stdout


def kernel_parts():
    """A directory with the runner's part of a kernel tree; None and why where it cannot be had."""
    p = subprocess.run([os.path.join(TOP, "scripts/debug-kernel"), "selftests"], check=False,
                       text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if p.returncode:
        return None, p.stderr.strip()
    return p.stdout.strip().splitlines()[-1], ""


def install(parts, out):
    """Builds this directory in a tree with the kernel's parts; what its install rule gives."""
    tree, installed = os.path.join(out, "tree"), os.path.join(out, "installed")
    tests = os.path.join(tree, "tools/testing/selftests")
    for path in (tree, installed):
        shutil.rmtree(path, ignore_errors=True)
    shutil.copytree(parts, tree)
    shutil.copytree(HERE, os.path.join(tests, NAME), ignore=shutil.ignore_patterns("__pycache__"))
    # As "make headers" would do if the module were in the tree.
    shutil.copytree(os.path.join(TOP, "kmod/uapi"), os.path.join(tree, "usr/include"))
    env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "OUTPUT")}
    call(["make", "-C", tests, f"TARGETS={NAME}", "FORCE_TARGETS=1",
          f"KSFT_INSTALL_PATH={installed}", "install"], env=env)
    return installed


def put(initrd, installed):
    """Puts the installed tests into an initrd; and the timeout(1) that the runner looks for."""
    for base, _, files in os.walk(installed):
        for file in files:
            source = os.path.join(base, file)
            initrd.file(os.path.join(WHERE, os.path.relpath(source, installed)), source)
    initrd.program("/usr/bin/timeout")


def check(results, wanted, text):
    """Counts what the runner says in @text: each test's own results, and its verdict on each."""
    lines = text.splitlines()
    plan = next((line for line in lines if re.match(r"1\.\.\d+$", line)), "no plan")
    results.add(plan == f"1..{len(wanted)}", "kselftest: the runner plans what it was asked for",
                f"{plan}, for {' '.join(wanted)}")
    own, missing = [], [name.split(":")[1].removesuffix(".sh") for name in wanted]
    for line in lines:
        verdict = re.match(rf"(not )?ok \d+ selftests: {NAME}: (\S+)(.*)", line)
        if not verdict:
            if line.startswith("# "):
                own.append(line[2:])
            continue
        part = verdict.group(2).removesuffix(".sh")
        results.ktap(part, "\n".join(own))
        if "# SKIP" in verdict.group(3):
            results.skip(f"kselftest: {part}", "the test says so")
        else:
            results.add(not verdict.group(1), f"kselftest: {part}", line)
        if part in missing:
            missing.remove(part)
        own = []
    results.add(not missing, "kselftest: the runner tells of each test how it went",
                f"nothing of {' '.join(missing)}; its end:\n" + "\n".join(lines[-20:]))


def run(target, guest, scripts, results, env=""):
    """Runs the @scripts of tests/kmod/run's tables by the kernel's run_kselftest.sh.

    @env: variables for them, as the shell takes them before a command.
    """
    words, limit, wanted = [env], 0, []
    for script, args, seconds in scripts:
        variable = "KSELFTEST_" + re.sub(r"\W", "_", script).upper() + "_ARGS"
        words.append(f"{variable}='{args}'" if args else "")
        wanted.append(f"{NAME}:{script}")
        limit += seconds * target.slow
    command = f"{' '.join(words)} /{WHERE}/run_kselftest.sh {' '.join('-t ' + w for w in wanted)}"
    # The runner writes to it; devtmpfs has none by itself.
    guest.check("ln -sf /proc/self/fd/1 /dev/stdout")
    start, said = time.monotonic(), len(guest.channel)
    try:
        _, text = guest.run(command, limit)
    except GuestError as e:
        text = "\n".join(line.text for line in guest.channel[said:])
        results.add(False, f"kselftest: the runner ends within {limit} s", str(e))
    check(results, wanted, text)
    print(f"# kselftest: {time.monotonic() - start:.1f} s", flush=True)
