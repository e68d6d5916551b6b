"""Batch scoring: a model applied to all rows of a table, part by part, to the bits that predict answers row by row."""

from backprop.scoring.layout import check
from backprop.scoring.scorer import Scorer
from backprop.scoring.spec import RETURNS, OnError, ScoringSpec

__all__ = ["RETURNS", "OnError", "Scorer", "ScoringSpec", "check"]
