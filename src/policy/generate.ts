import { readFileSync, writeFileSync } from "node:fs";
import { parse } from "yaml";
import { escapeMarkdown, table } from "../resources/markdown.ts";

/** What is promised, by family: each promise with the ids of the policies that hold it. */
export type Promises = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

const written = new URL("../../docs/promises.yaml", import.meta.url);
const page = new URL("../../docs/promises.md", import.meta.url);

export function readPromises(): Promises {
  return parse(readFileSync(written, "utf8"), { strict: true });
}

/** docs/promises.md: a table for each family. */
export function promisesPage(promises: Promises): string {
  const links = (ids: readonly string[]): string =>
    ids.length === 0 ? "none yet" : ids.map((id) => `[${id}](policies/${id}.md)`).join("<br>");
  const families = Object.entries(promises).map(
    ([family, rows]) =>
      `## ${family}\n\n${table(
        ["promise", "policies that hold it"],
        Object.entries(rows).map(([promise, ids]) => [escapeMarkdown(promise), links(ids)]),
      )}`,
  );
  return `<!-- npm run generate makes this page of promises.yaml. -->

# From promise to policy

What a secure set-up of Synapse and Prefect promises, and the built-in policies that hold it: each fails where the promise
is broken, and says where it could not look. A policy may hold several promises. [All policies](policies/README.md).

${families.join("\n\n")}
`;
}

if (process.argv[1] === import.meta.filename) writeFileSync(page, promisesPage(readPromises()));
