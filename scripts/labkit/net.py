# SPDX-License-Identifier: GPL-2.0-or-later
"""The lab's network: a bridge in the keeper's own namespace, a tap for each
machine, a veth pair and a namespace for each host.  All of it is anonymous, held
by descriptors, so nothing can be left behind."""

import subprocess

from . import linux
from .errors import LabError

BRIDGE = "br0"


def _ip(commands, fds=()):
    done = subprocess.run(["ip", "-batch", "-"], input="\n".join(commands) + "\n", text=True,
                          stderr=subprocess.PIPE, pass_fds=fds, check=False)
    if done.returncode != 0:
        raise LabError(f"setting up the network failed: {done.stderr.strip()}")


def build(top):
    """Sets up the network of the topology; the caller is in a new namespace, which
    becomes the switch.  Returns {host name: descriptor of its namespace}."""
    bits = top.subnet.prefixlen
    commands = ["link set lo up",
                f"link add {BRIDGE} type bridge forward_delay 0 stp_state 0 mcast_snooping 0",
                f"addr add {top.switch}/{bits} dev {BRIDGE}",
                f"link set {BRIDGE} up"]
    spaces = {}
    for host in top.hosts.values():
        fd = spaces[host.name] = linux.new_netns()
        commands += [f"link add {host.name} type veth peer name eth0 netns /proc/self/fd/{fd}",
                     f"link set {host.name} master {BRIDGE} up"]
    for node in (n for n in top.nodes.values() if not n.run_by):
        commands += [f"tuntap add {node.name} mode tap",
                     f"link set {node.name} master {BRIDGE} up"]
    _ip(commands, list(spaces.values()))
    for host in top.hosts.values():
        enter = spaces[host.name]
        subprocess.run(["ip", "-batch", "-"], text=True, check=True,
                       preexec_fn=lambda fd=enter: linux.setns(fd, linux.CLONE_NEWNET),
                       input=f"link set lo up\naddr add {host.address}/{bits} dev eth0\n"
                             "link set eth0 up\n")
    return spaces


def mac(address):
    """A machine's hardware address, from its IPv4 address."""
    return "52:54:00:" + ":".join(f"{b:02x}" for b in address.packed[1:])
