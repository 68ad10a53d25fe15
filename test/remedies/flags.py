"""Writes flags.json anew: what each Azure CLI command takes, as the CLI itself says.

Needs `pip install azure-cli` in an environment of its own: python flags.py ["<command>" …]. It renews the commands that
the file holds, and adds those that are given. The entries of Prefect are written by hand from `prefect <command> --help`.

A flag is its names, then !: required, ?: may stand without a value, + or *: takes several values, 0: takes none,
and =a|b: the values there are.
"""

import json
import pathlib
import sys

from azure.cli.core.file_util import create_invoker_and_load_cmds_and_args
from azure.cli.core.mock import DummyCli

FILE = pathlib.Path(__file__).with_name("flags.json")
HIDDEN = {"--___SUBSCRIPTION", "--cmd", "--change-reference", "--acquire-policy-token"}


def flag(settings):
    names = [name if isinstance(name, str) else name.target for name in settings.get("options_list") or []]
    if not names or names[0] in HIDDEN or names[0].startswith("--__"):
        return None
    nargs, action, choices = settings.get("nargs"), settings.get("action"), settings.get("choices")
    takes = "0" if isinstance(action, str) and action.startswith("store_") else nargs if nargs in ("?", "+", "*") else ""
    parts = [*names, "!" if settings.get("required") else "", takes]
    return " ".join(part for part in [*parts, "=" + "|".join(sorted(map(str, choices))) if choices else ""] if part)


known = json.loads(FILE.read_text()) if FILE.exists() else {}
commands = {name[3:] for name in known if name.startswith("az ")} | set(sys.argv[1:])
cli = DummyCli()
create_invoker_and_load_cmds_and_args(cli)
table = cli.invocation.commands_loader.command_table
for name in commands:
    if name not in table:
        sys.exit(f"az {name} does not exist")
    flags = (flag(argument.type.settings) for argument in table[name].arguments.values())
    known["az " + name] = sorted(each for each in flags if each)
FILE.write_text(json.dumps(dict(sorted(known.items())), indent=2) + "\n")
