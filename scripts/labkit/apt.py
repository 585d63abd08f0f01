# SPDX-License-Identifier: GPL-2.0-or-later
"""The host's apt sources and proxies, handed on to mmdebstrap."""

import os
import shlex
import subprocess

from .errors import LabError

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
PROXIES = ("Acquire::http::Proxy", "Acquire::https::Proxy")


def _run(*argv):
    try:
        return subprocess.run(argv, capture_output=True, text=True, check=False).stdout
    except FileNotFoundError as e:
        raise LabError(f"{argv[0]} is missing: images are made from Debian packages, "
                       "on Debian or a system with apt") from e


def sources(suite):
    """deb lines for @suite: $FAULTDRILL_MIRROR, or the host's mirrors of it; none where
    neither is known: mmdebstrap then takes Debian's own."""
    mirror = os.environ.get("FAULTDRILL_MIRROR")
    found = {}
    for line in _run("apt-get", "indextargets", "--format", "$(RELEASE) $(REPO_URI)",
                     "Created-By: Packages").splitlines():
        release, _, uri = line.partition(" ")
        found.setdefault(release, uri)
    mirror = mirror or found.get(suite)
    if not mirror:
        return []
    signed = f"[signed-by={KEYRING}]" if os.path.exists(KEYRING) else ""
    lines = [f"deb {signed} {mirror} {suite} main"]
    security = found.get(f"{suite}-security")
    if security:
        lines.append(f"deb {signed} {security} {suite}-security main")
    return lines


def proxy_options():
    """The proxies of the host's apt, as options of mmdebstrap."""
    out = []
    for name in PROXIES:
        got = shlex.split(_run("apt-config", "shell", "P", name))
        if got and got[0].startswith("P=") and len(got[0]) > 2:
            out.append(f'--aptopt={name} "{got[0][2:]}"')
    return out
