"""The documentation that the service serves: a page over openapi.json, what its examples are, and errors by code."""
