"""A dataset as it is kept: a file of columns that is written block by block and read where it is needed."""
