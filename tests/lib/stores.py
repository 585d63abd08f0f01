# SPDX-License-Identifier: GPL-2.0-or-later
"""Database servers from Debian's packages, in a directory of their own, on loopback.

Each is a process of this test's: started by its path, ended by its pid.
"""
import glob
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time

LIMIT = 40		# seconds for a server to start or to stop


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def call(*args, **kw):
    p = subprocess.run(args, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                       timeout=LIMIT, check=False, **kw)
    if p.returncode:
        raise RuntimeError(f"{args[0]}: {p.stdout}{p.stderr}")
    return p.stdout


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
        return [int(n) for n in f.read().split()]


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
            return f.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


class Server:
    """What all kinds share: a data directory, a port, a pid."""

    def __init__(self, directory, name):
        self.data, self.name, self.port = os.path.join(directory, name), name, free_port()
        self.log = os.path.join(directory, f"{name}.log")
        self.process = None

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, start_new_session=True, **self.popen())
        end = time.monotonic() + LIMIT
        while time.monotonic() < end:
            try:
                self.answers()
                return self
            except RuntimeError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.05)
        with open(self.log, encoding="utf-8", errors="replace") as f:
            raise RuntimeError(f"{self.name} does not start: {f.read()[-2000:]}")

    def answers(self):
        """RuntimeError: not yet."""
        self.sql("SELECT 1")

    def popen(self):
        return {}

    def crash(self):
        """As a node that dies does it: nothing is written any more, by none of its processes
        (PostgreSQL's have sessions of their own, and would hold its shared memory on)."""
        self.process.send_signal(signal.SIGSTOP)	# it starts no more of them
        doomed = [self.process.pid, *children(self.process.pid)]
        for pid in doomed:
            os.kill(pid, signal.SIGKILL)
        self.process.wait(LIMIT)
        end = time.monotonic() + LIMIT
        while any(alive(pid) for pid in doomed) and time.monotonic() < end:
            time.sleep(0.005)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(self.polite)
            try:
                self.process.wait(LIMIT)
            except subprocess.TimeoutExpired:
                self.crash()


class MariaDB(Server):
    polite = signal.SIGTERM

    def __init__(self, directory, name, number, template):
        super().__init__(directory, name)
        self.number, self.read_only = number, False
        self.socket = os.path.join(directory, f"{name}.sock")
        shutil.copytree(template, self.data)

    @staticmethod
    def template(directory):
        data = os.path.join(directory, "template")
        call("mariadb-install-db", "--no-defaults", "--force", f"--datadir={data}",
             "--auth-root-authentication-method=normal", "--skip-test-db",
             "--innodb-log-file-size=8M", "--user=root")
        return data

    def command(self):
        return ["mariadbd", "--no-defaults", "--user=root", f"--datadir={self.data}",
                f"--socket={self.socket}", f"--port={self.port}", "--bind-address=127.0.0.1",
                f"--pid-file={self.data}/pid", f"--server-id={self.number}",
                f"--log-bin={self.data}/bin", "--log-slave-updates", "--gtid-strict-mode",
                "--innodb-buffer-pool-size=16M", "--innodb-log-file-size=8M",
                "--performance-schema=off", f"--read-only={int(self.read_only)}"]

    def sql(self, text):
        return call("mariadb", "--no-defaults", "-uroot", f"-S{self.socket}", "-BN", "-e", text)

    def follow(self, primary):
        self.sql(f"CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={primary.port},"
                 " MASTER_USER='drill', MASTER_PASSWORD='secret',"
                 " MASTER_USE_GTID=slave_pos; START SLAVE")


class PostgreSQL(Server):
    polite = signal.SIGINT

    def __init__(self, directory, name, **settings):
        super().__init__(directory, name)
        self.settings = settings
        self.bin = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]
        self.user = pwd.getpwnam("postgres")
        os.mkdir(self.data)
        os.chown(self.data, self.user.pw_uid, self.user.pw_gid)
        call(os.path.join(self.bin, "initdb"), "-D", self.data, "-U", "drill", "-N",
             "--auth=trust", "--no-instructions", cwd="/", **self.popen())

    def popen(self):
        return {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}

    def command(self):
        settings = dict(self.settings, port=self.port, listen_addresses="127.0.0.1",
                        unix_socket_directories="")
        return [os.path.join(self.bin, "postgres"), "-D", self.data] + \
            [word for k, v in settings.items() for word in ("-c", f"{k}={v}")]

    def sql(self, text):
        return call("psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-F", "\t", "-c", text,
                    f"host=127.0.0.1 port={self.port} user=drill dbname=postgres")


class Redis(Server):
    polite = signal.SIGTERM

    def __init__(self, directory, name):
        super().__init__(directory, name)
        os.mkdir(self.data)

    def command(self):
        return ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "",
                "--appendonly", "no", "--dir", self.data]

    def answers(self):
        self.ask("PING")

    def ask(self, *words):
        """What it says; an error of its own is one of redis-cli's too."""
        return call("redis-cli", "-e", "-p", str(self.port), *words).rstrip("\n")

    def key(self, name):
        """Of a ledger's record; the server holds one ledger."""
        any_key = self.ask("--scan", "--pattern", "faultdrill:*").split("\n")[0]
        return f"{any_key.rsplit(':', 1)[0]}:{name}"

    def get(self, name):
        return self.ask("GET", self.key(name))

    def put(self, name, text):
        self.ask("SET", self.key(name), text)

    def remove(self, name):
        self.ask("DEL", self.key(name))
