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
# # Journeys: who gets the credit, who did it, and what to do next
#
# Finance looks at last click, platforms at chains of touches. Both come from a touch log, and neither is an effect.
# This log is simulated, so that what every channel caused is known: nobody buys because of a brand search, a direct
# visit or an affiliate. People who are about to buy search, visit, and fetch a coupon on the way to the checkout.

# %%
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import bayes_roi as br

made = br.simulate_journeys(seed=3, users=3_000, days=90)
log = br.read_log(made.log)
windows = br.journey_windows(log, windows=3)
table = br.credit_table(windows, ["first", "last", "linear", "time_decay", "markov", "shapley"])
table

# %% [markdown]
# ## Credit beside what was caused
# The truth: the same world with one channel switched off. Rules hand out all conversions; most of them would have
# come anyway. The last row says how stable the ranking of channels is between windows of time: stable is not right.

# %%
credit = pd.DataFrame({rule: d.mean().to_series() for rule, d in table.credit.items()})
shown = credit.assign(caused=pd.Series(made.shares))
shown.loc["same ranking"] = [*table.stability.values(), np.nan]
shown.style.format("{:.0%}", na_rep="").format("{:.2f}", subset=(["same ranking"], list(table.credit)))

# %% [markdown]
# The intervals of a rule do not help: they are its sampling error. With ten times as many journeys they close around
# the same wrong numbers.

# %%
last = table.credit["last"].to_frame()[["mean", "lower", "upper"]]
last.assign(caused=pd.Series(made.shares)).style.format("{:.1%}")

# %% [markdown]
# ## What would be missing without a channel's touches
# A regression of the purchases of each day of a user on the touches that he remembers; a channel's touches are then
# taken out of all days. Whoever is about to buy searches, so it is as wrong about brand searches as the rules are,
# unless it is told how much people wanted to buy. Where that was not measured, priors of its strength take its place:
# the interval is as wide as they leave it. Affiliates are fetched on the way to the checkout: their touches count
# from the next day on. (Of 90 % intervals one in ten misses; in this world that of affiliates does.)

# %%
asked = {"lagged": ["affiliate"], "draws": 200}
unseen = br.UnseenIntent(log_odds=(1.0, 0.3), per_touch={"brand_search": (0.9, 0.3), "direct": (0.9, 0.3)})
effects = {
    "intent unknown": br.touch_effects(log, **asked),
    "intent measured": br.touch_effects(log, intent=made.intent, **asked),
    "intent by priors": br.touch_effects(log, unobserved=unseen, **asked),
}
shown = {name: d.to_frame()[["mean", "lower", "upper", "evidence"]] for name, d in effects.items()}
pd.concat(shown, axis=1).assign(caused=pd.Series(made.shares)).round(3)

# %% [markdown]
# ## Beside a fitted model
# A model of spend says what the same channels caused in the same weeks, and how far credit is off, as a factor with
# its interval. (The two shops here are not one: read the shape and not the numbers. With your own, they are.)

# %%
model = br.read_model(br.shipped("models/weekly_funnel.yaml"))
fit = br.fit(model, br.read_data(br.shipped("data/weekly_funnel.csv"), model), seed=7)
shipped = br.credit_table(br.journey_counts(br.read_log(br.shipped("data/journeys.csv"))), ["first", "last", "markov"])
beside = br.over_credit(fit, shipped, named={"search": "brand_search"})
beside

# %%
br.plot(beside)
plt.show()

# %% [markdown]
# Credit may inform a model only as a measurement with a bias, and the bias is learned from experiments. Three
# channels were tested here; what the others caused follows from their credit with the factor of channels like them,
# as wide as three experiments leave it.

# %%
conversions = br.credit(windows[0] + windows[1] + windows[2], "last", unit="conversions")
caused = {channel: share * made.conversions for channel, share in made.shares.items()}
tests = {channel: (caused[channel], 8.0) for channel in ("affiliate", "display", "social")}
bias = br.credit_bias(conversions, tests)
corrected = (bias.factor * conversions).to_frame()[["mean", "lower", "upper"]]
corrected.assign(credit=conversions.mean().to_series(), caused=pd.Series(caused)).round(1)

# %% [markdown]
# ## Counts that may leave the house
# A release has counts with noise: that one user more or less is in the log can hardly be told by it. Users are clipped
# first, and what clipping cut is in the release too. Credit by it has the noise in its interval.

# %%
private = br.private_counts(
    log, epsilon=1, channels=["affiliate", "brand_search", "direct", "display", "email", "social"]
)
print(private)
released = {
    "log": br.credit(windows[0] + windows[1] + windows[2], "markov").to_frame()[["mean", "lower", "upper"]],
    "release": br.credit(private, "markov").to_frame()[["mean", "lower", "upper"]],
}
pd.concat(released, axis=1).style.format("{:.1%}", na_rep="")

# %% [markdown]
# ## What to do next: a decision process
# A shop draws by chance, every week and customer, whether it sends a mail, an offer or nothing, and writes down with
# what probability. States are how warm the customer is. An offer brings purchases now and wears out: it leaves
# customers cold. That is the kind of thing one reward at a time does not show.

# %%
STATES, ACTIONS = ["cold", "warm", "hot"], ["nothing", "mail", "offer"]
BUYS = np.array([[0.01, 0.02, 0.07], [0.04, 0.08, 0.12], [0.16, 0.18, 0.22]])
MOVES = np.array(
    [
        [[0.88, 0.07, 0.00], [0.80, 0.15, 0.00], [0.62, 0.33, 0.00]],
        [[0.35, 0.50, 0.10], [0.15, 0.50, 0.30], [0.50, 0.38, 0.06]],
        [[0.08, 0.22, 0.66], [0.25, 0.35, 0.35], [0.50, 0.35, 0.10]],
    ]
)  # what a row lacks to one: the customer is gone


def shop(customers: int, chances: np.ndarray, seed: int) -> pd.DataFrame:
    """Return a log of decisions that were drawn with known chances (states, actions)."""
    rng, rows, names = np.random.default_rng(seed), [], [*STATES, ""]
    for customer in range(customers):
        state = int(rng.integers(3))
        while state < 3:
            action = int(rng.choice(3, p=chances[state]))
            reward = float(rng.gamma(4, 15)) if rng.random() < BUYS[state, action] else 0.0
            move = MOVES[state, action]
            after = int(rng.choice(4, p=[*move, 1 - move.sum()]))
            rows.append((customer, names[state], ACTIONS[action], reward, names[after], chances[state, action]))
            state = after
    return pd.DataFrame(rows, columns=["episode", "state", "action", "reward", "next_state", "propensity"])


COSTS = {"mail": 0.4, "offer": 2.0}
decisions = br.read_decisions(shop(60, np.full((3, 3), 1 / 3), 1), states=STATES, actions=ACTIONS, costs=COSTS)
process = br.decision_process(decisions, discount=0.97)
process

# %% [markdown]
# `gain` is what an action brings beyond what was done in that state, `probability_best` how sure the log is. Because
# the draws of actions were logged, the evidence is *experimental*; from a log of targeted customers it would be
# *assumed*. The best policy, the one that draws each action as often as it may be the best (Thompson), and the one
# that looks at the next purchase alone:

# %%
best, thompson = br.best_policy(process), br.thompson_policy(process)
greedy = {state: {ACTIONS[int(np.argmax(60 * BUYS[i] - [0, 0.4, 2.0]))]: 1.0} for i, state in enumerate(STATES)}
now = br.given_policy(decisions, greedy)
policies = {"best": best, "Thompson": thompson, "next purchase": now, "by chance": br.given_policy(decisions)}
means = {name: br.policy_value(process, policy).mean().to_series() for name, policy in policies.items()}
pd.DataFrame(means).round(1)

# %%
thompson

# %% [markdown]
# ## Would it have paid? Off-policy evaluation
# What the best policy would have earned is estimated from the decisions of the other one: by weights (IPS, SNIPS), by
# the process that was learned (direct), and by both (doubly robust). The policy was learned from other customers than
# those it is judged by. Then it is run, which one can do with a simulated shop alone.

# %%
fresh = br.read_decisions(shop(800, np.full((3, 3), 1 / 3), 2), states=STATES, actions=ACTIONS, costs=COSTS)
judged = br.off_policy(fresh, best, horizon=3, discount=1.0)
judged

# %%
ran = shop(4_000, best.probabilities, 3)
first = ran[ran.groupby("episode").cumcount() < 3]
earned = (first.reward - first.action.map(COSTS).fillna(0)).groupby(first.episode).sum()
print(f"earned when it was run: {earned.mean():.1f}, standard error {earned.sem():.1f}")

# %% [markdown]
# ## Acted on, kept, and learning
# A policy answers state by state, is a file, and learns from what comes next.

# %%
folder = Path(tempfile.mkdtemp())
policy = br.load_policy(thompson.save(folder / "policy.json"))
after = policy.updated(fresh)
rng = np.random.default_rng(4)
print("hot:", [after.act("hot", rng) for _ in range(6)])
pd.concat({"before": policy.to_frame(), "after": after.to_frame()}, axis=1).round(2)

# %% [markdown]
# Q-learning on the replayed log finds the best actions of its frequencies, without saying how sure they are. The
# posterior is also a Gymnasium environment, in which every episode is another process that the log allows: learners
# of Stable-Baselines3 play in it (`pip install 'bayes_roi[rl]'`).

# %%
print("Q-learning:", {state: br.q_learning(decisions, discount=0.97).act(state) for state in STATES})
print("best:      ", {state: best.act(state) for state in STATES})
environment = br.journey_environment(process, scale=10.0)
seen, about = environment.reset(seed=1)
print("first observation", seen, about)
try:
    from stable_baselines3 import DQN
except ImportError:
    print("stable-baselines3 is not installed: no DQN here")
else:
    learner = DQN("MlpPolicy", environment, gamma=0.97, learning_rate=1e-3, exploration_fraction=0.6, seed=0)
    learner.learn(15_000)
    found = [int(learner.predict(row, deterministic=True)[0]) for row in np.eye(3, dtype=np.float32)]
    print("DQN:       ", dict(zip(STATES, (ACTIONS[a] for a in found), strict=True)))
