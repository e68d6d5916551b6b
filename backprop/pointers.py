"""JSON pointers: how problems name the place that they are about (RFC 6901)."""

from urllib.parse import quote


def pointer(*steps: str | int) -> str:
    """Return the pointer `/a/b/0` for these steps, escaped as RFC 6901 sections 3 and 6 ask."""
    return "".join(
        "/" + quote(str(step).replace("~", "~0").replace("/", "~1"), safe="~!$&'()*+,;=:@") for step in steps
    )
