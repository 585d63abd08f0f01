# SPDX-License-Identifier: GPL-2.0-or-later
"""Do the printed intervals hold the truth as often as they say?  tests/calibration with
five times the drills and samples of `make check`."""
import json
import os

from common import BenchError, run as run_command

SCALE = 5


def run(bench):
    program = "build/userspace/calibration"
    rows = os.path.join(bench.work, "rows.json")
    if os.path.exists(rows):
        os.unlink(rows)
    run_command(["make", "--no-print-directory", "-s", "calibration"])
    # It fails where a bar is not met; the rows tell which.
    try:
        print(run_command([program, "--scale", str(SCALE), "--json", rows]), end="")
        met = True
    except BenchError as e:
        if not os.path.exists(rows):
            raise
        print(e)
        met = False
    with open(rows, encoding="utf-8") as f:
        for row in json.load(f):
            bench.record(row["value"], row["unit"] or "1", "none: the bar is a range", None,
                         name=row["name"], least=row["lo"], most=row["hi"], met=row["ok"])
    return met
