"""Where jobs, models and datasets are kept: SQLAlchemy over SQLite or PostgreSQL, and nothing else speaks it.

Every change of a job's state is one function here and one transaction; the database is the truth that bells only
point at.
"""
