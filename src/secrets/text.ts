import { mayBind } from "./bindings.ts";
import type { Match } from "./detector.ts";
import { strengthOf } from "./detectors/contextual.ts";
import { findSecrets, forgetLastMatch, type Leaf, matchesIn, reported, type Secret, structured, told } from "./find.ts";
import type { Fingerprinter } from "./fingerprint.ts";
import { formatOf } from "./formats/choose.ts";
import { type Clock, type FileLeaf, type FormatName, OutOfTime, type Structure } from "./formats/format.ts";
import { readers } from "./formats/readers.ts";
import { type Signals, signalsBetween, signalsIn } from "./signals.ts";
import type { View } from "./views.ts";

/** A secret in a file, with its place in it; line and column count from 1. */
export interface PlacedSecret extends Secret {
  readonly line: number;
  readonly column: number;
}

/** What was found in a file. */
export interface Scanned {
  /** What the text was read as, such as `python` or `text`. */
  readonly format: string;
  readonly secrets: readonly PlacedSecret[];
  /** Why it was not looked at to its end; null where it was. */
  readonly cut: string | null;
}

/** How a file is looked at. */
export interface ScanOptions {
  readonly fingerprint?: Fingerprinter;
  /** How long one file may take, in ms. */
  readonly budget?: number;
}

interface FileMatch extends Match {
  /** The path in the file; empty where only the text was looked at. */
  path: string;
}

interface Judged {
  /** As what the text was read; `text` where its structure is broken. */
  format: FormatName;
  leaves: FileMatch[][];
  plain: FileMatch[][];
}

const judgedAs = (format: FormatName): Judged => ({ format, leaves: [], plain: [] });

/** By the literals first: where both tell of the same stretch, they know its name. */
const groupsOf = ({ leaves, plain }: Judged): FileMatch[][] => [...leaves, ...plain];

/**
 * Finds the secrets in a file's text: each literal of its structure judged by its name, then everything as text, so that
 * nothing is lost that stands in a remark or in a broken file. Total: it never throws.
 */
export function scanText(name: string, text: string, { fingerprint, budget = 1000 }: ScanOptions = {}): Scanned {
  const until = performance.now() + budget;
  const judged = judgedAs(formatOf(name, text));
  let cut: string | null = null;
  try {
    judge(judged, text, () => {
      if (performance.now() > until) throw new OutOfTime();
    });
  } catch (error) {
    cut = error instanceof OutOfTime ? `not looked at to its end within ${budget} ms` : "not looked at to its end";
  }
  const places = linesOf(text);
  const secrets = reported(groupsOf(judged)).map((match) => ({
    ...told(match, match.path, fingerprint),
    ...places(match.start),
  }));
  forgetLastMatch();
  return { format: judged.format, secrets, cut };
}

/** Judges a text in its format; what was found before the time was over stays found. */
function judge(judged: Judged, text: string, clock: Clock, depth = 0): void {
  const reader = readers[judged.format];
  const signals = signalsIn(text);
  asText(text, clock, { escapes: reader === undefined, signals }, judged.plain);
  if (reader === undefined || (judged.plain.length === 0 && judged.format !== "xml" && !mayBind(text, signals, clock)))
    return;
  const structure = attempt(() => reader(text, clock));
  if (structure?.sound !== true) {
    judged.format = "text";
    judged.plain = [];
    asText(text, clock, { escapes: true }, judged.plain);
  }
  if (structure === null) return;
  const embedded = depth === 0 ? structure.embedded : [];
  const isEmbedded = spans(embedded.flatMap(({ view }) => wholeOf(view)));
  const isFound = spans(judged.plain.flat().flatMap(({ start, end }) => [start, end]));
  for (const leaf of structure.leaves) {
    clock();
    const { value, path } = leaf;
    const [start, end] = wholeOf(value);
    if (embedded.length > 0 && isEmbedded(start)) continue;
    if (!isWorthJudging(leaf, start, end, isFound)) continue;
    for (const group of judgedLeaf(leaf, clock))
      judged.leaves.push(
        group.map((match) => ({ ...match, ...value.locate(match.start, match.end), path: masked(path()) })),
      );
  }
  for (const { format, view, path } of embedded) {
    const inner = judgedAs(format);
    judge(inner, view.text, clock, depth + 1);
    for (const group of groupsOf(inner))
      judged.leaves.push(
        group.map((match) => ({ ...match, ...view.locate(match.start, match.end), path: masked(path()) })),
      );
  }
  if (structure.sound) judged.plain = withoutCode(judged.plain, structure, isEmbedded);
}

/** A long literal is looked at in stretches, as a text is; no name over it would say anything of so much. */
function judgedLeaf(leaf: FileLeaf, clock: Clock): readonly Match[][] {
  return leaf.value.text.length > core
    ? asText(leaf.value.text, clock, { escapes: true }, [])
    : matchesIn(leafOf(leaf));
}

const leafOf = ({ key, value, secretField }: FileLeaf): Leaf => ({
  path: "",
  key,
  value: value.text,
  ...(secretField === true ? { secretField } : {}),
});

/** A literal has something to tell if it has a telling name, holds what was found in the text, or reads otherwise than it is written. */
function isWorthJudging({ key, value, secretField }: FileLeaf, start: number, end: number, isFound: Spans): boolean {
  if (value.text.length < 3) return false;
  return secretField === true || end - start !== value.text.length || isFound(start, end) || strengthOf(key) !== null;
}

/**
 * What the text alone told, less what a structure that was read whole knows better: code is no literal; a literal that
 * reads otherwise than it is written, or that ends before the match does, was judged as it reads; and what a literal's own
 * name says of it was judged by that name.
 */
function withoutCode(plain: readonly FileMatch[][], { leaves, comments }: Structure, isEmbedded: Spans): FileMatch[][] {
  if (plain.length === 0) return [];
  const places = leaves.map((leaf) => ({ leaf, whole: wholeOf(leaf.value) })).sort((a, b) => a.whole[0] - b.whole[0]);
  const starts = Float64Array.from(places, ({ whole }) => whole[0]);
  const isComment = spans(comments);
  const stays = ({ start, end, tier }: FileMatch) => {
    const place = places[lastAtOrBefore(starts, start)];
    if (place === undefined || start >= place.whole[1]) return tier !== "contextual" || isComment(start);
    const { leaf, whole } = place;
    if (isEmbedded(start)) return tier !== "contextual";
    if (whole[1] - whole[0] !== leaf.value.text.length || end > whole[1]) return false;
    return tier !== "contextual" || start > whole[0] || strengthOf(leaf.key) === null;
  };
  return plain.map((group) => group.filter(stays));
}

function wholeOf({ locate, text }: View): [number, number] {
  const { start, end } = locate(0, text.length);
  return [start, end];
}

/** What a broken text brings its reader to is no answer; the end of the time is one. */
function attempt<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof OutOfTime) throw error;
    return null;
  }
}

/** A credential that somebody used as a name is not repeated. */
function masked(path: string): string {
  return findSecrets({ path: "", key: "", value: path }).masked;
}

/** How much of a text is judged at a time, and how far the sight goes back and ahead of it: a private key is the longest. */
const core = 1 << 16;
const back = 2_048;
const ahead = 20_480;
/** How far before a word a password may begin that it tells of: what is said further on belongs to the next stretch. */
const aheadOfWord = 512;

/** Adds what can be found in a text without its structure, in stretches, so that the time can be watched. */
function asText(
  text: string,
  clock: Clock,
  { escapes, signals = signalsIn(text) }: { escapes: boolean; signals?: Signals },
  groups: FileMatch[][],
): FileMatch[][] {
  for (let start = 0; start < text.length; start += core) {
    clock();
    const from = start === 0 ? 0 : lineStart(text, start - back);
    const to = Math.min(text.length, start + core + ahead);
    const value = from === 0 && to === text.length ? text : text.slice(from, to);
    const heard = value === text ? signals : signalsBetween(signals, from, start + core + aheadOfWord);
    for (const group of structured(value, { escapes, signals: heard })) {
      const own = group.filter((match) => match.start + from >= start && match.start + from < start + core);
      if (own.length > 0)
        groups.push(own.map((match) => ({ ...match, start: match.start + from, end: match.end + from, path: "" })));
    }
  }
  return groups;
}

function lineStart(text: string, near: number): number {
  const line = text.lastIndexOf("\n", near);
  return line < 0 || near - line > back ? near : line + 1;
}

/** Whether a stretch touches one of others, which are given as pairs of start and end in any order. */
type Spans = (from: number, to?: number) => boolean;

function spans(pairs: readonly number[]): Spans {
  const sorted: [number, number][] = [];
  for (let i = 0; i < pairs.length; i += 2) sorted.push([pairs[i] ?? 0, pairs[i + 1] ?? 0]);
  sorted.sort((a, b) => a[0] - b[0]);
  const starts = Float64Array.from(sorted, ([start]) => start);
  let furthest = 0;
  const reach = Float64Array.from(sorted, ([, end]) => {
    furthest = Math.max(furthest, end);
    return furthest;
  });
  return (from, to = from) => {
    const index = lastAtOrBefore(starts, to);
    return index >= 0 && from <= (reach[index] ?? 0);
  };
}

function lastAtOrBefore(sorted: Float64Array, at: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Where an offset stands: lines and UTF-16 columns from 1. A byte order mark takes no column. */
export function linesOf(text: string): (offset: number) => { line: number; column: number } {
  let starts: Float64Array | null = null;
  return (offset) => {
    if (starts === null) {
      const found = [text.charCodeAt(0) === 0xfeff ? 1 : 0];
      for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) found.push(at + 1);
      starts = Float64Array.from(found);
    }
    const index = Math.max(0, lastAtOrBefore(starts, offset));
    return { line: index + 1, column: Math.max(0, offset - (starts[index] ?? 0)) + 1 };
  };
}
