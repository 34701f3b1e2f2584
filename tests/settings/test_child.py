import os
import subprocess
import sys

from gateway.settings.child import for_python


def test_python_starts_with_what_it_is_given_and_learns_nothing_else(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/opt/somewhere")
    monkeypatch.setenv("GATEWAY_KEYS__ROOT__VALUE", "synthetic-secret")
    monkeypatch.delenv("PYTHONHOME", raising=False)
    given = for_python()
    assert given["PYTHONPATH"] == "/opt/somewhere"
    assert given.items() <= os.environ.items()
    assert not {"GATEWAY_KEYS__ROOT__VALUE", "PYTHONHOME", "HOME"} & given.keys()
    told = subprocess.run([sys.executable, "-c", "print('up')"], env=given, capture_output=True, check=True)
    assert told.stdout == b"up\n"
