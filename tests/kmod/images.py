# SPDX-License-Identifier: GPL-2.0-or-later
"""Disk images for the guests: sparse, made in a moment, new for each run."""
import os
import shutil
import struct
import subprocess

MIB = 1 << 20
SECTOR = 512
PART_MIB = 32


def blank(path, mib):
    with open(path, "wb") as f:
        f.truncate(mib * MIB)
    return path


def ext4(path, *options):
    tool = shutil.which("mkfs.ext4", path="/usr/sbin:/sbin:" + os.environ.get("PATH", ""))
    if not tool:
        raise SystemExit("tests/kmod/run: no mkfs.ext4: install the package e2fsprogs")
    subprocess.run([tool, "-q", "-F", *options, path], check=True)


def partitioned(path):
    """Two partitions: an ext4, and nothing."""
    blank(path, 1 + 2 * PART_MIB)
    entries = b""
    for i in range(2):
        first = (1 + i * PART_MIB) * MIB // SECTOR
        entries += struct.pack("<B3sB3sII", 0, b"\0\0\0", 0x83, b"\0\0\0", first,
                               PART_MIB * MIB // SECTOR)
    with open(path, "r+b") as f:
        f.seek(446)
        f.write(entries.ljust(64, b"\0") + b"\x55\xaa")
    part = path + ".part"
    blank(part, PART_MIB)
    ext4(part)
    with open(part, "rb") as src, open(path, "r+b") as dst:
        dst.seek(MIB)
        shutil.copyfileobj(src, dst)
    os.unlink(part)
    return path


def make_images(where):
    """parts: see partitioned(); swap, plain: empty; root: an ext4 of its own."""
    shutil.rmtree(where, ignore_errors=True)
    os.makedirs(where)
    root = blank(os.path.join(where, "root"), 64)
    ext4(root)
    return {"parts": partitioned(os.path.join(where, "parts")),
            "swap": blank(os.path.join(where, "swap"), 16),
            "plain": blank(os.path.join(where, "plain"), 16),
            "root": root}
