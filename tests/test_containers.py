"""The container files name things that stand elsewhere in the project; here they are held together."""

import re
import subprocess
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from backprop.settings import Settings, settings_from

PORT_ON_THE_HOST = "BACKPROP_PUBLISH"  # compose's own: where the published port is bound
PORT_WITHIN = "BACKPROP_PORT"  # nobody else is there to take it
GIVEN_BY_COMPOSE = "COMPOSE_PROJECT_NAME"


@pytest.mark.parametrize("name", ["Dockerfile", "docker-compose.yml", ".env.example"])
def test_every_variable_is_a_setting(name: str) -> None:
    variables = set(re.findall(r"\bBACKPROP_[A-Z_]+", Path(name).read_text())) - {PORT_ON_THE_HOST}
    assert variables
    settings_from(dict.fromkeys(variables, ""))  # refuses a name that it does not know


def test_every_setting_is_set_or_passed_on() -> None:
    settings = {f"BACKPROP_{field.name.upper()}" for field in fields(Settings)} - {PORT_WITHIN}
    named = re.findall(r"\bBACKPROP_[A-Z_]+", Path("Dockerfile").read_text() + Path("docker-compose.yml").read_text())
    assert settings <= {*named}


@pytest.mark.parametrize("name", ["Dockerfile", ".dockerignore"])
def test_the_image_holds_every_package(name: str) -> None:
    project = tomllib.loads(Path("pyproject.toml").read_text())
    packages = {pattern.rstrip("*") for pattern in project["tool"]["setuptools"]["packages"]["find"]["include"]}
    pattern = r"^COPY (\w+) \1$" if name == "Dockerfile" else r"^!(\w+)$"
    assert packages == set(re.findall(pattern, Path(name).read_text(), re.MULTILINE))


def test_every_variable_that_compose_takes_is_in_the_example() -> None:
    taken = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", Path("docker-compose.yml").read_text())) - {GIVEN_BY_COMPOSE}
    assert taken == set(re.findall(r"^#?([A-Z_]+)=", Path(".env.example").read_text(), re.MULTILINE))


@pytest.mark.parametrize(
    ("program", "missing"),
    [
        (None, "no Docker here"),
        ("exit 1", "no docker compose here"),
        ('[ "$1" = compose ]', "no Docker daemon answers"),
    ],
)
def test_what_is_missing_of_docker_is_said_in_a_line(tmp_path: Path, program: str | None, missing: str) -> None:
    if program is not None:
        (tmp_path / "docker").write_text(f"#!/bin/sh\n{program}\n")
        (tmp_path / "docker").chmod(0o755)
    done = subprocess.run(["tools/docker"], env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False)
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"error: {missing}")
    assert (done.returncode, done.stdout) == (1, "")
