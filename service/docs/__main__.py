"""Write docs/errors.md anew: `python -m service.docs`."""

from pathlib import Path

from service.docs.errors import markdown

Path("docs/errors.md").write_text(markdown())
