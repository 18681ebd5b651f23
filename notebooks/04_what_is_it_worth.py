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
# # What is it worth? Credit, influence, attribution and ROI side by side
#
# A shop buys television and social media. Television has no click of its own: people see a spot and come by themselves
# later, or react to a social ad. Ryan O'Sullivan's case study of this funnel asks what television is worth, and every
# method gives another number. None of them is wrong: each answers a question of its own. The data are simulated, so at
# the end we know who was right about what.

# %%
import bayes_roi as br

model = br.read_model(br.shipped("models/acquisition.yaml"))
data = br.read_data(br.shipped("data/acquisition.csv"), model)
fit = br.fit(model, data, seed=7)
model

# %% [markdown]
# ## Last click defunds television
# Last click looks at the click nodes before revenue and hands revenue out by volume. Television has none, so it gets
# nothing; social media gets all its clicks, also those that demand and television brought. This is a rule, not a
# cause: it is marked *descriptive* and has no interval, because nothing about it is estimated.

# %%
br.last_click(fit).to_frame()[["mean", "evidence"]]

# %% [markdown]
# ## Influence: where the variation comes from
# Intrinsic causal influence (Janzing et al. 2024) splits the *variance* of revenue over what each node brings in by
# itself. Closed form here, with credible intervals; the true shares are 30.1, 17.5, 24.7, 0.2, 27.3 and 0.2 %.

# %%
influence = br.influence(fit)
(100 * influence.to_frame()[["mean", "lower", "upper"]]).round(2)

# %% [markdown]
# Television is no longer nothing. But an influence says what makes revenue go *up and down*, not what makes it high: a
# channel whose spend never changed would have an influence of zero, whatever it earned. In money, the mean of revenue
# splits another way:

# %%
money = br.influence(fit, unit="money")
share = money.mean() / money.mean().sum()
(100 * share).to_series().round(2)

# %% [markdown]
# ## Attribution: who caused it
# Shapley values over channels of what revenue would have been with and without their spend. They sum to all of revenue,
# in every draw, together with what would have been without advertising.

# %%
attribution = br.attribution(fit)
(attribution.to_frame()[["mean", "lower", "upper"]] / 1e9).round(3)

# %% [markdown]
# ## Through which path?
# Television acts through organic and through social clicks, half each. Whoever adjusts for clicks takes this away, and
# finds that television does nothing.

# %%
br.effect_paths(fit, "tv_spend")

# %% [markdown]
# ## ROI: what the money earned
# Attribution is large where spend is large. Whether spending was worth it is another question: each unit of television
# returns about one unit of revenue, each of social media 0.95.

# %%
br.roi(fit).to_frame().round(3)

# %% [markdown]
# What drives the width of television's interval, and what would more data do to it?

# %%
br.uncertainty(fit, "tv")

# %% [markdown]
# ## Side by side
# One table, each column headed by its question and its evidence. The last column divides the share that last click
# hands out by the share that a channel caused.

# %%
table = br.channel_table(fit)
table

# %%
br.plots.plot_channel_table(table)

# %% [markdown]
# ## When they disagree
# * **Last click against attribution.** Last click gives television 0 and it caused a quarter of revenue; it gives
#   social media 2.7 times what social media caused. Budgets that follow last click move money from the channel that
#   earns 1.00 to the one that earns 0.95.
# * **Influence against attribution.** Social media has more influence than television (24 against 17 % of the
#   variance), although it caused *less* of revenue: its spend varies more. Influence is the answer to "why was this
#   week different?", attribution to "what would be missing?".
# * **Attribution against ROI.** Both channels caused about a quarter; neither number says whether the money came back.
#   ROI does: television just breaks even, social media does not.
#
# The same on weekly data, where carry-over, saturation and a budget that follows demand come in:

# %%
weekly = br.read_model(br.shipped("models/weekly_funnel.yaml"))
weekly_fit = br.fit(weekly, br.read_data(br.shipped("data/weekly_funnel.csv"), weekly), seed=7)
br.plots.plot_channel_table(br.channel_table(weekly_fit))

# %% [markdown]
# Search is where the questions part most: it has 28 % of clicks, hardly any influence of its own (its budget follows
# demand, so its variation *is* demand's), and caused about 12 % of revenue.
