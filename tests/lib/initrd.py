# SPDX-License-Identifier: GPL-2.0-or-later
"""An initrd for a test guest: busybox, chosen kernel modules, files of the host."""
import lzma
import os
import re
import stat
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../scripts"))
import labkit.cpio	# noqa: E402
import labkit.kernel	# noqa: E402

# The first program.  Modules in their order, then the guest's own script.
INIT = """\
#!/bin/busybox sh
/bin/busybox mkdir -p /bin /sbin /usr/bin /usr/sbin /proc /sys /dev /tmp /run /root /etc
/bin/busybox --install -s /bin
export PATH=/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin HOME=/root
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev 2>/dev/null
mount -t debugfs debugfs /sys/kernel/debug 2>/dev/null
mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null
mount -t tmpfs tmpfs /run
ip link set lo up
while read -r module; do
	insmod "$module" || echo "init: cannot load $module"
done < /etc/modules.order
exec sh /etc/guest.sh
"""

# Without a script of its own the guest obeys the host, one line at a time:
# "ID COMMAND" is answered by the command's output and then "ID=STATUS".
# Not by process 1: the orphans that a command leaves are its children, and the
# SIGCHLD of one would make "read" forget what it has of a line.
OBEY = """\
stty -F /dev/ttyS1 raw -echo -echoe -echok
exec 3<>/dev/ttyS1
(
	echo ready >&3
	while read -r id command <&3; do
		(eval "$command") </dev/null >&3 2>&1
		echo "$id=$?" >&3
	done
)
echo "init: the host has closed the channel"
"""


class Kernel(labkit.kernel.Kernel):
    """A kernel of scripts/kernel: release, dir, modules, bootable(), pvpanic."""

    @property
    def pvpanic(self):
        """QEMU's device, and its module, by which a panic is told: 5.10 has it on ISA only."""
        index = (self.modules / "modules.dep").read_text(encoding="ascii")
        return "pvpanic-pci" if "/pvpanic-pci.ko" in index else "pvpanic"

    def has_module(self, name):
        """Whether the kernel has the module as a file of its own."""
        return f"/{name}.ko" in (self.modules / "modules.dep").read_text(encoding="ascii")

    def load_order(self, names):
        """Files of the modules @names and of all that they depend on, in loading order."""
        seen, order = set(), []
        with open(self.modules / "modules.dep", encoding="ascii") as f:
            deps = dict(line.rstrip().split(":") for line in f)
        soft = self.soft_dependencies(deps)

        def visit(file):
            if file in seen:
                return
            seen.add(file)
            for dep in [*reversed(deps[file].split()), *soft.get(file, ())]:
                visit(dep)
            order.append(file)
        for name in names:
            for file in self.module_files([name]):
                visit(file)
        return [str(self.modules / file) for file in order]

    def soft_dependencies(self, files):
        """Of which of @files modprobe would load others first: what they ask for by name (ext4
        for crypto-crc32c), of which modules.dep says nothing."""
        names = {}			# of a module, or an alias -> files
        for file in files:
            name = os.path.basename(file).split(".ko")[0].replace("-", "_")
            names.setdefault(name, []).append(file)
        aliases = (self.modules / "modules.alias").read_text(encoding="ascii")
        for alias, module in re.findall(r"^alias (\S+) (\S+)$", aliases, re.M):
            names.setdefault(alias, []).extend(names.get(module.replace("-", "_"), ()))
        soft = {}
        wishes = (self.modules / "modules.softdep").read_text(encoding="ascii")
        for module, pre in re.findall(r"^softdep (\S+) pre: (.*?)(?: post:.*)?$", wishes, re.M):
            for file in names.get(module.replace("-", "_"), ()):
                for wish in pre.split():
                    soft.setdefault(file, []).extend(names.get(wish, ()))
        return soft


LAB_KERNEL = "cloud-6.1"


def lab_kernel(name=LAB_KERNEL):
    """A row of scripts/kernel, by default what the lab boots; fetched if it is not there yet."""
    return Kernel(name)


def libraries(program):
    """The shared libraries of @program, its loader included, as host paths."""
    p = subprocess.run(["ldd", program], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       text=True, check=False)
    if "not found" in p.stdout:
        raise ValueError(f"{program} lacks a library: {p.stdout}")
    return re.findall(r"(/\S+) \(0x[0-9a-f]+\)", p.stdout)


class Initrd:
    """Collects files, then write(path) makes the archive."""

    def __init__(self):
        self._files = {}		# path -> (mode, data); a link's data is its target
        self._order = []		# of the modules
        self.file("bin/busybox", "/bin/busybox", 0o755)
        self.text("init", INIT, 0o755)
        self.script(OBEY)

    def text(self, path, text, mode=0o644):
        self._files[path.strip("/")] = (stat.S_IFREG | mode, text.encode())

    def file(self, path, source, mode=None):
        """Copies the host's file @source to @path in the guest."""
        with open(source, "rb") as f:
            data = f.read()
        if mode is None:
            mode = stat.S_IMODE(os.stat(source).st_mode)
        self._files[path.strip("/")] = (stat.S_IFREG | mode, data)

    def link(self, path, target):
        self._files[path.strip("/")] = (stat.S_IFLNK, target)

    def program(self, source, path=None):
        """Copies a program of the host with the libraries that it needs."""
        self.file(path or source, source, 0o755)
        for lib in libraries(source):
            self.file(lib, os.path.realpath(lib), 0o755)

    def module(self, source):
        """A module from a file of ours, loaded after the ones before it."""
        path = f"lib/faultdrill/{os.path.basename(source)}"
        self.file(path, source, 0o644)
        self._order.append("/" + path)

    def modules(self, kernel, names, load=True):
        """Modules of @kernel with their dependencies.

        load=False only puts them, with modules.dep, where modprobe finds them.
        """
        base = f"lib/modules/{kernel.release}"
        for source in kernel.load_order(names):
            path = f"{base}/{os.path.relpath(source, kernel.modules)}"
            if path.endswith(".xz"):		# newer kernels; busybox cannot
                path = path.removesuffix(".xz")
                with lzma.open(source) as f:
                    self._files[path] = (stat.S_IFREG | 0o644, f.read())
            else:
                self.file(path, source, 0o644)
            if load and "/" + path not in self._order:
                self._order.append("/" + path)
        for index in ("modules.dep", "modules.alias", "modules.builtin", "modules.order",
                      "modules.softdep", "modules.symbols"):
            if (kernel.modules / index).exists():
                text = (kernel.modules / index).read_text(encoding="ascii")
                self.text(f"{base}/{index}", text.replace(".ko.xz", ".ko"))

    def script(self, text):
        """What runs as the guest's first process once the modules are loaded."""
        self.text("etc/guest.sh", text)

    def write(self, path):
        self.text("etc/modules.order", "".join(m + "\n" for m in self._order))
        with labkit.cpio.Archive(path) as archive:
            archive.char_device("dev/console", 5, 1)
            for name, (mode, data) in self._files.items():
                if stat.S_ISLNK(mode):
                    archive.symlink(name, data)
                else:
                    archive.file(name, data, stat.S_IMODE(mode))
        return path
