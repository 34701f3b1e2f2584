"""A package that tells in which order to read it names all its modules, and no others."""

import pkgutil
import re

import pytest

import gateway.bootstrap
import gateway.dsr
import gateway.policy


@pytest.mark.parametrize(
    "package", [gateway.bootstrap, gateway.dsr, gateway.policy], ids=lambda package: package.__name__
)
def test_the_map_of_a_package_names_each_module_once(package):
    named = re.findall(r"`(\w+)`", package.__doc__ or "")
    assert sorted(named) == sorted(module.name for module in pkgutil.iter_modules(package.__path__))
