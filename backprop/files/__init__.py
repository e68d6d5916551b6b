"""Files as people have them, read block by block: CSV, Parquet, Arrow, npz, JSON. Only this folder speaks pyarrow.

`formats` and `options` may be imported anywhere; the readers are imported where a file is read, since pyarrow takes a
tenth of a second and forty megabytes.
"""
