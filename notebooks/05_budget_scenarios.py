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
# # A yearly plan: the reference, three scenarios, the optimum, its regret, and which test to run first
#
# A shop plans the next 52 weeks. It has three years of data, a fitted model, and last year's media plan. We put three
# alternatives beside it, let the model look for a better one, ask how far that can be trusted, and what it would be
# worth to know more before we decide. The data are simulated, so at the end the truth judges the plan.

# %%
import numpy as np

import bayes_roi as br

model = br.read_model(br.shipped("models/weekly_funnel.yaml"))
data = br.read_data(br.shipped("data/weekly_funnel.csv"), model)
fit = br.fit(model, data, seed=7)
br.roi(fit).to_frame().round(2)

# %% [markdown]
# ## The reference
# The plan to beat is last year's spend in the same weeks. What the weeks bring depends on demand too: where nothing
# else is said it is last year's. The plan begins with the carry-over of the weeks before it.
#
# Two kinds of numbers, not to be confused. The **outcome** is what the planned weeks bring, most of which would come
# without any spend. What is **incremental** is what the spend of the plan adds: to the same weeks without it, and after
# them, to the end of the carry-over of its last weeks. Profit and ROI are of the second kind.

# %%
reference = br.scenario(fit, "as last year", periods=52)
{channel: round(spend) for channel, spend in reference.total.items()}

# %% [markdown]
# ## Three scenarios
# Plans are nouns: named, frozen, with a table of spend by channel and week. A planner's own media plan can be read from
# a CSV or Excel file (`br.read_plan`), with columns for a price or a promotion where those will change too.

# %%
scenarios = [
    reference,
    br.scenario(fit, "less television", periods=52, change={"tv": -0.4}),
    br.scenario(fit, "tv to social", periods=52, change={"tv": -0.1, "social": 0.1}),
    br.scenario(fit, "no search", periods=52, change={"search": -1.0}),
]
comparison = br.compare(fit, scenarios)
comparison

# %%
br.plots.plot_plans(comparison)

# %% [markdown]
# Gains are *paired*: both plans meet the same parameters and the same luck, so the difference is known far better than
# either profit. Less television is almost certainly better, since television returns less than it costs after the
# margin. Whether search pays is open: turning it off may gain or lose.
#
# All of this is the expectation. What the books of the year will show has the noise of its weeks on top. Demand is
# taken as it was: how far it will be off is in neither interval, and would make the second one much wider.

# %%
outcomes = ["outcome", "outcome_lower", "outcome_upper"]
with_noise = comparison.predictive.to_frame()[outcomes].add_suffix("_with_noise")
comparison.to_frame()[outcomes].join(with_noise).round(0)

# %% [markdown]
# ## The best plan for the same budget
# The optimiser climbs the expected incremental profit with the gradient of the model, from several starts. It does not
# go beyond what was ever spent in a period unless it is asked to, because there the data say nothing.

# %%
budget = float(sum(reference.total.values()))
plan = br.optimise(fit, budget=budget, periods=52)
plan

# %% [markdown]
# The first line is the one to read: the last dollar of this budget *loses* money. It has to be spent, and what the
# other channels cannot take within their observed range goes to television. Whoever may keep the rest should. The plan
# also says that it copies last year's timing, and what another would add.

# %%
free = br.optimise(fit, budget=budget, periods=52, spend_all=False)
free

# %%
curve = br.budget_curve(plan, multiples=(0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0))
br.plots.plot_budget_curve(curve)

# %% [markdown]
# ## How sure is the plan?
# A point estimate has one best plan; a posterior has one for each draw. Where they agree, the plan is safe; the regret
# is what not knowing costs, in money.

# %%
best = br.best_plans(free)
best

# %% [markdown]
# ## What would it be worth to know more?
# Before we decide we could run a test. The expected value of perfect information bounds what any test can be worth; a
# test on one channel is worth what its result would change in the decision, less what it costs to run.

# %%
decision = br.decision(fit, periods=52, budget=budget)
information = br.value_of_information(fit, decision)
information

# %% [markdown]
# Knowing more about television is worth nothing: whatever we learn, we would still cut it. Search is where the decision
# hangs, and a test without search spend for some weeks is worth more than it costs.
#
# ## The truth judges
# The table was simulated, so that the true incremental profit of each plan is known.

# %%
truth = br.read_truth(br.shipped("data/weekly_funnel.truth.json"))
known = br.at_truth(model, data, truth)
plans = [s.spend.values for s in (*scenarios, plan.scenario, free.scenario)]
names = [*(s.name for s in scenarios), "best at this budget", "best, rest kept"]
real = br.outlook(known, periods=52).profits(plans)[0]
said = br.outlook(fit, periods=52).profits(plans)
for name, right, low, mean, high in zip(
    names, real, np.quantile(said, 0.05, axis=0), said.mean(axis=0), np.quantile(said, 0.95, axis=0), strict=True
):
    print(f"{name:22} said {mean:10,.0f} [{low:10,.0f}, {high:10,.0f}]   true {right:10,.0f}")

# %% [markdown]
# A plan that is good under the posterior is good in the world that made the data: the best plan with the rest kept
# earns the most in truth as well.

# %%
assert real[-1] == max(real)

# %% [markdown]
# ## A table whose truth nobody knows
# The same for Meta's Robyn demo table. Here the curves of print, search and facebook are mostly carried by the prior,
# and nobody can check the plan afterwards.

# %%
robyn = br.read_model(br.shipped("models/robyn.yaml"))
robyn_fit = br.fit(robyn, br.read_data(br.shipped("data/robyn_weekly.csv"), robyn), seed=7)
spent = float(br.outlook(robyn_fit, periods=52).reference.sum())
robyn_plan = br.optimise(robyn_fit, budget=spent, periods=52, most_change=0.3)
robyn_plan

# %% [markdown]
# At most 30 % more or less for any channel, and the same money. Hardly anything moves: four of the five channels stand
# where they were never higher, so that the plan can only take 20,000 from out-of-home and give it to print. Would one
# sign it? Yes, it is small and likely to help. Would one follow the multipliers, by which the model would put much more
# into search and facebook? No: that lies beyond what was ever spent, on curves that the prior carries. It is a case for
# a test, and the tool says so:

# %%
small = br.decision(robyn_fit, periods=52, moves=(0.25,), steps=1)
br.value_of_information(robyn_fit, small).advice
