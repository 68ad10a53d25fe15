"""Sets up what the flows need and deploys them: the same as a program that prefect.yaml is as a file."""

from prefect import deploy, flow
from prefect.blocks.system import Secret
from prefect.client.schemas.schedules import CronSchedule
from prefect.schedules import Cron
from prefect.variables import Variable
from prefect_azure import AzureBlobStorageCredentials
from prefect_shell import ShellOperation
from prefect_sqlalchemy import ConnectionComponents, SqlAlchemyConnector
from pydantic import SecretStr

from flows.sales import Reports, load_fact_sales
from flows.sales import publish as publish_ledger

HOST = "syn-contoso-prod.sql.azuresynapse.net"
IMAGE = "crcontoso.azurecr.io/flows:2026.11"
TAGS = ["prod", "python"]

Secret(value="%secret%").save("loader-password", overwrite=True)

lake = AzureBlobStorageCredentials(
    account_url="https://stcontosolakeprod.blob.core.windows.net/",
    tenant_id="3c1f7a90-0000-4000-8000-64d2b8e0a511",
    client_id="5f1c3a52-0000-4000-8000-9c0de1f0a001",
    client_secret=SecretStr("%clientSecret%"),
)
lake.save("lake-python", overwrite=True)
AzureBlobStorageCredentials(account_url="https://stcontosolakedev.blob.core.windows.net/").save("lake", overwrite=True)

ShellOperation(
    commands=["dbt run", "dbt test"],
    env={"SYNAPSE_HOST": HOST, "SYNAPSE_PASSWORD": "%shell%"},
    working_dir="/usr",
).save(name="dbt", overwrite=True)
SqlAlchemyConnector(
    connection_info="mssql+pyodbc://etl:%connector:url%@" + HOST + "/pool",
).save("synapse-url", overwrite=True)
SqlAlchemyConnector(
    connection_info=ConnectionComponents(driver="mssql+pyodbc", username="etl", password="%components%", host=HOST),
).save("synapse-components", overwrite=True)

Variable.set("load_window", {"start": "02:00", "days": ["mon", "fri"], "password": "%variable%"}, tags=TAGS, overwrite=True)
Variable.set("load_mode", "full", overwrite=True)
Variable.set(name="load_retries", value=3, overwrite=True)
Variable.unset("nobody_needs_it")


@flow
def compact(tables: list[str], older_than: int = 30):
    Secret(value="made-when-it-runs").save("made-when-it-runs")


if __name__ == "__main__":
    compact.deploy(
        name="prod",
        work_pool_name="containers-prod",
        image=IMAGE,
        build=False,
        push=False,
        job_variables={"env": {"SYNAPSE_HOST": HOST, "SYNAPSE_PASSWORD": "%pythonJobVariable%"}},
        parameters={"tables": ["sales"]},
        tags=TAGS,
        cron="0 4 * * *",
        version="2",
        paused=True,
    )
    deploy(
        load_fact_sales.to_deployment(
            name="python",
            parameters={"since": "today"},
            schedules=[Cron("0 2 * * *", parameters={"since": "2026-01-01"})],
            work_queue_name="urgent",
        ),
        publish_ledger.to_deployment("python", tags=["ledger"], schedule=CronSchedule(cron="0 3 * * *")),
        work_pool_name="containers-prod",
        image=IMAGE,
        build=False,
        push=False,
    )
    Reports.daily.deploy("python", "containers-prod", IMAGE, build=False, push=False)
    flow.from_source("%repository%", "flows/sales.py:publish").deploy("cloned", work_pool_name="loaders-prod")
