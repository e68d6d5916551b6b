"""Whatever an encoding may hold is known where one comes in from outside."""

from dataclasses import fields

import pytest

from backprop.data.features import Categorical, Moment, Numeric, Ordinal
from backprop.exchange.encodings import KEYS, FeatureSchema


@pytest.mark.parametrize(
    ("kind", "form"), [(Numeric, "numeric"), (Moment, "datetime"), (Ordinal, "ordinal"), (Categorical, "one_hot")]
)
def test_every_field_of_a_feature_may_come_in(kind: type, form: str) -> None:
    needed, allowed = KEYS[form]
    assert {field.name for field in fields(kind)} - {"name", "kind"} == needed | allowed
    assert needed | allowed <= set(FeatureSchema().fields)
