# SPDX-License-Identifier: GPL-2.0-or-later
"""The tables of these tests: a row a line, " | " between the fields, "#" before a comment."""


def read(path, row_type):
    """The rows as @row_type, a namedtuple; a line with another number of fields ends the program."""
    rows = []
    with open(path, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            line = line.strip()
            if not line or line.startswith("#"):
                continue
            fields = [field.strip() for field in line.split(" | ")]
            if len(fields) != len(row_type._fields):
                raise SystemExit(f"{path}:{number}: {len(fields)} fields, "
                                 f"not '{' | '.join(row_type._fields)}'")
            rows.append(row_type(*fields))
    return rows
