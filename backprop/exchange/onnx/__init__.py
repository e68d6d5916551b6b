"""Models as ONNX graphs, which other runtimes run on raw rows: the encoding, the network, and what its outputs mean."""
