import type { Detector, Match } from "../detector.ts";
import { isLiteral } from "./not-a-secret.ts";
import { canBePassword } from "./password-look.ts";

/** Commands that take a password under a short option, and where in the rest of their line it stands. */
const options: readonly { command: RegExp; option: RegExp; pair: boolean }[] = [
  {
    command: /\b(?:curl|wget|http|https)\b/g,
    option: /\s(?:-u|--user|-U|--proxy-user)(?:\s{1,4}|=)?(["']?)([^\s"':]{0,128}:[^\s"']{1,256})\1/g,
    pair: true,
  },
  {
    command: /\b(?:docker|mongo(?:sh|dump|restore)?|podman|nerdctl|helm|oras|az|oc|skopeo|buildah|crane)\b/g,
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
  { command: /\b(?:plink|pscp|psftp)\b/g, option: /\s-pw\s{1,4}(["']?)([^\s"'-][^\s"']{2,256})\1/g, pair: false },
  { command: /\bschtasks\b/gi, option: /\s\/rp\s{1,4}(["']?)([^\s"'/][^\s"']{2,256})\1/gi, pair: false },
  {
    command: /\bnet\s{1,4}use\b/gi,
    option: /\s\/user:\S{1,80}\s{1,4}(["']?)([^\s"'/][^\s"']{2,256})\1/gi,
    pair: false,
  },
  {
    command: /\baz\s{1,4}keyvault\s{1,4}secret\s{1,4}set\b/g,
    option: /\s--value(?:\s{1,4}|=)(["']?)([^\s"'-][^\s"']{2,512})\1/g,
    pair: false,
  },
  {
    command: /\b(?:redis-cli|ldap(?:search|add|modify|delete|whoami)|7z|zip|unzip|keytool|jarsigner)\b/g,
    option: /\s(?:-(?:a|w|p|P)|-(?:store|key|new)pass)\s{0,4}(["']?)([^\s"'-][^\s"']{4,256})\1/g,
    pair: false,
  },
  {
    command: /\b(?:sqlplus|expdp|impdp|sqlldr|exp|imp)\b/g,
    option: /\s(["']?)((?=[\w$#]{1,40}\/[^\s"'/@]{4,128}@)[\w$#]{1,40}\/[^\s"'/@]{4,128})/g,
    pair: true,
  },
];

/** A password that goes into a command: `echo "…" | sudo -S`, `… | docker login --password-stdin`, `send "…\r"`. */
const piped =
  /\b(?:echo|printf|printf\s'%s')\s{1,4}(?:-[ne]{1,2}\s{1,4})?(["']?)([^\s"'|]{4,512})\1\s{0,4}\|\s{0,4}[^\n|]{0,160}?(?:sudo\s{1,4}-S|-stdin\b|--with-token|chpasswd|passwd\b|kinit|\blogin\b|cryptsetup)/g;
const sent = /\bsend\s{1,4}(?:--\s{1,4})?(["'])([^\s"'\\]{4,128})\\[rn]\1/g;

const anyCommand =
  /\b(?:curl|wget|https?|docker|mongo(?:sh|dump|restore)?|podman|nerdctl|helm|oras|az|oc|skopeo|buildah|crane|sqlcmd|bcp|isql|mssql-cli|sshpass|mysql|mysqldump|mysqladmin|mariadb|plink|pscp|psftp|schtasks|net|redis-cli|ldap[a-z]{3,8}|7z|zip|unzip|keytool|jarsigner|sqlplus|expdp|impdp|sqlldr|exp|imp|echo|printf|send)\s/i;

/** Passwords under the short options of commands: `curl -u user:password`, `docker login -p …`, and what is piped or sent into one. */
export const shellCommand: Detector = {
  name: "shell-command",
  mayFind: (text) => anyCommand.test(text),
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
    for (const pattern of [piped, sent]) {
      for (const found of text.matchAll(pattern)) {
        const value = found[2] ?? "";
        const start = found.index + found[0].indexOf(value, found[0].search(/\s/));
        if (value.includes(":") ? false : isLiteral(value) && canBePassword(value))
          matches.push({ start, end: start + value.length, type: "password_in_command", tier: "format", value });
      }
    }
    return matches;
  },
};

function judged(found: RegExpExecArray, pair: boolean, offset: number): Match | null {
  const [whole, quote = "", argument = ""] = found;
  const value = pair ? argument.slice(argument.search(/[:/]/) + 1) : argument;
  const user = pair ? argument.slice(0, argument.search(/[:/]/)) : "";
  if (
    !isLiteral(value) ||
    value === user ||
    /^(?:[\d.]{7,15}:|localhost:)?\d{1,5}(?:-\d{1,5})?(?::\d{1,5}(?:-\d{1,5})?)?(?:\/tcp|\/udp)?$/.test(value)
  )
    return null;
  // `az deployment … -p ./main.parameters.json -p location='eastus'`: parameters, and no password.
  if (!pair && /^(?:[A-Za-z]:)?\.{0,2}[\\/]|^[A-Za-z]\w{0,60}=$|\.(?:bicepparam|json|ya?ml)\\?$/.test(value))
    return null;
  const end = offset + found.index + whole.length - quote.length;
  return { start: end - value.length, end, type: "password_in_command", tier: "format", value };
}

/** One command after the other: to the end of the line, as a break or as `\n` in a string, or to a sign that parts them. */
function* lines(text: string): Generator<{ text: string; start: number }> {
  let start = 0;
  for (const { index, 0: border } of text.matchAll(/\n|(?<!\\)\\[nr]|\s(?:&&|\|\|?|;)\s|;\s/g)) {
    yield { text: text.slice(start, index), start };
    start = index + border.length;
  }
  yield { text: text.slice(start), start };
}
