"""The gradient of whatever is written over an array namespace, by reverse accumulation (Griewank and Walther 2008).

Mechanisms use few functions of their namespace (`mechanisms/arrays.py` lists them). Given `tape` as that namespace and
a `Traced` array among the values, the forward pass writes down what it did, and `gradient` goes back over it. Numbers
that do not depend on a traced array stay plain numpy and cost nothing.

Densities use a few functions more, each with a pull of one line. `value_and_gradient` is for those who ask for the
gradient of one function many thousand times: results are noted in the order in which they were made, so that going back
needs no search for it.
"""

from bayes_roi.mechanisms.autodiff.namespace import NoGradient as NoGradient
from bayes_roi.mechanisms.autodiff.namespace import tape as tape
from bayes_roi.mechanisms.autodiff.reverse import gradient as gradient
from bayes_roi.mechanisms.autodiff.reverse import value_and_gradient as value_and_gradient
from bayes_roi.mechanisms.autodiff.traced import Traced as Traced
from bayes_roi.mechanisms.autodiff.traced import plain as plain
