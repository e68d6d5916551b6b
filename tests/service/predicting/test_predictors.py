"""The cache of loaded models: bounded, and never older than a second in what a name means."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from backprop.errors import NotFoundError
from backprop.store import aliases, models
from backprop.store.alias_moves import Place
from service.predicting import predictors
from service.predicting.predictors import LoadedModel, Predictors
from tests.service.harness import Service

XOR: dict[str, Any] = {"name": "xor", "data": {"builtin": "xor"}, "training": {"epochs": 1}}


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cache(service: Service, clock: Clock) -> Predictors:
    return Predictors(service.database, clock)


def test_a_model_is_loaded_once(service: Service, cache: Predictors, clock: Clock) -> None:
    model_id = service.train(**XOR)["model"]["id"]
    first = cache.find("local", "xor")
    clock.now += 5
    assert cache.find("local", "xor") is cache.find("local", "xor@1") is cache.find("local", model_id) is first


def test_a_new_version_is_seen_when_the_name_was_looked_up_a_second_ago(
    service: Service, cache: Predictors, clock: Clock
) -> None:
    service.train(**XOR)
    cache.find("local", "xor")
    service.train(**XOR)
    clock.now += 0.5
    assert cache.find("local", "xor").view.version == 1
    clock.now += 0.6
    assert cache.find("local", "xor").view.version == 2


@pytest.mark.parametrize("ref", ["xor", "xor@1", "id"])
def test_a_deleted_model_is_gone_within_a_second(service: Service, cache: Predictors, clock: Clock, ref: str) -> None:
    model_id = service.train(**XOR)["model"]["id"]
    ref = model_id if ref == "id" else ref
    cache.find("local", ref)
    models.delete(service.database, "local", ref)
    clock.now += 1
    with pytest.raises(NotFoundError):
        cache.find("local", ref)
    with pytest.raises(NotFoundError):
        cache.find("local", ref)


def test_an_alias_that_was_moved_is_followed_within_a_second_by_whoever_had_seen_it(
    service: Service, cache: Predictors, clock: Clock
) -> None:
    other = Predictors(service.database, clock)  # as another process has it
    place = Place("local", "xor", "champion")
    for _ in range(2):
        service.train(**XOR)
    aliases.move(service.database, place, 1)
    assert [seen.find("local", "xor@champion").view.version for seen in (cache, other)] == [1, 1]
    aliases.move(service.database, place, 2)
    clock.now += 0.9
    assert cache.find("local", "xor@champion").view.version == 1
    clock.now += 0.1
    assert [seen.find("local", "xor@champion").view.version for seen in (cache, other)] == [2, 2]
    aliases.delete(service.database, place)
    clock.now += 1
    for seen in (cache, other):
        with pytest.raises(NotFoundError, match="xor@champion"):
            seen.find("local", "xor@champion")
        assert seen.find("local", "xor@2").view.version == 2


def test_an_alias_that_is_made_is_seen_at_once(service: Service, cache: Predictors) -> None:
    service.train(**XOR)
    with pytest.raises(NotFoundError):
        cache.find("local", "xor@champion")
    aliases.move(service.database, Place("local", "xor", "champion"), 1)
    assert cache.find("local", "xor@champion").view.version == 1


def test_however_many_ask_at_once_a_model_is_loaded_once(service: Service) -> None:
    loads: list[None] = []
    model_id = service.train(**XOR)["model"]["id"]
    cache = Predictors(service.database, miss=lambda: loads.append(None))
    start = Barrier(8)

    def ask(ref: str) -> LoadedModel:
        start.wait()
        return cache.find("local", ref)

    with ThreadPoolExecutor(8) as pool:
        found = [*pool.map(ask, ["xor", "xor@1", model_id, "xor"] * 2)]
    assert len({id(model) for model in found}) == len(loads) == 1


def test_what_is_not_there_is_looked_up_each_time(service: Service, cache: Predictors) -> None:
    with pytest.raises(NotFoundError):
        cache.find("local", "xor")
    service.train(**XOR)
    assert cache.find("local", "xor").view.version == 1


def test_another_owner_finds_nothing(service: Service, cache: Predictors) -> None:
    service.train(**XOR)
    cache.find("local", "xor")
    with pytest.raises(NotFoundError):
        cache.find("someone", "xor")


def test_the_models_used_longest_ago_make_room(
    service: Service, cache: Predictors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(predictors, "MOST_MODELS", 2)
    loaded = {}
    for name in "abc":
        service.train(**{**XOR, "name": name})
        loaded[name] = cache.find("local", name)
    assert cache.find("local", "b") is loaded["b"]
    assert cache.find("local", "c") is loaded["c"]
    assert cache.find("local", "a") is not loaded["a"]
