import type { Detector, Match } from "../detector.ts";
import { isLiteral } from "./not-a-secret.ts";

/** Commands that take a password under a short option, and where in the rest of their line it stands. */
const options: readonly { command: RegExp; option: RegExp; pair: boolean }[] = [
  {
    command: /\b(?:curl|wget|http|https)\b/g,
    option: /\s(?:-u|--user|-U|--proxy-user)(?:\s{1,4}|=)?(["']?)([^\s"':]{0,128}:[^\s"']{1,256})\1/g,
    pair: true,
  },
  {
    command: /\b(?:docker|podman|nerdctl|helm|oras|az|oc|skopeo|buildah|crane)\b/g,
    option: /\s-p(?:\s{1,4}|=)(["']?)([^\s"'-][^\s"']{2,256})\1/g,
    pair: false,
  },
  {
    command: /\b(?:sqlcmd|bcp|isql|mssql-cli)\b/g,
    option: /\s-P\s{0,4}(["']?)([^\s"'-][^\s"']{2,256})\1/g,
    pair: false,
  },
  { command: /\bsshpass\b/g, option: /\s-p\s{0,4}(["']?)([^\s"'-][^\s"']{2,256})\1/g, pair: false },
  {
    command: /\b(?:mysql|mysqldump|mysqladmin|mariadb)\b/g,
    option: /\s-p(["']?)([^\s"'-][^\s"']{3,256})\1/g,
    pair: false,
  },
];

const anyCommand =
  /\b(?:curl|wget|https?|docker|podman|nerdctl|helm|oras|az|oc|skopeo|buildah|crane|sqlcmd|bcp|isql|mssql-cli|sshpass|mysql|mysqldump|mysqladmin|mariadb)\s/;
const anyOption = /\s(?:-[uUpP]|--user|--proxy-user)/;

/** Passwords under the short options of commands: `curl -u user:password`, `docker login -p …`, `sqlcmd -P …`. */
export const shellCommand: Detector = {
  name: "shell-command",
  mayFind: (text) => text.includes("-") && anyOption.test(text) && anyCommand.test(text),
  find: (text) => {
    const matches: Match[] = [];
    for (const line of lines(text)) {
      for (const { command, option, pair } of options) {
        const at = line.text.search(command);
        if (at < 0) continue;
        for (const found of line.text.slice(at).matchAll(option)) {
          const match = judged(found, pair, line.start + at);
          if (match !== null) matches.push(match);
        }
      }
    }
    return matches;
  },
};

function judged(found: RegExpExecArray, pair: boolean, offset: number): Match | null {
  const [whole, quote = "", argument = ""] = found;
  const value = pair ? argument.slice(argument.indexOf(":") + 1) : argument;
  const user = pair ? argument.slice(0, argument.indexOf(":")) : "";
  if (!isLiteral(value) || value === user || /^\d{1,5}(?::\d{1,5})?(?:\/tcp|\/udp)?$/.test(value)) return null;
  // `az deployment … -p ./main.parameters.json -p location='eastus'`: parameters, and no password.
  if (!pair && /^(?:[A-Za-z]:)?\.{0,2}[\\/]|^[A-Za-z]\w{0,60}=$|\.(?:bicepparam|json|ya?ml)\\?$/.test(value))
    return null;
  const end = offset + found.index + whole.length - quote.length;
  return { start: end - value.length, end, type: "password_in_command", tier: "format", value };
}

/** One command after the other: to the end of the line, as a break or as `\n` in a string, or to a sign that parts them. */
function* lines(text: string): Generator<{ text: string; start: number }> {
  let start = 0;
  for (const { index, 0: border } of text.matchAll(/\n|\\[nr]|\s(?:&&|\|\|?|;)\s|;\s/g)) {
    yield { text: text.slice(start, index), start };
    start = index + border.length;
  }
  yield { text: text.slice(start), start };
}
