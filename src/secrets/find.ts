import type { Detector, Match, Tier } from "./detector.ts";
import { accountKey } from "./detectors/account-key.ts";
import { authorizationHeader } from "./detectors/authorization-header.ts";
import { azureIdentifiableKey } from "./detectors/azure-identifiable-key.ts";
import { connectionString } from "./detectors/connection-string.ts";
import { contextual, underName } from "./detectors/contextual.ts";
import { credentialCall } from "./detectors/credential-call.ts";
import { databricks } from "./detectors/databricks.ts";
import { declaredSecret } from "./detectors/declared-secret.ts";
import { devops } from "./detectors/devops.ts";
import { entraClientSecret } from "./detectors/entra-client-secret.ts";
import { github } from "./detectors/github.ts";
import { gitlab } from "./detectors/gitlab.ts";
import { jwt } from "./detectors/jwt.ts";
import { isLiteral } from "./detectors/not-a-secret.ts";
import { prefect } from "./detectors/prefect.ts";
import { privateKey } from "./detectors/private-key.ts";
import { prose } from "./detectors/prose.ts";
import { sas } from "./detectors/sas.ts";
import { shellCommand } from "./detectors/shell-command.ts";
import { slack } from "./detectors/slack.ts";
import { sqlStatement } from "./detectors/sql-statement.ts";
import { table } from "./detectors/table.ts";
import { teams } from "./detectors/teams.ts";
import { urlCredentials } from "./detectors/url-credentials.ts";
import type { Fingerprinter } from "./fingerprint.ts";
import { maskAll } from "./mask.ts";
import { type Signals, signalsIn } from "./signals.ts";
import { insideBase64, plain, type View, withoutEscapes, withoutPercent } from "./views.ts";

export type { Tier } from "./detector.ts";

/** A value to judge, and where it stands. */
export interface Leaf {
  /** From the resource: `connection_info.password`, `env.AZURE_KEY`, `commands[0]`. */
  path: string;
  /** The last name in the path, without an index. */
  key: string;
  value: string;
  /** The owner's schema says that this field is secret. */
  secretField?: boolean;
}

/** What may be told of a secret. Nothing here can hold the value or a part of it. */
export interface Secret {
  path: string;
  /** GitHub's secret scanning type where there is one, else a name of ours. */
  type: string;
  tier: Tier;
  lengthBucket: "1-7" | "8-15" | "16-31" | "32-63" | "64-127" | "128+";
  /** Null where no key for fingerprints was given. */
  fingerprint: string | null;
}

export interface Found {
  /** The value with each secret in it replaced by a mask of fixed length; host, user and other public structure kept. */
  masked: string;
  secrets: readonly Secret[];
}

/** From the most to the least specific: where two tell of the same stretch at the same tier, the earlier has it. */
const detectors: readonly Detector[] = [
  privateKey,
  azureIdentifiableKey,
  entraClientSecret,
  databricks,
  github,
  gitlab,
  prefect,
  slack,
  teams,
  devops,
  sas,
  jwt,
  connectionString,
  urlCredentials,
  authorizationHeader,
  shellCommand,
  sqlStatement,
  declaredSecret,
  credentialCall,
  accountKey,
  contextual,
  table,
  prose,
];

/**
 * Finds and masks the secrets in one value. Total: any text has an answer, in time linear in its length. The raw secret
 * leaves neither in the result nor in an error.
 */
export function findSecrets(leaf: Leaf, fingerprint?: Fingerprinter): Found {
  const groups = matchesIn(leaf);
  forgetLastMatch();
  if (groups.length === 0) return { masked: leaf.value, secrets: [] };
  return {
    masked: maskAll(leaf.value, groups.flat()),
    secrets: reported(groups).map((match) => told(match, leaf.path, fingerprint)),
  };
}

/** What may be told of a match. */
export function told(match: Match, path: string, fingerprint?: Fingerprinter): Secret {
  return {
    path,
    type: match.type,
    tier: match.tier,
    lengthBucket: bucket(match.value.length),
    fingerprint: fingerprint === undefined ? null : fingerprint(match.type, match.value),
  };
}

/** JavaScript keeps the text that a regular expression last matched in (`RegExp.input`): let it be an empty one. */
export function forgetLastMatch(): void {
  /^/.test("");
}

/** Every match in a leaf, a group for each detector and view; they may overlap. */
export function matchesIn(leaf: Leaf): Match[][] {
  const groups = structured(leaf.value);
  if (keepsStructure(leaf.value, groups.length > 0)) return groups;
  const whole = underName(leaf.key, leaf.value, 0, leaf.value.length, true);
  if (whole !== null) groups.push([whole]);
  if (leaf.secretField === true && isLiteral(leaf.value)) {
    const value = leaf.value.trim();
    groups.push([{ start: 0, end: leaf.value.length, type: "secret_in_the_clear", tier: "format", value }]);
  }
  return groups;
}

/** A value under a secret name whose text is an address or connection string keeps its public parts, because what is secret in it was found. */
function keepsStructure(value: string, anyFound: boolean): boolean {
  if (!anyFound) return false;
  return /^\s{0,8}(?:[a-z][a-z0-9+.:-]{1,40}:\/\/|[a-z][a-z ]{1,40}=[^;]{0,400};|\??[a-z]{1,20}=[^&\s]{0,400}&)/i.test(
    value,
  );
}

/**
 * What stands in the text itself and, one layer of encoding undone, behind it; a group for each detector and view.
 * Escapes are left where a structure that was read has undone them for each literal.
 */
export function structured(
  text: string,
  { escapes, signals }: { escapes: boolean; signals?: Signals } = { escapes: true },
): Match[][] {
  const raw = plain(text);
  const groups = seen(raw, signals);
  let view: View = raw;
  for (const undo of escapes ? [withoutEscapes, withoutPercent] : [withoutPercent]) {
    const undone = undo(view);
    if (undone === null) continue;
    view = undone;
    groups.push(...seen(view));
  }
  const inner = insideBase64(view).flatMap((inside) => seen(inside).flat());
  if (inner.length > 0) groups.push(inner);
  return groups;
}

function seen(view: View, signals = signalsIn(view.text)): Match[][] {
  const groups: Match[][] = [];
  for (const detector of detectors) {
    if (!signals.detectors.has(detector.name) || !detector.mayFind(view.text)) continue;
    const group = detector
      .find(view.text, signals)
      .map((match) => ({ ...match, ...view.locate(match.start, match.end) }));
    if (group.length > 0) groups.push(group);
  }
  return groups;
}

const tiers: readonly Tier[] = ["confirmed", "format", "contextual"];

/** Each stretch once, in the order of the text: the surer finding has it, then the one of the earlier group. */
export function reported<Each extends Match>(groups: readonly Each[][]): Each[] {
  let kept: Each[] = [];
  for (const tier of tiers) {
    for (const group of groups) {
      const ofTier = group.filter((match) => match.tier === tier).sort((a, b) => a.start - b.start || b.end - a.end);
      if (ofTier.length > 0) kept = withRoomFor(kept, ofTier);
    }
  }
  return kept;
}

/** Both lists as one in order, less what of the second overlaps the first or an earlier one of its own. */
function withRoomFor<Each extends Match>(kept: readonly Each[], others: readonly Each[]): Each[] {
  const merged: Each[] = [];
  let next = 0;
  let until = 0;
  for (const other of others) {
    for (let at = kept[next]; at !== undefined && at.start < other.end; at = kept[++next]) {
      merged.push(at);
      until = Math.max(until, at.end);
    }
    if (other.start < until) continue;
    merged.push(other);
    until = other.end;
  }
  merged.push(...kept.slice(next));
  return merged.sort((a, b) => a.start - b.start);
}

function bucket(length: number): Secret["lengthBucket"] {
  if (length < 8) return "1-7";
  if (length < 16) return "8-15";
  if (length < 32) return "16-31";
  if (length < 64) return "32-63";
  return length < 128 ? "64-127" : "128+";
}
