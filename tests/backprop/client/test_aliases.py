"""Aliases through the client: moved only from where they were seen, and back by one step however often it is asked."""

import pytest

from backprop.client import Client, ConflictError, NotFoundError, PreconditionFailedError
from tests.backprop.client.served import Served, broken_after

XOR = {"name": "xor", "data": {"builtin": "xor"}, "training": {"epochs": 2}}


@pytest.fixture
def client(served: Served, client: Client) -> Client:
    """A client of a service with three versions of xor."""
    for _ in range(3):
        client.jobs.create(XOR)
        served.work()
    return client


def test_an_alias_is_made_moved_listed_and_deleted(client: Client) -> None:
    made = client.models.aliases.set("xor", "champion", 1, if_new=True)
    assert (made.name, made.alias, made.version, made.moved_by) == ("xor", "champion", 1, "local")
    assert client.models.aliases.get("xor", "champion") == made
    moved = client.models.aliases.set("xor", "champion", 2, if_match=made.etag)
    assert client.models.get("xor@champion").id == moved.model
    assert client.models.get("xor@2").aliases == ["champion"]
    assert [alias.version for alias in client.models.aliases.list("xor")] == [2]
    client.models.aliases.delete("xor", "champion")
    assert [move.kind for move in client.models.aliases.history("xor", "champion")] == ["deleted", "set", "set"]
    with pytest.raises(NotFoundError):
        client.models.aliases.get("xor", "champion")


def test_what_was_moved_meanwhile_is_not_moved(client: Client) -> None:
    seen = client.models.aliases.set("xor", "champion", 1)
    client.models.aliases.set("xor", "champion", 2)
    with pytest.raises(PreconditionFailedError):
        client.models.aliases.set("xor", "champion", 3, if_match=seen.etag)
    with pytest.raises(PreconditionFailedError):
        client.models.aliases.set("xor", "champion", 3, if_new=True)
    with pytest.raises(PreconditionFailedError):
        client.models.aliases.rollback("xor", "champion", if_match=seen.etag)
    assert client.models.aliases.get("xor", "champion").version == 2


def test_a_rollback_whose_answer_was_lost_goes_back_once(served: Served, client: Client) -> None:
    for version in (1, 2, 3):
        seen = client.models.aliases.set("xor", "champion", version)
    served.faults = [broken_after]
    with pytest.raises(PreconditionFailedError):  # it was done, and is not done again
        client.models.aliases.rollback("xor", "champion", if_match=seen.etag)
    assert client.models.aliases.get("xor", "champion").version == 2
    assert client.models.aliases.rollback("xor", "champion").version == 1
    with pytest.raises(ConflictError):
        client.models.aliases.rollback("xor", "champion")


def test_a_model_that_an_alias_points_at_is_not_deleted(client: Client) -> None:
    client.models.aliases.set("xor", "champion", 3)
    with pytest.raises(ConflictError, match="champion"):
        client.models.delete("xor")
