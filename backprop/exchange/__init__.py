"""Models as files: whole ones out (JSON, npz, safetensors, ONNX) and in again, to the same parameters.

A file holds the parameters by name, w1 (inputs, units), b1 (units,), w2, …, and the rest of the model as a JSON
document (`documents`). Nothing in a file is executed: no pickle; and what a file says of its sizes is checked before
it is read.
"""
