"""Diabetes: two boosted regressions of disease progression after one year."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.ensemble import GradientBoostingRegressor

from .example import Example, Variant, value_regressor
from .graph import regression_model
from .trees import boosting


def diabetes() -> Example:
    """The candidate sees a random half of the rows for each tree; the requests are all 442 rows in random order."""
    rows, targets = load_diabetes(return_X_y=True, scaled=False)
    regressors = {
        'stable': GradientBoostingRegressor(random_state=0),
        'candidate': GradientBoostingRegressor(random_state=1, subsample=0.5),
    }
    variants = {}
    for name, regressor in regressors.items():
        regressor.fit(rows, targets)
        model = regression_model(name, [boosting(regressor)], features=rows.shape[1])
        variants[name] = Variant(model, value_regressor(regressor))
    return Example('diabetes', variants, np.random.default_rng(20).permutation(rows), rows)
