"""The dialects of other servers, each a module over the same prediction as our own, with errors in its own shape."""

RELEASE = "0.1.0"  # pyproject.toml's, which the servers' metadata tell
