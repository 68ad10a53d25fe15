/** Timestamps and durations inside expressions are numbers of milliseconds. */

const day = 86_400_000;
export const earliest = Date.parse("0001-01-01T00:00:00Z");
export const latest = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
/** The longest duration, as in CEL: ten thousand years. */
export const longest = 315_576_000_000_000;

const timestampForm = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(\.\d+)?(?:[Zz]|([+-])(\d\d):(\d\d))$/;
const monthDays = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const daysBeforeMonth = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];

/** The moment that an RFC 3339 text names, or null where it names none. */
export function parseTimestamp(text: string): number | null {
  const plain = text.length === 20 ? parsePlain(text) : -1;
  return plain === -1 ? parseAny(text) : plain;
}

/** The common form, YYYY-MM-DDThh:mm:ssZ, without a regular expression; -1 where the text is not clearly that. */
function parsePlain(text: string): number {
  const year = digits(text, 0) * 100 + digits(text, 2);
  const month = digits(text, 5);
  const date = digits(text, 8);
  const hour = digits(text, 11);
  const minute = digits(text, 14);
  const second = digits(text, 17);
  const separated =
    text.charCodeAt(4) === 45 &&
    text.charCodeAt(7) === 45 &&
    text.charCodeAt(10) === 84 &&
    text.charCodeAt(13) === 58 &&
    text.charCodeAt(16) === 58 &&
    text.charCodeAt(19) === 90;
  if (!separated || !(year >= 1970) || !(month >= 1 && month <= 12) || !(date >= 1 && date <= 28)) return -1;
  if (!(hour < 24) || !(minute < 60) || !(second < 60)) return -1;
  const leaps = (y: number) => Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400);
  const leapDay = month > 2 && isLeap(year) ? 1 : 0;
  const days =
    (year - 1970) * 365 + leaps(year - 1) - leaps(1969) + (daysBeforeMonth[month - 1] ?? 0) + leapDay + date - 1;
  return days * day + hour * 3_600_000 + minute * 60_000 + second * 1_000;
}

/** Two decimal digits as a number, NaN where they are none. */
function digits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 48;
  const ones = text.charCodeAt(at + 1) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

function isLeap(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}

function parseAny(text: string): number | null {
  const parts = timestampForm.exec(text);
  if (parts === null) return null;
  const [year, month, date, hour, minute, second] = parts.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const days = (monthDays[month - 1] ?? 0) + (month === 2 && isLeap(year) ? 1 : 0);
  if (date < 1 || date > days || hour > 23 || minute > 59 || second > 59) return null;
  const offsetHours = Number(parts[9] ?? 0);
  const offsetMinutes = Number(parts[10] ?? 0);
  if (offsetHours > 23 || offsetMinutes > 59) return null;
  const utc = new Date(0);
  utc.setUTCFullYear(year, month - 1, date);
  utc.setUTCHours(hour, minute, second, Math.floor(Number(`0${parts[7] ?? ""}`) * 1_000));
  const offset = (offsetHours * 60 + offsetMinutes) * 60_000 * (parts[8] === "-" ? -1 : 1);
  const moment = utc.getTime() - offset;
  return moment < earliest || moment > latest ? null : moment;
}

const units: Record<string, number> = { d: day, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };
const durationForm = /^[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:d|h|ms|m|s))+$/;

/** The length of a duration such as `90d`, `1h30m` or `-1.5h`, or null where the text is none. */
export function parseDuration(text: string): number | null {
  if (!durationForm.test(text)) return null;
  let length = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d*)?|\.\d+)(ms|d|h|m|s)/g)) {
    length += Number(amount) * (units[unit ?? ""] ?? Number.NaN);
  }
  if (length > longest) return null;
  return text.startsWith("-") ? 0 - length : length;
}

/** The two largest units of a duration, the rest cut off: `90d`, `1d12h`, `1h30m`, `250ms`. */
export function formatDuration(length: number): string {
  const sign = length < 0 ? "-" : "";
  let rest = Math.abs(length);
  const parts: string[] = [];
  for (const [unit, size] of Object.entries(units)) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count}${unit}`);
    if (parts.length === 2) break;
  }
  return parts.length === 0 ? "0s" : sign + parts.join("");
}

/** The date of a moment, in UTC. */
export function formatDate(moment: number): string {
  return new Date(moment).toISOString().slice(0, 10);
}
