"""The container files name things that stand elsewhere in the project; here they are held together."""

import re
import tomllib
from pathlib import Path

import pytest

from backprop.settings import settings_from

PORT_ON_THE_HOST = "BACKPROP_PUBLISH"  # compose's own: where the published port is bound


@pytest.mark.parametrize("name", ["Dockerfile", "docker-compose.yml", ".env.example"])
def test_every_variable_is_a_setting(name: str) -> None:
    variables = set(re.findall(r"\bBACKPROP_[A-Z_]+", Path(name).read_text())) - {PORT_ON_THE_HOST}
    assert variables
    settings_from(dict.fromkeys(variables, ""))  # refuses a name that it does not know


@pytest.mark.parametrize("name", ["Dockerfile", ".dockerignore"])
def test_the_image_holds_every_package(name: str) -> None:
    project = tomllib.loads(Path("pyproject.toml").read_text())
    packages = {pattern.rstrip("*") for pattern in project["tool"]["setuptools"]["packages"]["find"]["include"]}
    pattern = r"^COPY (\w+) \1$" if name == "Dockerfile" else r"^!(\w+)$"
    assert packages == set(re.findall(pattern, Path(name).read_text(), re.MULTILINE))


def test_every_variable_that_compose_takes_is_in_the_example() -> None:
    taken = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", Path("docker-compose.yml").read_text()))
    assert taken == set(re.findall(r"^#?([A-Z_]+)=", Path(".env.example").read_text(), re.MULTILINE))
