# SPDX-License-Identifier: GPL-2.0-or-later
"""The virtual cluster behind scripts/lab."""
