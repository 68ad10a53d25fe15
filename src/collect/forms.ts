import { normaliseId } from "../resources/scope.ts";
import { findSecrets } from "../secrets/find.ts";

/** One form for every time: UTC with milliseconds. What is no time stays as it is, and its schema refuses it. */
export function timestamp(text: string | null | undefined): string | null {
  if (text === null || text === undefined) return null;
  // Of a number Date.parse makes some year or other.
  const time = typeof text === "string" ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? text : new Date(time).toISOString();
}

/** The id of another resource in the one form that is kept; a credential that somebody wrote there is masked. */
export function idOf(id: string | null | undefined): string | null {
  if (typeof id !== "string") return id ?? null;
  return id.trim() === "" ? null : normaliseId(keptText(id));
}

/** Ids, times, numbers and single words of letters, which hold no credential: most of what is read. */
const harmless =
  /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.]+Z|\/(?:subscriptions|providers)\/[^?#@\s]*|[\d.]{1,40}|[A-Za-z]{1,40})$/i;

/** Texts in which nothing was found, because many rows hold the same; never one that holds a secret. */
const clean = new Set<string>();

/** A text that somebody may have chosen freely, with credentials masked in it; what is left out is null. */
export function keptText(text: string): string;
export function keptText(text: string | null | undefined): string | null;
export function keptText(text: string | null | undefined): string | null {
  if (typeof text !== "string") return text ?? null;
  if (harmless.test(text) || clean.has(text)) return text;
  const shown = findSecrets({ path: "", key: "", value: text }).masked;
  if (shown === text) {
    if (clean.size >= 10_000) clean.clear();
    clean.add(text);
  }
  return shown;
}

/**
 * A text in lower case, with credentials masked in it, for in lower case nobody would know them; what is no text stays,
 * and breaks the schema; what is left out is null.
 */
export function lower(text: string): string;
export function lower(text: string | null | undefined): string | null;
export function lower(text: string | null | undefined): string | null {
  return typeof text === "string" ? keptText(text).toLowerCase() : (text ?? null);
}

/** The host of an address with or without a scheme, in lower case; null where there is none. */
export function hostOf(address: string | null | undefined): string | null {
  if (typeof address !== "string") return address ?? null;
  const host = keptText(address)
    .replace(/^[a-z]+:\/\//i, "")
    .replace(/[/?#].*$/s, "");
  return host === "" ? null : host.toLowerCase();
}

/** The host of a URL, in lower case; null where there is none. @throws TypeError where it is no URL */
export function urlHost(url: string | null | undefined): string | null {
  return url ? new URL(keptText(url)).host.toLowerCase() : null;
}
