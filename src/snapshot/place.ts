import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

/** The name of the manifest in a snapshot. It is written last, so a folder without it is none. */
export const manifestFile = "manifest.json";

/** What a folder that is being replaced is called for a moment, beside the one that takes its place. */
const former = "-former";

/** How long another process may take between the two renames, in ms; it needs far less than one. */
const patience = 1000;

/** A folder that a run works in beside its target: `.<target>-<process>-<six letters>`, with `-former` for what was there. */
function leftOvers(target: string): { path: string; process: number; former: boolean }[] {
  const parent = dirname(target);
  if (!existsSync(parent)) return [];
  const prefix = `.${basename(target)}-`;
  return readdirSync(parent).flatMap((name) => {
    const match = name.startsWith(prefix) ? /^(\d+)-\w{6}(-former)?$/.exec(name.slice(prefix.length)) : null;
    if (match === null) return [];
    return [{ path: join(parent, name), process: Number(match[1]), former: match[2] !== undefined }];
  });
}

/** Makes a folder for its owner alone to build in, beside the target and so on the same disk. */
export function newBuilding(target: string): string {
  mkdirSync(dirname(resolve(target)), { recursive: true });
  return mkdtempSync(join(dirname(resolve(target)), `.${basename(resolve(target))}-${process.pid}-`));
}

/** Removes what earlier runs that were killed left beside a target; what a process that still runs works in stays. */
export function removeLeftOvers(target: string): void {
  for (const each of leftOvers(resolve(target))) {
    if (each.process !== process.pid && isRunning(each.process)) continue;
    try {
      rmSync(each.path, { recursive: true, force: true });
    } catch {
      // It belongs to somebody else; it is no snapshot wherever it stands.
    }
  }
}

/**
 * Puts a finished folder in the place of what stands there. There is a moment in which nothing stands there: whoever is
 * killed in it leaves both folders whole, and `settled` ends what was begun.
 */
export function place(building: string, target: string): void {
  const before = building + former;
  if (existsSync(target)) renameSync(target, before);
  renameSync(building, target);
  // Removing takes time, so it comes last: what is half removed stands in nobody's way.
  rmSync(before, { recursive: true, force: true });
}

/**
 * Where the snapshot of a folder stands: in that folder, but for a run that was killed between the two renames. Its new
 * snapshot is put in place now; where that is not allowed, it is read where it stands.
 */
export function settled(folder: string): string {
  const target = resolve(folder);
  for (let waited = 0; !existsSync(target); waited += 10) {
    const begun = leftOvers(target).find((each) => each.former);
    if (begun === undefined) return folder;
    if (isRunning(begun.process) && begun.process !== process.pid && waited < patience) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
      continue;
    }
    const building = begun.path.slice(0, -former.length);
    const whole = existsSync(join(building, manifestFile)) ? building : begun.path;
    try {
      renameSync(whole, target);
    } catch {
      return whole;
    }
  }
  return folder;
}

function isRunning(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
