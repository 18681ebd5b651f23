# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # An experiment: planned, run, read, put in, and the plan that changes because of it
#
# Search has never paused in three years, so no table can show what would be without it: its return rests on the bend of
# its curve and on the prior. A test can show it. The shop is simulated, so at the end the truth judges the answer.

# %%
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

import bayes_roi as br

model = br.read_model(br.shipped("models/weekly_funnel.yaml"))
data = br.read_data(br.shipped("data/weekly_funnel.csv"), model)
fit = br.fit(model, data, seed=7)
br.roi(fit)

# %% [markdown]
# ## Planned
# What would a test see, what would it cost, and what would it do to the interval of the ROI? Switching search off says
# far more than doubling it, eight weeks more than four, and it is cheapest when little would be earned anyway.

# %%
designs = br.design_test(fit, "search", periods=(4, 8), starts=(0, 8))
designs

# %% [markdown]
# The best one is written to a file that waits for the result.

# %%
folder = Path(tempfile.mkdtemp())
file = br.write_experiments([designs.best.test], folder / "search_off.yaml")
print(file.read_text())

# %% [markdown]
# ## Run
# The shop splits its customers by chance: one half sees no search ads in these weeks. The simulation knows both worlds,
# with the same demand and the same luck; the two halves differ by the luck of who is in which.

# %%
(planned,) = br.read_experiments(file)
weeks = {"periods": data.rows + designs.best.planned.last, "seed": 3}
truth = br.read_truth(br.shipped("data/weekly_funnel.truth.json"))
as_usual = br.simulate(model, truth, **weeks)
off = br.simulate(model, truth, do=br.turn_off("search_spend", during=planned.during), **weeks)
first, last = planned.measured.split(":")
inside = (as_usual.periods >= first) & (as_usual.periods <= last)
true_lift = float((off.columns["revenue"] - as_usual.columns["revenue"])[inside].sum())
luck = 0.15 * abs(true_lift)
measured = 0.5 * (true_lift + luck * np.random.default_rng(6).standard_normal())
print(f"half of the customers spent {measured:,.0f} more (less, where negative), standard error {0.5 * luck:,.0f}")

# %% [markdown]
# ## Read
# The result is filled in: what the test changed in the half that was tested, its standard error, and that chance
# decided. Rows are `elsewhere`: the result compares customers, and no row of the table was used for it.

# %%
done = replace(planned, estimate=measured, se=0.5 * luck, share=0.5, randomised=True, rows="elsewhere", name="off")
br.write_experiments([done], file)
print(file.read_text())

# %% [markdown]
# ## Put in
# The likelihood of the result is the model's own forward pass under both arms, so it moves the curve, the carry-over
# and the step from clicks to revenue together. The numbers of search are now experimental.

# %%
with_tests = br.fit(model, data, experiments=br.read_experiments(file), seed=7)
br.lift_tests(with_tests)

# %%
br.roi(with_tests)

# %% [markdown]
# The truth, which only a simulation knows:

# %%
spent, margin = data.columns["search_spend"], float(model.margin)
without = br.simulate(model, truth, do=br.turn_off("search_spend"))
with_search = br.simulate(model, truth)
earned = float((with_search.columns["revenue"] - without.columns["revenue"]).sum())
print(f"true ROI of search, about: {margin * earned / with_search.columns['search_spend'].sum() - 1:.0%}")

# %% [markdown]
# ## The plan that changes
# The best division of last year's money over the next 13 weeks, before and after the test.

# %%
budget = sum(br.scenario(fit, "as last year", periods=13).total.values())
plans = {name: br.optimise(f, budget=budget, periods=13) for name, f in (("before", fit), ("after", with_tests))}
for name, plan in plans.items():
    totals = dict(zip(model.channels, plan.spend.values.sum(axis=1).tolist(), strict=True))
    print(f"{name}: {', '.join(f'{c} {x:,.0f}' for c, x in totals.items())}")
plans["after"]

# %% [markdown]
# ## A result that cannot be right
# Somebody enters the result with the wrong sign. Nothing in the table makes that likely: it is refused, and the message
# says what to look for. A result that is merely surprising is taken in, and fails
# the diagnosis.

# %%
try:
    br.fit(model, data, experiments=[replace(done, estimate=-measured, name="wrong sign")], seed=7)
except br.FitError as error:
    print(error)
