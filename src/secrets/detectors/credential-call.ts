import type { Detector, Match } from "../detector.ts";
import { isIdentifier, isLiteral, isPlainFact } from "./not-a-secret.ts";
import { canBePassword, mustBePassword } from "./password-look.ts";

/** Which argument of a call is the password, counted from 0; -1 for any but the first. */
const positions: readonly (readonly [call: RegExp, position: number, sure: boolean])[] = [
  [
    /(?:NetworkCredential|HTTPBasicAuth|HTTPDigestAuth|HttpNtlmAuth|BasicAuth(?:entication)?|SetBasicAuth|PlainCredentials|PasswordAuthentication|UsernamePasswordCredentials|UsernamePasswordAuthenticationToken|basic_auth|auth_basic|PlainTextAuthProvider|AzureNamedKeyCredential|StorageSharedKeyCredential|SharedKeyCredentials?|SqlCredential)$/,
    1,
    true,
  ],
  [
    /(?:mysqli|mysqli_connect|PDO|getConnection|UsernamePasswordCredential|ClientSecretCredential|ServicePrincipalCredentials?)$/,
    2,
    true,
  ],
  [/(?:AzureKeyCredential|ApiKeyCredential|OpenAI|SecretStr|setPassword)$/, 0, false],
  [/\.login$/, 1, false],
  [/\.connect$|\bconnect$/, -1, false],
  [/(?:auth|creds?|credentials?|login)\s{0,3}[=:]\s{0,3}$/i, 1, false],
];

const call =
  /(?:\b(?:NetworkCredential|HTTPBasicAuth|HTTPDigestAuth|HttpNtlmAuth|BasicAuth(?:entication)?|SetBasicAuth|PlainCredentials|PasswordAuthentication|UsernamePasswordCredentials?|UsernamePasswordAuthenticationToken|basic_auth|PlainTextAuthProvider|AzureNamedKeyCredential|StorageSharedKeyCredential|SharedKeyCredentials?|SqlCredential|mysqli|mysqli_connect|PDO|getConnection|ClientSecretCredential|ServicePrincipalCredentials?|AzureKeyCredential|ApiKeyCredential)|\.login|\bconnect|(?:auth|creds?|credentials?|\blogin)\s{0,3}[=:]\s{0,3})[([]/gi;

/** Passwords that stand in a call by their place alone: `NetworkCredential("user", "…")`, `auth=("user", "…")`. */
export const credentialCall: Detector = {
  name: "credential-call",
  mayFind: () => true,
  find: (text) => {
    const matches: Match[] = [];
    for (const found of text.matchAll(call)) {
      const name = found[0].slice(0, -1);
      const rule = positions.find(([pattern]) => pattern.test(name));
      if (rule === undefined) continue;
      const [, position, sure] = rule;
      const oracle = /^\s{0,8}["'][\w$#]{1,40}\/([^/@\s"']{4,64})@[\w.:/-]{1,200}["']/.exec(
        text.slice(found.index + found[0].length, found.index + found[0].length + 320),
      );
      if (oracle !== null && isLiteral(oracle[1] ?? "")) {
        const value = oracle[1] ?? "";
        const start = found.index + found[0].length + oracle[0].indexOf(`/${value}@`) + 1;
        matches.push({ start, end: start + value.length, value, type: "password_in_command", tier: "format" });
        continue;
      }
      argumentsFrom(text, found.index + found[0].length).forEach((argument, index) => {
        if (argument === null || (position < 0 ? index === 0 : index !== position)) return;
        if (!(position < 0 ? mustBePassword(argument.value) : isPassword(argument.value, sure))) return;
        matches.push({ ...argument, type: "password_in_command", tier: "format" });
      });
    }
    return matches;
  },
};

function isPassword(value: string, sure: boolean): boolean {
  if (!sure) return canBePassword(value);
  return value.length >= 5 && !/\s/.test(value) && isLiteral(value) && !isPlainFact(value) && !isIdentifier(value);
}

/** The arguments of a call, those that are one literal with their place; null for any other. */
function argumentsFrom(text: string, from: number): ({ start: number; end: number; value: string } | null)[] {
  const list: ({ start: number; end: number; value: string } | null)[] = [];
  const rest = text.slice(from, from + 600);
  const one =
    /\s{0,40}(?:[rbuRN@]?(?:"((?:[^"\\\n]|\\.){0,200})"|'((?:[^'\\\n]|\\.){0,200})')(?:\.\w{1,20}\(\))?|(?:\w{1,30}\s{0,3}[=:]\s{0,3}["'][^"'\n]{0,200}["']|[^"'()[\],]{0,120})(?:\([^()]{0,80}\)|\[[^[\]]{0,80}\])?)\s{0,40}(,|[)\]])/y;
  for (let argument = one.exec(rest); argument !== null && list.length < 12; argument = one.exec(rest)) {
    const [whole, double, single, border = ""] = argument;
    const value = double ?? single;
    if (value === undefined) list.push(null);
    else {
      const end = from + argument.index + whole.lastIndexOf(double === undefined ? "'" : '"');
      list.push({ start: end - value.length, end, value });
    }
    if (border !== ",") break;
  }
  return list;
}
