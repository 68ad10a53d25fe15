import { RE2JS } from "re2js";

/** How many distinct texts a pattern keeps verdicts for. */
const maxVerdicts = 10_000;
/** How many patterns that are not literals are kept. */
const maxPatterns = 100;
const maxLength = 1_000;

/** A pattern that finds anywhere in a text. */
export type Pattern = (text: string) => boolean;

/** The pattern, or what is wrong with it. RE2 needs time in proportion to the text, whatever the pattern. */
export function compilePattern(source: string, ignoreCase: boolean): Pattern | string {
  if (source.length > maxLength) return `the pattern has ${source.length} characters; at most ${maxLength} are allowed`;
  let regex: RE2JS;
  try {
    regex = RE2JS.compile(source, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0);
  } catch (error) {
    return error instanceof Error
      ? error.message.replace(/^error parsing regexp: /, "").replace("(?i)", "")
      : "the pattern cannot be read";
  }
  const verdicts = new Map<string, boolean>();
  return (text) => {
    let verdict = verdicts.get(text);
    if (verdict === undefined) {
      verdict = regex.test(text);
      if (verdicts.size >= maxVerdicts) verdicts.clear();
      verdicts.set(text, verdict);
    }
    return verdict;
  };
}

const patterns = new Map<string, Pattern | string>();

/** As compilePattern, for patterns that are known only when the expression is evaluated. */
export function cachedPattern(source: string, ignoreCase: boolean): Pattern | string {
  const key = `${ignoreCase ? "i" : "-"}${source}`;
  let pattern = patterns.get(key);
  if (pattern === undefined) {
    pattern = compilePattern(source, ignoreCase);
    if (patterns.size >= maxPatterns) patterns.clear();
    patterns.set(key, pattern);
  }
  return pattern;
}
