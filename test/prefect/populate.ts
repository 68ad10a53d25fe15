import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { type PrefectServer, prefectEnvironment } from "./server.ts";

const here = import.meta.dirname;

/** Something that `populate.py` saved. */
export type Saved = {
  /**
   * `block/<type slug>/<name>`, `variable/<name>`, `deployment/<flow>/<name>`, `workPool/<name>`,
   * `workQueue/<work pool>/<name>`, or `automation`, `flowRun` and `event` with the uuid.
   */
  object: string;
  /** The planted values that stand there in the clear; none where it is in order. */
  plants: string[];
  /** The planted values there that the server masks. */
  masked: string[];
};

/** The names of the values that `populate.py` plants, as it lists them. */
export const plantNames: string[] = (() => {
  const list = /^PLANTS = \[(.*?)^\]/ms.exec(readFileSync(`${here}/populate.py`, "utf8"))?.[1] ?? "";
  return [...list.matchAll(/"(\w+)"/g)].flatMap((match) => match[1] ?? []);
})();

/** Saves blocks, variables, work pools, deployments, automations and runs on a server, with one value planted for each of `plantNames`. */
export function populate(
  server: PrefectServer,
  plants: Record<string, string>,
  options: { auth?: string } = {},
): Promise<Saved[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(server.python, ["populate.py"], {
      cwd: here,
      env: {
        ...prefectEnvironment(server.home),
        PREFECT_API_URL: server.api,
        ...(options.auth === undefined ? {} : { PREFECT_API_AUTH_STRING: options.auth }),
      },
      stdio: ["pipe", "pipe", "pipe"],
    });
    let out = "";
    let errors = "";
    child.stdout.on("data", (chunk) => {
      out += chunk;
    });
    child.stderr.on("data", (chunk) => {
      errors += chunk;
    });
    child.once("error", reject);
    child.once("close", (status) => {
      if (status === 0) resolve(JSON.parse(out));
      else reject(new Error(`populate.py ended with ${status}:\n${errors}`));
    });
    child.stdin.end(JSON.stringify(plants));
  });
}
