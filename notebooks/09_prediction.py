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
# # Prediction is not cause
#
# A forecast is the one thing that everybody can check later, so it is tempting to choose by it: the model that predicts
# best must know best. Here are three worlds whose truth is known. In each of them a good forecast comes with a wrong
# return.

# %%
import pandas as pd

import bayes_roi as br
from bayes_roi.model.simulation.exogenous import ExogenousLaw
from bayes_roi.model.simulation.truth import Truth
from bayes_roi.prediction.learners.network import Network

# %% [markdown]
# ## The better forecast, the wrong ROAS
# Television makes people search, and searches buy. One model has searches beside television, the other leaves them out.

# %%
chain = br.Model(
    name="chain",
    equations="searches ~ adstock(tv, max_lag=2) \n sales ~ searches",
    outcome="sales",
    time="week",
    channels={"tv": "tv"},
)
world = br.simulate(chain, periods=150, seed=2)
without_tv = br.simulate(chain, periods=150, seed=2, do=br.turn_off("tv"))
models = {
    "without searches": "sales ~ adstock(tv, max_lag=2)",
    "searches beside tv": "sales ~ adstock(tv, max_lag=2) + searches",
}
rows = []
for name, equations in models.items():
    model = br.Model(name=name, equations=equations, outcome="sales", time="week", channels={"tv": "tv"})
    scores = br.backtest(model, world, folds=5, horizon=4, draws=50, progress=False).scores()
    roas = br.roas(br.fit(model, world, seed=1, draws=250, progress=False)).to_frame().loc["tv"]
    rows.append([name, scores.rmse, scores.covered_90, roas["median"], roas["lower"], roas["upper"]])
columns = ["model", "RMSE", "90 % covers", "ROAS of tv", "lower", "upper"]
pd.DataFrame(rows, columns=columns).set_index("model").round(2)

# %%
spent = world.columns["tv"].sum()
earned = (world.columns["sales"] - without_tv.columns["sales"]).sum()
print(f"true ROAS of tv: {earned / spent:.2f}")

# %% [markdown]
# The forecast is better because searches of the week are known before sales are added up. But what television does goes
# *through* searches: with searches held, nothing is left of it. Both models have honest intervals for what comes.

# %% [markdown]
# ## What a backtest cannot see: who sets the spend
# Demand that no column has drives sales, and the budget follows it. Leave demand out, and television gets the credit.

# %%
shop = br.Model(
    name="shop",
    equations="tv ~ demand \n sales ~ tv + demand",
    outcome="sales",
    time="week",
    channels={"tv": "tv"},
)
truth = Truth(
    {
        "tv.intercept": 100.0,
        "tv.demand.effect": 3.0,
        "tv.sigma": 15.0,
        "sales.intercept": 1000.0,
        "sales.tv.effect": 0.5,
        "sales.demand.effect": 10.0,
        "sales.sigma": 30.0,
    },
    {"demand": ExogenousLaw(100.0, 10.0)},
    periods=170,
    seed=3,
)
weeks = br.simulate(shop, truth)
naive = br.Model(name="no demand", equations="sales ~ tv", outcome="sales", time="week", channels={"tv": "tv"})
br.backtest(naive, weeks, folds=25, horizon=4, draws=100, progress=False).to_frame().query("ahead.isna()").round(2)

# %% [markdown]
# The forecasts hold what came and are far better than last year's weeks. Nothing in this table says that something is
# wrong: as long as the budget goes on following demand, the forecast goes on being right. Then somebody switches
# television off.

# %%
fit = br.fit(naive, weeks.kept(slice(0, 160)), seed=1, progress=False)
off = br.simulate(shop, truth, do=br.turn_off("tv"))
plan = br.scenario(fit, "tv off", periods=10, change={"tv": -1.0})
br.score_plan(fit, plan, off.columns["sales"][160:])

# %%
br.roas(fit)

# %% [markdown]
# The true ROAS is 0.50. Only what was *done*, a budget that did not follow demand, could tell: a lift test
# (docs/lift_tests.md), or a column for demand.
#
# ## Campaigns: ROI in the books
# A table of 600 campaigns has the ROI of the books for each, 0.4 x revenue / budget - 1. How well is it predicted by
# what is known when a campaign is planned?

# %%
campaigns = pd.read_csv(br.shipped("data/campaign_roi.csv"))
known = ["budget", "channel", "audience", "price", "rating", "duration", "region", "season"]
small = Network(hidden=6, draws=80, warm_up=150)  # "network" chooses its size in folds of its own, and takes longer
found = br.predict_target(campaigns, target="roi", features=known, learners=["linear", small], folds=3, tune=1)
found

# %%
br.plot(found)

# %% [markdown]
# A network predicts two thirds of the variance of campaigns that it has not seen, and the budget tells
# most. This is where it goes wrong: the smaller the budget the better the ROI in the books, because what would have
# been sold without the campaign is divided by less. A consequence of the campaign as a feature predicts better still,
# and tells even less about what to do:

# %%
later = br.predict_target(campaigns, target="roi", features=[*known, "visits"], learners=["linear"], folds=3)
scores = {"planned": found.scores("linear, selected"), "visits known too": later.scores()}
pd.DataFrame({name: s["r2"] for name, s in scores.items()}).T.round(3)

# %% [markdown]
# What did the campaigns *cause*? That needs a graph: ratings move both the budget and what is sold, the budget acts
# through visits. The truth is in `data/campaign_roi.truth.json`: a ROAS of 1.76, so an ROI of -30 %.

# %%
model = br.read_model(br.shipped("models/campaign_roi.yaml"))
caused = br.fit(model, br.read_data(br.shipped("data/campaign_roi.csv"), model), seed=7, progress=False)
books = 0.4 * campaigns["revenue"].sum() / campaigns["budget"].sum() - 1
print(f"ROI of all campaigns in the books: {books:.0%}")
br.roi(caused)

# %% [markdown]
# ## What a backtest can and cannot validate
# It can show that noise is what the model says (coverage), that a season or a break is missing, that a simple
# forecast does as well, and which weeks nobody would have foreseen. It cannot show which arrows are causes: every graph
# that fits the same law of the table forecasts alike as long as nobody intervenes. Predictive scores here are
# labelled `predictive`, weaker than any evidence of an effect:

# %%
found.importance().to_frame().head(3)
