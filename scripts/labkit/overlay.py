# SPDX-License-Identifier: GPL-2.0-or-later
"""What a lab adds to an image when it starts: kernel modules, ssh keys,
and the faultdrill that was built last."""

import base64
import os
import pathlib
import shutil
import subprocess

from . import cpio, kernel, linux, paths
from .errors import LabError

MODULES = "lib/modules"


def built():
    """The module's and the agent's files; None where not built yet."""
    agent = paths.BUILD / "userspace/faultdrill-agent"
    module = paths.BUILD / "kmod/lab/faultdrill.ko"
    return (module if module.exists() else None), (agent if agent.exists() else None)


def _module_of(kern):
    """The module for the nodes' kernel: for another one than the lab's own it is built here."""
    module, _ = built()
    if not module or _vermagic(module) == kern.release:
        return module
    out = module.parent.parent / kern.name
    status, text = linux.run_contained([paths.TOP / "scripts/build-kmod", "--out", out,
                                        "--kernel", kern.name], stdout=subprocess.PIPE,
                                       stderr=subprocess.STDOUT, text=True)
    if status != 0:
        raise LabError(f"the module could not be built for the kernel {kern.name}:\n{text}")
    return out / module.name


def _vermagic(module):
    done = subprocess.run(["modinfo", "-F", "vermagic", module], capture_output=True, text=True,
                          check=False)
    return done.stdout.split()[0] if done.stdout.strip() else "unknown"


def _modules(root, kern, names, module):
    """Lays the modules out below @root and indexes them."""
    base = root / MODULES / kern.release
    for file in kern.module_files([*kernel.BASE_MODULES, *names]):
        (base / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(kern.modules / file, base / file)
    for index in kern.modules.glob("modules.builtin*"):
        shutil.copy(index, base)
    shutil.copy(kern.modules / "modules.order", base)
    if module:
        magic = _vermagic(module)
        if magic != kern.release:
            raise LabError(f"{module} was built for the kernel {magic}, the nodes boot "
                           f"{kern.release}: run 'make kmod' again")
        (base / "extra").mkdir()
        shutil.copy(module, base / "extra")
    done = subprocess.run(["depmod", "-b", root, kern.release], stderr=subprocess.PIPE, text=True,
                          check=False)
    if done.returncode != 0:
        raise LabError(f"depmod failed: {done.stderr.strip()}")


def _keygen(path, comment):
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", path],
                   check=True)


def _strings(blob, count):
    """The first @count length-prefixed strings of @blob, and what follows them."""
    out = []
    for _ in range(count):
        size = int.from_bytes(blob[:4], "big")
        out.append(blob[4:4 + size])
        blob = blob[4 + size:]
    return out, blob


def _dropbear_key(path):
    """An unencrypted ed25519 key of OpenSSH's, in dropbear's format."""
    text = path.read_text().splitlines()
    blob = base64.b64decode("".join(text[1:-1])).removeprefix(b"openssh-key-v1\0")
    _, blob = _strings(blob, 3)             # cipher, key derivation, its options
    (_, secret), _ = _strings(blob[4:], 2)  # after the number of keys
    (kind, _, pair), _ = _strings(secret[8:], 3)  # after two check words
    return b"".join(len(x).to_bytes(4, "big") + x for x in (kind, pair))


def keys(state):
    """Makes the lab's own key pair, and a host key for its nodes."""
    _keygen(state / "id_ed25519", "faultdrill lab")
    _keygen(state / "ssh_host_key", "faultdrill lab nodes")


def initrd(path, image, kern, state, modules, lab):
    """Writes the initramfs of nodes with this image, kernel and modules; @lab is the
    directory of their configuration.  A root on a disk gets all this laid over it."""
    module, agent = _module_of(kern), built()[1]
    stage = pathlib.Path(f"{path}.stage")
    over = "over/" if image["disk"] else ""
    _modules(stage, kern, modules, module)
    if image["disk"]:
        # For modules that the kernel itself asks for when it mounts the disk.
        (stage / "sbin").mkdir()
        (stage / "sbin/modprobe").symlink_to("/bin/busybox")
    with cpio.Archive(path) as out:
        out.char_device("dev/console", 5, 1)
        out.tree(image["boot"] or image["root"])
        out.tree(stage)
        out.tree(lab, over + "lab")
        out.directory(over + "root", 0o700)
        out.directory(over + "root/.ssh", 0o700)
        out.file(over + "root/.ssh/authorized_keys", (state / "id_ed25519.pub").read_bytes(), 0o600)
        out.file(over + "etc/dropbear/host_key", _dropbear_key(state / "ssh_host_key"), 0o600)
        if agent:
            out.file(over + "usr/bin/faultdrill-agent", agent.read_bytes(), 0o755)
    shutil.rmtree(stage)
    return os.stat(path).st_size
