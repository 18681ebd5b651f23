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
# # Hidden demand: what search is worth when nobody measured what drives it
#
# When people want to buy, they search. The shop's search budget follows them, and so does its revenue. Leave demand
# out, and search is credited with sales that would have come anyway. Here demand is in no column; what we have is an
# index of search volume, which demand moves too.
#
# The data are simulated, so that we can say at the end who was right.

# %%

import bayes_roi as br

model = br.read_model(br.shipped("models/hidden_demand.yaml"))
data = br.read_data(br.shipped("data/hidden_demand.csv"), model)
model

# %%
br.plots.plot_graph(model)

# %% [markdown]
# ## Without demand
# The same shop, as it is modelled most often: revenue by television and search, and nothing behind the search budget.
# The diagnosis has nothing to say against it. The draws are good, and what is left of revenue looks like noise, since
# search took what demand did: no check of a fit can see a cause that is missing from the graph.

# %%
naive = br.Model(
    name="without demand",
    time="week",
    outcome="revenue",
    currency="USD",
    margin=0.4,
    channels={"tv": "tv_spend", "search": "search_spend"},
    equations="revenue ~ hill(adstock(tv_spend)) + hill(adstock(search_spend))",
)
without = br.fit(naive, br.read_data(br.shipped("data/hidden_demand.csv"), naive), seed=7)
without.diagnosis

# %% [markdown]
# ## With demand as a node that has no column
# `unobserved: [demand]` makes it a series of its own with noise of standard deviation one, which fixes its scale, and
# with a positive effect on the first thing it moves, which fixes its sign. It is known by its three indicators: the
# index, the search budget and revenue.

# %%
fit = br.fit(model, data, seed=7)
fit.diagnosis

# %%
assert fit.diagnosis

# %% [markdown]
# ## Who was right?
# The truth is known here: the world that made the table, asked the same question.

# %%
truth = br.read_truth(br.shipped("data/hidden_demand.truth.json"))
known = br.at_truth(model, data, truth)

table = br.roas(fit).to_frame()[["mean", "lower", "upper"]].round(2)
table.insert(0, "truth", br.roas(known).mean().to_series().round(2))
table

# %%
wrong = br.roas(without).to_frame()[["mean", "lower", "upper"]].round(2)
wrong.insert(0, "truth", br.roas(known).mean().to_series().round(2))
wrong

# %%
right = float(br.roas(known).sel(channel="search").mean())
ends = br.roas(without).sel(channel="search").interval(0.9)
assert not ends.lower <= right <= ends.upper
ends = br.roas(fit).sel(channel="search").interval(0.9)
assert ends.lower <= right <= ends.upper

# %% [markdown]
# Without demand the interval of search is narrow and wrong. With it the interval holds the truth, and is wide: the data
# cannot say more, because the budget moved with demand most of the time. That is worth knowing before money is moved.
#
# And the number says what it rests on. Its evidence is *assumed*: no column identifies it; the form of the model (one
# cause behind three indicators, straight lines) carries it.

# %%
br.roi(fit)

# %% [markdown]
# ## Doing and looking back
# `do` asks about new weeks: demand is drawn anew. `counterfactual` asks about the weeks that were: each keeps the
# demand that the data say it had.

# %%
off = br.turn_off("search_spend", during="2025")
again = br.do(fit, off, hold_spend=True)["revenue"]
back = br.counterfactual(fit, off, hold_spend=True)["revenue"]
{"do": round(float(again.mean().mean())), "counterfactual": round(float(back.mean().mean()))}
