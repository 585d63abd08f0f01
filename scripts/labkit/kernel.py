# SPDX-License-Identifier: GPL-2.0-or-later
"""The guest's kernel: fetched by scripts/kernel, made quick to boot, its modules."""

import os
import pathlib
import shutil
import struct
import subprocess

from . import linux, paths
from .errors import LabError

BASE_MODULES = ("virtio_pci", "virtio_net", "virtio_blk", "pvpanic_pci", "ext4")
# How the kernel in a vmlinuz may be packed: first bytes, the program that unpacks it.
PACKERS = {b"\x02\x21\x4c\x18": "lz4", b"\x28\xb5\x2f\xfd": "zstd"}


class Kernel:
    """One of the kernels that scripts/kernel knows."""

    def __init__(self, name):
        self.name = name
        script = paths.TOP / "scripts/kernel"
        status, output = linux.run_contained([script, "fetch", name], stdout=subprocess.PIPE,
                                             text=True)
        if status != 0:
            raise LabError(f"no kernel '{name}' (see above)")
        self.dir = pathlib.Path(output.strip().splitlines()[-1])
        self.release = (self.dir / "release").read_text().strip()
        self.modules = (self.dir / "modules").resolve()

    def bootable(self):
        """What QEMU is to boot: the ELF image inside vmlinuz if it can be had (the
        guest then need not decompress it, which takes 0.5 to 10 s of emulation), else vmlinuz."""
        plain, packed = self.dir / "vmlinux.boot", self.dir / "vmlinuz"
        if plain.exists():
            return plain
        if "CONFIG_PVH=y" not in (self.dir / "config").read_text():
            return packed			# QEMU boots no ELF image of such a kernel
        payload = _payload(packed.read_bytes())
        program = PACKERS.get(payload[:4])
        if not program or not shutil.which(program):
            return packed
        # A name of our own: another test may be at the same.
        tmp = self.dir / f".vmlinux.{os.getpid()}.tmp"
        with open(tmp, "wb") as out:
            done = subprocess.run([program, "-dcq"], input=payload, stdout=out, check=False)
        with open(tmp, "rb") as f:
            good = done.returncode == 0 and f.read(4) == b"\x7fELF"
        if not good:
            tmp.unlink()
            return packed
        tmp.rename(plain)
        return plain

    def module_files(self, names):
        """Paths below the modules' directory of @names and all they depend on, also of what
        they ask for when they are used."""
        deps, by_name = {}, {}
        for line in (self.modules / "modules.dep").read_text().splitlines():
            file, _, rest = line.partition(":")
            deps[file] = rest.split()
            by_name[pathlib.Path(file).name.split(".ko")[0].replace("-", "_")] = file
        builtin = (self.modules / "modules.builtin").read_text().replace("-", "_")
        out = []
        for name in names:
            plain = name.replace("-", "_")
            if plain in by_name:
                out += [by_name[plain], *deps[by_name[plain]]]
            elif f"/{plain}.ko" not in builtin:
                raise LabError(f"the kernel {self.release} has no module '{name}'")
        for name in self._asked_for({pathlib.Path(file).name.split(".ko")[0].replace("-", "_")
                                     for file in out}):
            out += [by_name[name], *deps[by_name[name]]]
        return sorted(set(out))

    def _asked_for(self, names):
        """Modules that go by a name which one of @names states as softdep."""
        def lines(index):
            for line in (self.modules / index).read_text().splitlines():
                yield line.replace("-", "_").split()

        aliases = {alias for words in lines("modules.softdep")
                   if words[0] == "softdep" and words[1] in names for alias in words[2:]}
        return {words[2] for words in lines("modules.alias")
                if words[0] == "alias" and words[1] in aliases}


def _payload(image):
    """The compressed kernel inside a bzImage, without the length at its end."""
    setup = ((image[0x1f1] or 4) + 1) * 512
    offset, length = struct.unpack_from("<II", image, 0x248)
    return image[setup + offset:setup + offset + length - 4]
