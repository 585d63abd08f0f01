# SPDX-License-Identifier: GPL-2.0-or-later
"""Images from Debian packages: unpacked by mmdebstrap, then only what a recipe
names is picked out, with the libraries that it links.  Cached by content."""

import contextlib
import dataclasses
import fcntl
import hashlib
import os
import pathlib
import shutil
import struct
import subprocess
import tempfile
import time

from . import apt, disk, linux, paths, strict
from .errors import LabError
from .strict import Field

SUITE = "bookworm"
PT_DYNAMIC = 2
REMOVE_LIMIT = 5		# seconds for what a killed builder still had under way
# Of a whole image: what nobody reads on a node.
NOT_NEEDED = [f"usr/share/{d}" for d in ("doc", "man", "info", "locale", "lintian", "zoneinfo")] + \
    ["var/lib/apt", "var/cache/apt", "var/lib/dpkg/info"]
LIBDIRS = ("lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu")


class Recipe:
    """images/NAME.yaml: what an image is made of."""

    def __init__(self, name):
        self.name = name
        self.path = paths.IMAGES / f"{name}.yaml"
        texts = Field(lambda n: n.list(strict.Node.text), default=[])
        yes_or_no = Field(lambda n: n.one_of("yes", "no") == "yes", default=False)
        got = strict.load(self.path).struct(
            description=Field(strict.Node.text, required=True),
            packages=Field(texts.parse, required=True),
            programs=texts, libraries=texts, files=texts, users=texts, directories=texts,
            commands=texts, node=yes_or_no, whole=yes_or_no, applets=yes_or_no,
            disk=Field(strict.Node.size))
        vars(self).update(got)
        if self.disk and not (self.whole and self.node):
            raise LabError(f"{self.path}: 'disk' is for a whole image of a node")

    @property
    def overlays(self):
        """Our own files: those of every node, and the image's."""
        return [paths.IMAGES / "node"] * self.node + [paths.IMAGES / self.name]

    def key(self):
        """Changes with anything that the image is made from."""
        h = hashlib.sha256(SUITE.encode())
        ours = [*self.overlays, *[paths.IMAGES / "disk"] * bool(self.disk)]
        own = [f for base in ours for f in sorted(base.rglob("*"))]
        for file in [self.path, pathlib.Path(__file__), pathlib.Path(disk.__file__), *own]:
            if file.is_file():
                h.update(f"\0{file.name}\0{file.stat().st_mode}\0".encode() + file.read_bytes())
        return h.hexdigest()[:16]


def _links_libraries(path):
    """Whether the file is a 64-bit ELF object with a dynamic section."""
    data = path.read_bytes()
    if not data.startswith(b"\x7fELF\2"):
        return False
    (offset,), (size, count) = struct.unpack_from("<Q", data, 32), struct.unpack_from("<HH", data, 54)
    kinds = [struct.unpack_from("<I", data, offset + i * size)[0] for i in range(count)]
    return PT_DYNAMIC in kinds


class Tree:
    """The unpacked packages, and picking from them into an image's root."""

    def __init__(self, path, root):
        self.path = path
        self.root = root

    def resolve(self, name):
        """Path in the tree of @name with symbolic links followed inside it."""
        todo, done = name.strip("/").split("/"), []
        for _ in range(64):
            if not todo:
                return "/".join(done)
            part = todo.pop(0)
            here = self.path.joinpath(*done, part)
            if here.is_symlink():
                target = os.readlink(here)
                if target.startswith("/"):
                    done = []
                todo = [p for p in target.split("/") if p not in ("", ".")] + todo
            elif part == "..":
                done = done[:-1]
            else:
                done.append(part)
        raise LabError(f"{name}: too many symbolic links in the unpacked packages")

    def copy(self, name, to=None):
        """Copies a file or directory; a link's target takes the link's name."""
        src = self.path / self.resolve(name)
        dst = self.root / (to or name).strip("/")
        if dst.exists():
            return
        dst.parent.mkdir(parents=True, exist_ok=True)
        if not src.exists():
            raise LabError(f"the packages hold no {name}: the image's recipe is wrong, "
                           "or the packages have changed")
        if src.is_dir():
            shutil.copytree(src, dst, symlinks=True)
        else:
            shutil.copy2(src, dst)

    def output(self, *argv):
        """What a program of the tree prints, run in it."""
        done = subprocess.run(["chroot", self.path, *argv], capture_output=True, text=True,
                              check=False, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
        if done.returncode != 0:
            raise LabError(f"{argv[-1]}: {(done.stderr or done.stdout).strip()}")
        return done.stdout

    def pick(self, name):
        """Copies a program or library and all libraries it links."""
        self.copy(name)
        if not _links_libraries(self.path / self.resolve(name)):
            return
        listing = self.output("/lib64/ld-linux-x86-64.so.2", "--list", "/" + name.strip("/"))
        for line in listing.splitlines():
            words = line.split()
            where = words[2] if len(words) > 2 and words[1] == "=>" else words[0]
            if where.startswith("/"):
                self.copy(where)
            elif "=>" in line:
                raise LabError(f"{name} needs {words[0]}, which no package of the image has")

    def library(self, name):
        """Copies a library by its soname, with what it links."""
        for base in LIBDIRS:
            if (self.path / base / name).exists():
                self.pick(f"{base}/{name}")
                return
        raise LabError(f"no package of the image holds the library {name}")

    def applets(self):
        """Links for all that busybox can do, and the packages did not bring."""
        for name in self.output("/bin/busybox", "--list-full").split():
            link = self.root / name
            link.parent.mkdir(parents=True, exist_ok=True)
            if not link.exists() and not link.is_symlink():
                link.symlink_to("/bin/busybox")

    def accounts(self, users):
        """passwd and group: Debian's static ones, and the services' users."""
        etc = self.root / "etc"
        etc.mkdir(exist_ok=True)
        master = self.path / "usr/share/base-passwd"
        passwd = (master / "passwd.master").read_text().replace(":*:", ":x:")
        passwd = passwd.replace("/bin/bash", "/bin/sh")
        group = (master / "group.master").read_text()
        shadow = "".join(f"{line.split(':')[0]}:*:19000:0:99999:7:::\n"
                         for line in passwd.splitlines())
        for number, user in enumerate(users, 100):
            passwd += f"{user}:x:{number}:{number}::/nonexistent:/usr/sbin/nologin\n"
            group += f"{user}:x:{number}:\n"
            shadow += f"{user}:*:19000:0:99999:7:::\n"
        (etc / "passwd").write_text(passwd)
        (etc / "group").write_text(group)
        (etc / "shadow").write_text(shadow)
        (etc / "shadow").chmod(0o600)


def _unpack(recipe, tree, log):
    """Fetches and unpacks the packages into the directory @tree."""
    if not shutil.which("mmdebstrap"):
        raise LabError("mmdebstrap is missing: run 'scripts/deps install lab' as root")
    cmd = ["mmdebstrap", "--mode=root", "--variant=extract",
           "--include=" + ",".join(sorted(recipe.packages)), *apt.proxy_options(),
           SUITE, tree, *apt.sources(SUITE)]
    with open(log, "wb") as out:
        status, _ = linux.run_contained(cmd, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                        env=dict(os.environ, TMPDIR=str(tree.parent)))
    if status != 0:
        lines = log.read_text(errors="replace").splitlines()
        told = [x for x in lines if x.startswith("E:")] or lines
        raise LabError(f"unpacking the packages of the image '{recipe.name}' failed: "
                       f"{(told or ['no output'])[0]}\n  (all of it: {log})")


def _pick(recipe, tree):
    """Picks what the recipe names into the tree's root."""
    for name in recipe.programs:
        tree.pick(name)
    for name in recipe.libraries:
        tree.library(name)
    for name in recipe.files:
        tree.copy(name)


def _compose(recipe, tree_path, root):
    """Makes the image's root: of everything, or of what the recipe names."""
    if recipe.whole:
        root.rmdir()
        tree_path.rename(root)
        tree_path = root
        for name in NOT_NEEDED:
            shutil.rmtree(root / name, ignore_errors=True)
    tree = Tree(tree_path, root)
    for name in ("dev", "proc", "sys", "run", "tmp", "root", "lab", "var/log", "var/tmp",
                 *recipe.directories):
        (root / name.strip("/")).mkdir(parents=True, exist_ok=True)
    _pick(recipe, tree)
    if recipe.applets:
        tree.applets()
    tree.accounts(recipe.users)
    for overlay in recipe.overlays:
        if overlay.is_dir():
            shutil.copytree(overlay, root, symlinks=True, dirs_exist_ok=True)
    (root / "tmp").chmod(0o1777)
    (root / "var/tmp").chmod(0o1777)
    (root / "root").chmod(0o700)
    for command in recipe.commands:
        tree.output("/bin/sh", "-c", command)


def _remove(path):
    """Removes a directory into which a builder that was killed may still write."""
    deadline = time.monotonic() + REMOVE_LIMIT
    while True:
        shutil.rmtree(path, ignore_errors=True)
        if not path.exists() or time.monotonic() > deadline:
            return
        time.sleep(0.02)


@contextlib.contextmanager
def _locked(path):
    with open(path, "w", encoding="utf-8") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        yield


@dataclasses.dataclass
class Image:
    """A finished image."""
    root: str               # the directory: of hosts, and of nodes that run from memory
    disk: str | None        # the ext4 file system that nodes have in its place
    boot: str | None        # and the root they have until they have found it


def _finished(recipe, made):
    return Image(str(made / "root"), *((str(made / n) for n in ("disk.img", "boot"))
                                       if recipe.disk else (None, None)))


def build(name, say):
    """The image @name; made if it is not in the cache."""
    recipe = Recipe(name)
    base = paths.cache() / "images"
    base.mkdir(parents=True, exist_ok=True)
    dst = base / f"{name}-{recipe.key()}"
    if dst.exists():
        return _finished(recipe, dst)
    with _locked(base / f".{name}.lock"):
        if dst.exists():
            return _finished(recipe, dst)
        say(f"making the image '{name}' from Debian packages")
        for stale in base.glob(f".{name}-tmp.*"):
            _remove(stale)
        work = pathlib.Path(tempfile.mkdtemp(prefix=f".{name}-tmp.", dir=base))
        try:
            work.chmod(0o755)
            made = work / "image"
            (made / "root").mkdir(parents=True)
            _unpack(recipe, work / "tree", base / f"{name}.log")
            _compose(recipe, work / "tree", made / "root")
            if recipe.disk:
                disk.make(made / "disk.img", recipe.disk, made / "root")
                disk.make_boot(made / "boot", made / "root")
            made.rename(dst)
        finally:
            _remove(work)
    return _finished(recipe, dst)
