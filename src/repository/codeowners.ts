/**
 * Where GitHub looks for the file, in this order; the first that is there counts
 * (docs.github.com/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners).
 */
export const codeownersPlaces: readonly string[] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];

/** A larger file is not loaded at all, as that page says. */
const mostBytes = 3 * 1024 * 1024;

/** A line of the file. */
interface Rule {
  matches: RegExp;
  owners: readonly string[];
}

/**
 * Who owns each file of a repository, by the text of its CODEOWNERS: the last line whose pattern matches decides, and a
 * pattern without owners leaves a file without. A line that GitHub calls invalid is skipped, as it skips it.
 */
export function ownersBy(text: string): (path: string) => readonly string[] {
  const rules = Buffer.byteLength(text) > mostBytes ? [] : text.split(/\r?\n/).flatMap(ruleOf);
  return (path) => rules.findLast((rule) => rule.matches.test(path))?.owners ?? [];
}

/** A user, a team, or the address of a user. */
const owner = /^(?:@[\w-]+(?:\/[\w.-]+)?|[^@\s]+@[^@\s]+\.[^@\s]+)$/;

function ruleOf(line: string): Rule[] {
  // A space in a path is escaped; what follows # is a comment.
  const words = line.replace(/(?:^|\s)#.*$/, "").match(/(?:\\.|[^\s\\])+/g) ?? [];
  const [pattern, ...owners] = words;
  // Negation, ranges of characters and an escaped # work in .gitignore and not here.
  if (pattern === undefined || /^!|[[\]]|^\\#/.test(pattern) || !owners.every((each) => owner.test(each))) return [];
  return [{ matches: expressionOf(pattern), owners }];
}

/** As in .gitignore, but `folder/*` is for what stands in the folder itself and for nothing deeper. */
function expressionOf(pattern: string): RegExp {
  const isAnchored = pattern.slice(0, -1).includes("/");
  const bare = pattern.replace(/^\//, "").replace(/\/$/, "");
  const parts = bare.split("/");
  const body = parts
    .map((part, index) => {
      const isLast = index === parts.length - 1;
      if (part === "**") return isLast ? ".*" : "(?:.*/)?";
      const segment = part.replaceAll(/\\(.)|(\*+)|(\?)|([.+^${}()|\\])/g, (_, escaped, stars, one, special) => {
        if (escaped !== undefined) return escaped.replace(/[.*+?^${}()|[\]\\/]/, "\\$&");
        if (stars !== undefined) return "[^/]*";
        return one === undefined ? `\\${special}` : "[^/]";
      });
      return isLast ? segment : `${segment}/`;
    })
    .join("");
  const isOfFolder = parts.length > 1 && parts.at(-1) === "*";
  const tail = pattern.endsWith("/") ? "/.*" : isOfFolder ? "" : "(?:/.*)?";
  return new RegExp(`^${isAnchored ? "" : "(?:.*/)?"}${body}${tail}$`, "s");
}
