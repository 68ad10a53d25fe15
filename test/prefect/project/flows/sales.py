"""Loads the sales facts."""

from prefect import flow

NAME = "publish-ledger"


@flow
def load_fact_sales(since: str = "yesterday", batch_size: int = 100, share: float = 1, full: bool = False) -> None:
    """Loads what was sold."""


@flow(name=NAME, version="7", description="Publishes the ledger")
def publish(
    target,
    columns: list[str] = ["day", "amount"],
    options: dict[str, object] = {"retries": 3, "mode": None},
    note: str | None = None,
    /,
) -> None:
    pass


class Reports:
    @staticmethod
    @flow(name="daily " + "report")
    def daily(source: str = "mssql+pyodbc://reader:%parameterDefault:url%@syn-contoso-prod.sql.azuresynapse.net/pool") -> None:
        pass
