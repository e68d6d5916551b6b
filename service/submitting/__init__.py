"""Submitting: what asks for work, completed and checked, with its data at hand, ready to be stored as a job."""
