# SPDX-License-Identifier: GPL-2.0-or-later
"""A node's serial console: every line kept with the host's time, and relayed to
whoever attaches."""

import asyncio
import time


class Console:
    """Reads the machine's end of the line into @path; serves @socket_path."""

    def __init__(self, path, socket_path):
        self._log = open(path, "ab", buffering=0)
        self._socket_path = socket_path
        self._attached = set()
        self._writer = None
        self._line = b""
        self._stamp = None
        self._watched = {}      # text: the future of its line
        self._task = None
        self._server = None

    async def serve(self):
        """Opens the socket that `lab console` attaches to."""
        self._server = await asyncio.start_unix_server(self._attach, self._socket_path)

    async def open(self, sock):
        """Takes over the machine's line: anew at each power-on."""
        reader, self._writer = await asyncio.open_connection(sock=sock)
        self._task = asyncio.create_task(self._read(reader))

    async def _read(self, reader):
        while data := await reader.read(65536):
            self._keep(data)
            for writer in list(self._attached):
                writer.write(data)
        self._flush()

    def _keep(self, data):
        """Stamps each line with CLOCK_MONOTONIC at its first byte."""
        for piece in data.splitlines(keepends=True):
            if self._stamp is None:
                self._stamp = time.monotonic()
            self._line += piece
            if piece.endswith(b"\n"):
                self._flush()

    def _flush(self):
        text = self._line.strip(b"\r\n")
        if text:
            self._log.write(b"[%13.6f] %s\n" % (self._stamp, text))
            for wanted in [w for w in self._watched if w in text]:
                self._watched.pop(wanted).set_result(None)
        self._line, self._stamp = b"", None

    async def line_with(self, text, seconds):
        """Waits for a line with @text, at most so long (None: for ever)."""
        future = asyncio.get_running_loop().create_future()
        self._watched[text] = future
        try:
            await asyncio.wait_for(future, seconds)
        except asyncio.TimeoutError:
            pass
        finally:
            if self._watched.get(text) is future:
                del self._watched[text]

    def note(self, text):
        """Writes a remark of the lab's into the log."""
        self._flush()
        self._log.write(b"[%13.6f] --- %s ---\n" % (time.monotonic(), text.encode()))

    async def _attach(self, reader, writer):
        self._attached.add(writer)
        try:
            while data := await reader.read(4096):
                if self._writer:
                    self._writer.write(data)
        except ConnectionError:
            pass
        finally:
            self._attached.discard(writer)
            writer.close()
