# SPDX-License-Identifier: GPL-2.0-or-later
"""An initrd for a test guest: busybox, chosen kernel modules, files of the host.

Written as a newc archive by hand, so that neither root nor device nodes of the
host are needed.
"""
import os
import re
import stat
import subprocess

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
OBEY = """\
stty -F /dev/ttyS1 raw -echo -echoe -echok
exec 3<>/dev/ttyS1
echo ready >&3
while read -r id command <&3; do
	(eval "$command") </dev/null >&3 2>&1
	echo "$id=$?" >&3
done
"""


class Kernel:
    """A directory as made by scripts/kernel: release, vmlinuz, modules/."""

    def __init__(self, path):
        self.path = path
        self.vmlinuz = os.path.join(path, "vmlinuz")
        self.modules = os.path.join(path, "modules")
        with open(os.path.join(path, "release"), encoding="ascii") as f:
            self.release = f.read().strip()
        self._deps = {}
        with open(os.path.join(self.modules, "modules.dep"), encoding="ascii") as f:
            for line in f:
                name, deps = line.split(":")
                self._deps[self.key(name)] = (name, deps.split())
        with open(os.path.join(self.modules, "modules.builtin"), encoding="ascii") as f:
            self._builtin = {self.key(line.strip()) for line in f}

    @staticmethod
    def key(path):
        """What modprobe would call the module in this file."""
        return re.sub(r"\.ko(\.\w+)?$", "", os.path.basename(path)).replace("-", "_")

    def closure(self, names):
        """Files of @names and of all that they depend on, in loading order."""
        order = []
        for name in names:
            key = self.key(name)
            if key in self._builtin:
                continue
            if key not in self._deps:
                raise ValueError(f"kernel {self.release} has no module '{name}'")
            path, deps = self._deps[key]
            for dep in [*reversed(deps), path]:
                if dep not in order:
                    order.append(dep)
        return [os.path.join(self.modules, path) for path in order]


def lab_kernel(top):
    """The kernel that the lab boots; fetched if it is not there yet."""
    out = subprocess.run([os.path.join(top, "scripts/kernel"), "fetch"], check=True,
                         stdout=subprocess.PIPE, text=True).stdout
    return Kernel(out.strip().splitlines()[-1])


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
        self._entries = {}		# path -> (mode, data, rdev)
        self._order = []		# of the modules
        self.file("bin/busybox", "/bin/busybox", 0o755)
        self.text("init", INIT, 0o755)
        self.script(OBEY)
        self._node("dev/console", stat.S_IFCHR | 0o600, (5, 1))

    def _put(self, path, mode, data=b"", rdev=(0, 0)):
        path = path.strip("/")
        parent = os.path.dirname(path)
        if parent and parent not in self._entries:
            self._put(parent, stat.S_IFDIR | 0o755)
        self._entries.setdefault(path, None)
        self._entries[path] = (mode, data, rdev)

    def _node(self, path, mode, rdev):
        self._put(path, mode, rdev=rdev)

    def text(self, path, text, mode=0o644):
        self._put(path, stat.S_IFREG | mode, text.encode())

    def file(self, path, source, mode=None):
        """Copies the host's file @source to @path in the guest."""
        with open(source, "rb") as f:
            data = f.read()
        if mode is None:
            mode = stat.S_IMODE(os.stat(source).st_mode)
        self._put(path, stat.S_IFREG | mode, data)

    def link(self, path, target):
        self._put(path, stat.S_IFLNK | 0o777, target.encode())

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
        for source in kernel.closure(names):
            path = f"{base}/{os.path.relpath(source, kernel.modules)}"
            self.file(path, source, 0o644)
            if load and "/" + path not in self._order:
                self._order.append("/" + path)
        for index in ("modules.dep", "modules.alias", "modules.builtin", "modules.order",
                      "modules.softdep", "modules.symbols"):
            if os.path.exists(os.path.join(kernel.modules, index)):
                self.file(f"{base}/{index}", os.path.join(kernel.modules, index), 0o644)

    def script(self, text):
        """What runs as the guest's first process once the modules are loaded."""
        self.text("etc/guest.sh", text)

    def write(self, path):
        self.text("etc/modules.order", "".join(m + "\n" for m in self._order))
        with open(path, "wb") as out:
            for ino, (name, (mode, data, rdev)) in enumerate(self._entries.items(), 1):
                out.write(newc(ino, name, mode, data, rdev))
            out.write(newc(0, "TRAILER!!!", 0, b"", (0, 0)))
        return path


def newc(ino, name, mode, data, rdev):
    """One entry of a cpio archive in the form that the kernel unpacks."""
    raw = name.encode() + b"\0"
    fields = (ino, mode, 0, 0, 1, 0, len(data), 0, 0, *rdev, len(raw), 0)
    head = b"070701" + b"".join(b"%08X" % f for f in fields) + raw
    return head + b"\0" * (-len(head) % 4) + data + b"\0" * (-len(data) % 4)
