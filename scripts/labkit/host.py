# SPDX-License-Identifier: GPL-2.0-or-later
"""Hosts: daemons from Debian packages, each in its host's network namespace and
confined to the image that they came in.  Nothing of it is the user's system."""

import asyncio
import os
import re
import shutil
import string

from . import linux
from .errors import LabError


class _Template(string.Template):
    delimiter = "@"
    idpattern = r"(?a:[a-z][a-z0-9_.-]*)"


def render(path, variables):
    """A configuration template with @{name} filled in."""
    with open(path, encoding="utf-8") as f:
        text = f.read()
    try:
        return _Template(text).substitute(variables)
    except KeyError as e:
        line = 1 + text[:re.search(r"@\{?" + re.escape(e.args[0]), text).start()].count("\n")
        raise LabError(f"{path}:{line}: @{{{e.args[0]}}} is neither a setting nor an address "
                       f"of the topology (known: {', '.join(sorted(variables))})") from e
    except ValueError as e:
        raise LabError(f"{path}: {e} (a literal @ is written @@)") from e


def configure(state, member, variables):
    """Writes a host's or node's configuration, which its programs see as /lab."""
    base = state / "hosts" / member.name
    base.mkdir(parents=True)
    own = {"self.name": member.name, "self.address": str(member.address),
           "self.number": str(int(member.address) & 0xff)}
    for name, template in member.config.items():
        (base / name).write_text(render(template, {**variables, **own}))
        shutil.copymode(template, base / name)


def lend(state, host, machines, boot):
    """Gives a host the kernel, initramfs and command line (@boot) of each of its machines,
    as /lab/NAME.kernel and so on."""
    for machine in machines:
        base = state / "hosts" / host.name / machine.name
        kernel, initrd, append = boot(machine)
        shutil.copy(kernel, f"{base}.kernel")
        shutil.copy(initrd, f"{base}.initrd")
        base.with_name(f"{machine.name}.append").write_text(append)


def _confine(netns, root, binds):
    """Puts the calling process into the namespaces and the root of a host."""
    linux.setns(netns, linux.CLONE_NEWNET)
    linux.unshare(linux.CLONE_NEWNS)
    linux.mount(None, "/", flags=linux.MS_REC | linux.MS_PRIVATE)
    linux.mount(root, root, flags=linux.MS_BIND)
    linux.mount(None, root, flags=linux.MS_REMOUNT | linux.MS_BIND | linux.MS_RDONLY)
    for source, target in binds:
        linux.mount(source, root + target, flags=linux.MS_BIND)
    linux.mount("tmp", root + "/tmp", "tmpfs", linux.MS_NOSUID | linux.MS_NODEV)
    os.chroot(root)
    os.chdir("/")


async def start(state, host, netns, root, record_pid):
    """Starts a host's daemons; returns [(daemon, process)]."""
    binds = [(str(state / "hosts" / host.name), "/lab"), (str(state / "run"), "/run"),
             ("/dev", "/dev")]

    def prepare(name):
        def in_child():
            record_pid(name)
            _confine(netns, str(root), binds)
        return in_child

    out = []
    for daemon in host.daemons:
        with open(state / "run" / f"{daemon.name}.log", "ab") as log, \
                open(state / "run" / f"{daemon.name}.err.log", "ab") as err:
            process = await asyncio.create_subprocess_exec(
                *daemon.command, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=err,
                env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
                preexec_fn=prepare(f"{host.name}.{daemon.name}"))
        out.append((daemon, process))
    return out
