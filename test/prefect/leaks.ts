import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { gunzipSync } from "node:zlib";

/** A value for each name that stands nowhere else, with characters that URLs and base64 have to escape. */
export function canaries(names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, `Plant3d/${noise()}@${noise()}`]));
}

const noise = () =>
  BigInt(`0x${randomBytes(8).toString("hex")}`)
    .toString(36)
    .padStart(13, "0")
    .slice(-12);

/** Where any of the values can be read, whole or in part: `<name> as <form> in <place>`, in upper or lower case. */
export function leaks(values: Record<string, string>, places: Map<string, Buffer>): string[] {
  const found: string[] = [];
  for (const [name, value] of Object.entries(values)) {
    for (const [form, written] of forms(value)) {
      for (const [place, content] of places) {
        if (content.toString("latin1").toLowerCase().includes(written.toLowerCase()) || place.includes(written)) {
          found.push(`${name} as ${form} in ${place}`);
        }
      }
    }
  }
  return found;
}

/** Every file below a folder by its path, unzipped where it is zipped. */
export function contents(folder: string): Map<string, Buffer> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    files.map((entry) => {
      const file = join(entry.parentPath, entry.name);
      const bytes = readFileSync(file);
      return [relative(folder, file), file.endsWith(".gz") ? gunzipSync(bytes) : bytes];
    }),
  );
}

function forms(value: string): [string, string][] {
  const parts = value.split(/[^A-Za-z0-9]+/).filter((part) => part.length >= 6);
  return [
    ["itself", value],
    ["percent-encoded", encodeURIComponent(value)],
    ["JSON", JSON.stringify(value).slice(1, -1)],
    ["hexadecimal", Buffer.from(value).toString("hex")],
    // Inside a longer text the same bytes have three writings in base64, of which the outermost characters vary.
    ...[0, 1, 2].flatMap((shift): [string, string][] => {
      const bytes = Buffer.concat([Buffer.alloc(shift), Buffer.from(value)]);
      return [
        ["base64", bytes.toString("base64").replace(/=+$/, "").slice(4, -2)],
        ["base64url", bytes.toString("base64url").slice(4, -2)],
      ];
    }),
    ...parts.map((part): [string, string] => ["a part", part]),
  ];
}
