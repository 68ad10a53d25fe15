import { isHex, isIdentifier, isLiteral, isPlainFact } from "./not-a-secret.ts";

/**
 * Words with a number that people write beside passwords: standards, tickets, times, sizes, versions, quarters.
 * None of them opens anything.
 */
const termWithNumber =
  /^(?:(?:sha|md|aes|des|3des|rsa|tls|ssl|oauth|https?|utf|iso|base|rfc|saml|ntlm|argon|pbkdf|win|windows|python|php|ver|version|rev|build|kb|cve|din|en)[-_.]?v?\d[\w.-]{0,20}|q[1-4](?:[/-]\d{2,4})?|\d{1,6}[a-z%]{1,3}|\d{1,4}(?:st|nd|rd|th))$/i;
const version = /^[vx]\d{1,4}(?:[._-]\w{1,8}){0,3}$/;
const ticket = /^[A-Z]{2,10}[-_]?\d{2,12}$/;

/** Whether what stands where a sentence or a call gives a password can be one: no word, name, address, date or number. */
export function canBePassword(value: string): boolean {
  if (value.length < 6 || value.length > 128 || /\s/.test(value)) return false;
  if (!/\p{L}/u.test(value) || !/\d|[^\p{L}\d][^\p{L}\d]|\p{L}[!$%^*#?~]\p{L}/u.test(value)) return false;
  if (!isLiteral(value) || isPlainFact(value) || isIdentifier(value) || isName(value)) return false;
  return (
    !termWithNumber.test(value) &&
    !ticket.test(value) &&
    !version.test(value) &&
    !/^(?:password|passwort|passwd|kennwort|secret|user|test)\d{0,4}$/i.test(value)
  );
}

/** Names with a number at the end of one of their parts (`kv-prod-01`, `etl_load_2`, `TESTER01`), hosts, mentions, options, sums. */
function isName(value: string): boolean {
  // `kv-prod-03?` ends a question.
  if (/^[a-z]{1,20}(?:[-_.][a-z\d]{1,20}){1,8}[?!]$/.test(value)) return true;
  if (/^[A-Za-z]{2,20}(?:[-_.](?:[A-Za-z]{1,20}|\d{1,4}|[A-Za-z]{1,12}\d{1,3})){1,8}$/.test(value))
    return !/[-_.]?\d{4}$/.test(value);
  if (/^(?:[A-Za-z]{2,20}\d{1,2}|[A-Z]{2,12}\d{1,4})$/.test(value)) return true;
  if (/^[\w.-]{1,100}:\d{1,5}$/.test(value) || /^[\w.+-]{1,64}@[\w.-]{1,100}$/.test(value))
    return !/[A-Z].*\d.*@|@.*\d/.test(value);
  if (/^[@#][A-Za-z][\w.]{0,40}(?:-[\w.]{1,40}){1,8}$/.test(value) || /^[@#][A-Za-z_.]{1,60}$/.test(value)) return true;
  if (/^--?[A-Za-z][A-Za-z-]{0,40}\d?(?:=|$)/.test(value) || /^[\w.-]{1,60}(?:\/[\w.@-]{1,60}){1,12}\/?$/.test(value))
    return true;
  if (/^\d{1,4}(?:[.:/-]\d{1,4}){1,5}$/.test(value) || /^[A-Za-z_]\w{0,40}(?:=|\().{0,60}$/.test(value)) return true;
  return isHex(value) && value.length < 8;
}

/** Whether a value is a password by its looks alone, where little around it says so: signs inside, or letters and digits mixed. */
export function mustBePassword(value: string): boolean {
  if (!canBePassword(value) || value.length < 7) return false;
  if (
    /[A-Za-z\d][!$%^*#?~+=@&].{0,40}[A-Za-z\d]|^[!$%^*#?~+=].{4,60}\d|\d{2}[!$%^*#?~]$/.test(value) &&
    /\d/.test(value)
  )
    return true;
  if ((value.match(/[!$%^*#?~+=@&]/g) ?? []).length >= 2 && /[a-z]/.test(value) && /[A-Z]/.test(value)) return true;
  if (/^[A-Z][a-z]{2,20}[_+=-]?\d{4}[!$%^*#?~]?$/.test(value)) return /[^A-Za-z\d]/.test(value);
  return (
    !isHex(value) && /^[\w.-]{8,}$/.test(value) && (value.match(/[A-Za-z](?=\d)|\d(?=[A-Za-z])/g) ?? []).length >= 3
  );
}
