# SPDX-License-Identifier: GPL-2.0-or-later
"""Data files parse, and the netlink specification says what the ABI header says."""
import json
import re

from tree import Skip

HEADER = "kmod/uapi/linux/faultdrill.h"
SPEC = "Documentation/netlink/specs/faultdrill.yaml"


def yaml_module():
    try:
        import yaml
    except ImportError as e:
        raise Skip("no python3-yaml: scripts/deps install test") from e
    return yaml


def data(tree):
    yaml = yaml_module()
    for name in tree.match("*.yaml", "*.yml"):
        if "/bad/" in name or "/fuzz/" in name:		# broken on purpose
            continue
        try:
            list(yaml.safe_load_all(tree.read(name)))
        except yaml.YAMLError as e:
            yield f"{name}: {e}"
    for name in tree.match("*.json"):
        try:
            json.loads(tree.read(name))
        except ValueError as e:
            yield f"{name}: {e}"


# The header

def c_enums(text):
    """{enum: {constant: (value, comment)}}, in order."""
    enums = {}
    for name, body in re.findall(r"\benum (\w+) \{(.*?)\n\};", text, re.S):
        entries, value = {}, -1
        for line in body.splitlines():
            m = re.match(r"\s*(\w+)(?:\s*=\s*([^,/]+?))?\s*,?\s*(?:/\*\s*(.*?)\s*\*/)?\s*$", line)
            if not m:
                continue
            if m[2] is None:
                value += 1
            elif m[2].isdigit():
                value = int(m[2])
            entries[m[1]] = (value, m[3] or "")
        enums[name] = entries
    return enums


def c_defines(text):
    return {m[1]: m[2].strip('"') for m in
            re.finditer(r'^#define\s+(FAULTDRILL_\w+)\s+("[^"]*"|\w+|\(1U << \d+\))', text, re.M)}


def bookkeeping(constant):
    return constant.startswith("__") or re.search(r"_(UNSPEC|PAD)$", constant) or \
        re.search(r"(_A|_CMD)_MAX$", constant)


def c_name(prefix, name):
    return (prefix + name).upper().replace("-", "_")


# The specification

def numbered(rows, start):
    """[(name, value, row)]: a row without a value follows the one before it."""
    value, out = start - 1, []
    for row in rows or []:
        row = row if isinstance(row, dict) else {"name": row}
        value = row.get("value", value + 1)
        out.append((row["name"], value, row))
    return out


def compare(where, prefix, rows, enum):
    """Problems between the specification's rows and the header's constants."""
    said = {c_name(prefix, name): value for name, value, _ in rows}
    for constant, value in said.items():
        if constant not in enum:
            yield f"{SPEC}: {where}: {constant} is not in the header"
        elif enum[constant][0] != value:
            yield f"{SPEC}: {where}: {constant} is {value}, and {enum[constant][0]} in the header"
    for constant in enum:
        if constant not in said and not bookkeeping(constant):
            yield f"{SPEC}: {where}: the header's {constant} is missing"


COMMENT = re.compile(r"^(multi-attr )?(?:nest of (?:faultdrill_(\w+?)_attr)|"
                     r"(nest|u16|u32|u64|s64|string|flag|binary)\b)")


def compare_types(set_name, prefix, rows, enum):
    """The header's comments begin with the attribute's type."""
    for name, _, row in rows:
        constant = c_name(prefix, name)
        m = COMMENT.match(enum.get(constant, (0, ""))[1])
        if not m:
            continue
        kind = "nest" if m[2] else m[3]
        said = row.get("type")
        if said != kind:
            yield f"{SPEC}: {set_name}: {name} is a {said}, and a {kind} in the header"
        if m[2] and row.get("nested-attributes") != m[2].replace("_", "-"):
            yield f"{SPEC}: {set_name}: {name} nests {row.get('nested-attributes')}, and {m[2]} in the header"
        if bool(m[1]) != bool(row.get("multi-attr")):
            yield f"{SPEC}: {set_name}: {name}: multi-attr differs from the header"


def enum_of(enums, prefix):
    """The header's enum whose constants begin with @prefix."""
    want = c_name(prefix, "")
    for name, entries in enums.items():
        first = next(iter(entries))
        rest = first[len(want):]
        # FAULTDRILL_A_ must not take FAULTDRILL_A_B_...: compare UNSPEC or whole words.
        if first.startswith(want) and (rest == "UNSPEC" or not first.endswith("UNSPEC")):
            return name, entries
    return None, None


def uapi(tree):
    for name in (HEADER, SPEC):
        if name not in tree.files:
            yield f"{name} is missing"
            return
    text = tree.read(HEADER)
    enums, defines = c_enums(text), c_defines(text)
    spec = yaml_module().safe_load(tree.read(SPEC))
    used = set()
    if spec.get("name") != defines["FAULTDRILL_GENL_NAME"]:
        yield f"{SPEC}: name: {spec.get('name')}, and {defines['FAULTDRILL_GENL_NAME']} in the header"
    groups = [g["name"] for g in spec.get("mcast-groups", {}).get("list", [])]
    if groups != [defines["FAULTDRILL_GENL_MCGRP_EVENTS"]]:
        yield f"{SPEC}: mcast-groups: {groups}"

    ops = spec.get("operations", {})
    _, enum = take(enums, used, ops.get("name-prefix", "faultdrill-cmd-"))
    yield from compare("operations", ops.get("name-prefix", "faultdrill-cmd-"),
                       numbered(ops.get("list"), 1), enum or {})
    for group in spec.get("attribute-sets", []):
        prefix = group.get("name-prefix", f"faultdrill-a-{group['name']}-")
        rows = numbered(group.get("attributes"), 1)
        name, enum = take(enums, used, prefix)
        if name is None:
            yield f"{SPEC}: attribute-set {group['name']}: no enum of {c_name(prefix, '')}* in the header"
            continue
        yield from compare(f"attribute-set {group['name']}", prefix, rows, enum)
        yield from compare_types(group["name"], prefix, rows, enum)
    for definition in spec.get("definitions", []):
        yield from check_definition(definition, enums, defines, used)
    for name in enums:
        if name not in used:
            yield f"{SPEC}: the header's enum {name} is missing"


def take(enums, used, prefix):
    name, enum = enum_of(enums, prefix)
    if name:
        used.add(name)
    return name, enum


def check_definition(definition, enums, defines, used):
    name, kind = definition["name"], definition["type"]
    prefix = definition.get("name-prefix", f"faultdrill-{name}-")
    where = f"definition {name}"
    if kind == "enum":
        found, enum = take(enums, used, prefix)
        if found is None:
            yield f"{SPEC}: {where}: no enum of {c_name(prefix, '')}* in the header"
            return
        yield from compare(where, prefix,
                           numbered(definition["entries"], definition.get("value-start", 0)), enum)
    elif kind == "flags":
        flags = {k: v for k, v in defines.items() if k.startswith(c_name(prefix, ""))}
        bits = {k: (int(re.search(r"<< (\d+)", v)[1]), "") for k, v in flags.items()}
        yield from compare(where, prefix, numbered(definition["entries"], 0), bits)
    elif kind == "const":
        constant = c_name("faultdrill-", name)
        if constant not in defines:
            yield f"{SPEC}: {where}: {constant} is not in the header"
        elif str(definition["value"]) != defines[constant] and \
                str(definition["value"]) != str(int(defines[constant].rstrip("U"), 0)):
            yield f"{SPEC}: {where}: {definition['value']}, and {defines[constant]} in the header"
