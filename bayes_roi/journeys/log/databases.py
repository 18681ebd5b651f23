"""What databases say differently: texts without white space, wall clocks and instants, rows that are fetched."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from bayes_roi.journeys.log.library import library


class Database(ABC):
    """How a database says what Ibis leaves to it, or says wrongly."""

    @abstractmethod
    def stripped(self, text: Any) -> Any:
        """Return texts without white space at their ends."""

    @abstractmethod
    def instant(self, wall: Any, zone: str) -> Any:
        """Return the instants (UTC) of a wall clock in a time zone; the later of two that it shows twice."""

    @abstractmethod
    def wall(self, instant: Any, zone: str) -> Any:
        """Return what a wall clock in a time zone shows at instants (UTC)."""

    @abstractmethod
    def stamped(self, column: Any, zone: str) -> Any:
        """Return the instants (UTC) of a column of stamps that, by its type, has no time zone."""

    @abstractmethod
    def fetched(self, table: Any) -> Any:
        """Return the rows of a table as a table of Arrow."""


class DuckDB(Database):
    """DuckDB, and every database that nothing is known of."""

    def stripped(self, text: Any) -> Any:
        return text.strip()

    def instant(self, wall: Any, zone: str) -> Any:
        return _function("timezone", ("string", "timestamp"), "timestamp('UTC')")(zone, wall).cast("timestamp")

    def wall(self, instant: Any, zone: str) -> Any:
        zoned = instant.cast("timestamp('UTC')")
        return _function("timezone", ("string", "timestamp('UTC')"), "timestamp")(zone, zoned)

    def stamped(self, column: Any, zone: str) -> Any:
        return column if zone == "UTC" else self.instant(column, zone)

    def fetched(self, table: Any) -> Any:
        return table.to_pyarrow()


class Spark(Database):
    """Spark, whose sessions Ibis sets to UTC.

    Its stamps are instants (`timestamp`) or wall clocks (`timestamp_ntz`), which Ibis does not tell apart.
    """

    def stripped(self, text: Any) -> Any:
        return text.re_replace(r"^\s+|\s+$", "")  # Ibis's own `strip` takes the letters v and f too

    def instant(self, wall: Any, zone: str) -> Any:
        # Of two instants Spark has the earlier. The other one, if there is one, is by the offset of a day later.
        ibis, of = library(), _function("to_utc_timestamp", ("timestamp", "string"), "timestamp")
        day = ibis.interval(days=1)
        later = of(wall + day, zone) - day
        return ibis.ifelse(self.wall(later, zone) == wall, later, of(wall, zone))

    def wall(self, instant: Any, zone: str) -> Any:
        return _function("from_utc_timestamp", ("timestamp", "string"), "timestamp")(instant, zone)

    def stamped(self, column: Any, zone: str) -> Any:
        if zone == "UTC":
            return column
        absolute = _function("typeof", ("timestamp",), "string")(column) == "timestamp"
        return library().ifelse(absolute, column, self.instant(column, zone))

    def fetched(self, table: Any) -> Any:
        """Return the rows; Ibis would take them through pandas, where an empty cell is not a number."""
        import pyarrow as pa

        database, kinds = table.get_backend(), table.schema().to_pyarrow()
        frame = database.raw_sql(database.compile(table))
        if not hasattr(frame, "toArrow"):  # before Spark 4
            return table.to_pyarrow()
        return frame.toArrow().cast(pa.schema([(field.name, field.type) for field in kinds]))


def database_of(table: Any) -> Database:
    """Return what is known of the database that a table of Ibis is on."""
    return Spark() if table.get_backend().name == "pyspark" else DuckDB()


def fetched(table: Any) -> Any:
    """Return the rows of a table of Ibis as a table of Arrow."""
    return database_of(table).fetched(table)


def _function(name: str, takes: tuple[str, ...], gives: str) -> Any:
    """Return a function of the database, of one cell or two."""

    def one(cell): ...  # type: ignore[no-untyped-def]

    def two(cell, other): ...  # type: ignore[no-untyped-def]

    made = library().udf.scalar.builtin(name=name, signature=(takes, gives))
    return made(one if len(takes) == 1 else two)
