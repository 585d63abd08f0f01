# SPDX-License-Identifier: GPL-2.0-or-later
"""What is drilled on the HA stacks, and the table of it: see scripts/stacks."""
