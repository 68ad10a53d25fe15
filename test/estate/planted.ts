import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A finding that a scan of the sample estate must raise. */
export interface Planted {
  policy: string;
  severity: string;
  kind: string;
  resource: string;
  /** The key of the element, where the policy has findings for elements; any where it is left out. */
  key?: string;
  /** What is wrong. */
  defect: string;
  /** What looks alike and is in order. */
  twin: string;
}

const folder = fileURLToPath(new URL("../../fixtures/estate/planted", import.meta.url));

/** Every finding that a scan of the sample estate must raise, and no others may be. */
export const planted: readonly Planted[] = readdirSync(folder)
  .sort()
  .flatMap((file) => JSON.parse(readFileSync(`${folder}/${file}`, "utf8")) as Planted[]);
