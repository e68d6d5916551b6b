"""The parameters of MLPClassifier and MLPRegressor: scikit-learn's, by its names and defaults, and the engine's own."""

from collections.abc import Iterable
from dataclasses import KW_ONLY, dataclass
from typing import Literal

from numpy.random import RandomState
from sklearn.base import BaseEstimator

from backprop.nn import Activation, Initializer, Optimizer, Schedule, parameter


@dataclass(eq=False, repr=False)
class Parameters(BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """What an estimator is made with; the fields are its constructor's arguments, the first two by position, too.

    What scikit-learn's MLPs have, too, means the same and has the same default:

    hidden_layer_sizes   units of each hidden layer; a number: of the only one; (): a linear model
    activation           of the hidden layers: a name in ACTIVATIONS, "logistic" being sigmoid, or an Activation
    solver               a name in OPTIMIZERS; or an Optimizer, which brings its own learning rate and other parameters.
                         lbfgs takes all rows at once until no entry of the gradient is beyond `tol`
    alpha                the l2 penalty: a batch's loss gets alpha * sum(w^2) / (2 * rows) added
    batch_size           rows a step; "auto": min(200, rows)
    learning_rate        its course: a name in SCHEDULES, or a Schedule; for sgd alone, as there, also "invscaling" by
                         `power_t`, and "adaptive": a fifth after `n_iter_no_change` epochs, until 1e-6 ends training
    learning_rate_init   where it begins
    max_iter             the most epochs
    shuffle              a new order of the rows every epoch, unless one batch holds them all
    random_state         the seed of the first weights, the orders, dropout and the rows held out
    tol                  an epoch whose loss is not below the best one by at least this is one without change
    n_iter_no_change     after more of them in a row training ends; numpy.inf: never
    early_stopping       what counts is the loss (there: the score) on `validation_fraction` of the rows, which are held
                         out, and the weights of the best epoch come back
    verbose              prints every epoch's loss
    warm_start           `fit` begins with the weights that it has
    momentum, nesterovs_momentum   of the solver sgd
    beta_1, beta_2, epsilon        of adam and its kin

    The rest is the engine's own:

    dropout, batch_norm  of every hidden layer, as in Layer
    l1, clip_norm        as in Regularization
    init                 a name in INITIALIZERS or an Initializer; None: as in scikit-learn's MLP
    dtype                that is computed in; None: that of X, float64 where X is neither
    """

    hidden_layer_sizes: int | Iterable[int] = (100,)
    activation: str | Activation = "relu"
    _: KW_ONLY
    solver: str | Optimizer = "adam"
    alpha: float = parameter(0.0001, at_least=0)
    batch_size: int | Literal["auto"] = parameter("auto", at_least=1)
    learning_rate: str | Schedule = "constant"
    learning_rate_init: float = parameter(0.001, above=0)
    power_t: float = parameter(0.5, at_least=0, at_most=10)
    max_iter: int = parameter(200, at_least=1)
    shuffle: bool = True
    random_state: int | RandomState | None = None
    tol: float = parameter(0.0001, at_least=0)
    verbose: bool = False
    warm_start: bool = False
    momentum: float = parameter(0.9, at_least=0, below=1)
    nesterovs_momentum: bool = True
    early_stopping: bool = False
    validation_fraction: float = parameter(0.1, above=0, below=1)
    beta_1: float = parameter(0.9, at_least=0, below=1)
    beta_2: float = parameter(0.999, at_least=0, below=1)
    epsilon: float = parameter(1e-8, above=0)
    n_iter_no_change: float = parameter(10, at_least=1)
    dropout: float = parameter(0.0, at_least=0, below=1)
    batch_norm: bool = False
    l1: float = parameter(0.0, at_least=0)
    clip_norm: float | None = parameter(None, above=0)
    init: str | Initializer | None = None
    dtype: Literal["float32", "float64"] | None = None
