# SPDX-License-Identifier: GPL-2.0-or-later
"""Wrongs done by hand to a store that holds a ledger: in the first trial two records go, one
comes twice, one is damaged and one was never sent; in the second one more goes."""
import hashlib
import os

MARIADB_TRICKS = {
    1: ["SET @l = (SELECT ledger FROM {t} ORDER BY id DESC LIMIT 1)",
        "DELETE FROM {t} WHERE ledger = @l AND seq IN (7, 9)",
        "INSERT INTO {t} (ledger, seq, payload, digest) SELECT ledger, seq, payload, digest"
        " FROM {t} WHERE ledger = @l AND seq = 3",
        "UPDATE {t} SET payload = CONCAT('X', payload) WHERE ledger = @l AND seq = 5",
        "INSERT INTO {t} (ledger, seq, payload, digest) VALUES (@l, 1000000, 'never sent',"
        " SHA2(CONCAT(@l, ' 1000000 never sent'), 256))"],
    2: ["SET @l = (SELECT ledger FROM {t} ORDER BY id DESC LIMIT 1)",
        "DELETE FROM {t} WHERE ledger = @l AND seq = 11"],
}
POSTGRESQL_TRICKS = {
    1: ["CREATE TEMP TABLE l AS SELECT ledger FROM {t} ORDER BY id DESC LIMIT 1",
        "DELETE FROM {t} USING l WHERE {t}.ledger = l.ledger AND seq IN (7, 9)",
        "INSERT INTO {t} (ledger, seq, payload, digest) SELECT ledger, seq, payload, digest"
        " FROM {t} WHERE ledger = (TABLE l) AND seq = 3",
        "UPDATE {t} SET payload = 'X' || payload WHERE ledger = (TABLE l) AND seq = 5",
        "INSERT INTO {t} (ledger, seq, payload, digest) SELECT ledger, 1000000, 'never sent',"
        " encode(sha256((ledger || ' 1000000 never sent')::bytea), 'hex') FROM l"],
    2: ["DELETE FROM {t} WHERE seq = 11 AND ledger ="
        " (SELECT ledger FROM {t} ORDER BY id DESC LIMIT 1)"],
}


def by_sql(server, table, tricks):
    return lambda trial: server.sql("".join(f"{sql.format(t=table)};" for sql in tricks[trial]))


def by_text(store):
    """The same wrongs in a store of texts, each "ID SEQ SUM PAYLOAD"."""
    def plant(trial):
        if trial == 2:
            store.remove("11")
            return
        ledger = store.get("3").split()[0]
        total = hashlib.sha256(f"{ledger} 1000000 never sent".encode()).hexdigest()
        store.remove("7")
        store.remove("9")
        store.put("copy", store.get("3"))
        store.put("5", store.get("5") + "X")
        store.put("1000000", f"{ledger} 1000000 {total} never sent")
    return plant


class Files:
    """A store whose client is the shell: a file a record."""

    def __init__(self, directory):
        self.directory = os.path.join(directory, "files")
        os.mkdir(self.directory)
        self.options = f"command: 'echo \"$2\" > {self.directory}/$1', " \
                       f"read_command: 'cat {self.directory}/*'"

    def get(self, name):
        with open(os.path.join(self.directory, name), encoding="ascii") as f:
            return f.read().rstrip("\n")

    def put(self, name, text):
        with open(os.path.join(self.directory, name), "w", encoding="ascii") as f:
            print(text, file=f)

    def remove(self, name):
        os.unlink(os.path.join(self.directory, name))
