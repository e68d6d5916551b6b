"""Predicting: models loaded, rows read as numbers, and what is answered, for our own resources and the dialects."""
