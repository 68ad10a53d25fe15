import type { FormatName } from "./format.ts";

const byExtension: Readonly<Record<string, FormatName>> = {
  json: "json",
  jsonc: "json",
  json5: "json",
  arm: "json",
  bim: "json",
  code_workspace: "json",
  tfstate: "json",
  webmanifest: "json",
  jsonl: "jsonl",
  ndjson: "jsonl",
  ipynb: "notebook",
  yaml: "yaml",
  yml: "yaml",
  toml: "toml",
  env: "dotenv",
  envrc: "shell",
  py: "python",
  pyi: "python",
  pyw: "python",
  sql: "sql",
  ddl: "sql",
  usql: "sql",
  hql: "sql",
  bicep: "bicep",
  bicepparam: "bicep",
  tf: "terraform",
  tfvars: "terraform",
  hcl: "terraform",
  sh: "shell",
  bash: "shell",
  zsh: "shell",
  ksh: "shell",
  azcli: "shell",
  ps1: "powershell",
  psm1: "powershell",
  psd1: "powershell",
  properties: "properties",
  ini: "properties",
  cfg: "properties",
  conf: "properties",
  cnf: "properties",
  xml: "xml",
  config: "xml",
  csproj: "xml",
  sqlproj: "xml",
  dtsx: "xml",
  pubxml: "xml",
  publishsettings: "xml",
  props: "xml",
  targets: "xml",
  resx: "xml",
  xsd: "xml",
  nuspec: "xml",
  dtsconfig: "xml",
  dockerfile: "dockerfile",
  containerfile: "dockerfile",
};

/** Which format a file is in, by its name, and by what it begins with where the name says nothing. */
export function formatOf(name: string, text: string): FormatName {
  const base = (name.split(/[\\/]/).at(-1) ?? "").toLowerCase();
  if (/^(?:dockerfile|containerfile)(?:\.|$)/.test(base)) return "dockerfile";
  if (/^\.env(?:\.|$)|\.env(?:\.[\w-]{1,30})?$/.test(base)) return "dotenv";
  if (/^\.?(?:netrc|pgpass)$/.test(base)) return "text";
  if (
    /^\.(?:npmrc|pypirc|gitconfig|editorconfig|databrickscfg|s3cfg|boto)$|^(?:pip\.conf|setup\.cfg|odbc(?:inst)?\.ini)$/.test(
      base,
    )
  )
    return "properties";
  if (/^\.(?:bashrc|bash_profile|zshrc|profile|envrc)$/.test(base)) return "shell";
  if (/^(?:pipfile|poetry\.lock|uv\.lock|cargo\.lock)$/.test(base)) return "toml";
  const extension = base.includes(".") ? (base.split(".").at(-1) ?? "") : "";
  const known = byExtension[extension.replace("-", "_")];
  if (known !== undefined && known !== "xml") return known;
  if (known === "xml") return looksLikeXml(text) ? "xml" : byContent(text);
  return extension === "" || /^(?:dist|sample|template|local|tpl|bak|old|orig|j2|txt)$/.test(extension)
    ? (inner(base) ?? byContent(text))
    : "text";
}

/** `settings.json.sample`, `prod.env.local`: what stands before a suffix that says nothing. */
function inner(base: string): FormatName | null {
  const parts = base.split(".");
  return parts.length > 2 ? (byExtension[parts.at(-2) ?? ""] ?? null) : null;
}

const looksLikeXml = (text: string) => /^\ufeff?\s{0,200}<(?:\?xml|!--|[A-Za-z])/.test(text.slice(0, 400));

function byContent(text: string): FormatName {
  const head = text.slice(0, 2000);
  const shebang = /^#![^\n]{0,100}/.exec(head)?.[0];
  if (shebang !== undefined) {
    if (/python/.test(shebang)) return "python";
    if (/pwsh|powershell/.test(shebang)) return "powershell";
    return /\b(?:ba|z|k|da)?sh\b/.test(shebang) ? "shell" : "text";
  }
  if (/^\ufeff?\s{0,200}(?:\{\s{0,200}(?:"|\}|\/\/)|\[\s{0,200}[{["\]])/.test(head))
    return /^\s{0,200}\{[^\n]{0,1900}\}\s{0,8}\n\s{0,8}\{/.test(head) ? "jsonl" : "json";
  if (/^\ufeff?\s{0,200}<\?xml/.test(head)) return "xml";
  if (/^(?:%YAML|---\s)/.test(head)) return "yaml";
  return "text";
}
