# SPDX-License-Identifier: GPL-2.0-or-later
"""Where things are: the repository, the cache, the state of each lab."""

import os
import pathlib

KIT = pathlib.Path(__file__).resolve().parent
TOP = KIT.parent.parent
BUILD = TOP / "build"
TOPOLOGIES = KIT / "topologies"
IMAGES = KIT / "images"


def cache():
    """What may be kept from one run to the next: packages, images, kernels."""
    path = pathlib.Path(os.environ.get("FAULTDRILL_CACHE") or BUILD / "cache")
    return path.absolute()


def labs():
    """Where each lab's state is, unless --state says otherwise."""
    return BUILD / "lab"
