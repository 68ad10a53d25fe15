import { base64any, isIn, runStart } from "./chars.ts";

/** A text as it reads after one layer of encoding is undone, with the way back to where each character stood. */
export interface View {
  text: string;
  /** The stretch of the leaf's own text that these characters of the view came from. */
  locate(start: number, end: number): { start: number; end: number };
}

export function plain(text: string): View {
  return { text, locate: (start, end) => ({ start, end }) };
}

/** A stretch of a text that reads as something else. */
export interface Piece {
  start: number;
  end: number;
  text: string;
}

/** A stretch of a text as it stands there. */
export function sliceOf(text: string, start: number, end: number): View {
  return { text: text.slice(start, end), locate: (from, to) => ({ start: start + from, end: start + to }) };
}

/** Views one after the other, as one. */
export function joined(views: readonly View[]): View {
  const [only] = views;
  if (only !== undefined && views.length === 1) return only;
  const starts: number[] = [];
  let length = 0;
  for (const { text } of views) {
    starts.push(length);
    length += text.length;
  }
  const partAt = (position: number, isEnd: boolean) => {
    let low = 0;
    let high = views.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      const from = starts[middle] ?? 0;
      if (isEnd ? from < position : from <= position) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  const at = (position: number, isEnd: boolean) => {
    const index = partAt(position, isEnd);
    const within = position - (starts[index] ?? 0);
    const place = views[index]?.locate(within, within) ?? { start: 0, end: 0 };
    return isEnd ? place.end : place.start;
  };
  return {
    text: views.map(({ text }) => text).join(""),
    locate: (start, end) => ({ start: at(start, false), end: at(end, true) }),
  };
}

/** The view in which each piece is replaced by what it reads as. */
export function replaced(base: View, pieces: readonly Piece[]): View | null {
  if (pieces.length === 0) return null;
  const parts: string[] = [];
  const froms = new Uint32Array(pieces.length);
  const tos = new Uint32Array(pieces.length);
  let at = 0;
  let length = 0;
  pieces.forEach((piece, index) => {
    parts.push(base.text.slice(at, piece.start), piece.text);
    length += piece.start - at;
    froms[index] = length;
    length += piece.text.length;
    tos[index] = length;
    at = piece.end;
  });
  parts.push(base.text.slice(at));
  const lastFrom = (position: number, strictly: boolean) => {
    let low = 0;
    let high = pieces.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const from = froms[middle] ?? 0;
      if (strictly ? from < position : from <= position) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  };
  const back = (position: number, isEnd: boolean) => {
    const index = lastFrom(position, isEnd);
    const piece = pieces[index];
    if (piece === undefined) return position;
    const to = tos[index] ?? 0;
    if (isEnd ? position <= to : position < to) return isEnd ? piece.end : piece.start;
    return piece.end + (position - to);
  };
  return {
    text: parts.join(""),
    locate: (start, end) => base.locate(back(start, false), back(end, true)),
  };
}

const shortEscapes: Readonly<Record<string, string>> = {
  n: "\n",
  r: "\r",
  t: "\t",
  '"': '"',
  "'": "'",
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
};

/** One layer of backslash escapes, as JSON, Python and YAML write them, and of the entities of XML. */
export function withoutEscapes(base: View): View | null {
  const { text } = base;
  const pieces: Piece[] = [];
  if (text.includes("\\")) {
    for (const found of text.matchAll(/\\(?:u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|\r?\n|.)/gs)) {
      const start = found.index;
      const end = start + found[0].length;
      const char = found[0].charAt(1);
      if (char === "u" || char === "x") {
        if (found[0].length > 2)
          pieces.push({ start, end, text: String.fromCharCode(Number.parseInt(found[0].slice(2), 16)) });
      } else if (char === "\n" || char === "\r") pieces.push({ start, end, text: "" });
      else {
        const meant = shortEscapes[char];
        if (meant !== undefined) pieces.push({ start, end, text: meant });
      }
    }
  } else if (text.includes("&") && text.includes(";")) {
    const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
    for (const found of text.matchAll(/&(?:(amp|lt|gt|quot|apos)|#(\d{2,5})|#x([0-9a-fA-F]{2,4}));/g)) {
      const [whole, name, decimal, hexadecimal] = found;
      const meant =
        name !== undefined
          ? entities[name]
          : String.fromCharCode(Number.parseInt(decimal ?? hexadecimal ?? "0", decimal !== undefined ? 10 : 16));
      if (meant !== undefined) pieces.push({ start: found.index, end: found.index + whole.length, text: meant });
    }
  }
  return replaced(base, pieces);
}

/** One layer of percent-encoding. */
export function withoutPercent(base: View): View | null {
  const { text } = base;
  if (!text.includes("%")) return null;
  const pieces: Piece[] = [];
  for (const found of text.matchAll(/(?:%[0-9a-fA-F]{2}){1,64}/g)) {
    // `%DB_PASSWORD%` is a variable of Windows.
    if (/^%[A-Z_][A-Z0-9_]{3,80}%/.test(text.slice(found.index, found.index + 84))) continue;
    const decoded = decodePercent(found[0]);
    pieces.push({ start: found.index, end: found.index + found[0].length, text: decoded });
  }
  // A run is one piece only if it does not decode character by character: then its parts cannot be told apart.
  const single = pieces.flatMap((piece) => {
    const count = (piece.end - piece.start) / 3;
    if (piece.text.length !== count) return [piece];
    return Array.from(piece.text, (char, index) => ({
      start: piece.start + index * 3,
      end: piece.start + index * 3 + 3,
      text: char,
    }));
  });
  return replaced(base, single);
}

function decodePercent(run: string): string {
  const bytes = Buffer.from(run.replaceAll("%", ""), "hex");
  const text = bytes.toString("utf8");
  return text.includes("�") ? bytes.toString("latin1") : text;
}

const shortest = 24;
const longest = 1 << 20;

/** The stretches of base64 that hold readable text, each as a view that stands for the whole stretch. */
export function insideBase64(base: View): View[] {
  const { text } = base;
  const views: View[] = [];
  for (let at = shortest - 1; at < text.length; ) {
    // Every stretch long enough covers a place that is looked at: text without any is passed in strides.
    if (!isIn(base64any, text, at)) {
      at += shortest;
      continue;
    }
    const start = runStart(base64any, text, at, shortest);
    while (at < text.length && isIn(base64any, text, at)) at++;
    if (at - start >= shortest && at - start <= longest) {
      let end = at;
      while (end - at < 2 && text.charAt(end) === "=") end++;
      const decoded = readable(text.slice(start, at));
      if (decoded !== null) views.push({ text: decoded, locate: () => base.locate(start, end) });
    }
    at += shortest;
  }
  return views;
}

function readable(run: string): string | null {
  const head = printable(headOf(run));
  if (head === null) return null;
  const bytes = Buffer.from(run, "base64");
  return head === "utf16" ? bytes.toString("utf16le") : printable(bytes) === "utf8" ? bytes.toString("utf8") : null;
}

const sixBits = new Uint8Array(128);
for (const [index, char] of [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"].entries())
  sixBits[char.charCodeAt(0)] = index;
sixBits[0x2d] = 62;
sixBits[0x5f] = 63;

/** The first 18 bytes of a run of base64, which has 24 characters at least: most runs are a name or a digest, as these tell. */
function headOf(run: string): Uint8Array {
  const bytes = new Uint8Array(18);
  for (let from = 0, to = 0; to < 18; from += 4, to += 3) {
    const bits = [0, 1, 2, 3].reduce((sum, index) => (sum << 6) | (sixBits[run.charCodeAt(from + index)] ?? 0), 0);
    bytes[to] = bits >> 16;
    bytes[to + 1] = bits >> 8;
    bytes[to + 2] = bits;
  }
  return bytes;
}

function printable(bytes: Uint8Array): "utf8" | "utf16" | null {
  let odd = 0;
  let zeros = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0;
    if (byte === 0 && i % 2 === 1) zeros++;
    else if ((byte < 32 && byte !== 9 && byte !== 10 && byte !== 13) || byte === 127) return null;
    else if (byte >= 128) odd++;
  }
  if (zeros > 0) return zeros >= Math.floor(bytes.length / 2) - 1 ? "utf16" : null;
  return odd * 20 <= bytes.length ? "utf8" : null;
}
