import { cpSync, existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import jmespath from "jmespath";
import { type Given, given } from "../remedies/command.ts";

/**
 * The commands of the Azure CLI that workflows use, over a folder in place of a storage account (BLOBS): the flags are the
 * CLI's own, and a blob that is there is never written again, as in a container with an immutability policy.
 */
const root = process.env.BLOBS ?? "";

const run: Readonly<Record<string, (command: Given) => void>> = {
  "az account get-access-token": (command) => command.only("--resource"),
  "az storage blob list": (command) => {
    command.only(...account, "--prefix", "--num-results", "--container-name");
    const blobs = blobsOf(command.one("--container-name")).filter((name) =>
      name.startsWith(command.maybe("--prefix") ?? ""),
    );
    // Without it the CLI lists the first 5,000 and says nothing of the rest.
    if (command.one("--num-results") !== "*") throw new Error("--num-results is not *");
    const found: unknown = jmespath.search(
      blobs.map((name) => ({ name })),
      command.one("--query"),
    );
    if (found !== null) process.stdout.write(`${String(found)}\n`);
  },
  "az storage blob download": (command) => {
    command.only(...account, "--container-name", "--name", "--file");
    cpSync(join(root, command.one("--container-name"), command.one("--name")), command.one("--file"));
  },
  "az storage blob download-batch": (command) => {
    command.only(...account, "--source", "--pattern", "--destination");
    const from = command.one("--source");
    const start = command.one("--pattern").replace(/\*$/, "");
    for (const name of blobsOf(from).filter((each) => each.startsWith(start))) {
      const to = join(command.one("--destination"), name);
      mkdirSync(dirname(to), { recursive: true });
      cpSync(join(root, from, name), to);
    }
  },
  "az storage blob upload-batch": (command) => {
    command.only(...account, "--destination", "--destination-path", "--source", "--overwrite");
    const to = join(root, command.one("--destination"), command.one("--destination-path"));
    cpSync(command.one("--source"), to, { recursive: true, force: false, errorOnExist: true });
  },
};

const account = ["--account-name", "--auth-mode"];

function blobsOf(container: string): string[] {
  const folder = join(root, container);
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => statSync(join(folder, name)).isFile())
    .sort();
}

const command = given(["az", ...process.argv.slice(2)], (name) => {
  throw new Error(`@${name} is not read here`);
});
const does = run[command.name];
if (does === undefined) throw new Error(`${command.name} is not played here`);
does(command);
