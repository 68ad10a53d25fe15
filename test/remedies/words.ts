/** A command that a shell or a program would not take. */
export class Refused extends Error {}

/**
 * The words of one line, as a POSIX shell makes them. What a shell would make something else of (a variable, a pattern, a
 * pipe) is refused: a command of a policy has none.
 */
export function words(line: string): string[] {
  const found: string[] = [];
  let word: string | null = null;
  let quote = "";
  for (let at = 0; at < line.length; at++) {
    const character = line[at] ?? "";
    if (quote === "'") {
      if (character === "'") quote = "";
      else word += character;
    } else if (character === "\\") {
      const next = line[++at];
      if (next === undefined) throw new Refused("the line ends in a backslash");
      word = (word ?? "") + (quote === '"' && !'$`"\\'.includes(next) ? `\\${next}` : next);
    } else if (character === "$" || character === "`") {
      throw new Refused(`a shell would take ${character} for the start of something else: ${line.slice(at)}`);
    } else if (quote === '"') {
      if (character === '"') quote = "";
      else word += character;
    } else if (character === "'" || character === '"') {
      quote = character;
      word ??= "";
    } else if (character === " " || character === "\t") {
      if (word !== null) found.push(word);
      word = null;
    } else if ("|&;<>()*?[]{}!".includes(character) || ("#~".includes(character) && word === null)) {
      throw new Refused(`${character} stands outside of quotes: ${line.slice(at)}`);
    } else {
      word = (word ?? "") + character;
    }
  }
  if (quote !== "") throw new Refused(`the quote ${quote} is not closed`);
  if (word !== null) found.push(word);
  return found;
}
