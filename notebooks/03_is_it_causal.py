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
# # Is it causal? What the data can say against a graph, and what they cannot
#
# A number is called an effect because a graph says so. Some of what a graph says the table can contradict; the rest
# nobody can see in it, and can only be weighed. Here are both, on the weekly funnel, whose truth is known.

# %%
import bayes_roi as br

model = br.read_model(br.shipped("models/weekly_funnel.yaml"))
data = br.read_data(br.shipped("data/weekly_funnel.csv"), model)

# %% [markdown]
# ## A wrong graph
# Somebody leaves out that demand moves revenue directly too: "demand brings clicks, and clicks bring revenue". Demand
# stays in the table and in the other equations. Identification has nothing to say against it: every effect is
# identified by this graph.

# %%
equations = "\n".join(str(e).replace("revenue ~ demand + ", "revenue ~ ") for e in model.equations)
wrong_model = br.Model(
    name="demand works through clicks",
    time="week",
    outcome="revenue",
    currency="USD",
    margin=0.4,
    channels=model.channels,
    equations=equations,
)
wrong = br.fit(wrong_model, data, seed=7)
br.identify(wrong_model, "tv_spend", "revenue")

# %%
br.plots.plot_graph(wrong_model)

# %% [markdown]
# ## What refutes it
# The graph implies that once clicks are known demand tells nothing more of revenue. It does, and the diagnosis fails.
# The data do not tell whether an arrow is missing or a hidden cause moves both; that is for whoever knows the shop.

# %%
wrong.diagnosis

# %%
br.falsify(wrong)

# %% [markdown]
# No effect of this fit is called identified any more.

# %%
br.roi(wrong)

# %% [markdown]
# With the arrow the table contradicts nothing, and graphs with the same arrows between other nodes do far worse:

# %%
fit = br.fit(model, data, seed=7)
br.falsify(fit)

# %% [markdown]
# Refuters look for what else must be so: spends that were never spent and spends of weeks to come tell nothing, and
# no quarter of the table makes the answer by itself.

# %%
br.refute(fit, progress=False)

# %% [markdown]
# ## What no data can refute
# Now nobody has measured demand: it is in no column, and the graph of the funnel is drawn without it. The clicks give
# it away, as demand moves all of them at once:

# %%
seen = "\n".join(
    "search_clicks ~ hill(adstock(search_spend))" if e.node == "search_clicks" else str(e).replace("demand + ", "")
    for e in model.equations
    if e.node != "search_spend"
)
hidden_model = br.Model(
    name="without demand",
    time="week",
    outcome="revenue",
    currency="USD",
    margin=0.4,
    channels=model.channels,
    equations=seen,
)
hidden = br.fit(hidden_model, br.read_data(br.shipped("data/weekly_funnel.csv"), hidden_model), seed=7)
br.falsify(hidden)

# %% [markdown]
# A graph with one equation implies nothing at all. Search seems to earn a multiple of what the whole funnel with
# demand says, and no test of this table can know:

# %%
single_model = br.Model(
    name="one equation",
    time="week",
    outcome="revenue",
    currency="USD",
    margin=0.4,
    channels={"search": "search_spend"},
    equations="revenue ~ hill(adstock(search_spend)) + trend() + season(period=52.18, order=2)",
)
single = br.fit(single_model, br.read_data(br.shipped("data/weekly_funnel.csv"), single_model), seed=7)
print(br.falsify(single).verdict)
br.roi(single)

# %% [markdown]
# ## How much would have to be hidden
# What cannot be refuted can be weighed. How strong would a hidden cause of search and revenue have to be, to take
# this ROI to break-even? As strong as what?

# %%
weighed = br.sensitivity(single, "search", sign="both up")
weighed

# %%
br.plots.plot_sensitivity(weighed)

# %% [markdown]
# A cause twice as strong as the season would do. Who knows that this shop's search budget follows demand, and that
# demand swings more than the season, knows that the number does not stand.
#
# ## Several graphs
# The two graphs of the whole funnel side by side. Half of the weight each, and what they disagree on is in the
# interval; the data's word against one of them stands beside it.

# %%
br.average({"as drawn": fit, "demand through clicks": wrong})
