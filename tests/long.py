"""Tests that `make test` leaves to `make test-long`: studies, and what quicker tests of the same law cover in part."""

from __future__ import annotations

LONG = (
    # every combination of eleven features: pairs of them run in the gate, and are PyMC models one by one in test_panels
    "tests/model/test_simulate_worlds.py::test_every_combination_runs_and_is_its_seeds[all]",
    "tests/model/test_simulate_worlds.py::test_every_pair_of_features_is_a_pymc_model_whole_and_block_by_block",
    # agreement with NUTS, which compiles: the gate keeps one of each kind (a curve, a line, a panel) and holds heavy
    # tails and logarithms to brute force (test_collapsed) and to PyMC's density (test_hmc_density); all shipped models
    # are in `make agreement`
    "tests/calibration/test_agreement.py::test_the_cheapest_block_agrees_with_nuts",
    "tests/inference/test_collapsed_pooled.py::test_it_agrees_with_nuts_on_the_pymc_model[positive curves]",
    "tests/inference/test_collapsed.py::test_it_agrees_with_nuts_on_the_pymc_model",
    "tests/inference/test_collapsed_series.py::test_it_agrees_with_nuts_on_the_pymc_model",
    "tests/inference/test_hmc.py::test_it_agrees_with_the_collapsed_engine_on_a_panel",
    "tests/model/test_of_period.py::test_it_agrees_with_nuts_on_the_pymc_model",
    "tests/inference/test_nuts.py::test_families_recover_what_the_data_were_simulated_with",
    # two cases of few purchases are held to integration over a grid in the same file
    "tests/journeys/test_effects.py::test_nuts_finds_the_same_posterior",
    # calibration and coverage over many worlds: `make calibrate`, `make coverage` have full studies
    "tests/calibration/test_sbc.py::test_the_collapsed_engine_is_calibrated_under_the_default_priors",
    "tests/recovery/test_coverage.py::test_linear_estimands_are_covered_over_two_hundred_worlds",
    # with demand in the equations and without it: lines of worlds in test_identified, one with curves in
    # test_hidden_demand, where the parameters of this world are recovered too
    "tests/recovery/test_coverage.py::test_roas_is_covered_where_budgets_chase_demand_and_without_demand_it_is_not",
    "tests/recovery/test_models.py::test_intervals_hold_the_truth_behind_new_worlds[hidden_demand]",
    "tests/recovery/test_coverage.py::test_roas_and_marginal_roas_of_the_weekly_funnel_are_covered_over_six_worlds",
    "tests/recovery/test_breadth.py::test_shared_parameters_and_a_common_cause_are_recovered",
    "tests/recovery/test_breadth.py::test_parameters_of_every_family_and_noise_are_recovered[series of units]",
    # tables of days and of regions, whose other steps run in the gate: `make tables` has all of them in many worlds
    "tests/surface/test_seven_tables.py::test_its_returns_hold_the_truth[eight channels]",
    "tests/surface/test_seven_tables.py::test_its_returns_hold_the_truth[late region]",
    "tests/surface/test_seven_tables.py::test_its_returns_hold_the_truth[shop]",
    "tests/decisions/test_compare.py::test_gains_and_what_is_to_come_are_covered_over_thirty_worlds",
    # exposure sets of a hundred releases; those of transitions, and the law of each part, run in the gate
    "tests/journeys/test_private_coverage.py::test_intervals_of_exposure_sets_hold_the_credit_of_the_population",
    # needs the extra `rl`: `make rl` runs it in an environment of its own
    "tests/journeys/test_learners.py",
    "tests/queries/test_influence.py::test_each_interval_covers_the_true_share_at_its_rate",
    "tests/queries/test_change.py::test_intervals_cover_the_true_shares_at_their_nominal_rate[False-120]",
)
"""Beginnings of node ids."""
