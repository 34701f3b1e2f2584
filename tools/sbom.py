"""Write what a release is made of as a CycloneDX 1.6 document: `python tools/sbom.py > sbom.cdx.json`.

All of it stands in files of this repository, the lock with every file's hash and the notice of data of others: the same
commit gives the same document. What each package is made of, and the base of an image, it does not tell.
https://cyclonedx.org/docs/1.6/json/
"""

import json
import re
import sys
import tomllib
import uuid
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from gateway import __version__

ROOT = Path(__file__).resolve().parents[1]
TABLE = "gateway/region/country.bin.xz"
SPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://cyclonedx.org/consent-gateway")
_PIN = re.compile(r"(?P<name>[a-z0-9][a-z0-9._-]*)(?:\[[a-z,]+\])?==(?P<version>[^\s;]+)(?: ; (?P<when>.*?))?(?: \\)?")
_HASH = re.compile(r"    --hash=sha256:([0-9a-f]{64})")


def document(root: Path = ROOT) -> dict[str, Any]:
    """The document, for the files below a folder."""
    lock = (root / "requirements.txt").read_text("utf-8")
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    name = project["name"]
    packages = list(components(lock))
    direct = {re.split(r"[\[<>=;~! ]", text, maxsplit=1)[0].lower() for text in project["dependencies"]}
    own = f"pkg:pypi/{name}@{__version__}"
    table = data(root)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(SPACE, json.dumps([__version__, lock, table]))}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": own,
                "name": name,
                "version": __version__,
                "description": project["description"],
                "licenses": [{"expression": project["license"]}],
                "purl": own,
            }
        },
        "components": [*packages, table],
        "dependencies": [
            {"ref": own, "dependsOn": [*sorted(each["bom-ref"] for each in packages if each["name"] in direct), TABLE]}
        ],
    }


def components(lock: str) -> Iterator[dict[str, Any]]:
    """Each package of a lock with the hashes of all its files, any of which may be installed."""
    for block in re.split(r"\n(?=[a-z0-9])", lock):
        pin = _PIN.match(block)
        if pin is None:
            continue
        purl = f"pkg:pypi/{pin['name']}@{pin['version']}"
        files = [{"alg": "SHA-256", "content": each} for each in sorted(_HASH.findall(block))]
        when = [{"name": "requirement:marker", "value": pin["when"]}] if pin["when"] else []
        yield {
            "type": "library",
            "bom-ref": purl,
            "name": pin["name"],
            "version": pin["version"],
            "purl": purl,
            "externalReferences": [{"type": "distribution", "url": purl, "hashes": files}],
            **({"properties": when} if when else {}),
        }


def data(root: Path) -> dict[str, Any]:
    """The country table, which is data of others."""
    built = re.search(r"built (\d{4}-\d{2}-\d{2})", (root / "NOTICE").read_text("utf-8"))
    return {
        "type": "data",
        "bom-ref": TABLE,
        "name": "DB-IP Lite, countries",
        "version": built[1] if built else "unknown",
        "licenses": [{"license": {"id": "CC-BY-4.0"}}],
        "copyright": "IP Geolocation by DB-IP, https://db-ip.com",
        "hashes": [{"alg": "SHA-256", "content": sha256((root / TABLE).read_bytes()).hexdigest()}],
    }


if __name__ == "__main__":
    json.dump(document(), sys.stdout, indent=2)
    sys.stdout.write("\n")
