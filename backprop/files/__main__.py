"""A process that reads one file: the file is its input, what to do its argument, what came of it its output."""

import json
import os
import resource
import sys
from dataclasses import asdict
from typing import Any

from backprop.errors import InvalidError, MalformedError, TooLargeError
from backprop.files.options import Reading, Room
from backprop.files.reading import MEMORY_BYTES


def main(asked: dict[str, Any]) -> dict[str, Any]:
    """Return what came of it: the description and statistics, or what is wrong with the file."""
    from backprop.files import readers  # noqa: PLC0415  under the limit of memory, as all that is read

    reading: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in asked["reading"].items()}
    try:
        with os.fdopen(asked["into"], "w+b") as into, os.fdopen(0, "rb") as file:
            return readers.convert(file, asked["format"], Reading(**reading), Room(**asked["room"]), into)
    except InvalidError as error:
        return {"problems": [asdict(problem) for problem in error.problems]}
    except MalformedError as error:
        return {"malformed": error.detail}
    except TooLargeError as error:
        return {"too_large": error.detail}
    except MemoryError:
        return {"too_large": f"reading it takes more than {MEMORY_BYTES:,} bytes of memory"}


resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
sys.stdout.write(json.dumps(main(json.loads(sys.argv[1]))))
