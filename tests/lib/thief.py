# SPDX-License-Identifier: GPL-2.0-or-later
"""What stands between a store and its clients, and keeps answers back."""
import socket
import threading


class Thief(threading.Thread):
    """Between clients and a server; while it is told to, it keeps the server's answers and
    hangs up: the work is done, and nobody hears of it."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port, self.steals = port, False
        self.listener = socket.create_server(("127.0.0.1", 0))

    def run(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.port))
            threading.Thread(target=self.carry, args=(client, server), daemon=True).start()
            threading.Thread(target=self.answer, args=(server, client), daemon=True).start()

    @staticmethod
    def carry(client, server):
        try:
            while data := client.recv(65536):
                server.sendall(data)
        except OSError:
            pass
        hang_up(client, server)

    def answer(self, server, client):
        try:
            while data := server.recv(65536):
                # Of a statement: what belongs to the login goes through.
                if self.steals and b"INSERT" in data:
                    break
                client.sendall(data)
        except OSError:
            pass
        hang_up(client, server)


def hang_up(*sockets):
    for s in sockets:
        try:
            s.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
