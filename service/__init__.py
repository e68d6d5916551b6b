"""The HTTP door: a request becomes a call on the store or a prediction, and its result a JSON answer."""
