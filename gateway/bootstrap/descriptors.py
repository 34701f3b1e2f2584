"""Ask the system for as many open files as there may be connections, and allow no more connections than it gives.

Who opens connections and says nothing must meet our limit, which closes the idle ones, before the system's, which turns
everybody away and keeps the store from its files.
"""

import resource
from dataclasses import replace

from gateway.web.limits import Limits

# For the store, the log of evidence, the admin listener and the connections to vendors.
RESERVED = 256


def affordable(limits: Limits) -> Limits:
    """The limits, with as many connections as this process may have beside its other files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = limits.connections + RESERVED
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return replace(limits, connections=connections(limits.connections, soft))


def connections(wanted: int, files: int) -> int:
    """How many of the connections that are wanted there may be where so many files may be open; at least half as many
    as files, however few those are."""
    if files == resource.RLIM_INFINITY:
        return wanted
    return min(wanted, max(files - RESERVED, files // 2))
