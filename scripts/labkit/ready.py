# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether a member of the lab serves: asked from the switch's namespace."""

import asyncio

# Short, for a connection attempt that is lost is repeated by the kernel only after 1 s.
TRY = 0.25
PAUSE = 0.05


async def _talk(opened, request, enough):
    reader, writer = await opened
    try:
        writer.write(request)
        data = b""
        while not enough(data):
            piece = await reader.read(65536)
            if not piece:
                break
            data += piece
        return data
    finally:
        writer.close()


async def _http(address, port):
    data = await _talk(asyncio.open_connection(address, port),
                       f"GET / HTTP/1.0\r\nHost: {address}\r\n\r\n".encode(),
                       lambda d: b"\r\n" in d)
    return data.startswith(b"HTTP/1.") and b" 200 " in data.split(b"\r\n")[0]


async def _tcp(address, port):
    await _talk(asyncio.open_connection(address, port), b"", lambda d: True)
    return True


async def _haproxy(path):
    """Every server that HAProxy checks is up."""
    text = await _talk(asyncio.open_unix_connection(path), b"show stat\n", lambda d: False)
    lines = text.decode().lstrip("# ").splitlines()
    names = lines[0].split(",")
    rows = [dict(zip(names, line.split(","))) for line in lines[1:] if line]
    servers = [r for r in rows if r["svname"] not in ("FRONTEND", "BACKEND")]
    return bool(servers) and all(r["status"] == "UP" and r["check_status"] for r in servers)


async def _socket(path):
    """Somebody accepts connections there."""
    await _talk(asyncio.open_unix_connection(path), b"", lambda d: True)
    return True


def _once(ready, address):
    if ready.kind == "http":
        return _http(str(address), int(ready.target))
    if ready.kind == "tcp":
        return _tcp(str(address), int(ready.target))
    if ready.kind == "socket":
        return _socket(f"run/{ready.target}")
    return _haproxy(f"run/{ready.target}")


async def wait(ready, address):
    """Returns as soon as the member serves."""
    while True:
        try:
            if await asyncio.wait_for(_once(ready, address), TRY):
                return
        except (OSError, asyncio.TimeoutError, UnicodeDecodeError, IndexError, KeyError):
            pass
        await asyncio.sleep(PAUSE)
