"""What `pip install` brings is whole: the wheel carries every manifest, template and shipped policy."""

import zipfile

import pytest
from hatchling.builders.wheel import WheelBuilder

from tests.house.tree import PACKAGE, ROOT, files


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    (built,) = list(WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"]))
    with zipfile.ZipFile(built) as archive:
        return set(archive.namelist())


def test_the_wheel_carries_the_whole_package(wheel):
    inside = {path.relative_to(ROOT).as_posix() for path in files(under=PACKAGE) if path.suffix != ".pyc"}
    assert inside - wheel == set()


def test_the_wheel_carries_the_shipped_policies(wheel):
    shipped = {path.relative_to(ROOT / "policies") for path in files(".yaml", under=ROOT / "policies")}
    assert {f"gateway/_policies/{path.as_posix()}" for path in shipped} - wheel == set()


def test_the_wheel_carries_the_country_table_and_the_table_of_jurisdictions(wheel):
    assert {"gateway/region/country.bin.xz", "gateway/_policies/jurisdictions.csv"} <= wheel


@pytest.mark.parametrize("text", ["LICENSE", "NOTICE"])
def test_the_wheel_carries_its_licence_and_whom_it_owes(wheel, text):
    assert [entry for entry in wheel if entry.endswith(f"licenses/{text}")] != []
