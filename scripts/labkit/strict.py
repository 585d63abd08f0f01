# SPDX-License-Identifier: GPL-2.0-or-later
"""Strict YAML: every key known, every value typed, every error with file:line."""

import ipaddress
import re

import yaml

from .errors import UsageError


class Node:
    """One place of the document: a YAML node and the file that it is in."""

    def __init__(self, file, node):
        self.file = file
        self.node = node

    def fail(self, text):
        """Raises @text, told with the place."""
        raise UsageError(f"{self.file}:{self.node.start_mark.line + 1}: {text}")

    def _at(self, node):
        return Node(self.file, node)

    def items(self):
        """The pairs of a mapping, as (text, Node of the key, Node of the value)."""
        if not isinstance(self.node, yaml.MappingNode):
            self.fail("expected a mapping (key: value)")
        seen = {}
        for key, value in self.node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._at(key).fail("expected a plain key")
            if key.value in seen:
                self._at(key).fail(f"'{key.value}' is given twice (first in line {seen[key.value]})")
            seen[key.value] = key.start_mark.line + 1
            yield key.value, self._at(key), self._at(value)

    def struct(self, **fields):
        """Binds a mapping: fields maps a key to Field; returns {key: value}."""
        out = {}
        for name, key, value in self.items():
            field = fields.get(name)
            if field is None:
                key.fail(f"unknown key '{name}' (known: {', '.join(fields)})")
            out[name] = field.parse(value)
        for name, field in fields.items():
            if name not in out:
                if field.required:
                    self.fail(f"'{name}' is missing")
                out[name] = field.default
        return out

    def table(self, parse):
        """A mapping from names to what @parse(name, node) makes of each."""
        out = {}
        for name, key, value in self.items():
            if not re.fullmatch(r"[a-z][a-z0-9-]{0,13}", name):
                key.fail(f"'{name}' is no name: a letter, then up to 13 of a-z 0-9 -")
            out[name] = parse(name, value)
        return out

    def list(self, parse):
        """A sequence of what @parse makes of each."""
        if not isinstance(self.node, yaml.SequenceNode):
            self.fail("expected a list ([a, b] or lines with '- ')")
        return [parse(self._at(n)) for n in self.node.value]

    def text(self):
        """A scalar's text."""
        if not isinstance(self.node, yaml.ScalarNode):
            self.fail("expected a single value")
        return self.node.value

    def filled(self, values):
        """This place with what @values has for each @{name} in it; without any, as it is."""
        def value(m):
            if m[1] not in values:
                self.fail(f"@{{{m[1]}}} is none of the settings: "
                          f"{', '.join(values) or 'there are none'}")
            return values[m[1]]
        text = re.sub(r"@\{([^}]*)\}", value, self.text())
        if text == self.text():
            return self
        return self._at(yaml.ScalarNode(self.node.tag, text, self.node.start_mark,
                                        self.node.end_mark))

    def _measure(self, units, what):
        m = re.fullmatch(r"(\d+)([A-Za-z]+)", self.text())
        if not m or m[2] not in units:
            self.fail(f"'{self.text()}' is no {what}: a number with {', '.join(units)}")
        return int(m[1]) * units[m[2]]

    def duration_ms(self):
        """Milliseconds of "2500ms", "2s", "1m"."""
        return self._measure({"ms": 1, "s": 1000, "m": 60000}, "length of time")

    def size(self):
        """Bytes of "128M"."""
        return self._measure({"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}, "size")

    def integer(self, low, high):
        """A number within the bounds."""
        text = self.text()
        if not re.fullmatch(r"-?\d+", text) or not low <= int(text) <= high:
            self.fail(f"'{text}' is no number between {low} and {high}")
        return int(text)

    def one_of(self, *words):
        """One of the words."""
        if self.text() not in words:
            self.fail(f"'{self.text()}' is none of: {', '.join(words)}")
        return self.text()

    def address(self):
        """An IPv4 address."""
        try:
            return ipaddress.IPv4Address(self.text())
        except ValueError:
            self.fail(f"'{self.text()}' is no IPv4 address")

    def subnet(self):
        """An IPv4 network such as 10.77.0.0/24."""
        try:
            return ipaddress.IPv4Network(self.text())
        except ValueError as e:
            self.fail(f"'{self.text()}' is no IPv4 network such as 10.77.0.0/24: {e}")


class Field:
    """How one key of a struct is read, and what it is when it is not given."""

    def __init__(self, parse, default=None, required=False):
        self.parse = parse
        self.default = default
        self.required = required


def load(path):
    """The document of the file, as a Node."""
    try:
        with open(path, encoding="utf-8") as f:
            node = yaml.compose(f, yaml.SafeLoader)
    except OSError as e:
        raise UsageError(f"cannot read {path}: {e.strerror}") from e
    except UnicodeDecodeError as e:
        raise UsageError(f"{path}: not UTF-8 text: {e.reason}") from e
    except yaml.MarkedYAMLError as e:
        mark = e.problem_mark or e.context_mark
        line = mark.line + 1 if mark else 1
        raise UsageError(f"{path}:{line}: not well-formed YAML: {e.problem or e.context}") from e
    except yaml.YAMLError as e:
        raise UsageError(f"{path}: not well-formed YAML: {e}") from e
    if node is None:
        raise UsageError(f"{path}:1: the file is empty")
    return Node(path, node)
