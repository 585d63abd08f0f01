# SPDX-License-Identifier: GPL-2.0-or-later
"""The small system that a crash kernel boots into: it looks at the dead kernel's memory."""
from initrd import Initrd

# MiB of the machine, and what of them is kept for the crash kernel.
MEMORY = 768
APPEND = "crashkernel=192M"
# A debug kernel is its own crash kernel too, and keeps a shadow of all memory.
DEBUG_MEMORY = 1536
DEBUG_APPEND = "crashkernel=512M"

# Says what it finds on the console, and restarts the machine.
SCRIPT = """\
exec > /dev/console 2>&1
magic=$(head -c 4 /proc/vmcore | hexdump -e '4/1 "%02x"')
[ "$magic" = 7f454c46 ] && echo "capture: vmcore is ELF, $(stat -c %s /proc/vmcore) bytes"
head -c 65536 /proc/vmcore | strings | grep -E '^(OSRELEASE|CRASHTIME)=' | sed 's/^/capture: /'
reboot -f
"""


def make_image(path):
    initrd = Initrd()
    initrd.script(SCRIPT)
    return initrd.write(path)
