import { createHash } from "node:crypto";
import { accessSync, appendFileSync, constants, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { Chalk } from "chalk";
import type { Judged } from "../evaluate/evaluate.ts";
import type { Policy } from "../policy/policy.ts";
import { renderCsv } from "../report/csv.ts";
import { isOfGate } from "../report/gate.ts";
import { renderGateMarkdown } from "../report/gateMarkdown.ts";
import { renderGateTerminal } from "../report/gateTerminal.ts";
import { renderJson } from "../report/json.ts";
import { renderJunit } from "../report/junit.ts";
import { renderMarkdown } from "../report/markdown.ts";
import { renderSarif, type SarifOptions } from "../report/sarif.ts";
import type { Threshold } from "../report/summary.ts";
import { renderTerminal } from "../report/terminal.ts";
import type { Report } from "../resources/generated.ts";
import { nearest, writingTo } from "../resources/problem.ts";
import { UsageError } from "./errors.ts";
import { tellGitHub } from "./github.ts";

/** The options that say what is written and where. */
export interface OutputOptions extends Threshold {
  out: string;
  format: string;
  quiet?: boolean;
  verbose?: boolean;
  color?: boolean;
  /** The moment of evaluation, as it was written. */
  now?: string;
}

/** The formats that can be asked for, with the name of the file that each writes. */
const files: Readonly<Record<string, string>> = {
  json: "report.json",
  sarif: "report.sarif",
  markdown: "report.md",
  junit: "report.xml",
  csv: "report.csv",
  results: "results.ndjson.gz",
};

/** The formats of the options. @throws UsageError for an unknown one, or for several with `--out -` */
export function formatsOf({ format, out }: OutputOptions): string[] {
  const formats = [
    ...new Set(
      format
        .split(",")
        .map((each) => each.trim())
        .filter((each) => each !== ""),
    ),
  ];
  for (const each of formats) {
    if (files[each] !== undefined) continue;
    const meant = nearest(each, Object.keys(files));
    throw new UsageError(
      `--format ${each}: there is ${Object.keys(files).join(", ")}${meant === null ? "" : `; did you mean ${meant}?`}`,
    );
  }
  if (out === "-" && formats.length !== 1)
    throw new UsageError("--out - writes one format to stdout: name one with --format");
  if (out === "-" && formats[0] === "results")
    throw new UsageError("--format results is a compressed file: name a folder with --out");
  return formats;
}

/** Writes a file whole or not at all. */
export function writeWhole(file: string, text: string): void {
  const building = `${file}.${process.pid}.part`;
  writingTo(file, () => {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    try {
      writeFileSync(building, text, { mode: 0o600 });
      renameSync(building, file);
    } finally {
      rmSync(building, { force: true });
    }
  });
}

/** Makes the folder for a run's files: a map of the tenant's access, so nobody else may look into it. */
export function prepareOut(out: string): void {
  if (out !== "-") writingTo(out, () => mkdirSync(out, { recursive: true, mode: 0o700 }));
}

/**
 * Finds before anything is read that nothing could be written in the end.
 * @throws UsageError where something else than a folder stands at the place for output; OutputError where no folder can
 * be made there
 */
export function checkOut(out: string): void {
  if (out === "-") return;
  if (statIfThere(out)?.isDirectory() === false) throw new UsageError(`--out ${out} is not a folder`);
  let above = resolve(out);
  while (statIfThere(above) === undefined && dirname(above) !== above) above = dirname(above);
  writingTo(`--out ${out}`, () => accessSync(`${above}/.`, constants.W_OK | constants.X_OK));
}

/** ENOTDIR, where a file stands above, is as good as nothing there. */
function statIfThere(path: string): ReturnType<typeof statSync> | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** Writes each policy's verdict on each resource, by pieces, so that memory stays bounded. */
export class ResultsFile {
  readonly #file: string;
  readonly #building: string;
  /** The first folder that had to be made for the file. */
  readonly #made: string | undefined;
  #lines: string[] = [];

  constructor(out: string) {
    this.#file = join(out, files.results ?? "");
    this.#building = `${this.#file}.${process.pid}.part`;
    this.#made = writingTo(out, () => mkdirSync(out, { recursive: true, mode: 0o700 }));
    writingTo(this.#file, () => writeFileSync(this.#building, "", { mode: 0o600 }));
  }

  add({ policy, kind, row, outcome, causes, read: readOf }: Judged): void {
    const read = readOf();
    const digest = `sha256:${createHash("sha256").update(JSON.stringify(row)).digest("hex")}`;
    this.#lines.push(
      `${JSON.stringify({ policy, kind, resource: row.id, outcome, digest, reads: read === null ? [] : [read], causes })}\n`,
    );
    if (this.#lines.length >= 10_000) this.#flush();
  }

  close(): void {
    this.#flush();
    renameSync(this.#building, this.#file);
  }

  /** Leaves nothing behind of a run that was broken off. */
  discard(): void {
    rmSync(this.#made ?? this.#building, { recursive: true, force: true });
  }

  #flush(): void {
    // Pieces of gzip, one after the other, are a gzip file of the whole.
    writingTo(this.#file, () => appendFileSync(this.#building, gzipSync(this.#lines.join(""))));
    this.#lines = [];
  }
}

/** What was evaluated, for the folder `inputs/`. */
export interface EvaluatedInputs {
  configuration: string;
  waivers: string | null;
  /** The filled access review, where one was named. */
  review: string | null;
  policies: readonly Policy[];
}

/**
 * Writes the report in every format asked for, and the summary for people. A file of an earlier run that this one does
 * not write is removed: an old SARIF would be uploaded as if it were new.
 */
export function writeReport(
  report: Report,
  options: OutputOptions,
  inputs: EvaluatedInputs,
  sarif: SarifOptions,
): void {
  const formats = formatsOf(options);
  const notes: string[] = [];
  const markdown = (): string =>
    isOfGate(report)
      ? renderGateMarkdown(report, { ...options, clock: clockOf(options) })
      : renderMarkdown(report, options);
  const render: Readonly<Record<string, () => string | null>> = {
    json: () => renderJson(report),
    junit: () => renderJunit(report),
    csv: () => renderCsv(report),
    markdown,
    sarif: () => {
      const made = renderSarif(report, sarif);
      for (const each of made.leftOut) notes.push(`report.sarif leaves out ${each.environment}: ${each.because}`);
      if (made.counts.notShown > 0)
        notes.push(`${made.counts.notShown} findings are not in report.sarif; report.json has them all`);
      if (made.text === null) notes.push("report.sarif was not written: no environment was decided");
      return made.text;
    },
  };
  if (options.out === "-") {
    process.stdout.write(render[formats[0] ?? ""]?.() ?? "");
  } else {
    for (const [format, file] of Object.entries(files)) {
      if (format === "results" && formats.includes(format)) continue;
      const text = formats.includes(format) ? (render[format]?.() ?? null) : null;
      if (text === null) rmSync(join(options.out, file), { force: true });
      else writeWhole(join(options.out, file), text);
    }
    writeInputs(options.out, inputs);
  }
  const toStderr = options.out === "-";
  const stream = toStderr ? process.stderr : process.stdout;
  if (options.quiet !== true) {
    const terminal = {
      width: Math.min(stream.columns ?? 100, 200),
      color: useColor(options, stream),
      verbose: options.verbose === true,
      failOn: options.failOn,
      overdue: options.overdue,
      out: toStderr ? null : options.out,
      report: toStderr || !formats.includes("json") ? null : join(options.out, "report.json"),
    };
    stream.write(
      isOfGate(report)
        ? renderGateTerminal(report, { ...terminal, clock: clockOf(options) })
        : renderTerminal(report, terminal),
    );
  }
  for (const note of notes) process.stderr.write(`${note}\n`);
  if (process.env.GITHUB_ACTIONS === "true") {
    const written = (format: string): string | null => {
      const path = join(options.out, files[format] ?? "");
      return toStderr || !formats.includes(format) || statIfThere(path) === undefined ? null : path;
    };
    const step = { ...options, report: written("json"), sarif: written("sarif") };
    stream.write(tellGitHub(report, step, markdown, process.env));
  }
}

/** The moment for which the age of a live state is told; it stands in no report.json. */
function clockOf({ now }: OutputOptions): number {
  return now === undefined ? Date.now() : Date.parse(now);
}

function writeInputs(out: string, { configuration, waivers, review, policies }: EvaluatedInputs): void {
  const folder = join(out, "inputs");
  rmSync(folder, { recursive: true, force: true });
  writeWhole(join(folder, "leastwise.yaml"), configuration);
  if (waivers !== null) writeWhole(join(folder, "waivers.yaml"), waivers);
  if (review !== null) writeWhole(join(folder, "access-review.csv"), review);
  const params = Object.fromEntries(
    policies.filter((each) => Object.keys(each.params).length > 0).map((each) => [each.id, each.params]),
  );
  writeWhole(join(folder, "parameters.json"), `${JSON.stringify(params, null, 2)}\n`);
  for (const policy of policies) writeWhole(join(folder, "policies", `${policy.id}.yaml`), policy.text);
}

/** Whether to print colour: not where it was turned off, nor where nobody would see it. */
export function useColor({ color }: { color?: boolean }, stream: NodeJS.WriteStream): boolean {
  if (color === false || (process.env.NO_COLOR ?? "") !== "") return false;
  return (process.env.FORCE_COLOR ?? "") !== "" || (stream.isTTY === true && new Chalk().level > 0);
}
