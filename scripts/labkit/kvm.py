# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether KVM can be used.  /dev/kvm may open, virtual machines may even be made,
and guests hang all the same, so only a real boot of the guest's kernel tells.
The verdict is remembered for this boot of the host."""

import json
import os
import pathlib
import select
import subprocess
import time

from . import linux, node, paths

SIGN_OF_LIFE = 3.0      # seconds to the first byte on the console
BOOTED = 12.0           # seconds to the init program
MARK = b"lab: kvm works"


def _identity(kernel):
    boot = pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    qemu = subprocess.run(["qemu-system-x86_64", "--version"], capture_output=True, text=True,
                          check=False).stdout.splitlines()[:1]
    return [boot, *qemu, str(kernel)]


def _boots(kernel, initrd):
    """Boots the guest's kernel under KVM to an init program that says so."""
    append = f"{node.KERNEL_ARGS} earlyprintk=serial loglevel=7 rdinit=/etc/lab/selftest"
    cmd = node.machine_arguments(kernel, initrd, "kvm", append.replace(" quiet ", " "))
    process = subprocess.Popen([*cmd, "-m", "128", "-serial", "stdio", "-no-reboot"],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, preexec_fn=linux.die_with_parent)
    started, seen = time.monotonic(), b""
    try:
        while MARK not in seen:
            limit = BOOTED if seen else SIGN_OF_LIFE
            left = started + limit - time.monotonic()
            if left <= 0 or not select.select([process.stdout], [], [], left)[0]:
                return False
            piece = os.read(process.stdout.fileno(), 65536)
            if not piece:
                return False
            seen += piece
        return True
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def accelerator(kernel, initrd, say):
    """"kvm" where the guest's kernel really boots with it, else "tcg"."""
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return "tcg"
    memory = paths.cache() / "kvm-verdict.json"
    identity = _identity(kernel)
    try:
        known = json.loads(memory.read_text())
    except (OSError, json.JSONDecodeError):
        known = {}
    if known.get("identity") != identity:
        known = {"identity": identity, "works": _boots(kernel, initrd)}
        memory.parent.mkdir(parents=True, exist_ok=True)
        memory.write_text(json.dumps(known) + "\n")
        if not known["works"]:
            say("/dev/kvm does not run the guest's kernel here: emulating (TCG)")
    return "kvm" if known["works"] else "tcg"
