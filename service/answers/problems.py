"""Problems: how refusals look (RFC 9457)."""

from marshmallow import Schema, fields


class ProblemSchema(Schema):
    """RFC 9457's problem details, and every single error with a pointer to what it is about."""

    class ErrorSchema(Schema):
        """One thing wrong: where, what kind, and the remedy."""

        pointer = fields.String(
            metadata={"description": "a JSON pointer such as #/training/epochs, ?limit for a query's parameter"}
        )
        code = fields.String()
        detail = fields.String()

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    code = fields.String(required=True, metadata={"description": "stable, to be decided on by programs"})
    detail = fields.String(required=True, metadata={"description": "one sentence for people"})
    request_id = fields.String(required=True)
    errors = fields.List(fields.Nested(ErrorSchema), required=True)
