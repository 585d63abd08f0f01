# SPDX-License-Identifier: GPL-2.0-or-later
"""What the kernel reports on its console, and whether a fault was meant to cause it.

expected-reports.txt names what is; anything else is a failure of the test at hand.
"""
import os
import re
from collections import namedtuple

import table

Expected = namedtuple("Expected", "part pattern why")

# First lines of the kernel's reports.
HEADER = re.compile(
    r"WARNING: |\bBUG: |kernel BUG at|\bOops\b|general protection|Kernel panic|KASAN: |UBSAN: |"
    r"refcount_t: |ODEBUG: |list_(?:add|del) corruption|INFO: task .* blocked|INFO: possible |"
    r"rcu: INFO: |rcu: Possible|detected stalls|workqueue lockup|stack guard page|"
    r"DEBUG_LOCKS_WARN_ON|kmemleak: \d+ new suspected")
# Those of them that tell of a mistake in the code, and never of a crash as such.
MISTAKE = re.compile(
    r"KASAN: |UBSAN: |refcount_t: |ODEBUG: |INFO: possible |WARNING: possible |"
    r"WARNING: inconsistent lock|WARNING: suspicious RCU|WARNING: bad unlock|"
    r"BUG: sleeping function|BUG: scheduling while atomic|BUG: Invalid wait context|"
    r"DEBUG_LOCKS_WARN_ON|list_(?:add|del) corruption")
BLOCK = 40	# lines shown of a report that nobody expects

HERE = os.path.dirname(os.path.abspath(__file__))
EXPECTED = [row._replace(pattern=re.compile(row.pattern))
            for row in table.read(os.path.join(HERE, "expected-reports.txt"), Expected)]


def unexpected(part, lines, patterns=(), header=HEADER):
    """The reports in @lines, of the console during @part, that nothing expects; as text.

    @part: a script's name or a row of faults.txt; @patterns: more of what is meant to be.
    """
    wanted = [e.pattern for e in EXPECTED
              if e.part == "*" or part == e.part or part.startswith(e.part + " ")]
    wanted += [re.compile(p) for p in patterns]
    for i, line in enumerate(lines):
        if header.search(line) and not any(w.search(line) for w in wanted):
            return "\n".join(lines[i:i + BLOCK])
    return ""


def mistakes(part, lines):
    """The same where the node dies, which it does with many a word that is no mistake."""
    return unexpected(part, lines, header=MISTAKE)


def leaks(guest):
    """What kmemleak finds that nothing points to any more, as text; None without kmemleak.

    It takes a block for lost at the second look, and only if it is 5 s old.
    """
    if guest.run("test -e /sys/kernel/debug/kmemleak")[0]:
        return None
    guest.check("sleep 6; echo scan > /sys/kernel/debug/kmemleak; "
                "echo scan > /sys/kernel/debug/kmemleak", 300)
    return guest.check("cat /sys/kernel/debug/kmemleak", 60)


def check_leaks(guest, results, name, module=None):
    """Looks for leaks with the module loaded, for its names, and with it gone.

    @module: where it is loaded from afterwards.
    """
    while_loaded = leaks(guest)
    if while_loaded is None:
        return
    results.add(not while_loaded, f"{name}: kmemleak finds nothing while the module is loaded",
                while_loaded[:4000])
    guest.check("fdrctl clear; rmmod faultdrill", 60)
    after = leaks(guest)
    results.add(not after, f"{name}: nor once it is unloaded", after[:4000])
    if module:
        guest.check(f"insmod {module}", 60)
