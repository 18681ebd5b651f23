"""A Gymnasium environment whose every episode is one process drawn from the posterior: `br.journey_environment`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bayes_roi.errors import QueryError
from bayes_roi.guards import whole_number
from bayes_roi.journeys.process.process import DecisionProcess

if TYPE_CHECKING:
    import gymnasium

INSTALL = "pip install 'bayes_roi[rl]'"


def journey_environment(
    process: DecisionProcess, *, start: str | None = None, most: int = 200, scale: float = 1.0
) -> gymnasium.Env[np.ndarray, np.int64]:
    """Return a Gymnasium environment; `reset` draws one process of the posterior, in which the episode is played.

    What is learned in it is good on average over what is not known, as `best_policy` is. The observation is the state
    as zeros and a one (a Box, for neural networks), the action a position in `process.actions`; rewards are expected
    ones of the drawn process. An action that was never tried in a state is answered as the one tried most often there.

    Parameters
    ----------
    process
        What `decision_process` returns.
    start
        State in which episodes begin; any, alike, when None.
    most
        Decisions after which an episode is cut off.
    scale
        Rewards are divided by it; networks learn better where they are about one.

    Raises
    ------
    QueryError
        When Gymnasium is not installed, or an option is not as it must be.

    Notes
    -----
    Discounting is the learner's: give it `process.discount` as gamma.
    """
    try:
        import gymnasium
    except ImportError:
        raise QueryError(f"a journey environment needs Gymnasium. Install it: {INSTALL}") from None
    if start is not None and start not in process.states:
        raise QueryError(f"start must be a state, got {start!r}; there are {', '.join(process.states[:20])}")
    whole_number(most, "most", 1)
    if not scale > 0:
        raise QueryError(f"scale must be above zero, got {scale!r}")
    tried = np.where(process.allowed, process.counts.seen + 1, -1.0)
    instead = np.where(process.allowed, np.arange(len(process.actions)), tried.argmax(axis=1)[:, None])
    ends = 1 - process.transitions.sum(axis=-1, keepdims=True)
    following = np.concatenate([process.transitions, ends], axis=-1)
    states = len(process.states)

    class JourneyEnvironment(gymnasium.Env[np.ndarray, np.int64]):
        """One process of the posterior an episode."""

        observation_space = gymnasium.spaces.Box(0.0, 1.0, (states,), np.float32)
        action_space = gymnasium.spaces.Discrete(len(process.actions))

        def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> Any:
            super().reset(seed=seed)
            self.draw = int(self.np_random.integers(len(process.reward)))
            self.state = int(self.np_random.integers(states)) if start is None else process.states.index(start)
            self.taken = 0
            return self._seen(), self._about()

        def step(self, action: np.int64) -> Any:
            a = int(instead[self.state, int(action)])
            reward = float(process.reward[self.draw, self.state, a]) / scale
            chances = np.cumsum(following[self.draw, self.state, a])
            after = int(np.searchsorted(chances, self.np_random.random() * chances[-1], side="right"))
            self.taken += 1
            ended = after >= states
            self.state = self.state if ended else after
            return self._seen(), reward, ended, not ended and self.taken >= most, self._about()

        def _seen(self) -> np.ndarray:
            found = np.zeros(states, np.float32)
            found[self.state] = 1.0
            return found

        def _about(self) -> dict[str, Any]:
            return {"state": process.states[self.state], "draw": self.draw}

    return JourneyEnvironment()
