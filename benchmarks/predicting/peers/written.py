"""FastAPI and scikit-learn as people write it: a model of the body, the pipeline's predict, lists back."""

import os

import joblib
import numpy as np
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()
model = joblib.load(os.environ["MODEL"])


class Rows(BaseModel):
    """What is asked."""

    instances: list[list[float]]


@app.post("/predict")
def predict(rows: Rows) -> dict[str, list[int]]:
    """The classes of the rows."""
    return {"predictions": model.predict(np.array(rows.instances)).tolist()}
