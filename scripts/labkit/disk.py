# SPDX-License-Identifier: GPL-2.0-or-later
"""Nodes whose root is a disk: an ext4 file system of the whole image, and the small
root in memory from which they find it."""

import shutil
import subprocess

from . import paths
from .errors import LabError

BUSYBOX = "bin/busybox"


def make(path, size, root):
    """A file system of @size bytes with all that is below @root, sparse."""
    with open(path, "wb") as f:
        f.truncate(size)
    done = subprocess.run(["mkfs.ext4", "-q", "-F", "-L", "root", "-d", root, path],
                          stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise LabError(f"no file system of {size >> 20}M could be made of {root}: "
                       f"{done.stderr.strip()}")


def make_boot(boot, root):
    """Busybox, the program that goes on to the disk, and the trial boot's."""
    for name in ("bin", "sbin", "dev", "proc", "sys", "new", "tmp", "etc/lab", "over"):
        (boot / name).mkdir(parents=True)
    shutil.copy2(root / BUSYBOX, boot / BUSYBOX)
    for name in ("sh", "mount", "umount", "modprobe", "cat", "cp", "mkdir", "sync", "switch_root",
                 "poweroff"):
        (boot / "bin" / name).symlink_to("busybox")
    shutil.copy2(paths.IMAGES / "disk/sbin/init", boot / "sbin/init")
    (boot / "init").touch()		# or busybox does not take it for a root to leave
    shutil.copy2(root / "etc/lab/selftest", boot / "etc/lab/selftest")
