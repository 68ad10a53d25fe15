/** A set of characters as a table, so that a scan over a text costs one look-up a character. */
export type Chars = Uint8Array;

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const digits = "0123456789";

export function chars(members: string): Chars {
  const table = new Uint8Array(128);
  for (let i = 0; i < members.length; i++) table[members.charCodeAt(i)] = 1;
  return table;
}

export const alphanumeric = chars(letters + digits);
export const base64 = chars(`${letters}${digits}+/`);
export const base64url = chars(`${letters}${digits}-_`);
export const base64any = chars(`${letters}${digits}+/-_`);
export const hex = chars("0123456789abcdefABCDEF");
/** The characters that a URL carries as they are. */
export const unreserved = chars(`${letters}${digits}-._~`);
/** What a name in code, a shell or a data file is made of. */
export const nameChars = chars(`${letters}${digits}_-.`);

/** Whether the character at `index` belongs to the set; false outside the text. */
export function isIn(set: Chars, text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  return code < 128 && set[code] === 1;
}

/** The end of the run of members that starts at `from`, at most `limit` characters on. */
export function runEnd(set: Chars, text: string, from: number, limit: number): number {
  const stop = Math.min(text.length, from + limit);
  let end = from;
  while (end < stop && isIn(set, text, end)) end++;
  return end;
}

/** The start of the run of members that ends before `to`, at most `limit` characters back. */
export function runStart(set: Chars, text: string, to: number, limit: number): number {
  const stop = Math.max(0, to - limit);
  let start = to;
  while (start > stop && isIn(set, text, start - 1)) start--;
  return start;
}

/** The lines' and literals' borders that no unquoted secret crosses. */
export function isBlank(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  return code <= 32 || code === 0x85 || code === 0xa0 || code === 0x2028 || code === 0x2029;
}

/** Shannon entropy in bits a character, of the first 256 characters. */
export function entropy(text: string): number {
  const counts = new Map<string, number>();
  const sample = text.length > 256 ? text.slice(0, 256) : text;
  for (const char of sample) counts.set(char, (counts.get(char) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / sample.length) * Math.log2(count / sample.length);
  return bits;
}

/** Whether the character may stand in a name as people write them, in letters of any European alphabet. */
export function isInName(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  return code < 128 ? nameChars[code] === 1 : code >= 0xc0 && code < 0x250 && code !== 0xd7 && code !== 0xf7;
}
