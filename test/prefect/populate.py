"""Saves what a data platform on Azure Synapse keeps in Prefect, through Prefect's own classes.

Reads a JSON object from standard input: the secret values to plant, by the names that PLANTS lists. Talks to the
server that PREFECT_API_URL (and PREFECT_API_AUTH_STRING) names. Prints a JSON list of what it saved:
{"object": "block/<type slug>/<name>", "plants": [<plants that stand there in the clear>], "masked": [<plants that the
server masks>]}.
"""

import asyncio
import json
import sys
import time
from typing import Any
from urllib.parse import quote

from prefect import flow
from prefect.assets import Asset, AssetProperties, materialize
from prefect.blocks.core import Block
from prefect.blocks.system import Secret
from prefect.blocks.webhook import Webhook
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.runner.storage import GitRepository
from prefect.types import SecretDict
from prefect.variables import Variable
from prefect.workers.process import ProcessWorker
from prefect_azure import AzureBlobStorageCredentials
from prefect_shell import ShellOperation
from prefect_sqlalchemy import ConnectionComponents, SqlAlchemyConnector
from pydantic import SecretStr

PLANTS = [
    "secretBlock",
    "clientSecret",
    "storageConnection",
    "componentsPassword",
    "webhookUrl",
    "settingsToken",
    "settingsSecretDict",
    "connectorUrl",
    "shellEnvironment",
    "shellCommand",
    "settingsOptions",
    "anonymousUrl",
    "variableConnection",
    "variableStructured",
    "deploymentEnvironment",
    "deploymentParameter",
    "deploymentParameterDefault",
    "deploymentPullStep",
    "workPoolEnvironment",
    "automationParameter",
    "flowRunParameter",
    "flowRunVariable",
    "assetMetadata",
]

TENANT = "3c1f7a90-0000-4000-8000-64d2b8e0a511"
CLIENT = "5f1c3a52-0000-4000-8000-9c0de1f0a001"
SUBSCRIPTION = "8d2b6e10-0000-4000-8000-3a5c7e9f1b20"
SYNAPSE = "syn-contoso-prod.sql.azuresynapse.net"
SERVERLESS = "syn-contoso-prod-ondemand.sql.azuresynapse.net"
DRIVER = "driver=ODBC+Driver+18+for+SQL+Server"

saved: list[dict[str, Any]] = []


def note(path: str, plants: list[str] | None = None, masked: list[str] | None = None) -> None:
    saved.append({"object": path, "plants": plants or [], "masked": masked or []})


def sql_url(user: str, password: str | None, host: str = SYNAPSE) -> str:
    credentials = f"{user}:{quote(password, safe='')}@" if password else ""
    return f"mssql+pyodbc://{credentials}{host}:1433/sqlpool01?{DRIVER}"


class SynapseWorkspaceSettings(Block):
    """A block type of the platform's own: nested block, secret fields, and a free dictionary in the clear."""

    _block_type_name = "Synapse Workspace Settings"
    _block_type_slug = "synapse-workspace-settings"

    workspace: str
    token: SecretStr
    connections: SecretDict
    options: dict[str, Any]
    storage: AzureBlobStorageCredentials


def save_blocks(plants: dict[str, str]) -> None:
    def save(block: Block, name: str, plants: list[str] | None = None, masked: list[str] | None = None) -> None:
        block.save(name, overwrite=True)
        note(f"block/{block.get_block_type_slug()}/{name}", plants, masked)

    save(Secret(value=plants["secretBlock"]), "synapse-sql-admin", masked=["secretBlock"])

    lake = "https://stcontosolakeprod.blob.core.windows.net/"
    identity = AzureBlobStorageCredentials(account_url=lake)
    save(identity, "lake-prod-identity")
    save(
        AzureBlobStorageCredentials(
            account_url=lake, tenant_id=TENANT, client_id=CLIENT, client_secret=plants["clientSecret"]
        ),
        "lake-prod-service-principal",
        masked=["clientSecret"],
    )
    save(
        AzureBlobStorageCredentials(
            connection_string="DefaultEndpointsProtocol=https;AccountName=stcontosolegacy;"
            f"AccountKey={plants['storageConnection']};EndpointSuffix=core.windows.net"
        ),
        "lake-legacy",
        masked=["storageConnection"],
    )

    save(
        SqlAlchemyConnector(connection_info=sql_url("etl_loader", plants["connectorUrl"])),
        "synapse-prod-reporting",
        ["connectorUrl"],
    )
    save(
        SqlAlchemyConnector(connection_info=sql_url("", None) + "&authentication=ActiveDirectoryMsi"),
        "synapse-prod-identity",
    )
    save(
        SqlAlchemyConnector(
            connection_info=ConnectionComponents(
                driver="mssql+pyodbc",
                username="etl_loader",
                password=plants["componentsPassword"],
                host=SERVERLESS,
                port=1433,
                database="lake",
                query={"driver": "ODBC Driver 18 for SQL Server"},
            )
        ),
        "synapse-prod-serverless",
        masked=["componentsPassword"],
    )

    save(
        ShellOperation(
            commands=["python -m loaders.fact_sales --workspace syn-contoso-prod"],
            env={"SYNAPSE_HOST": SYNAPSE, "SYNAPSE_USER": "etl_loader", "SYNAPSE_PASSWORD": plants["shellEnvironment"]},
        ),
        "load-fact-sales",
        ["shellEnvironment"],
    )
    save(
        ShellOperation(commands=[f'export SYNAPSE_URL="{sql_url("etl_loader", plants["shellCommand"])}"', "dbt run"]),
        "run-dbt",
        ["shellCommand"],
    )
    save(
        ShellOperation(commands=["dbt docs generate"], env={"DBT_TARGET": "prod", "SYNAPSE_HOST": SYNAPSE}),
        "dbt-docs",
    )

    save(Webhook(url=f"https://alerts.contoso.example/{plants['webhookUrl']}"), "on-call", masked=["webhookUrl"])
    save(
        SynapseWorkspaceSettings(
            workspace="syn-contoso-prod",
            token=SecretStr(plants["settingsToken"]),
            connections=SecretDict({"password": plants["settingsSecretDict"]}),
            options={
                "batchSize": 5000,
                "serverless": SERVERLESS,
                "sql": {"user": "etl_loader", "password": plants["settingsOptions"]},
            },
            storage=identity,
        ),
        "syn-contoso-prod",
        ["settingsOptions"],
        masked=["settingsToken", "settingsSecretDict"],
    )

    anonymous = SqlAlchemyConnector(connection_info=sql_url("etl_adhoc", plants["anonymousUrl"]))
    with get_client(sync_client=True) as client:
        document = client.read_block_document(asyncio.run(anonymous._save(is_anonymous=True)))
        note(f"block/sqlalchemy-connector/{document.name}", ["anonymousUrl"])


def save_variables(plants: dict[str, str]) -> None:
    def save(name: str, value: Any, tags: list[str], plants: list[str] | None = None) -> None:
        Variable.set(name, value, tags=tags, overwrite=True)
        note(f"variable/{name}", plants)

    save("synapse_workspace", "syn-contoso-prod", ["prod"])
    save("load_window", {"start": "02:00", "end": "04:30", "days": ["mon", "wed", "fri"], "retries": 3}, ["prod"])
    save(
        "reporting_connection",
        f"Server=tcp:{SYNAPSE},1433;Database=sqlpool01;User ID=report_reader;"
        f"Password={plants['variableConnection']};Encrypt=true;",
        ["prod", "reporting"],
        ["variableConnection"],
    )
    save(
        "ingest_settings",
        {"endpoint": "https://ingest.contoso.example/v2", "auth": {"api_key": plants["variableStructured"]}},
        ["prod"],
        ["variableStructured"],
    )


def save_work_pools(plants: dict[str, str]) -> None:
    def template(env: dict[str, str]) -> dict[str, Any]:
        base = json.loads(json.dumps(ProcessWorker.get_default_base_job_template()))
        base["variables"]["properties"]["env"]["default"] = env
        return base

    with get_client(sync_client=True) as client:

        def save(name: str, kind: str, base: dict[str, Any], plants: list[str] | None = None) -> None:
            client.create_work_pool(WorkPoolCreate(name=name, type=kind, base_job_template=base), overwrite=True)
            note(f"workPool/{name}", plants)

        save("loaders-prod", "process", template({"SYNAPSE_HOST": SYNAPSE, "SYNAPSE_AUTHENTICATION": "msi"}))
        save(
            "loaders-legacy",
            "process",
            template({"SYNAPSE_HOST": SYNAPSE, "SYNAPSE_PASSWORD": plants["workPoolEnvironment"]}),
            ["workPoolEnvironment"],
        )

        workers = client.request("GET", "/collections/views/aggregate-worker-metadata").json()
        containers = workers["prefect-azure"]["azure-container-instance"]["default_base_job_configuration"]
        group = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-data-prod"
        defaults = {
            "subscription_id": SUBSCRIPTION,
            "resource_group_name": "rg-data-prod",
            "identities": [f"{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-loaders-prod"],
        }
        for name, value in defaults.items():
            containers["variables"]["properties"][name]["default"] = value
        save("containers-prod", "azure-container-instance", containers)


@flow(name="load-fact-sales")
def load_fact_sales(since: str = "yesterday", batch_size: int = 5000) -> None:
    pass


@flow(name="export-ledger")
def export_ledger(connection: str = "", target: str = "ledger") -> None:
    pass


@flow(name="refresh-views")
def refresh_views(database: str = "lake") -> None:
    pass


def save_deployments(plants: dict[str, str]) -> None:
    def save(flow_: Any, name: str, pool: str, plants: list[str] | None = None, **options: Any) -> None:
        # As `prefect deploy` does it, the flow comes from a repository, which becomes the deployment's pull steps.
        storage = options.pop("storage", GitRepository("https://github.com/contoso/flows.git", branch="main"))
        pull_steps = [storage.to_pull_step()] if isinstance(storage, GitRepository) else storage
        deployment = flow_.to_deployment(name=name, **options)
        deployment.apply(work_pool_name=pool)
        with get_client(sync_client=True) as client:
            saved_deployment = client.read_deployment_by_name(f"{flow_.name}/{name}")
            client.request("PATCH", f"/deployments/{saved_deployment.id}", json={"pull_steps": pull_steps})
        note(f"deployment/{flow_.name}/{name}", plants)

    save(
        load_fact_sales,
        "prod",
        "loaders-prod",
        ["deploymentEnvironment"],
        tags=["prod", "synapse"],
        cron="0 2 * * *",
        parameters={"since": "yesterday"},
        job_variables={"env": {"SYNAPSE_HOST": SYNAPSE, "SYNAPSE_PASSWORD": plants["deploymentEnvironment"]}},
    )
    save(
        load_fact_sales,
        "test",
        "loaders-prod",
        tags=["test"],
        parameters={"since": "2026-11-01", "batch_size": 100},
        job_variables={
            "env": {
                "SYNAPSE_HOST": SYNAPSE.replace("prod", "test"),
                "SYNAPSE_PASSWORD": "{{ prefect.blocks.secret.synapse-sql-admin }}",
            }
        },
    )
    save(
        export_ledger,
        "prod",
        "containers-prod",
        ["deploymentParameter"],
        tags=["prod", "finance"],
        parameters={"connection": sql_url("ledger_export", plants["deploymentParameter"], SERVERLESS)},
    )
    save(
        refresh_views,
        "prod",
        "loaders-prod",
        ["deploymentPullStep"],
        tags=["prod"],
        storage=[
            {
                "prefect.deployments.steps.git_clone": {
                    "repository": "https://etl-bot:"
                    + quote(plants["deploymentPullStep"], safe="")
                    + "@dev.azure.com/contoso/data/_git/flows",
                    "branch": "main",
                }
            }
        ],
    )
    save(refresh_views, "test", "loaders-prod", tags=["test"], parameters={"database": "reporting"})

    @flow(name="sync-reference-data")
    def sync_reference_data(source: str = sql_url("reference", plants["deploymentParameterDefault"])) -> None:
        pass

    # The default of a flow's parameter is published in the deployment's parameter_openapi_schema.
    save(sync_reference_data, "prod", "loaders-prod", ["deploymentParameterDefault"], tags=["prod"])


def save_work_queues() -> None:
    with get_client(sync_client=True) as client:

        def save(pool: str, **queue: Any) -> None:
            client.request("POST", f"/work_pools/{pool}/queues", json=queue)
            note(f"workQueue/{pool}/{queue['name']}")

        note("workQueue/loaders-prod/default")
        save("loaders-prod", name="urgent", priority=1, concurrency_limit=2, description="Before everything else")
        save("containers-prod", name="paused", is_paused=True)


def save_automations(plants: dict[str, str]) -> None:
    with get_client(sync_client=True) as client:
        deployment = client.read_deployment_by_name("export-ledger/prod")
        webhook = client.request("GET", "/block_types/slug/webhook/block_documents/name/on-call").json()

        def save(plants: list[str] | None = None, **automation: Any) -> None:
            answer = client.request("POST", "/automations/", json=automation).json()
            note(f"automation/{answer['id']}", plants)

        failed = {
            "type": "event",
            "match": {"prefect.resource.id": "prefect.flow-run.*"},
            "match_related": {},
            "after": [],
            "expect": ["prefect.flow-run.Failed", "prefect.flow-run.Crashed"],
            "for_each": ["prefect.resource.id"],
            "posture": "Reactive",
            "threshold": 1,
            "within": 0,
        }
        save(
            name="tell-on-call",
            description="Whoever is on call hears of every failed run",
            tags=["prod"],
            trigger=failed,
            actions=[{"type": "call-webhook", "block_document_id": webhook["id"], "payload": "{{ flow_run.name }} failed"}],
        )
        save(
            ["automationParameter"],
            name="export-again",
            enabled=False,
            trigger={"type": "compound", "require": "any", "within": 600, "triggers": [failed]},
            actions=[],
            actions_on_trigger=[
                {
                    "type": "run-deployment",
                    "source": "selected",
                    "deployment_id": str(deployment.id),
                    "parameters": {"connection": sql_url("ledger_export", plants["automationParameter"], SERVERLESS)},
                    "job_variables": {},
                }
            ],
            actions_on_resolve=[{"type": "do-nothing"}],
        )


LANDING = "abfss://landing@stcontosolakeprod.dfs.core.windows.net/sales"
CURATED = "abfss://curated@stcontosolakeprod.dfs.core.windows.net/sales"


def save_runs(plants: dict[str, str]) -> None:
    target = Asset(key=CURATED, properties=AssetProperties(name="Sales", owners=["data-platform"]))

    @materialize(target, asset_deps=[LANDING], by="dbt", task_run_name="write-sales")
    def write_sales() -> None:
        target.add_metadata({"rows": 20512, "connection": sql_url("etl_loader", plants["assetMetadata"])})

    @materialize(CURATED + "-by-day", task_run_name="write-by-day")
    def write_by_day() -> None:
        raise ValueError("no such column")

    @flow(name="load-fact-sales", flow_run_name="sales-by-hand", log_prints=False)
    def by_hand(since: str = "yesterday") -> None:
        write_sales()
        write_by_day(return_state=True)

    try:
        by_hand(since="2026-11-01")
    except ValueError:
        pass

    with get_client(sync_client=True) as client:
        [by_hand_run] = client.request("POST", "/flow_runs/filter", json={}).json()
        note(f"flowRun/{by_hand_run['id']}")
        deployment = client.read_deployment_by_name("export-ledger/prod")
        run = client.create_flow_run_from_deployment(
            deployment.id,
            name="ledger-once-more",
            parameters={"connection": sql_url("ledger_export", plants["flowRunParameter"], SERVERLESS)},
            job_variables={"env": {"LEDGER_PASSWORD": plants["flowRunVariable"], "LEDGER_HOST": SERVERLESS}},
            tags=["prod"],
        )
        note(f"flowRun/{run.id}", ["flowRunParameter", "flowRunVariable"])

        # Events are kept a moment after they were sent.
        wanted = {"filter": {"event": {"prefix": ["prefect.asset."]}, "order": "ASC"}}
        for _ in range(300):
            events = client.request("POST", "/events/filter", json=wanted).json()["events"]
            if len(events) >= 3:
                break
            time.sleep(0.1)
        for event in events:
            planted = plants["assetMetadata"] in json.dumps(event)
            note(f"event/{event['id']}", ["assetMetadata"] if planted else None)


def main() -> None:
    plants = json.load(sys.stdin)
    missing = [name for name in PLANTS if not plants.get(name)]
    if missing:
        sys.exit(f"No value to plant for {', '.join(missing)}")
    save_blocks(plants)
    save_variables(plants)
    save_work_pools(plants)
    save_deployments(plants)
    save_work_queues()
    save_automations(plants)
    save_runs(plants)
    print(json.dumps(saved))


main()
