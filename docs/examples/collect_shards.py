"""Reads a tenant in shards on a Prefect work pool, merges them and evaluates the whole.

    python collect_shards.py deploy POOL       makes the two deployments on a work pool of type process
    prefect worker start --pool POOL           on a host that has leastwise and may read the tenant
    prefect deployment run scan-in-shards/leastwise -p count=4 -p config=/srv/leastwise/leastwise.yaml -p folder=/srv/leastwise/out

The flow itself takes a place in the pool while its shards run, so a worker's limit is at least 2. Workers on several
hosts need a folder that all of them share. Credentials come from the worker's own environment, as for leastwise by hand;
nothing of what was read goes to Prefect's logs, because it is a map of the tenant's access.
"""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from prefect import flow, task
from prefect.deployments import run_deployment
from prefect.runtime import flow_run
from prefect.task_runners import ThreadPoolTaskRunner

# What leastwise says with its exit status: 0 in order, 1 findings, 3 something could not be read or decided.
CLEAN, FINDINGS, UNKNOWN = 0, 1, 3


def leastwise(command: str, *arguments: str, accepted: tuple[int, ...]) -> int:
    """Runs a command of leastwise and gives its exit status. What it prints about the tenant is not logged."""
    run = subprocess.run([*shlex.split(command), *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if run.returncode not in accepted:
        raise RuntimeError(f"leastwise {arguments[0]} ended with {run.returncode}:\n{run.stderr}")
    return run.returncode


@flow(name="collect-shard", retries=1)
def collect_shard(index: int, count: int, run_id: str, config: str, out: str, command: str = "leastwise") -> None:
    """Reads one shard. What it cannot read stands in the shard's ledger, and the evaluation tells it."""
    leastwise(
        command, "collect", "--shard", f"{index}/{count}", "--run-id", run_id, "--config", config, "--out", out, "--quiet",
        accepted=(CLEAN, UNKNOWN),
    )


@task
def shard(index: int, count: int, run_id: str, config: str, out: str, command: str) -> str:
    """Has a worker of the pool read one shard, and waits for it."""
    run = run_deployment(
        "collect-shard/leastwise",
        parameters={
            "index": index, "count": count, "run_id": run_id, "config": config, "out": out, "command": command,
        },
        flow_run_name=f"shard-{index}-of-{count}",
        poll_interval=2,
    )
    if run.state is None or not run.state.is_completed():
        raise RuntimeError(f"shard {index} of {count} did not end well: {run.state}")
    return out


@flow(name="scan-in-shards", task_runner=ThreadPoolTaskRunner(max_workers=64))
def scan_in_shards(
    count: int, config: str, folder: str, fail_on: str = "high", command: str = "leastwise"
) -> str:
    """Leaves snapshot/ and the report in the folder. Fails where leastwise ends with 1 or 3, so that Prefect tells of it."""
    run_id = str(flow_run.id)
    parts = Path(folder) / "parts" / run_id
    parts.mkdir(parents=True, mode=0o700)
    try:
        read = [
            shard.submit(index, count, run_id, config, str(parts / str(index)), command) for index in range(1, count + 1)
        ]
        snapshot = str(Path(folder) / "snapshot")
        leastwise(
            command, "merge", *(each.result() for each in read), "--out", snapshot, "--quiet", accepted=(CLEAN, UNKNOWN)
        )
    finally:
        shutil.rmtree(parts)
    status = leastwise(
        command, "evaluate", snapshot, "--out", folder, "--fail-on", fail_on, "--quiet",
        accepted=(CLEAN, FINDINGS, UNKNOWN),
    )
    if status != CLEAN:
        raise RuntimeError(f"leastwise {'has findings' if status == FINDINGS else 'could not decide everything'}: see {folder}")
    return snapshot


def deploy(pool: str) -> None:
    """Makes the deployments that run this very file."""
    here = Path(__file__).resolve()
    for each in (collect_shard, scan_in_shards):
        each.from_source(source=str(here.parent), entrypoint=f"{here.name}:{each.fn.__name__}").deploy(
            name="leastwise", work_pool_name=pool, print_next_steps=False
        )


if __name__ == "__main__":
    os.umask(0o077)
    if len(sys.argv) != 3 or sys.argv[1] != "deploy":
        sys.exit(__doc__)
    deploy(sys.argv[2])
