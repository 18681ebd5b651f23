"""A PyMC model whose numbers are taken out of its graph, so that what is compiled for one data set serves another.

`lift` does not know which numbers come from the data: it takes every finite float64 constant, of whichever mechanism,
prior or column, and puts them into one shared vector. What is left, the `structure`, holds the operations, the types
and shapes, and every constant that stayed. Two models of equal structure are the same function of their vectors, so a
number that was overlooked cannot be carried from one data set to the next: it makes the structures differ.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
from pymc.initial_point import make_initial_point_expression
from pymc.model.fgraph import ModelFreeRV, ModelObservedRV, fgraph_from_model, model_from_fgraph
from pymc.model.transform.optimization import freeze_dims_and_data
from pytensor.graph.basic import Constant
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.traversal import toposort
from pytensor.tensor.elemwise import Elemwise
from pytensor.tensor.random.op import RandomVariable
from pytensor.tensor.random.type import RandomType
from pytensor.tensor.rewriting.basic import topo_constant_folding

from bayes_roi.model.pymc.transforms import Around

NUMBERS = "numbers"
"""Name of the shared vector."""


@dataclass(frozen=True)
class Lifted:
    """A PyMC model as a structure and its numbers; equal, and of one hash, where the structures are.

    Parameters
    ----------
    structure
        The log density, the initial point and the variables of the trace: names, operations, types and every constant
        that is not among the numbers.
    numbers
        (count,) float64: what the structure is a function of, beside the parameters.
    model
        The PyMC model that reads `shared`.
    shared
        The vector that holds the numbers.
    """

    structure: tuple[Any, ...] = field(repr=False)
    numbers: np.ndarray = field(compare=False)
    model: pm.Model = field(compare=False, repr=False)
    shared: Any = field(compare=False, repr=False)


def lift(model: pm.Model) -> Lifted:
    """Return the same model with its float64 constants in one shared vector; `model` stays as it is.

    Parameters
    ----------
    model
        Any PyMC model. Its data and the lengths of its dims are taken as constants.

    Returns
    -------
    Lifted
        Free variables have the names, transforms and densities that they have in `model`.

    Notes
    -----
    What can be computed from constants alone is computed first, so that the lifted model does no more work than the
    model. Constants of equal shape and value are one entry of the vector, as PyTensor would merge them. A mask that
    chooses element by element is lifted too, as zeros and ones; so are observed counts, their trials, and the numbers
    of the transform `Around`. A mask that picks rows is not, since shapes hang on it. Nor are other integers,
    infinities and NaN, which PyMC looks at (an upper bound at infinity is none), and float32, which is what PyTensor
    makes of a Python float such as 0.5.

    Examples
    --------
    >>> import pymc as pm
    >>> def normal(mu, observed):
    ...     with pm.Model() as model:
    ...         pm.Normal("y", pm.Normal("x", mu, 1.3), 0.2, observed=observed)
    ...     return lift(model)
    >>> one, other = normal(0.1, [1.2, 2.3]), normal(0.7, [3.4, 4.5])
    >>> one == other
    True
    >>> one.numbers, other.numbers
    (array([0.1, 1.3, 0.2, 1.2, 2.3]), array([0.7, 1.3, 0.2, 3.4, 4.5]))
    >>> one == normal(0.1, [1.2, 2.3, 3.4])
    False
    """
    graph, _ = fgraph_from_model(freeze_dims_and_data(model))
    topo_constant_folding.rewrite(graph)
    alike: dict[tuple[str, tuple[int, ...], bytes], list[Constant]] = {}
    for constant in _numbers(graph):
        x = constant.data
        alike.setdefault((x.dtype.str, x.shape, x.tobytes()), []).append(constant)
    around = [n for n in graph.toposort() if isinstance(n.op, ModelFreeRV) and isinstance(n.op.transform, Around)]
    kept = [np.asarray(x) for n in around for x in (n.op.transform.centre, n.op.transform.scale)]
    values = [*(same[0].data for same in alike.values()), *kept]
    numbers = np.concatenate([np.zeros(0), *(x.ravel() for x in values)])
    shared = pytensor.shared(numbers, name=NUMBERS, shape=numbers.shape)
    ends = np.cumsum([x.size for x in values]).tolist()
    entries = [_entry(shared[end - x.size : end], x) for x, end in zip(values, ends, strict=True)]
    for same, entry in zip(alike.values(), entries, strict=False):
        graph.replace_all([(constant, entry) for constant in same], import_missing=True)
    for node, (centre, scale) in zip(around, itertools.batched(entries[len(alike) :], 2), strict=True):
        op = ModelFreeRV(node.op.name, node.op.dims, Around(centre, scale))
        graph.replace(node.outputs[0], op(*node.inputs), import_missing=True)
    lifted = model_from_fgraph(graph, mutate_fgraph=True)
    return Lifted(_structure(lifted, shared), numbers, lifted, shared)


def _entry(part: Any, x: np.ndarray) -> Any:
    """Return a part of the shared vector in the form of the constant `x` that it stands for."""
    shaped = part.reshape(x.shape)
    return pt.neq(shaped, 0) if x.dtype == bool else shaped.astype(x.dtype)


def _numbers(graph: FunctionGraph) -> Iterator[Constant]:
    """Yield the constants to lift, in causal order."""
    for constant in dict.fromkeys(v for node in graph.toposort() for v in node.inputs if isinstance(v, Constant)):
        dtype = getattr(constant.type, "dtype", None)
        chooses = all(isinstance(getattr(reader, "op", None), Elemwise) for reader, _ in graph.clients[constant])
        counts = dtype == "int64" and all(_counts(reader, at) for reader, at in graph.clients[constant])
        mask = dtype == "bool" and constant.ndim and chooses
        if (dtype == "float64" and np.isfinite(constant.data).all()) or mask or counts:
            yield constant


def _counts(reader: Any, at: int) -> bool:
    """Whether what a node reads at a place are counts: those observed, or trials; not a length, nor a position."""
    op = getattr(reader, "op", None)
    if isinstance(op, RandomVariable):
        return reader.inputs[at].ndim > 0 and reader.inputs[at] in op.dist_params(reader)
    return isinstance(op, ModelObservedRV)


def _structure(model: pm.Model, shared: Any) -> tuple[Any, ...]:
    """Return all that a sampler computes from the parameters and `shared`.

    It is read off the final graphs, after PyMC has put values for random variables and applied the transforms: a number
    that a transform keeps to itself stands there too.
    """
    start = make_initial_point_expression(
        free_rvs=model.free_RVs,
        rvs_to_transforms=model.rvs_to_transforms,
        initval_strategies=model.rvs_to_initial_values,
        jitter_rvs=set(model.free_RVs),
        return_transformed=True,
    )
    values = [model.rvs_to_values[variable] for variable in model.free_RVs]
    trace = model.unobserved_value_vars
    names = tuple(v.name for v in (*model.free_RVs, *values, *trace))
    return names, _written([*values, shared], [model.logp(), *start, *trace])


def _written(inputs: Sequence[Any], outputs: Sequence[Any]) -> tuple[Any, ...]:
    """Return a graph as plain entries, its variables numbered in causal order: equal only for equal graphs.

    What cannot be compared equals itself alone: an operation without properties, a shared variable that is no input.
    """
    entries: list[Any] = [v.type for v in inputs]
    places = {_itself(v): i for i, v in enumerate(inputs)}

    def place(variable: Any) -> int:
        if _itself(variable) not in places:  # a root: what a node gives is placed before it is read
            places[_itself(variable)] = len(places)
            entries.append(_root(variable))
        return places[_itself(variable)]

    for node in toposort(outputs):
        read = tuple(place(v) for v in node.inputs)
        entries.append((node.op, read, tuple(v.type for v in node.outputs)))
        for v in node.outputs:
            places[v] = len(places)
    return (*entries, tuple(place(v) for v in outputs))


def _itself(variable: Any) -> Any:
    """Return what a variable is known by: a shared one by its container, which PyMC's clones of it have in common."""
    return getattr(variable, "container", variable)


def _root(variable: Any) -> Any:
    if isinstance(variable, Constant):
        data = variable.data
        exact = data.tobytes() if isinstance(data, (np.ndarray, np.generic)) else variable.signature()
        return variable.type, exact
    return variable.type if isinstance(variable.type, RandomType) else variable
