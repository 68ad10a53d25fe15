import ora from "ora";
import { readName } from "../collect/definition.ts";
import type { Progress } from "../collect/ledger.ts";

/** In plain lines only a longer wait for a limit is told, and not more often than this, in ms. */
const longPace = 10_000;

/** Progress on stderr: one line that changes on a terminal, plain lines elsewhere, nothing with --quiet. */
export function collectProgress(quiet: boolean): Progress & { stop(): void } {
  if (quiet) return { begun() {}, ended() {}, waiting() {}, stop() {} };
  const live = process.stderr.isTTY === true && process.env.CI === undefined;
  const spinner = live ? ora({ text: "reading", stream: process.stderr, discardStdin: false }).start() : null;
  let under = 0;
  let done = 0;
  let items = 0;
  let told = Number.NEGATIVE_INFINITY;
  const show = (now: string): void => {
    if (spinner !== null) spinner.text = `${done} reads done, ${under} under way, ${items} items: ${now}`;
  };
  return {
    begun(plan) {
      under++;
      show(`${readName(plan.read)} ${plan.scope}`);
    },
    ended(read) {
      under = Math.max(0, under - 1);
      done++;
      items += read.items;
      show(`${read.kind} ${read.scope}`);
      if (read.outcome !== "complete") {
        const line = `${read.outcome}: ${read.id}: ${read.cause ?? ""}`;
        if (spinner === null) process.stderr.write(`${line}\n`);
      }
    },
    waiting(plan, milliseconds) {
      const line = `waiting ${Math.ceil(milliseconds / 1000)} s for ${plan.service.endpoint}`;
      if (spinner === null) process.stderr.write(`${line}\n`);
      else show(line);
    },
    paced(plan, milliseconds) {
      const line = `keeping below the limits of ${plan.service.endpoint}, ${Math.ceil(milliseconds / 1000)} s to go`;
      if (spinner !== null) show(line);
      else if (milliseconds >= longPace && performance.now() - told >= longPace) {
        told = performance.now();
        process.stderr.write(`${line}\n`);
      }
    },
    stop() {
      spinner?.stop();
      process.stderr.write(`read ${items} items in ${done} reads\n`);
    },
  };
}
