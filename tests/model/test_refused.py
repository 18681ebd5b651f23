"""What a model and a table must be: every mistake is told by one message, with its place and the way to mend it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import bayes_roi as br
from bayes_roi.errors import DataError, ModelError
from bayes_roi.model.language.model import Model
from bayes_roi.model.language.model_file import parse_model
from tests.model.made import regions

REFUSED = {
    "an effect by unit without a panel": (
        "y ~ (x | region)",
        "time: t\n",
        "line 4: y: (x | region) varies by 'region', but the model has no panel; name the column of the "
        "panel unit with panel:",
    ),
    "an effect by another unit than the panel's": (
        "y ~ (x | region)",
        "time: t\npanel: geo\n",
        "line 4: y: (x | region) varies by 'region', but the panel is 'geo'; name the column of the "
        "panel unit with panel:",
    ),
    "an intercept by unit without a panel": (
        "y ~ x + (1 | region)",
        "time: t\n",
        "line 4: y: (1 | region) varies by 'region', but the model has no panel; name the column of the "
        "panel unit with panel:",
    ),
    "an intercept by panel unit and a common one": (
        "y ~ 1 + x + (1 | geo)",
        "time: t\npanel: geo\n",
        "line 4: y: 1 + says one for all and (1 | geo) one for each geo; keep one of the two",
    ),
    "no intercept and one by panel unit": (
        "y ~ 0 + x + (1 | geo)",
        "time: t\npanel: geo\n",
        "line 4: y: 0 + says no intercept and (1 | geo) one for each geo; keep one of the two",
    ),
    "what is shared in a period, of a single series": (
        "y ~ x + (1 | t)",
        "time: t\n",
        "line 4: y: (1 | t) is what the units of a panel share in a period, and the model has no panel: of a single "
        "series it is the noise; leave it out, or name the column of the panel unit with panel:",
    ),
    "a term called as the period is": (
        "y ~ hill(x, label='t') + (1 | t)",
        "time: t\npanel: geo\n",
        "line 4: y: a term is called 't', as (1 | t) is; give it another label=",
    ),
    "two terms in one bracket": (
        "y ~ (a + b | geo)",
        "panel: geo\n",
        "line 4, column 8: a + b | geo: write one term in each bracket, as in (a | geo) + (b | geo)",
    ),
    "a season by unit": (
        "y ~ (season(period=52, order=1) | geo)",
        "time: t\npanel: geo\n",
        "line 4, column 8: (season(period=52, order=1) | geo): only terms with a single effect vary by panel unit",
    ),
    "a name shared by two kinds of curves": (
        "y ~ hill(a, share='s') + tanh(b, share='s')",
        "time: t\n",
        'line 4: y: tanh(b, share="s") and hill(a, share="s") (of y) share \'s\', but are of different '
        "kinds; terms that share their parameters have the same form and options, and are all of spend "
        "or none",
    ),
    "a name shared by two lengths of carry-over": (
        "y ~ adstock(a, max_lag=3, share='s') + adstock(b, max_lag=4, share='s')",
        "time: t\n",
        'line 4: y: adstock(b, max_lag=4, share="s") and adstock(a, max_lag=3, share="s") (of y) share '
        "'s', but are of different kinds; terms that share their parameters have the same form and "
        "options, and are all of spend or none",
    ),
    "a name shared by a spend and what is none": (
        "y ~ hill(a, share='s') + hill(b, share='s')",
        "channels: {c: a}\n",
        'line 4: y: hill(b, share="s") and hill(a, share="s") (of y) share \'s\', but are of different '
        "kinds; terms that share their parameters have the same form and options, and are all of spend "
        "or none",
    ),
    "a shared name that is a node": (
        "y ~ hill(a, share='b') + b",
        "time: t\n",
        "line 4: y: share='b' is the name of a node; choose another",
    ),
    "an unobserved node with one indicator": (
        "y ~ u + x",
        "unobserved: [u]\n",
        "line 5: unobserved: u is known by its indicators only, the observed nodes with it in their "
        "equations, and needs at least 2 (it has y); its scale is fixed by noise of standard deviation "
        "one, its sign by a positive effect on the first indicator",
    ),
    "an unobserved node in no equation": (
        "y ~ x",
        "unobserved: [u]\n",
        "line 5: unobserved: u is known by its indicators only, the observed nodes with it in their "
        "equations, and needs at least 2 (it has none); its scale is fixed by noise of standard "
        "deviation one, its sign by a positive effect on the first indicator",
    ),
    "an unobserved node in a curve": (
        "y ~ hill(u)\nz ~ u",
        "unobserved: [u]\n",
        "line 4: y: hill(u): an unobserved node enters as itself only; write u",
    ),
    "an unobserved node in a lag": (
        "y ~ lag(u, 1)\nz ~ u",
        "time: t\nunobserved: [u]\n",
        "line 4: y: lag(u, 1): an unobserved node enters as itself only; write u",
    ),
    "an unobserved node in an adstock": (
        "y ~ adstock(u)\nz ~ u",
        "time: t\nunobserved: [u]\n",
        "line 4: y: adstock(u): an unobserved node enters as itself only; write u",
    ),
    "an unobserved node whose effect varies": (
        "y ~ (u | geo)\nz ~ u",
        "panel: geo\nunobserved: [u]\n",
        "line 4: y: (u | geo): an unobserved node enters as itself only; write u",
    ),
    "an unobserved category": (
        "y ~ factor(u)\nz ~ u",
        "unobserved: [u]\n",
        "line 4: y: factor(u): an unobserved node enters as itself only; write u",
    ),
    "an unobserved node in an identity": (
        "y ~ u\nz ~ u\nk := u * y",
        "unobserved: [u]\n",
        "line 6: k := u * y: 'u' is unobserved, and an identity is computed of what is observed; write "
        "an equation with ~",
    ),
    "an unobserved spend": (
        "y ~ u\nz ~ u",
        "unobserved: [u]\nchannels: {c: u}\n",
        "line 6: unobserved: 'u' is a spend, which must be observed; leave it out",
    ),
    "an unobserved outcome": (
        "y ~ x\nz ~ y\nw ~ y",
        "unobserved: [y]\n",
        "line 7: unobserved: 'y' is the outcome, which must be observed; leave it out",
    ),
    "an unobserved node with an intercept": (
        "u ~ 1 + x\ny ~ u\nz ~ u",
        "unobserved: [u]\n",
        "line 4: unobserved: u: its level cannot be separated from those of its indicators; leave the 1 out",
    ),
    "an unobserved node with an intercept by unit": (
        "u ~ (1 | geo) + x\ny ~ u\nz ~ u",
        "panel: geo\nunobserved: [u]\n",
        "line 4: unobserved: u: its level cannot be separated from those of its indicators; leave the 1 out",
    ),
    "an unobserved node twice": (
        "y ~ u\nz ~ u",
        "unobserved: [u, u]\n",
        "line 6: unobserved: 'u' is there twice; keep one of the two",
    ),
    "an unobserved node that is computed": (
        "u := x * 2\ny ~ u\nz ~ u",
        "unobserved: [u]\n",
        "line 7: unobserved: 'u' is computed by :=; leave it out",
    ),
    "a column of an unobserved node": (
        "y ~ u\nz ~ u",
        "unobserved: [u]\ncolumns: {u: U}\n",
        "line 7: columns: 'u' has no column: it is computed or unobserved; leave it out",
    ),
    "a family of an unobserved node": (
        "u ~ x\ny ~ u\nz ~ u",
        "unobserved: [u]\nfamilies: {u: lognormal}\n",
        "line 8: families: 'u' is unobserved, and its noise is normal with standard deviation one; leave it out",
    ),
    "a sigma by unit of an unobserved node": (
        "u ~ x\ny ~ u\nz ~ u",
        "unobserved: [u]\npanel: geo\nnoise: {u: by(geo)}\n",
        "line 9: noise: u: by(geo) varies sigma, and that of an unobserved node is one",
    ),
    "an unobserved node whose effects are all unobserved": (
        "v ~ u\nw ~ u\ny ~ v + w\nz ~ v + w",
        "unobserved: [u, v, w]\n",
        "line 8: unobserved: u is known by its indicators only, the observed nodes with it in their "
        "equations, and needs at least 2 (it has none); its scale is fixed by noise of standard "
        "deviation one, its sign by a positive effect on the first indicator",
    ),
    "noise of order two": (
        "y ~ x",
        "time: t\nnoise: {y: ar(2)}\n",
        "line 6: noise: y: only noise of order one is known, got ar(2); write ar(1)",
    ),
    "noise over time without time": (
        "y ~ x",
        "noise: {y: ar(1)}\n",
        "line 5: noise: y: ar(1) runs over time; name the period's column with time:",
    ),
    "noise over time of counts": (
        "y ~ x",
        "time: t\nfamilies: {y: poisson}\nnoise: {y: ar(1)}\n",
        "line 7: noise: y: ar(1) needs a normal or lognormal family, and y is poisson; give it another "
        "family, or model what moves slowly (trend, season, a demand column)",
    ),
    "a sigma by unit of counts": (
        "y ~ x",
        "panel: geo\nfamilies: {y: poisson}\nnoise: {y: by(geo)}\n",
        "line 7: noise: y: by(geo) varies sigma, and the poisson family has none",
    ),
    "a sigma by unit without a panel": (
        "y ~ x",
        "noise: {y: by(geo)}\n",
        "line 5: noise: y: its sigma varies by 'geo', but the model has no panel; name the column of the"
        " panel unit with panel:",
    ),
    "a sigma by another unit than the panel's": (
        "y ~ x",
        "panel: geo\nnoise: {y: by(region)}\n",
        "line 6: noise: y: its sigma varies by 'region', but the panel is 'geo'; name the column of the "
        "panel unit with panel:",
    ),
    "noise that is none": (
        "y ~ x",
        "time: t\nnoise: {y: white}\n",
        "line 6: noise: y: 'white' is not a noise; write ar(1), by(geo) with the panel's column, or both with a +",
    ),
    "noise twice": (
        "y ~ x",
        "time: t\nnoise: {y: ar(1) + ar(1)}\n",
        "line 6: noise: y: 'ar(1) + ar(1)' says ar(1) twice; keep one of the two",
    ),
    "noise of a node without an equation": (
        "y ~ x",
        "time: t\nnoise: {x: ar(1)}\n",
        "line 6: noise: 'x' has no equation; only a node with an equation has noise",
    ),
    "noise of what is computed": (
        "y ~ x\nk := 2 * y",
        "time: t\nnoise: {k: ar(1)}\n",
        "line 7: noise: 'k' is computed by := without noise; only a node with an equation has noise",
    ),
    "a binomial without trials": (
        "y ~ x",
        "families: {y: binomial}\n",
        "line 5: families: y: binomial needs the node of its trials, as in binomial(impressions)",
    ),
    "a binomial with empty brackets": (
        "y ~ x",
        "families: {y: binomial()}\n",
        "line 5: families: y: binomial needs the node of its trials, as in binomial(impressions)",
    ),
    "trials of a normal": (
        "y ~ x",
        "families: {y: normal(x)}\n",
        "line 5: families: y: normal has no trials; write normal alone",
    ),
    "trials that are the node itself": (
        "y ~ x",
        "families: {y: binomial(y)}\n",
        "line 5: families: y: 'y' cannot be the number of its trials; name an observed count",
    ),
    "unobserved trials": (
        "y ~ u\nz ~ u",
        "unobserved: [u]\nfamilies: {y: binomial(u)}\n",
        "line 7: families: y: 'u' cannot be the number of its trials; name an observed count",
    ),
    "trials that are an effect": (
        "y ~ x\nz ~ y",
        "families: {y: binomial(z)}\n",
        "line 3: the equations form a cycle: y -> z -> y; a node cannot cause itself within a period, so"
        " leave out the edge that is not a cause",
    ),
    "trials that are no name": (
        "y ~ x",
        "families: {y: 'binomial( a b )'}\n",
        "line 5: families: y: 'a b' is not the name of a node; write binomial(impressions)",
    ),
    "words after a family": (
        "y ~ x",
        "families: {y: 'binomial(n) junk'}\n",
        "line 5: families: y: 'binomial(n) junk' is not a family; write for example lognormal, or "
        "binomial(impressions) with the node of its trials",
    ),
    "a bracket of a family that is not closed": (
        "y ~ x",
        "families: {y: 'binomial(n'}\n",
        "line 5: families: y: 'binomial(n' is not a family; write for example lognormal, or "
        "binomial(impressions) with the node of its trials",
    ),
    "trials with a name that is kept": (
        "y ~ x",
        "families: {y: 'binomial(hill)'}\n",
        "line 5: families: y: 'hill' is a term and needs brackets, as in hill(...), or if it is a node, "
        "give the node another name and map it in columns:",
    ),
    "a family of what is computed": (
        "y := x * 2",
        "families: {y: lognormal}\n",
        "line 5: families: 'y' is computed by := without noise; only a node with an equation has a family",
    ),
    "an identity with a function": (
        "y := log(x)",
        "time: t\n",
        "line 4, column 8: log(x) has no meaning after :=; write nodes and numbers with + - * /",
    ),
    "an identity with a comparison": (
        "y := x > 2",
        "time: t\n",
        "line 4, column 8: x > 2 has no meaning after :=; write nodes and numbers with + - * /",
    ),
    "an identity of no node": (
        "y := 3",
        "time: t\n",
        "line 4, column 8: y := 3 names no node; write what it is computed from, as in a * b",
    ),
    "identities in a cycle": (
        "y := z * 2\nz := y + 1",
        "time: t\n",
        "line 3: the equations form a cycle: y -> z -> y; a node cannot cause itself within a period, so"
        " leave out the edge that is not a cause",
    ),
    "an identity of itself": (
        "y := y * 2",
        "time: t\n",
        "line 3: the equations form a cycle: y -> y; a node cannot cause itself within a period, so "
        "leave out the edge that is not a cause",
    ),
    "an identity of its own effect": (
        "y := z * 2\nz ~ y",
        "time: t\n",
        "line 3: the equations form a cycle: y -> z -> y; a node cannot cause itself within a period, so"
        " leave out the edge that is not a cause",
    ),
    "an unobserved cause of what is computed": (
        "k := v * z\nv ~ x\ny ~ k\nk ~~ y",
        "time: t\n",
        "line 3: k ~~ y: k := v * z has no noise of its own to share; name what it is computed of",
    ),
    "a prior of what is computed": (
        "y := x * 2",
        "priors: {y.sigma: HalfNormal(sigma=1)}\n",
        "line 5: priors: 'y.sigma' is not a parameter; bayes-roi check lists them",
    ),
    "a spend that is computed": (
        "clicks ~ x\npaid := price * clicks\ny ~ clicks + paid",
        "channels: {tv: x, search: paid}\n",
        "line 7: channel 'search': its spend is computed, paid := price * clicks, and money questions set what a "
        "column of the table says was spent; keep the column and write paid ~ price + clicks, or name what was spent "
        "of price and clicks as the spend",
    ),
    "a spend as a category": (
        "y ~ factor(x)",
        "channels: {c: x}\n",
        "line 4: y: factor(x): 'x' is a spend, not a category; write x or a curve of it",
    ),
    "a category that is modelled": (
        "y ~ factor(x)\nx ~ z",
        "time: t\n",
        "line 4: y: factor(x): 'x' is modelled, computed or unobserved, and a category is a column that "
        "nothing of the model causes; write a term of numbers",
    ),
    "a category that is read as a number": (
        "y ~ factor(x)\nz ~ x",
        "time: t\n",
        "line 4: y: factor(x) reads 'x' as labels, and x (of z) as numbers; give one of them a column of"
        " its own (columns: may name the same column of the table twice)",
    ),
    "a category that is trials": (
        "y ~ factor(x)\nz ~ a",
        "families: {z: binomial(x)}\n",
        "line 4: y: factor(x) reads 'x' as labels, and z's binomial(x) as numbers; give one of them a "
        "column of its own (columns: may name the same column of the table twice)",
    ),
    "a node as its own category": (
        "y ~ factor(y)",
        "time: t\n",
        "line 3: the equations form a cycle: y -> y; a node cannot cause itself within a period, so "
        "leave out the edge that is not a cause",
    ),
    "a panel's unit that is a node": (
        "y ~ geo",
        "panel: geo\n",
        "line 5: panel: 'geo' is a node and cannot be the column of the panel too; rename one",
    ),
    "a panel's unit that is the period": (
        "y ~ x",
        "time: t\npanel: t\n",
        "line 6: panel: 't' is the column of the period already; name the column of the unit",
    ),
    "weights that are a node": (
        "y ~ x",
        "weights: x\n",
        "line 5: weights: 'x' is a node and cannot be the column of the weights too; rename one",
    ),
    "weights that are the period": (
        "y ~ x",
        "time: t\nweights: t\n",
        "line 6: weights: 't' is the column of the period already; name a column of numbers",
    ),
    "weights that are the unit": (
        "y ~ x",
        "panel: geo\nweights: geo\n",
        "line 6: weights: 'geo' is the column of the panel unit already; name a column of numbers",
    ),
    "a value that is the unit": (
        "y ~ x",
        "panel: geo\nvalue: geo\n",
        "line 6: value: 'geo' is the column of the panel unit already; name a column of numbers",
    ),
    "an identity that adds amounts to rates": (
        "v ~ x\ny := v + z",
        "weights: w\n",
        "line 3: y := v + z: with weights:, spends and modelled amounts grow with the row, and this adds"
        " what grows with a row's weight to what does not",
    ),
    "a prior of a unit's effects": (
        "y ~ (x | geo)",
        "panel: geo\npriors: {y.x.by_unit: 'Normal(mu=0, sigma=1)'}\n",
        "line 6: priors: the law of y.x.by_unit is given by its common parameter and its spread",
    ),
    "a spread below zero": (
        "y ~ (x | geo)",
        "panel: geo\npriors: {y.x.spread: 'Normal(mu=0, sigma=1)'}\n",
        "line 6: priors: y.x.spread has a meaning above 0 only, and Normal(mu=0, sigma=1) goes beyond",
    ),
    "an autocorrelation beyond one": (
        "y ~ x",
        "time: t\nnoise: {y: ar(1)}\npriors: {y.autocorrelation: 'Normal(mu=0, sigma=1)'}\n",
        "line 7: priors: y.autocorrelation has a meaning between -1 and 1 only, and Normal(mu=0, sigma=1) goes beyond",
    ),
    "a prior of a sigma that is not there": (
        "y ~ x",
        "families: {y: poisson}\npriors: {y.sigma: HalfNormal(sigma=1)}\n",
        "line 6: priors: 'y.sigma' is not a parameter; bayes-roi check lists them",
    ),
    "the unit among the columns of nodes": (
        "y ~ x",
        "panel: geo\ncolumns: {geo: 'Sales Region'}\n",
        "line 6: columns: 'geo' is not a node; write node: column",
    ),
    "an effect that varies and is shared": (
        "y ~ (hill(x, share='s') | geo)",
        "panel: geo\n",
        'line 4, column 8: (hill(x, share="s") | geo): a term either varies or shares its parameters',
    ),
    "a prior by the name of a node where the parameter is shared": (
        "y ~ hill(a, share='s')\nz ~ hill(b, share='s')",
        "priors: {y.a.effect: HalfNormal(sigma=1)}\n",
        "line 6: priors: 'y.a.effect' is not a parameter, did you mean 's.effect'?; bayes-roi check lists them",
    ),
}
"""What is wrong -> equations, other keys, and what is said of them."""


def written(equations: str, keys: str) -> str:
    lines = "".join(f"  {line}\n" for line in equations.split("\n"))
    return f"name: m\noutcome: y\nequations: |\n{lines}{keys}"


@pytest.mark.parametrize(("equations", "keys", "message"), REFUSED.values(), ids=REFUSED)
def test_is_refused_in_a_model(equations: str, keys: str, message: str) -> None:
    with pytest.raises(ModelError) as told:
        parse_model(written(equations, keys))
    assert str(told.value) == f"model.yaml {message}"


GOOD = {
    "a total of spends that is itself no channel's": ("total := a + b\ny ~ total", "channels: {a: a, b: b}\n"),
    "terms of one kind over nodes whose letters are in its name": (
        "y ~ hill(a, share='s')\nz ~ hill(h, share='s')",
        "",
    ),
    "shares of adstocks with another label": (
        "y ~ tanh(adstock(a, max_lag=3), share='s') + tanh(adstock(b, max_lag=3), label='a', share='s')".replace(
            "label='a'", "label='more'"
        ),
        "time: t\n",
    ),
    "an unobserved node with fixed effects": ("y ~ 2*u\nz ~ 1*u", "unobserved: [u]\n"),
    "an unobserved node that runs over time": ("u ~ x\ny ~ u\nz ~ u", "time: t\nunobserved: [u]\nnoise: {u: ar(1)}\n"),
    "trials with blanks": ("y ~ x", "families: {y: ' binomial( n ) '}\n"),
    "trials with an equation": ("y ~ x\nn ~ x", "families: {y: binomial(n), n: poisson}\n"),
    "an intercept by the panel's unit": ("y ~ (1 | geo) + x", "panel: geo\n"),
}


@pytest.mark.parametrize(("equations", "keys"), GOOD.values(), ids=GOOD)
def test_is_not_refused(equations: str, keys: str) -> None:
    parse_model(written(equations, keys))


# ------------------------------------------------------------------------------------------------------------ tables


def table(**columns: object) -> pd.DataFrame:
    """Return twelve weeks of three regions."""
    rng = np.random.default_rng(1)
    weeks = pd.date_range("2024-01-01", periods=12, freq="W-MON").strftime("%Y-%m-%d")
    frame = pd.DataFrame({"t": [*weeks] * 3, "geo": np.repeat(["north", "south", "east"], 12)})
    size = len(frame)
    frame["x"] = rng.gamma(2.0, 5.0, size).round(2)
    frame["z"] = rng.normal(3.0, 1.0, size).round(3)
    frame["n"] = rng.integers(100, 200, size)
    frame["people"] = np.repeat([1.0, 2.0, 3.0], 12)
    frame["y"] = (20 + frame["x"] + rng.normal(size=size)).round(3)
    return frame.assign(**columns)


def counts(**options: object) -> Model:
    return regions("y ~ z", channels={}, **options)


def cell(column: str, row: int, value: object) -> pd.DataFrame:
    """Return the table with one cell changed; the header is row 1."""
    frame = table()
    frame[column] = frame[column].astype(object)
    frame.loc[row - 2, column] = value
    return frame


def eighth(value: float, usual: np.ndarray) -> np.ndarray:
    """Return a column with one odd value, the eighth."""
    return np.where(np.arange(36) == 7, value, usual)


def south(*weeks: int) -> pd.DataFrame:
    """Return the table with only these weeks of the south."""
    frame = table()
    return frame[(frame["geo"] != "south") | frame["t"].isin(frame["t"].unique()[list(weeks)])]


SHARES, COUNTS = np.tile([0.2, 0.4, 0.5, 0.7], 9), np.arange(36) % 3 + 5.0
MEND = "mend the data, or choose another family in families:"
CARRY = "give more rows, shorten max_lag, choose carry_in: zero, or take the unit out"
TABLES: dict[str, tuple[pd.DataFrame, Model, str]] = {
    "a weight of zero": (
        cell("people", 6, 0.0),
        regions(weights="people"),
        "row 6, column 'people': the value is 0, not above zero; write a number above zero, as a weight or a value "
        "per unit has to be, or take the row out",
    ),
    "a weight below zero": (
        cell("people", 6, -1.0),
        regions(weights="people"),
        "row 6, column 'people': the value is -1, not above zero; write a number above zero, as a weight or a value "
        "per unit has to be, or take the row out",
    ),
    "no column of weights": (
        table().drop(columns="people"),
        regions(weights="people"),
        "column 'people': there is no such column; the table has 't', 'geo', 'x', 'z', 'n', 'y'; add it, or name the "
        "right column under columns in the model",
    ),
    "clicks above impressions": (
        table(y=eighth(900.0, COUNTS), n=200.0 + COUNTS),
        counts(families={"y": "binomial(n)"}),
        f"column 'y': the binomial family needs at most as many successes as trials; one is 900 of 206; {MEND}",
    ),
    "trials that are no counts": (
        table(y=COUNTS, n=eighth(10.5, 50.0 + COUNTS)),
        counts(families={"y": "binomial(n)"}),
        f"column 'y': of its trials, the binomial family needs whole numbers, one is 10.5; {MEND}",
    ),
    "counts below zero": (
        table(y=eighth(-2.0, COUNTS)),
        counts(families={"y": "poisson"}),
        f"column 'y': the poisson family needs counts, the lowest is -2; {MEND}",
    ),
    "counts that are fractions": (
        table(y=eighth(2.5, COUNTS)),
        counts(families={"y": "negative_binomial"}),
        f"column 'y': the negative_binomial family needs whole numbers, one is 2.5; {MEND}",
    ),
    "a share of one": (
        table(y=eighth(1.0, SHARES)),
        counts(families={"y": "beta"}),
        f"column 'y': the beta family needs shares above zero and below one, one is 1; {MEND}",
    ),
    "a share of zero": (
        table(y=eighth(0.0, SHARES)),
        counts(families={"y": "beta"}),
        f"column 'y': the beta family needs shares above zero and below one, one is 0; {MEND}",
    ),
    "neither zero nor one": (
        table(y=eighth(2.0, COUNTS % 2)),
        counts(families={"y": "bernoulli"}),
        f"column 'y': the bernoulli family needs zeros and ones, one is 2; {MEND}",
    ),
    "a unit of one row": (
        south(0),
        counts(),
        "row 14, column 'geo': geo 'south' has one row only; give it more rows, or take the unit out of the table",
    ),
    "a unit as short as the carry-in": (
        south(0, 1),
        regions(),
        f"column 'geo': south has 2 rows, and 0 of them are left after 2 of history, used only for carry-over; {CARRY}",
    ),
    "a unit of one row after the carry-in": (
        south(0, 1, 2),
        regions(),
        f"column 'geo': south has 3 rows, and 1 of them is left after 2 of history, used only for carry-over; {CARRY}",
    ),
    "a unit whose rows are too far apart": (
        south(0, 2, 5, 9),
        regions(),
        f"column 'geo': south has 4 rows, and 0 of them are left after 2 of history, used only for carry-over; {CARRY}",
    ),
    "one unit": (
        table()[:12],
        regions(),
        "column 'geo': there is one geo only, 'north'; a panel needs two units or more; leave panel: out for a single "
        "series",
    ),
    "a category that never changes": (
        table(kind="a"),
        regions("y ~ x + factor(kind)"),
        "column 'kind': the label is 'a' in every row; take it out of the model: the intercept stands for what never "
        "changes",
    ),
    "more categories than rows": (
        table(kind=[f"k{i}" for i in range(36)]),
        regions("y ~ x + factor(kind)"),
        "column 'y': too few rows: 36 are left after 0 of history, and y has 40 parameters; give more rows, or "
        "shorten max_lag, or leave out terms",
    ),
    "an identity that divides by zero": (
        table(z=eighth(0.0, COUNTS)),
        regions("y ~ z + x\nk := y / z", outcome="k"),
        "column 'z': k := y / z is no finite number in 1 row; mend the zeros that it divides by, or take these rows "
        "out",
    ),
}


@pytest.mark.parametrize(("frame", "model", "problem"), TABLES.values(), ids=TABLES)
def test_is_refused_in_a_table(frame: pd.DataFrame, model: Model, problem: str) -> None:
    with pytest.raises(DataError) as told:
        br.read_data(frame, model)
    assert str(told.value) == f"DataFrame: 1 problem\n  - {problem}"


@pytest.mark.parametrize(
    ("frame", "model", "column", "what"),
    [
        (cell("people", 6, None), regions(weights="people"), "people", "weights and values per unit"),
        (cell("people", 6, None), regions(value="people"), "people", "weights and values per unit"),
        (table(y=COUNTS, n=eighth(np.nan, 50 + COUNTS)), counts(families={"y": "binomial(n)"}), "n", "trials"),
    ],
    ids=["weights", "values", "trials"],
)
def test_what_the_model_cannot_fill_in_is_not_left_to_it(
    frame: pd.DataFrame, model: Model, column: str, what: str
) -> None:
    with pytest.raises(DataError) as told:
        br.read_data(frame, model, clean={"missing": "model"})
    assert str(told.value) == (
        f"DataFrame: 1 problem\n  - column {column!r}: 1 value is missing, and {what} are no part of what the model "
        "fills in; fill them in, or choose clean={'missing': 'interpolate'}"
    )


def test_a_short_unit_is_read_where_the_carry_in_is_zero() -> None:
    assert br.read_data(south(0, 1, 2), regions(carry_in="zero")).rows == 27
