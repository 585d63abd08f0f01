# SPDX-License-Identifier: GPL-2.0-or-later
"""The nodes' power buttons on the lab's network, as a management controller has them:
for fence agents and event handlers, on hosts and on nodes.  A connection is one line,
"BUTTON NODE", and one in answer: "ok", "on" or "off" to "status", or "error: WHY".
"list" names the nodes."""

import asyncio

from .errors import LabError
from .qmp import QmpError

LIMIT = 10      # seconds that a caller may take for its line


async def _press(nodes, line):
    words = line.decode("ascii", "replace").split()
    if words == ["list"]:
        return " ".join(nodes)
    if len(words) != 2:
        return "error: say BUTTON NODE, such as: reset node1"
    button, name = words
    runner = nodes.get(name)
    if not runner:
        return f"error: no node '{name}': there are {', '.join(nodes)}"
    buttons = {"on": runner.power_on, "off": runner.power_off, "reset": runner.reset,
               "nmi": runner.nmi}
    if button == "status":
        return "on" if runner.process else "off"
    if button not in buttons:
        return f"error: no button '{button}': there are status, {', '.join(buttons)}"
    runner.record("LAB_BUTTON", button=button)
    try:
        await buttons[button]()
    except (LabError, QmpError, ConnectionError) as e:
        return f"error: {e}"
    return "ok"


async def serve(nodes, address, port):
    """Listens; returns at once."""
    async def talk(reader, writer):
        try:
            line = await asyncio.wait_for(reader.readline(), LIMIT)
            writer.write((await _press(nodes, line)).encode() + b"\n")
            await writer.drain()
        except (OSError, ValueError, asyncio.TimeoutError):
            pass        # it went away, or never said anything
        finally:
            writer.close()

    await asyncio.start_server(talk, address, port, limit=256)
