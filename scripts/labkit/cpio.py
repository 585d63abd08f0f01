# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes initramfs archives ("newc"): everything root's, no dates, so that the
same input gives the same bytes."""

import os
import stat


class Archive:
    """An archive under construction; as a context manager, closed at the end."""

    def __init__(self, path):
        self._out = open(path, "wb")
        self._inode = 0
        self._seen = {""}

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind is None:
            self._entry("TRAILER!!!", 0, b"")
        self._out.close()

    def _entry(self, name, mode, data, rdev=(0, 0)):
        self._inode += 1
        raw = os.fsencode(name) + b"\0"
        fields = (self._inode, mode, 0, 0, 1, 0, len(data), 0, 0, rdev[0], rdev[1], len(raw), 0)
        head = b"070701" + b"".join(b"%08X" % f for f in fields) + raw
        for part in (head, data):
            self._out.write(part)
            self._out.write(b"\0" * (-len(part) % 4))

    def _parents(self, name):
        parent = os.path.dirname(name)
        if parent not in self._seen:
            self.directory(parent)

    def directory(self, name, mode=0o755):
        """A directory and those above it; more than once does no harm."""
        name = name.strip("/")
        if name in self._seen:
            return
        self._parents(name)
        self._seen.add(name)
        self._entry(name, stat.S_IFDIR | mode, b"")

    def file(self, name, data, mode=0o644):
        """A file with the bytes @data."""
        name = name.strip("/")
        self._parents(name)
        self._entry(name, stat.S_IFREG | mode, data)

    def symlink(self, name, target):
        """A symbolic link."""
        name = name.strip("/")
        self._parents(name)
        self._entry(name, stat.S_IFLNK | 0o777, os.fsencode(target))

    def char_device(self, name, major, minor, mode=0o600):
        """A character device node."""
        name = name.strip("/")
        self._parents(name)
        self._entry(name, stat.S_IFCHR | mode, b"", (major, minor))

    def tree(self, root, below=""):
        """Everything below the directory @root, in the archive's directory @below."""
        for base, dirs, files in os.walk(root):
            dirs.sort()
            rel = os.path.relpath(base, root)
            rel = "" if rel == "." else rel
            for name in sorted(dirs + files):
                path = os.path.join(base, name)
                dst = os.path.join(below, rel, name)
                st = os.lstat(path)
                if stat.S_ISLNK(st.st_mode):
                    self.symlink(dst, os.readlink(path))
                elif stat.S_ISDIR(st.st_mode):
                    self.directory(dst, stat.S_IMODE(st.st_mode))
                elif stat.S_ISREG(st.st_mode):
                    with open(path, "rb") as f:
                        self.file(dst, f.read(), stat.S_IMODE(st.st_mode))
