# SPDX-License-Identifier: GPL-2.0-or-later
"""The comparisons with other tools: each fault has its row, what they say of ours is there, and the
settings of kernels in them are those that the kernels have."""
import os
import re

from tree import Skip

PAGE = "Documentation/comparison.md"
DISKS = "Documentation/disk-comparison.md"
CATALOGUE = "kmod/catalogue/"
FAULT = re.compile(r'\.name = "([a-z0-9-]+)",\s*\.family = "([a-z0-9-]+)"')
CHECKED = ("●", "○", "–")	# what a cell about another tool begins with: see the page


def tables(tree, page=PAGE):
    """[(heading, line, cells of the header, [(line, cells)])] of the page."""
    heading, found, inside = "", [], False
    for number, line in tree.lines(page):
        if line.startswith("#"):
            heading = line.lstrip("# ")
        if not line.startswith("|"):
            inside = False
            continue
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not inside:
            found.append((heading, number, cells, []))
            inside = True
        elif set(line) - set("|- "):
            found[-1][3].append((number, cells))
    return found


def catalogue(tree):
    """{fault: family}, in the order of the source."""
    return {name: family for file in tree.match("*.c", under=CATALOGUE)
            for name, family in FAULT.findall(tree.read(file))}


def faults(tree):
    if PAGE not in tree.files:
        yield f"{PAGE} is missing"
        return
    families = catalogue(tree)
    seen = {}
    for heading, _, header, rows in tables(tree):
        if header[0] != "fault":
            continue
        for number, cells in rows:
            name = cells[0]
            if name in seen:
                yield f"{PAGE}:{number}: {name} has a row already, in line {seen[name]}"
            seen[name] = number
            if name not in families:
                yield f"{PAGE}:{number}: {name} is no fault of the catalogue"
            if name in families and families[name] != heading:
                yield f"{PAGE}:{number}: {name} stands under {heading}, and is of the family {families[name]}"
            if len(cells) != len(header):
                yield f"{PAGE}:{number}: {name} has {len(cells)} cells, and the header {len(header)}"
                continue
            for tool, cell in zip(header[1:-1], cells[1:-1]):
                if not cell.startswith(CHECKED):
                    yield f"{PAGE}:{number}: {name}: {tool}: no mark says how it was checked: {cell[:40]}"
            if not cells[-1]:
                yield f"{PAGE}:{number}: {name}: nothing in the column {header[-1]}"
    for name, family in families.items():
        if name not in seen:
            yield f"{PAGE}: the fault {name} of the catalogue has no row (family {family})"


def ours(tree, cell):
    """What a cell about faultdrill names, of the disk family, that the catalogue has not."""
    sources = "".join(tree.read(file) for file in tree.match("disk*", under=CATALOGUE))
    for name in re.findall(r"`(disk-[a-z-]+)`", cell):
        if f'.name = "{name}"' not in sources:
            yield f"no fault {name}"
    for name in re.findall(r"`([a-z]+)=`", cell):
        if f'.name = "{name}"' not in sources:
            yield f"no parameter {name}"


def disks(tree):
    if DISKS not in tree.files:
        yield f"{DISKS} is missing"
        return
    named = ""
    for _, _, header, rows in tables(tree, DISKS):
        if header[0] != "capability":
            continue
        for number, cells in rows:
            if len(cells) != len(header):
                yield f"{DISKS}:{number}: {cells[0]}: {len(cells)} cells, and the header {len(header)}"
                continue
            for tool, cell in zip(header[1:-1], cells[1:-1]):
                if not cell.startswith(CHECKED):
                    yield f"{DISKS}:{number}: {cells[0]}: {tool}: no mark says how it was checked: {cell[:40]}"
            if cells[-1] in ("", "–"):
                yield f"{DISKS}:{number}: {cells[0]}: {header[-1]}: neither what it has nor why not"
            if all(cell.startswith("–") for cell in cells[1:]):
                yield f"{DISKS}:{number}: {cells[0]}: nobody has it"
            for wrong in ours(tree, cells[-1]):
                yield f"{DISKS}:{number}: {cells[0]}: the catalogue has {wrong}"
            named += cells[-1]
    for name, family in catalogue(tree).items():
        if family == "disk" and f"`{name}`" not in named:
            yield f"{DISKS}: the fault {name} of the catalogue stands nowhere"


def setting(config, option):
    """What @option is in the text of a kernel's configuration: y, m, a value, or n."""
    m = re.search(rf"^CONFIG_{option}=(.*)$", config, re.M)
    return m[1] if m else "n"


def kernels(tree):
    """Compares with the kernels that scripts/kernel has fetched; there need not be all."""
    pages = [page for page in (PAGE, DISKS) if page in tree.files]
    if not pages:
        yield f"{PAGE} is missing"
        return
    cache = os.environ.get("FAULTDRILL_CACHE") or tree.path("build/cache")
    compared = False
    for page, header, rows in [(page, table[2], table[3]) for page in pages
                               for table in tables(tree, page)]:
        if header[0] != "option":
            continue
        for column, kernel in enumerate(header[1:-1], 1):
            path = os.path.join(cache, "kernels", kernel, "config")
            if not os.path.exists(path):
                continue
            compared = True
            with open(path, encoding="utf-8") as f:
                config = f.read()
            for number, cells in rows:
                option, said = cells[0].strip("`"), cells[column]
                if setting(config, option) != said:
                    yield f"{page}:{number}: {kernel}: {option} is {setting(config, option)}, not {said}"
    if not compared:
        raise Skip("none of its kernels has been fetched: scripts/kernel fetch cloud-6.1")
