# SPDX-License-Identifier: GPL-2.0-or-later
"""A client of QEMU's machine protocol that keeps the time of each event."""

import asyncio
import json
import time


class QmpError(Exception):
    """QEMU refused a command or has gone."""


class Qmp:
    """One connection; @on_event(event, mono_ns, real_ns) is called as events come."""

    def __init__(self, reader, writer, on_event):
        self._reader = reader
        self._writer = writer
        self._on_event = on_event
        self._waiting = {}
        self._serial = 0
        self.gone = asyncio.Event()
        self._task = None

    @classmethod
    async def open(cls, sock, on_event):
        """Takes over a connected socket and says hello."""
        self = cls(*await asyncio.open_connection(sock=sock), on_event)
        await self._reader.readline()
        self._task = asyncio.create_task(self._read())
        await self.command("qmp_capabilities")
        return self

    async def _read(self):
        while line := await self._reader.readline():
            mono, real = time.monotonic_ns(), time.time_ns()
            message = json.loads(line)
            if "event" in message:
                self._on_event(message, mono, real)
            elif message.get("id") in self._waiting:
                self._waiting.pop(message["id"]).set_result(message)
        self.gone.set()
        for future in self._waiting.values():
            future.set_exception(QmpError("the machine has gone"))
        self._waiting.clear()
        self._writer.close()

    async def command(self, name, **arguments):
        """Runs a command and returns its result."""
        if self.gone.is_set():
            raise QmpError("the machine has gone")
        self._serial += 1
        future = asyncio.get_running_loop().create_future()
        self._waiting[self._serial] = future
        message = {"execute": name, "id": self._serial}
        if arguments:
            message["arguments"] = arguments
        self._writer.write(json.dumps(message).encode() + b"\n")
        answer = await future
        if "error" in answer:
            raise QmpError(f"{name}: {answer['error'].get('desc', answer['error'])}")
        return answer["return"]
