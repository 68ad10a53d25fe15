"""The nightly scan as a deployment of Prefect: for servers and endpoints that no hosted runner can reach.

    python nightly_scan.py deploy POOL CONFIG FOLDER   makes the deployment, for a work pool of type process
    prefect worker start --pool POOL                   on a host that has leastwise and may read the tenant
    prefect deployment run nightly-scan/leastwise      runs it now; else every night

CONFIG is the path of leastwise.yaml, FOLDER where the nights are kept, both on the worker's host. Each night is a folder of
its own with the report and the snapshot, readable by the worker's user alone; the last night that has a report is the
baseline of the next, so a run fails for what is new, has been open for too long, or could not be decided. Credentials come
from the worker's own environment, as for leastwise by hand.

A report is a map of the tenant's access. So Prefect gets counts and nothing else: no name, no finding and no output of
leastwise goes to its logs, its states or its result store. What leastwise printed is scan.log of the night.
"""

import json
import os
import shlex
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from prefect import flow, get_run_logger
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.states import Completed, Failed

# What leastwise says with its exit status.
MEANING = {
    0: "nothing new",
    1: "there are findings that are new or overdue",
    2: "the configuration or another input is wrong, and nothing was read",
    3: "something could not be read or decided",
    4: "a fault of leastwise itself",
}
SEVERITIES = ("critical", "high", "medium", "low")


def last_report(folder: Path) -> Path | None:
    """The report of the last night that has one. Nights are named by when they began."""
    reports = sorted(folder.glob("*/report.json"))
    return reports[-1] if reports else None


def summary(report: dict) -> str:
    """How many findings there are, by severity, and how much is unknown: counts alone."""
    failing = [each for each in report["findings"] if each["outcome"] == "fail" and each["waiver"] is None]
    new = Counter(each["severity"] for each in failing if each["baseline"] in ("new", None))
    counts = ", ".join(f"{new[severity]} {severity}" for severity in SEVERITIES if new[severity])
    still = len(failing) - new.total()
    unknown = sum(each["count"] for each in report["unknown"])
    return (
        f"{new.total()} new findings{f' ({counts})' if counts else ''}, {still} still open, {len(report['fixed'])} fixed; "
        f"{unknown} results unknown, {len(report['unread'])} scopes unread"
    )


@flow(name="nightly-scan", persist_result=False, log_prints=False)
def nightly_scan(
    config: str,
    folder: str,
    fail_on: str = "high",
    overdue_days: int = 30,
    hours: float = 6,
    command: str = "leastwise",
) -> State:
    """Scans, keeps the night, and fails where leastwise ends with anything but 0."""
    os.umask(0o077)
    nights = Path(folder)
    nights.mkdir(parents=True, exist_ok=True)
    baseline = last_report(nights)
    night = nights / f"{datetime.now(UTC):%Y-%m-%dT%H-%M-%SZ}-{str(flow_run.id)[:8]}"
    night.mkdir()
    arguments = ["scan", "--config", config, "--out", str(night), "--fail-on", fail_on, "--no-color"]
    if baseline is not None:
        arguments += ["--baseline", str(baseline), "--overdue", str(overdue_days)]
    with (night / "scan.log").open("w") as log:
        try:
            run = subprocess.run(
                [*shlex.split(command), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                timeout=hours * 3600,
            )
        except subprocess.TimeoutExpired:
            return Failed(message=f"leastwise took longer than {hours} hours: see {night}/scan.log on the worker")
    status = run.returncode
    told = f"leastwise ended with {status}: {MEANING.get(status, 'it was stopped')}"
    report = night / "report.json"
    if report.exists():
        told += f"; {summary(json.loads(report.read_text()))}; the night is {night} on the worker"
    else:
        told += f"; there is no report, see {night}/scan.log on the worker"
    if status != 0:
        return Failed(message=told)
    get_run_logger().info(told)
    return Completed(message=told)


def deploy(pool: str, config: str, folder: str) -> None:
    """Makes the deployment that runs this very file, every night at 03:17 UTC and never twice at once."""
    here = Path(__file__).resolve()
    nightly_scan.from_source(source=str(here.parent), entrypoint=f"{here.name}:nightly_scan").deploy(
        name="leastwise",
        work_pool_name=pool,
        cron="17 3 * * *",
        concurrency_limit=1,
        parameters={"config": config, "folder": folder},
        print_next_steps=False,
    )


if __name__ == "__main__":
    if len(sys.argv) != 5 or sys.argv[1] != "deploy":
        sys.exit(__doc__)
    deploy(*sys.argv[2:])
