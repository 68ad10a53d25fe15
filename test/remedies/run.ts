import { commands, parse } from "./command.ts";
import { directory } from "./directory.ts";
import { monitor } from "./monitor.ts";
import { prefect } from "./prefect.ts";
import { resources } from "./rest.ts";
import { roles } from "./roles.ts";
import { storage } from "./storage.ts";
import { synapse } from "./synapse.ts";
import { vaults } from "./vaults.ts";
import { Refused } from "./words.ts";
import type { Run, World } from "./world.ts";

/** What each command does to the estate. */
export const runs: Readonly<Record<string, Run>> = {
  ...directory,
  ...monitor,
  ...prefect,
  ...resources,
  ...roles,
  ...storage,
  ...synapse,
  ...vaults,
};

/** Runs one line against the estate, as its services would; throws `Refused` where they or a shell would refuse it. */
export function run(line: string, world: World): void {
  const given = parse(line, (name) => {
    const text = world.files.get(name);
    if (text === undefined) throw new Refused(`there is no file ${name}`);
    return text;
  });
  const does = runs[given.name];
  if (does === undefined) throw new Refused(`what ${given.name} does is not known here`);
  does(given, world);
}

/** The commands of which it is known what they take, but not what they do, or the other way round. */
export function unmatched(elsewhere: readonly string[]): string[] {
  return [
    ...commands.filter((each) => !(each in runs) && !elsewhere.includes(each)),
    ...Object.keys(runs).filter((each) => !commands.includes(each)),
  ];
}
