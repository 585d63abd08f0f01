# SPDX-License-Identifier: GPL-2.0-or-later
"""The one exception that the user sees as a message instead of a traceback."""


class LabError(Exception):
    """What went wrong, where, and what to do; printed after "lab: ", exit code 1."""


class UsageError(LabError):
    """A bad topology or argument; exit code 2."""
