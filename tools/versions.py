"""Print the installed version of each distribution named, for the reports of ./run."""

import sys
from importlib.metadata import version

print(", ".join(f"{name} {version(name)}" for name in sys.argv[1:]))
