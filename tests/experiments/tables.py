"""The shipped tables of natural experiments, and what is known of them."""

from __future__ import annotations

from functools import cache

import pandas as pd

import bayes_roi as br

SMOKING = {"outcome": "PacksPerCapita", "unit": "State", "time": "Year"}
CITIES = {"outcome": "Y", "unit": "location", "time": "date"}
TESTED = ("chicago", "portland")
START = "2021-04-01"


@cache
def smoking() -> pd.DataFrame:
    return pd.read_csv(br.shipped("data/prop99.csv"), sep=";")


@cache
def cities() -> pd.DataFrame:
    return pd.read_csv(br.shipped("data/geolift.csv"))


def wide(table: pd.DataFrame, columns: dict[str, str]) -> pd.DataFrame:
    """Return a table with a row a unit and a column a period."""
    return table.pivot(index=columns["unit"], columns=columns["time"], values=columns["outcome"])


REGIONS = {"outcome": "gdpcap", "unit": "regionname", "time": "year"}
BASQUE = "Basque Country (Pais Vasco)"
COUNTRIES = {"outcome": "gdp", "unit": "country", "time": "year"}


@cache
def regions() -> pd.DataFrame:
    """Return Spain's regions, schooling as shares of four levels (Abadie and Gardeazabal 2003)."""
    table = pd.read_csv(br.shipped("data/basque.csv"))
    table = table[table["regionname"] != "Spain (Espana)"].copy()
    table["school.high"] += table["school.post.high"]
    levels = ["school.illit", "school.prim", "school.med", "school.high"]
    table[levels] = table[levels].div(table[levels].sum(axis=1), axis=0)
    return table


@cache
def countries() -> pd.DataFrame:
    return pd.read_csv(br.shipped("data/germany.csv"))
