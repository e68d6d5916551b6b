"""Training by L-BFGS: SciPy's minimization of the whole, brought to yield after every look."""
