"""scikit-learn's interface over the engine: MLPClassifier and MLPRegressor, for pipelines, grid searches, ensembles.

They take what scikit-learn's classes of the same names take, and more; `mlp` lists the parameters. All that is
numerical is the engine's.
"""

from backprop.estimators.classifier import MLPClassifier
from backprop.estimators.regressor import MLPRegressor

__all__ = ["MLPClassifier", "MLPRegressor"]
