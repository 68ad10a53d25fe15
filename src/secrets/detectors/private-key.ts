import type { Detector, Match } from "../detector.ts";

const types: Readonly<Record<string, string>> = {
  "RSA ": "rsa_private_key",
  "EC ": "ec_private_key",
  "OPENSSH ": "openssh_private_key",
  "PGP ": "pgp_private_key",
  "SSH2 ENCRYPTED ": "ssh_private_key",
};

const header = /-----BEGIN ((?:[A-Z0-9]{2,10} ){0,3})PRIVATE KEY(?: BLOCK)?-----/g;
const longest = 20_000;

/**
 * Private keys in PEM, encrypted or not, however the lines are joined: real line breaks, `\n` and `\r\n` as text, strings
 * put together over lines, one line with blanks. In base64 they are found in the view that undoes it.
 */
export const privateKey: Detector = {
  name: "private-key",
  mayFind: (text) => text.includes("PRIVATE KEY"),
  find: (text) => {
    const matches: Match[] = [];
    let until = 0;
    for (const found of text.matchAll(header)) {
      if (found.index < until) continue;
      const bodyStart = found.index + found[0].length;
      const rest = text.slice(bodyStart, bodyStart + longest);
      const dashes = rest.indexOf("-----");
      const close = dashes >= 0 && rest.startsWith("-----END ", dashes) ? dashes : -1;
      const reachable = dashes < 0 ? rest : rest.slice(0, dashes);
      const body = close < 0 ? reachable.slice(0, unclosedBody(reachable)) : reachable;
      const key = body.replace(/\\[rnt]|[^A-Za-z0-9+/=]/g, "");
      if (key.length < 40 || !/\d/.test(key) || /^(.)\1{19}/.test(key)) continue;
      const closing = close < 0 ? null : /^-----END [A-Z0-9 ]{0,40}-----/.exec(rest.slice(close, close + 64));
      const end = bodyStart + body.length + (closing?.[0].length ?? 0);
      matches.push({
        start: found.index,
        end,
        type: types[found[1] ?? ""] ?? "generic_private_key",
        tier: "format",
        value: key,
      });
      until = end;
    }
    return matches;
  },
};

/** A key that was cut off: as far as it reads like base64. */
function unclosedBody(rest: string): number {
  const other = rest.search(/[^A-Za-z0-9+/=\s\\"',:-]/);
  return other < 0 ? rest.length : other;
}
