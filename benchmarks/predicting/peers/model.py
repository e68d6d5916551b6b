"""Saves a network of scikit-learn's for the peers, and the same for MLflow: `model.py FOLDER INPUTS HIDDEN…`."""

import sys
import warnings
from pathlib import Path

import joblib
import mlflow.sklearn
import numpy as np
from sklearn.neural_network import MLPClassifier

folder, inputs, *hidden = sys.argv[1:]
warnings.simplefilter("ignore")  # it says that it has not converged; it was told not to
random = np.random.RandomState(0)
x = random.random_sample((200, int(inputs))).astype(np.float32)
network = MLPClassifier([int(units) for units in hidden], max_iter=1).fit(x, np.arange(200) % 10)
joblib.dump(network, Path(folder) / "network.joblib")
mlflow.sklearn.save_model(network, Path(folder) / "mlflow", serialization_format="cloudpickle")
