"""Labels: the rows whose JSON object of texts has a text under a key."""

from sqlalchemy import ColumnElement, exists, func
from sqlalchemy.orm import InstrumentedAttribute

from backprop.store.database import Database


def has(db: Database, column: InstrumentedAttribute[dict[str, str]], key: str, text: str) -> ColumnElement[bool]:
    """Return the condition that a column's object has this text under this key."""
    each = func.json_each if db.is_sqlite else func.json_each_text
    label = each(column).table_valued("key", "value", joins_implicitly=True).alias()
    return exists().select_from(label).where(label.c.key == key, label.c.value == text)
