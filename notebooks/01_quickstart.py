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
# # Quickstart: from a model file and a table to ROI with credible intervals
#
# A shop advertises on television, social media and search. Demand moves its revenue *and* its search budget, so that
# search looks better than it is. The data are simulated: at the end we compare with the truth.

# %%
import bayes_roi as br

model = br.read_model(br.shipped("models/weekly_funnel.yaml"))
data = br.read_data(br.shipped("data/weekly_funnel.csv"), model)
model

# %% [markdown]
# The equations are the causal graph, and they are the model: one arrow for each term on a right side. Before any
# fitting we look at what the priors say in money. They are wide: the data will have to speak.

# %%
br.prior_check(model, data).to_frame()

# %% [markdown]
# ## Fit
# Each equation is a block of the posterior of its own and gets the cheapest engine that is exact enough. The diagnosis
# is true or false and says why.

# %%
fit = br.fit(model, data, seed=7)
fit.diagnosis

# %%
assert fit.diagnosis

# %% [markdown]
# ## What did each channel return?
# ROAS is revenue caused per dollar spent; ROI takes the margin of 40 % and the dollar itself off. Every number knows
# its question, its unit and its evidence.

# %%
br.roas(fit).to_frame().round(2)

# %%
roi = br.roi(fit)
roi.to_frame().round(2)

# %%
roi.probability(above=0).to_series().round(3)

# %% [markdown]
# ## Look at it
# The plots of the report are there for notebooks too.

# %%
br.plots.plot_forest(roi)

# %%
br.plots.plot_contribution(fit)

# %%
br.plots.plot_curves(fit)

# %% [markdown]
# ## Ask what if
# What would a month without television have cost, carry-over included? And what would 10 % more social spend have
# brought in the very weeks we saw, with their own good and bad luck?

# %%
march = br.do(fit, br.turn_off("tv_spend", during="2024-03"))["revenue"]
usual = br.do(fit, br.scale_by("tv_spend", 1.0))["revenue"]
(march - usual).sum("time").to_frame().round(0)

# %%
more = br.counterfactual(fit, br.scale_by("social_spend", 1.1))["revenue"].sum("time")
(more - float(data.columns["revenue"][model.max_lag :].sum())).to_frame().round(0)

# %%
br.marginal_roas(fit).to_frame().round(2)

# %% [markdown]
# ## Compare with the truth
# The table was simulated with known parameters.

# %%
table = br.roas(fit).to_frame()[["lower", "mean", "upper"]]
table["truth"] = list(br.read_truth(br.shipped("data/weekly_funnel.truth.json")).roas.values())
table.round(2)

# %% [markdown]
# One data set says little about coverage: nine in ten 90 % intervals should hold the truth, over many worlds. `make
# coverage` counts them.
#
# ## The PyMC model
# Nothing is hidden: the definition of the posterior is a plain PyMC model, and PyMC's own tools work on it.

# %%
scm = br.to_pymc(model, data)
[v.name for v in scm.observed_RVs]
